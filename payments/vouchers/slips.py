"""The slip to pay cash with: one small page, one text message, checkable without a network (BY-09)."""

import base64
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from zoneinfo import ZoneInfo

import qrcode
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from marketplace import mail, sms
from marketplace.mail import site_url
from marketplace.money import format_money
from payments.models import Payment

VERSION = "SLIP1"


@dataclass(frozen=True, kw_only=True)
class Slip:
    """What the counter needs. `payload` is what the QR code says; `expires_at` is aware."""

    code: str
    network: str
    agreement: str
    receipt_url: str
    expires_at: datetime
    payload: str

    @property
    def spaced(self) -> str:
        """In groups of four, as people read numbers aloud."""
        return " ".join(self.code[at : at + 4] for at in range(0, len(self.code), 4))

    @property
    def qr_path(self) -> str:
        """The dark squares as one SVG path, a run at a time: small enough for a slow line."""
        return "".join(
            f"M{start} {row}h{length}v1h-{length}z"
            for row, modules in enumerate(self._matrix)
            for start, length in _runs(modules)
        )

    @property
    def qr_side(self) -> int:
        """How wide and high the picture is, in squares, with the quiet zone of two around it."""
        return len(self._matrix) + 4

    @cached_property
    def _matrix(self) -> list[list[bool]]:
        code = qrcode.QRCode(border=0, error_correction=qrcode.constants.ERROR_CORRECT_L)
        code.add_data(self.payload)
        return code.get_matrix()


def _runs(modules: list[bool]) -> list[tuple[int, int]]:
    runs: list[tuple[int, int]] = []
    for place, is_dark in enumerate(modules):
        if not is_dark:
            continue
        if runs and sum(runs[-1]) == place:
            runs[-1] = (runs[-1][0], runs[-1][1] + 1)
        else:
            runs.append((place, 1))
    return runs


def slip_of(payment: Payment) -> Slip | None:
    """The slip of a payment that waits for cash, else None."""
    step = payment.next_step
    if step.get("kind") != "voucher":
        return None
    until = datetime.fromisoformat(step["expires_at"])
    return Slip(
        code=step["code"],
        network=step.get("network", ""),
        agreement=step.get("agreement", ""),
        receipt_url=step.get("receipt_url", ""),
        expires_at=until,
        payload=sign(payment, step["code"], until),
    )


def sign(payment: Payment, code: str, pay_by: datetime) -> str:
    """`SLIP1|code|amount|currency|pay by|order|signature`: Ed25519 (RFC 8032) over all that precedes it."""
    until = pay_by.astimezone(ZoneInfo("UTC")).strftime("%Y%m%dT%H%MZ")
    words = "|".join((VERSION, code, f"{payment.amount:f}", payment.currency, until, payment.order.number))
    return f"{words}|{base64.urlsafe_b64encode(_key().sign(words.encode())).decode().rstrip('=')}"


def is_genuine(payload: str) -> bool:
    """Whether we signed this. Needs nothing but the public key, so it works without a network."""
    words, _bar, signature = payload.strip().rpartition("|")
    try:
        raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
        Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key())).verify(raw, words.encode())
    except (ValueError, InvalidSignature):
        return False
    return words.startswith(f"{VERSION}|")


def public_key() -> str:
    """The key that counters keep: 32 bytes in base64."""
    raw = _key().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return base64.b64encode(raw).decode()


def _key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(base64.b64decode(settings.SLIP_SIGNING_KEY))


def announce(payment: Payment) -> None:
    """The slip by e-mail and by text message, in the buyer's language: who pays cash leaves the house."""
    order, slip = payment.order, slip_of(payment)
    if slip is None:
        return
    path = reverse("payments:slip", args=[order.number, payment.reference])
    link = site_url(order.market) + reverse("orders:show_guest_order", args=[order.secret])
    mail.send(
        template="payments/slip",
        to=order.email,
        language=order.language,
        market=order.market,
        about=payment.reference,
        context={"order": order, "payment": payment, "slip": slip, "path": path, "link": link},
    )
    with translation.override(order.language):
        known = {"market_code": order.market_code, "language": order.language, "about": payment.reference}
        sms.send(order.phone, text_of(payment, slip), **known)


def text_of(payment: Payment, slip: Slip) -> str:
    """One message of at most 160 characters, nothing in it that the old alphabet of phones lacks."""
    until = slip.expires_at.astimezone(ZoneInfo(payment.market.time_zone))
    amount = format_money(payment.money, payment.order.language).replace("\N{NO-BREAK SPACE}", " ")
    values = {
        "market": payment.market.name,
        "network": slip.network,
        "code": slip.code,
        "agreement": slip.agreement,
        "amount": amount,
        "until": until.strftime("%d/%m %H:%M"),
    }
    if slip.agreement:
        return (
            _("%(market)s: pay %(amount)s at %(network)s, code %(code)s, no. %(agreement)s, by %(until)s")
            % values
        )
    return _("%(market)s: pay %(amount)s at %(network)s, code %(code)s, by %(until)s") % values
