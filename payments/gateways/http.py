"""One careful HTTP request to a payment company: limits on time and size, and honest errors."""

import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError

from .base import GatewayUnavailable, NotSent
from .deadline import Deadline, DeadlineAdapter

USER_AGENT = "Marketplace/1.0 (payments)"
MAX_BYTES = 1024 * 1024
_CHUNK = 64 * 1024

# The connection was never made, so the company has not seen the question.
_BEFORE_SENDING = (NewConnectionError, ConnectTimeoutError, ssl.SSLCertVerificationError)


class _Session(requests.Session):
    """Never looks where a redirect leads: requests would read its whole body and trip over its address."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back, whatever the status."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        """The parsed body, or None when it is not JSON in UTF-8."""
        try:
            return json.loads(self.body.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            return None

    def json_object(self) -> dict[str, Any]:
        """The parsed body when it is a JSON object, else an empty one."""
        found = self.json()
        return found if isinstance(found, dict) else {}


@dataclass(frozen=True, kw_only=True)
class Line:
    """How long and how much we listen to one company. It never retries: callers know what is safe."""

    connect_seconds: float = 5
    read_seconds: float = 30
    max_bytes: int = MAX_BYTES
    ca_bundle: str = ""

    @classmethod
    def from_credentials(cls, credentials: Mapping[str, str], *, read_seconds: float = 30) -> "Line":
        """Optional credentials: connect_seconds, read_seconds, ca_bundle (path of a PEM file)."""
        return cls(
            connect_seconds=float(credentials.get("connect_seconds") or 5),
            read_seconds=float(credentials.get("read_seconds") or read_seconds),
            ca_bundle=credentials.get("ca_bundle", ""),
        )

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        payload: Mapping[str, object] | None = None,
        params: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Answer:
        """Ask once, with `payload` as JSON or with `content` as it is (the headers name its type).

        Raises NotSent or GatewayUnavailable, whose texts name no key and no person.
        """
        what = f"{method} {url.partition('?')[0]}"
        with Deadline(self.connect_seconds + self.read_seconds) as deadline, _Session() as session:
            # Neither proxies nor .netrc of the machine may come between us and the company.
            session.trust_env = False
            session.mount("https://", DeadlineAdapter(deadline))
            session.mount("http://", DeadlineAdapter(deadline))
            try:
                with session.request(
                    method,
                    url,
                    headers={"User-Agent": USER_AGENT, "Accept": "application/json"} | dict(headers or {}),
                    json=payload,
                    data=content,
                    params=params,
                    timeout=(self.connect_seconds, self.read_seconds),
                    allow_redirects=False,
                    stream=True,
                    verify=self.ca_bundle or True,
                ) as response:
                    return self._read(response, deadline, what)
            except (requests.RequestException, HTTPError) as error:
                raise _explain(error, what) from None

    def _read(self, response: requests.Response, deadline: Deadline, what: str) -> Answer:
        if 300 <= response.status_code < 400:
            raise GatewayUnavailable(f"{what}: refused to follow a redirect ({response.status_code})")
        body = bytearray()
        try:
            # read1 answers as soon as anything has come, so that nobody fills our memory unseen.
            while chunk := response.raw.read1(_CHUNK, decode_content=True):
                body += chunk
                if len(body) > self.max_bytes:
                    raise GatewayUnavailable(f"{what}: the answer is larger than {self.max_bytes} bytes")
        except (requests.RequestException, HTTPError) as error:
            raise GatewayUnavailable(f"{what}: {type(error).__name__}") from None
        if deadline.is_over:  # Cut off in the headers, it looks like an answer without a body.
            raise GatewayUnavailable(f"{what}: the answer came too slowly")
        return Answer(status=response.status_code, body=bytes(body), headers=response.headers)


def _explain(error: Exception, what: str) -> NotSent | GatewayUnavailable:
    """The texts of requests hold whole URLs with their queries, so only the kind is kept."""
    if isinstance(error, ValueError):
        return NotSent(f"{what}: {type(error).__name__}")  # an address that cannot be asked
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, _BEFORE_SENDING):
            return NotSent(f"{what}: {type(cause).__name__}")
        inner: object = cause.reason if isinstance(cause, MaxRetryError) else None
        if inner is None and cause.args and isinstance(cause.args[0], BaseException):
            inner = cause.args[0]
        cause = inner if isinstance(inner, BaseException) else cause.__cause__
    return GatewayUnavailable(f"{what}: {type(error).__name__}")
