"""What the wait page shows of a payment on its way, and how soon to look again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlencode

from marketplace.markets.base import PaymentMethod
from payments import collecting, gateways, methods
from payments.models import Attention, Payment, PaymentStatus
from payments.vouchers import slips
from payments.vouchers.slips import Slip


@dataclass(frozen=True, kw_only=True)
class WaitPage:
    """One look at a live payment."""

    state: str  # prompt, redirect, form, voucher, review, waiting, unknown, attention
    leave_to: str
    form: Mapping[str, str]  # what is posted there, where a link is not enough
    slip: Slip | None  # what to quote at a counter
    phone: str
    hint: str
    is_short: bool  # the phone asks for a minute, then the request is gone
    until: datetime
    seconds_left: int
    is_cancellable: bool
    other: PaymentMethod | None  # what to change to, while this one does not work well
    delay: int

    @property
    def seen(self) -> str:
        """What the browser shows already; while it stays the same nothing is replaced."""
        other = f"-{self.other.code}" if self.other else ""
        return f"{self.state}{'-cancel' if self.is_cancellable else ''}{other}"


def page_of(payment: Payment, now: datetime) -> WaitPage:
    step = payment.next_step
    is_cancellable = collecting.is_cancellable(payment, now)
    in_doubt = payment.status == PaymentStatus.UNKNOWN
    until = _until(payment)
    return WaitPage(
        state=_state(payment),
        leave_to=_leave_to(payment),
        form=_form(payment),
        slip=slips.slip_of(payment),
        phone=str(step.get("phone", "")),
        hint=_hint(payment),
        is_short=until < payment.expires_at,
        until=until,
        seconds_left=max(0, int((until - now).total_seconds())),
        is_cancellable=is_cancellable,
        other=methods.other_if_troubled(payment) if is_cancellable or in_doubt else None,
        delay=_delay(now - payment.created_at),
    )


def _state(payment: Payment) -> str:
    if payment.attention == Attention.WRONG_AMOUNT:
        return "attention"
    if payment.status == PaymentStatus.UNKNOWN:
        return "unknown"
    if collecting.is_reviewed(payment):
        return "review"
    if payment.step in ("prompt", "redirect", "form", "voucher"):
        return payment.step
    return "waiting"


def _leave_to(payment: Payment) -> str:
    """The company's page. What its address tells of the buyer is put in only now: it is not kept."""
    url = str(payment.next_step.get("url", ""))
    if payment.status != PaymentStatus.PENDING or not url.startswith(("https://", "http://")):
        return ""
    if payment.step != "redirect" or "?" in url:
        return url
    fields = gateways.get(payment.gateway).form_fields(collecting.charge_of(payment))
    return f"{url}?{urlencode(fields)}" if fields else url


def _until(payment: Payment) -> datetime:
    """Until when the shopper can act: a request on a phone goes away long before the attempt ends."""
    seconds = int(payment.next_step.get("seconds") or 0) if payment.step == "prompt" else 0
    asked_at = payment.started_at or payment.created_at
    return min(payment.expires_at, asked_at + timedelta(seconds=seconds)) if seconds else payment.expires_at


def _form(payment: Payment) -> Mapping[str, str]:
    """What the shopper's browser sends to the company, signed for this payment."""
    if payment.step != "form" or payment.status != PaymentStatus.PENDING:
        return {}
    return gateways.get(payment.gateway).form_fields(collecting.charge_of(payment))


def _hint(payment: Payment) -> str:
    method = payment.market.payment_method(payment.method)
    return str(method.hint) if method else ""


def _delay(age: timedelta) -> int:
    """Look often at first; who waits long is looked after less often."""
    if age < timedelta(seconds=90):
        return 2
    return 4 if age < timedelta(minutes=5) else 10
