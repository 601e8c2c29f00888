"""What a buyer does next, after a charge was opened."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import ClassVar


@dataclass(frozen=True, kw_only=True)
class NextStep:
    """What the buyer does next."""

    kind: ClassVar[str]

    def as_json(self) -> dict[str, str]:
        values = {name: _text(value) for name, value in asdict(self).items()}
        return {"kind": self.kind} | values


@dataclass(frozen=True, kw_only=True)
class Redirect(NextStep):
    """Finish on the company's page; Gateway.form_fields() completes its address where it names the buyer."""

    kind = "redirect"
    url: str


@dataclass(frozen=True, kw_only=True)
class PostForm(NextStep):
    """Finish on the company's page, which is opened by a form: Gateway.form_fields() fills it."""

    kind = "form"
    url: str


@dataclass(frozen=True, kw_only=True)
class Prompt(NextStep):
    """Answer the question that your phone is asking; `seconds`: how long it asks, where that is known."""

    kind = "prompt"
    phone: str
    seconds: int = 0


@dataclass(frozen=True, kw_only=True)
class Waiting(NextStep):
    """Nothing to do: the company is still thinking."""

    kind = "waiting"


@dataclass(frozen=True, kw_only=True)
class Review(NextStep):
    """Nothing to do: the buyer has paid, and the company looks more closely before it says yes or no."""

    kind = "review"
    expires_at: datetime  # so long it is worth waiting for


@dataclass(frozen=True, kw_only=True)
class Voucher(NextStep):
    """Pay cash at a counter, quoting this code; `agreement` is the network's number for the collector."""

    kind = "voucher"
    code: str
    expires_at: datetime
    network: str = ""
    agreement: str = ""
    receipt_url: str = ""


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
