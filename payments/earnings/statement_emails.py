"""What we write to owners about their statement: a new commission document, a correction of their balance."""

from typing import Any

from django.urls import reverse

from marketplace import mail
from payments.models import CommissionDocument, Correction
from sellers.emails import people_of
from sellers.models import Seller


def send_commission_document(document: CommissionDocument) -> None:
    """It is ready; the mail names the amount and leads to it."""
    path = reverse("payments_seller:show_document", args=[document.number])
    _write_owners(document.seller, "commission_document", about=document.number, document=document, path=path)


def send_correction(correction: Correction) -> None:
    """Staff have added to the balance or taken from it; the reason is the one on the statement."""
    path, amount, reason = reverse("payments_seller:show_balance"), correction.amount, correction.reason
    details = {"amount": abs(amount), "is_credit": amount > 0, "currency": correction.currency}
    about = f"adjustment:{correction.key}"
    _write_owners(correction.seller, "balance_corrected", about=about, reason=reason, path=path, **details)


def send_correction_waits(correction: Correction) -> None:
    """To our own people: a second person must look at it. The store hears of it when it is booked."""
    market = correction.market
    mail.send(
        template="payments/correction_waits",
        to=market.support_email,
        language=market.language,
        market=market,
        about=f"adjustment:{correction.key}",
        context={
            "correction": correction,
            "seller": correction.seller,
            "path": reverse("admin:payments_correction_change", args=[correction.pk]),
        },
    )


def _write_owners(seller: Seller, template: str, *, about: str, **context: Any) -> None:
    for person, language in people_of(seller):
        mail.send(
            template=f"payments/{template}",
            to=person.email,
            language=language,
            market=seller.market,
            about=about,
            context={"seller": seller, **context},
        )
