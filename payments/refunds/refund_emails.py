"""What we write about money that goes back: to the buyer at every step, to the seller once."""

from typing import Any

from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from marketplace import mail, sms
from marketplace.money import format_money
from orders.models import SellerOrderStatus
from payments.models import Refund, RefundStatus
from sellers.emails import people_of


def send_approved(refund: Refund) -> None:
    """How much goes back, why, and how; with the link where the buyer must name an account."""
    _write_buyer(refund, "refund_approved")


def send_surplus(refund: Refund) -> None:
    """Money came twice, too late or in a wrong amount; we say so before anybody asks."""
    _write_buyer(refund, "surplus")


def send_account_needed(refund: Refund, *, is_reminder: bool = False) -> None:
    """The way chosen first did not work, or the buyer has not answered yet."""
    _write_buyer(refund, "refund_account", is_reminder=is_reminder)


def send_with_staff(refund: Refund) -> None:
    """No company gives it back by itself: our staff do, and the buyer need not do anything."""
    _write_buyer(refund, "refund_with_staff")


def send_sent(refund: Refund) -> None:
    _write_buyer(refund, "refund_sent")


def text_account_needed(refund: Refund) -> None:
    """The same link to the telephone: an SMS is read sooner than a mail."""
    order = refund.order
    if not order.phone:
        return
    with translation.override(order.language):
        amount = format_money(refund.money, order.language)
        text = _("%(market)s: we owe you %(amount)s. Where should we send it? %(link)s") % {
            "market": order.market.name,
            "amount": amount,
            "link": link(refund),
        }
    known = {"market_code": order.market_code, "language": order.language}
    sms.send(order.phone, text, about=refund.number, **known)


def send_to_seller(refund: Refund) -> None:
    """To the owners: what was refunded, and by how much the balance changes."""
    part = refund.seller_order
    if part is None:
        return
    market = refund.market
    path = reverse("orders_seller:show_order", args=[part.pk])
    told = {
        "refund": refund,
        "part": part,
        "seller": part.seller,
        "lines": list(refund.lines.select_related("line")),
        "commission": refund.commission + refund.commission_tax,
        "is_cancelled": part.status == SellerOrderStatus.CANCELLED,
        "path": path,
    }
    for person, language in people_of(part.seller):
        mail.send(
            template="payments/refund_seller",
            to=person.email,
            language=language,
            market=market,
            about=refund.number,
            context=told,
        )


def link(refund: Refund) -> str:
    """The signed page, for whoever holds the mail or the text message."""
    return mail.site_url(refund.market) + reverse("payments:show_refund", args=[refund.secret])


def _write_buyer(refund: Refund, template: str, **context: Any) -> None:
    order = refund.order
    mail.send(
        template=f"payments/{template}",
        to=order.email,
        language=order.language,
        market=order.market,
        about=refund.number,
        context={
            "refund": refund,
            "order": order,
            "payment": refund.payment,
            "link": link(refund),
            "needs_account": refund.status == RefundStatus.NEEDS_ACCOUNT,
            "needs_staff": refund.status == RefundStatus.NEEDS_STAFF,
            "is_by_card": refund.goes_to_card_only,
            **context,
        },
    )
