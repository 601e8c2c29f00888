"""e-Mola's envelopes: one SOAP operation for everything, the real answer a text within the answer."""

import html
import uuid
from dataclasses import dataclass
from xml.etree import ElementTree

from django.http import HttpRequest, HttpResponse

from .emola_plans import GATEWAY_TEXTS, TEXTS
from .memory import switch

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
BCCS = "http://webservice.bccsgw.viettel.com/"
_OPERATION = f"{{{SOAP}}}Body/{{{BCCS}}}gwOperation/Input"


class Turned(Exception):
    """The gateway itself turns the caller away: the first layer's code."""

    def __init__(self, error: str) -> None:
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, kw_only=True)
class Call:
    username: str
    password: str
    wscode: str
    params: dict[str, str]


def read(request: HttpRequest) -> Call:
    """The caller's envelope, as strictly as public integrations write it. Raises Turned."""
    if request.content_type != "text/xml" or "SOAPAction" not in request.headers:
        raise Turned("4000")
    try:
        root = ElementTree.fromstring(request.body)  # noqa: S314  the only caller is our own shop
    except ElementTree.ParseError:
        raise Turned("4000") from None
    given = root.find(_OPERATION) if root.tag == f"{{{SOAP}}}Envelope" else None
    names = [child.tag for child in given] if given is not None else []
    params = [] if given is None else given.findall("param")
    if names != ["username", "password", "wscode", *["param"] * len(params), "rawData"]:
        raise Turned("4000")
    known = {child.tag: child.text or "" for child in given or [] if child.tag != "param"}
    values = {param.get("name", ""): param.get("value", "") for param in params}
    if len(values) != len(params):
        raise Turned("4000")
    return Call(username=known["username"], password=known["password"], wscode=known["wscode"], params=values)


def _wrap(inner: str) -> str:
    prefix = switch("emola_prefix")
    body = f"<{prefix}:Body>{inner}</{prefix}:Body>"
    return f'<{prefix}:Envelope xmlns:{prefix}="{SOAP}">{body}</{prefix}:Envelope>'


def _respond(result: str, status: int = 200) -> HttpResponse:
    words = f'<?xml version="1.0" encoding="UTF-8"?>{_wrap(result)}'
    return HttpResponse(words, content_type="text/xml; charset=UTF-8", status=status)


def turn_away(error: str) -> HttpResponse:
    """The first layer says no, and there is nothing inside."""
    return _respond(_result(error, GATEWAY_TEXTS[error], ""))


def _result(error: str, description: str, original: str) -> str:
    return (
        f'<ns2:gwOperationResponse xmlns:ns2="{BCCS}"><Result><error>{error}</error>'
        f"<description>{html.escape(description)}</description><return/><original>{original}</original>"
        f"<gwtransid>{uuid.uuid4().int % 10**12}</gwtransid></Result></ns2:gwOperationResponse>"
    )


def answer(
    wscode: str, code: str, *, request_id: str = "", origin: str = "", broken: bool = False
) -> HttpResponse:
    """The second layer, as text: escaped or in CDATA, with what may stand before its declaration."""
    extra = f"<orgResponseCode>{origin}</orgResponseCode>" if origin else ""
    inner = '\n<?xml version="1.0" encoding="UTF-8"?>' + _wrap(
        f'<ns2:{wscode}Response xmlns:ns2="{BCCS}"><return><errorCode>{code}</errorCode>'
        f"<message>{html.escape(TEXTS[code])}</message><reqeustId>{request_id}</reqeustId>{extra}</return>"
        f"</ns2:{wscode}Response>"
    )
    if broken:
        inner = inner[: len(inner) // 2]
    is_escaped = switch("emola_original") == "escaped"
    return _respond(_result("0", "Success", html.escape(inner) if is_escaped else f"<![CDATA[{inner}]]>"))


def fault() -> HttpResponse:
    prefix = switch("emola_prefix")
    words = f"<faultcode>{prefix}:Server</faultcode><faultstring>java.lang.NullPointerException</faultstring>"
    return _respond(f"<{prefix}:Fault>{words}</{prefix}:Fault>", status=500)
