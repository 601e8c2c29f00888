"""Held orders in the back office: found on the first page, reasons in words, decided by who may."""

import pytest
from django.contrib.auth.models import Group

from marketplace.accounts import roles
from marketplace.accounts.tests.factories import make_user
from orders.models import SellerOrderStatus
from orders.tests.factories import make_order
from payments import collecting
from payments.models import Refund, Screening, Verdict
from payments.tests.factories import make_payment, paid

pytestmark = pytest.mark.django_db
QUEUE = "/admin/payments/screening/"


@pytest.fixture
def held(settings, ana):
    """A paid order of somebody whose telephone is of another country."""
    settings.SCREENING_REVIEW = 15
    ana.phone = "+258841234567"
    ana.save(update_fields=["phone"])
    payment = make_payment(make_order(user=ana))
    collecting.settle(payment.pk, paid(payment))
    return payment.screening


@pytest.fixture
def office(client):
    def enter(group):
        roles.grant()
        person = make_user(f"{group}@example.com", is_staff=True)
        person.groups.add(Group.objects.get(name=group))
        client.force_login(person)
        return client

    return enter


def test_the_first_page_leads_to_exactly_the_held_orders(office, held):
    passed = make_payment().screening
    client = office(roles.STAFF)
    waiting = next(each for each in client.get("/admin/").context["waiting"] if "/screening/" in each.url)
    page = client.get(waiting.url)
    assert waiting.count == 1
    assert [row.pk for row in page.context["cl"].result_list] == [held.pk]
    assert passed.verdict == Verdict.PASSED
    assert "(+15)" in page.content.decode(), "the reasons, in words"


def test_a_decision_is_asked_for_and_then_made(office, held):
    client = office(roles.STAFF)
    page = client.get(f"{QUEUE}{held.pk}/change/").content.decode()
    assert f"{QUEUE}{held.pk}/decide/clear/" in page
    assert client.get(f"{QUEUE}{held.pk}/decide/clear/").status_code == 200
    assert Screening.objects.get(pk=held.pk).verdict == Verdict.REVIEW
    client.post(f"{QUEUE}{held.pk}/decide/clear/", {"note": "a good customer"})
    held.refresh_from_db()
    assert (held.verdict, held.note) == (Verdict.CLEARED, "a good customer")
    assert held.order.seller_orders.get().status == SellerOrderStatus.CONFIRMED
    assert "/decide/" not in client.get(f"{QUEUE}{held.pk}/change/").content.decode()


def test_two_colleagues_at_once_decide_once(office, held):
    client = office(roles.STAFF)
    client.post(f"{QUEUE}{held.pk}/decide/clear/", {"note": ""})
    late = client.post(f"{QUEUE}{held.pk}/decide/reject/", {"note": ""}, follow=True)
    assert "errorlist" in late.content.decode() or "error" in late.content.decode()
    assert not Refund.objects.exists()


@pytest.mark.parametrize("decision", ["clear", "reject"])
def test_support_may_not_decide(office, held, decision):
    client = office(roles.SUPPORT)
    assert client.post(f"{QUEUE}{held.pk}/decide/{decision}/", {"note": ""}).status_code == 403
    held.refresh_from_db()
    assert held.verdict == Verdict.REVIEW


def test_nonsense_is_refused(office, held):
    client = office(roles.STAFF)
    assert client.post(f"{QUEUE}{held.pk}/decide/shrug/").status_code == 403
    assert client.post(f"{QUEUE}999999/decide/clear/").status_code == 404
    assert client.post(f"{QUEUE}{held.pk}/decide/clear/", {"note": "x" * 301}).status_code == 422


def test_nobody_lets_their_own_order_go_on(office, held):
    client = office(roles.STAFF)
    client.cookies["django_language"] = "en"
    type(held.order).objects.update(email=f"{roles.STAFF}@example.com".upper())
    page = client.post(f"{QUEUE}{held.pk}/decide/clear/", {"note": "me"}, follow=True).content.decode()
    held.refresh_from_db()
    assert held.verdict == Verdict.REVIEW
    assert "It is your own order: somebody else must look at it." in page
