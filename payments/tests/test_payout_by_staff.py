"""Staff ask for one store's payout in its stead: the same path, limits and approvals; or why not."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from marketplace import markets
from marketplace.accounts import roles
from marketplace.accounts.tests.factories import make_user
from payments.disbursement import approving, payouts, staff_requests
from payments.disbursement.payable import Hindrance, was_asked_today
from payments.disbursement.two_people import SamePerson
from payments.models import Payout
from payments.tests.factories import make_available, make_destination
from payments.tests.stories import correct
from sellers.models import PayoutDestination, Seller
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db
ASK = "/admin/payments/payout/request/"


@pytest.fixture
def eva():
    roles.grant()
    eva = make_user("eva@example.com", is_staff=True)
    eva.groups.set(roles.Group.objects.filter(name=roles.STAFF))
    return eva


@pytest.fixture
def office(client, eva):
    client.force_login(eva)
    client.cookies["django_language"] = "en"
    return client


@pytest.fixture
def bento():
    seller = make_seller(business_name="Bento")
    make_destination(seller)
    make_available(seller)
    return seller


def test_a_store_is_chosen_seen_and_paid_with_the_person_on_record(office, eva, bento):
    assert ASK in office.get("/admin/payments/payout/").content.decode()
    sheet = office.get(f"/admin/sellers/seller/{bento.pk}/change/").content.decode()
    assert f"{ASK}?seller={bento.pk}" in sheet
    assert office.get(ASK).status_code == 200
    seen = office.get(ASK, {"seller": bento.pk})
    assert seen.context["prospect"].why_not == ""
    assert not Payout.objects.exists()
    answer = office.post(ASK, {"seller": bento.pk})
    payout = Payout.objects.get()
    assert answer["Location"] == f"/admin/payments/payout/{payout.pk}/change/"
    assert (payout.requested_by, payout.amount) == (eva, seen.context["prospect"].amount)
    assert [(event.kind, event.by) for event in payout.events.all()] == [("requested", eva)]


def test_what_staff_ask_for_leaves_the_seller_their_own_request_of_the_day(office, bento):
    office.post(ASK, {"seller": bento.pk})
    assert not was_asked_today(bento, timezone.now())


def test_above_the_limit_somebody_else_lets_it_go(office, eva, bento, monkeypatch):
    monkeypatch.setitem(markets.MARKETS, "co", replace(markets.get("co"), payout_limit=1000))
    assert office.get(ASK, {"seller": bento.pk}).context["prospect"].above_limit
    office.post(ASK, {"seller": bento.pk})
    payout = Payout.objects.get()
    assert payout.status == "approval"
    with pytest.raises(SamePerson):
        approving.approve(payout=payout, by=eva)


def closed(seller):
    Seller.objects.filter(pk=seller.pk).update(status="suspended")


def frozen(seller):
    Seller.objects.filter(pk=seller.pk).update(payouts_frozen_at=timezone.now())


def waiting(seller):
    PayoutDestination.objects.update(usable_from=timezone.now() + timedelta(hours=5))


OBSTACLES = {
    Hindrance.CLOSED: closed,
    Hindrance.FROZEN: frozen,
    Hindrance.UNDER_WAY: lambda seller: payouts.pay_available(seller.pk),
    Hindrance.DEBT: lambda seller: correct(seller, -900_000),
    Hindrance.NOTHING: lambda seller: correct(seller, payouts.unpaid(seller).get().amount),
    Hindrance.NO_ACCOUNT: lambda seller: PayoutDestination.objects.update(is_active=False),
    Hindrance.REFUSED: lambda seller: PayoutDestination.objects.update(refused_at=timezone.now()),
    Hindrance.WAITING: waiting,
    Hindrance.BELOW: lambda seller: Seller.objects.update(minimum_payout=900_000),
}


@pytest.mark.parametrize("found", OBSTACLES)
def test_what_stands_in_the_way_is_said_to_staff_before_and_after_they_ask(office, bento, found):
    OBSTACLES[found](bento)
    made = Payout.objects.count()
    seen = office.get(ASK, {"seller": bento.pk}).context["prospect"].why_not
    bento.refresh_from_db()
    with timezone.override(bento.market.time_zone):
        assert seen == staff_requests.explain(found, bento)
    assert "%(" not in seen and "You " not in seen
    answer = office.post(ASK, {"seller": bento.pk})
    assert (answer.status_code, Payout.objects.count()) == (422, made)
    assert [str(message) for message in answer.context["messages"]] == [seen]


def test_once_a_day_is_enough_whoever_asks(office, bento):
    payouts.request_payout(seller=bento, by=bento.members.get().user)
    Payout.objects.update(status="paid")
    make_available(bento)
    assert "tomorrow" in office.get(ASK, {"seller": bento.pk}).context["prospect"].why_not
    assert office.post(ASK, {"seller": bento.pk}).status_code == 422
    assert Payout.objects.count() == 1


@pytest.mark.parametrize("typed", ["", "x", "999999", "9" * 40])
def test_nonsense_is_refused_beside_the_field(office, typed):
    for answer in (office.get(ASK, {"seller": typed}), office.post(ASK, {"seller": typed})):
        assert answer.status_code == 422 and answer.context["form"].errors["seller"]


def test_what_no_database_can_read_is_refused_in_the_form_and_in_the_address(office):
    answer = office.post(ASK, {"seller": "\x00"})
    assert answer.status_code == 422 and answer.context["form"].errors["seller"]
    assert office.get(ASK, {"seller": "\x00"}).status_code == 400


def test_who_may_not_move_money_asks_for_none(client, bento):
    client.force_login(make_user(is_staff=True))
    for answer in (client.get(ASK), client.post(ASK, {"seller": bento.pk})):
        assert answer.status_code == 403
    assert not Payout.objects.exists()
