"""What buyer and seller read, by mail and text message, while money is asked back."""

from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from marketplace import mail, sms
from marketplace.markets.base import Text
from payments.models import RefundRequest
from sellers.emails import people_of
from sellers.models import MemberRole

Words = tuple[Text, Text]

# Subject and first sentence, for each side.
ASKED_SELLER: Words = (
    _("A buyer asks for money back: %(part)s"),
    _("Please answer until %(until)s. If you do not, we decide."),
)
ASKED_BUYER: Words = (
    _("We have your refund request %(number)s"),
    _("The store answers until %(until)s; if it does not, we decide. You can follow it with the link below."),
)
AGREED: Words = (
    _("The store agrees: refund request %(number)s"),
    _("The store agrees to give your money back. We check it once more and write to you."),
)
CONTESTED: Words = (
    _("The store disagrees: refund request %(number)s"),
    _("The store sees it differently. We look at both sides and decide."),
)
OVERDUE_BUYER: Words = (
    _("We look at your refund request %(number)s"),
    _("The store has not answered in time. We decide now."),
)
OVERDUE_SELLER: Words = (
    _("You have not answered refund request %(number)s"),
    _("We decide now. Until we have, you can still answer."),
)
APPROVED: Words = (_("Refund request %(number)s is approved"), _("We have decided that money goes back."))
DECLINED: Words = (
    _("Refund request %(number)s is declined"),
    _("We have looked at both sides and decided that no money goes back."),
)
WITHDRAWN: Words = (
    _("Refund request %(number)s is withdrawn"),
    _("The buyer no longer asks for money back. You need not do anything."),
)


def send_asked(request: RefundRequest) -> None:
    """To the seller, who has to answer; and to the buyer a receipt with number, day and hour."""
    _to_seller(request, ASKED_SELLER)
    _to_buyer(request, ASKED_BUYER)
    seller = request.seller_order.seller
    _text(request, seller.phone, request.market.language, ASKED_SELLER)


def send_agreed(request: RefundRequest) -> None:
    _to_buyer(request, AGREED)


def send_contested(request: RefundRequest) -> None:
    _to_buyer(request, CONTESTED)
    _text_buyer(request, CONTESTED)


def send_overdue(request: RefundRequest) -> None:
    _to_buyer(request, OVERDUE_BUYER)
    _to_seller(request, OVERDUE_SELLER)


def send_approved(request: RefundRequest) -> None:
    """Our words on it; how much goes back and how is in the mail about the refund."""
    if request.staff_words:
        _to_buyer(request, APPROVED)
        _to_seller(request, APPROVED)
    _text_buyer(request, APPROVED)


def send_declined(request: RefundRequest) -> None:
    _to_buyer(request, DECLINED)
    _to_seller(request, DECLINED)
    _text_buyer(request, DECLINED)


def send_withdrawn(request: RefundRequest) -> None:
    _to_seller(request, WITHDRAWN)


def _to_buyer(request: RefundRequest, words: Words) -> None:
    """Over the secret link, so that guests get in: it leads to the order, and the order to the request."""
    order = request.seller_order.order
    _write(request, words, order.email, order.language, order.get_absolute_url(), is_buyer=True)


def _to_seller(request: RefundRequest, words: Words) -> None:
    """To owners and managers, in their own language."""
    path = reverse("payments_seller:show_request", args=[request.number])
    for person, language in people_of(request.seller_order.seller, MemberRole.OWNER, MemberRole.MANAGER):
        _write(request, words, person.email, language, path, is_buyer=False)


def _write(
    request: RefundRequest, words: Words, to: str, language: str, path: str, *, is_buyer: bool
) -> None:
    title, intro = _told(request, words, language)
    mail.send(
        template="payments/refund_request",
        to=to,
        language=language,
        market=request.market,
        about=request.number,
        context={
            "request": request,
            "seller_order": request.seller_order,
            "lines": list(request.lines.select_related("line")),
            "currency": request.market.currency,
            "title": title,
            "intro": intro,
            "is_buyer": is_buyer,
            "is_held": not is_buyer and request.is_undecided and not request.seller_order.released_at,
            "link": mail.site_url(request.market) + path,
        },
    )


def _text_buyer(request: RefundRequest, words: Words) -> None:
    order = request.seller_order.order
    _text(request, order.phone, order.language, words)


def _text(request: RefundRequest, phone: str, language: str, words: Words) -> None:
    """A mail may wait for days; what needs an answer, or is one, goes to the telephone too."""
    if phone:
        text = f"{request.market.name}: {_told(request, words, language)[0]}"
        known = {"market_code": request.market_code, "language": language, "about": request.number}
        sms.send(phone, text, **known)


def _told(request: RefundRequest, words: Words, language: str) -> tuple[str, str]:
    """The words in the reader's language, with this request's number and day."""
    market = request.market
    with (
        translation.override(language if language in market.languages else market.language),
        timezone.override(market.time_zone),
    ):
        told = {
            "number": request.number,
            "part": request.seller_order.number,
            "until": date_format(timezone.localtime(request.answer_by), "DATETIME_FORMAT"),
        }
        return str(words[0]) % told, str(words[1]) % told
