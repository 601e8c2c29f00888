"""Every step of a refund request is told to the other side, in their language."""

import pytest
from django.test import Client
from django.utils import timezone

from marketplace.lifecycle import IllegalTransition, StaleState
from marketplace.mailing.models import OutgoingMessage
from payments.disbursement import payouts
from payments.refunds import requesting
from payments.tests.requests import make_part, make_request
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db
NOW = timezone.now
DONE = (IllegalTransition, StaleState)


def mails(start, to=""):
    found = OutgoingMessage.objects.filter(pk__gt=start, kind="email", template="payments/refund_request")
    return list(found.filter(recipient=to) if to else found)


def last_message():
    return OutgoingMessage.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def test_both_sides_read_it_in_their_language():
    seller = make_seller()
    owner = seller.members.get().user
    type(owner).objects.filter(pk=owner.pk).update(language="en")
    part = make_part(seller=seller)
    start = last_message()

    request = make_request(part, words="<b>Broken</b>")

    (to_seller,), (to_buyer,) = mails(start, owner.email), mails(start, part.order.email)
    assert (to_seller.language, to_buyer.language) == ("en", "es")
    assert part.number in to_seller.subject and request.number in to_buyer.subject
    for mail in (to_seller, to_buyer):
        assert request.number in mail.text and request.number in mail.html
        assert "<b>Broken</b>" in mail.text and "<b>Broken" not in mail.html
        assert "%(" not in mail.subject + mail.text
    assert part.order.secret in to_buyer.text and part.order.secret not in to_seller.text
    assert f"/sell/requests/{request.number}/" in to_seller.text
    texts = OutgoingMessage.objects.filter(pk__gt=start, kind="sms")
    assert [text.recipient for text in texts] == ([seller.phone] if seller.phone else [])


@pytest.mark.parametrize("is_released", [False, True])
def test_money_that_is_released_is_not_called_held(shop, is_released):
    seller = make_seller()
    owner = seller.members.get().user
    type(owner).objects.filter(pk=owner.pk).update(language="en")
    part = make_part(seller=seller)
    if is_released:
        payouts.release_due(NOW() + payouts.hold(seller.market))
    portal = Client(headers={"host": "co.localhost"})
    portal.force_login(owner)
    for visitor in (shop, portal):
        visitor.cookies["django_language"] = "en"
    shop.get(part.order.get_absolute_url())
    form = shop.get(f"/refund-requests/new/{part.pk}/").content.decode()
    part.refresh_from_db()
    request = make_request(part)
    page = portal.get(f"/sell/requests/{request.number}/").content.decode()
    (letter,) = mails(0, owner.email)
    assert "If it does not, or disagrees, we decide." in form
    assert "If you do not, we decide." in page and "If you do not, we decide." in letter.text
    assert ("Until then its money is held." in form) is not is_released
    for told in (page, letter.text, letter.html):
        assert ("Until then the money of this part is held." in told) is not is_released


@pytest.mark.parametrize(
    ("act", "buyer", "seller", "sms"),
    [
        (lambda row: requesting.answer(row, accept=False, words="No.", by=None), 1, 0, 1),
        (lambda row: requesting.decide(row, approve=False, words="No.", by=None), 1, 1, 1),
        (lambda row: requesting.decide(row, approve=True, words="Yes.", by=None), 1, 1, 1),
        (lambda row: requesting.withdraw(row, by=None), 0, 1, 0),
    ],
    ids=["contested", "declined", "approved", "withdrawn"],
)
def test_every_step_is_told_to_the_other_side(act, buyer, seller, sms):
    request = make_request()
    part, start = request.seller_order, last_message()

    act(request)

    assert len(mails(start, part.order.email)) == buyer
    assert len(mails(start, part.seller.members.get().user.email)) == seller
    texts = OutgoingMessage.objects.filter(pk__gt=start, kind="sms", recipient=part.order.phone)
    assert texts.filter(text__contains=request.number).count() == sms
