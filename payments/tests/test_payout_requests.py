"""A seller asks for the money: paid if there is some, told why not, and never twice."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.tests.factories import make_user
from payments.books import auditing, ledger
from payments.disbursement import payable, payouts, sending
from payments.gateways.base import Outcome, Reason, State
from payments.models import Account, Payout, PayoutLine, PayoutStatus
from payments.refunds import refunding
from payments.tests.factories import make_available, make_destination
from payments.tests.refunds import give_back
from sellers.models import MemberRole, PayoutDestination, Seller
from sellers.tests.factories import make_member, make_seller

pytestmark = pytest.mark.django_db

ASK = reverse("payments_seller:request_payout")
LIST = reverse("payments_seller:list_payouts")


@pytest.fixture
def bento():
    seller = make_seller(business_name="Bento", payout_schedule="request")
    make_destination(seller)
    return seller


@pytest.fixture
def owner(bento):
    return bento.members.get().user


@pytest.fixture
def portal(owner):
    return signed_in(owner)


def signed_in(user):
    client = Client(headers={"host": "co.localhost"})
    client.cookies["django_language"] = "en"
    client.force_login(user)
    return client


def told(client):
    return client.get(LIST).content.decode()


def refused(client):
    """Ask; answers what the page then says in red."""
    answer = client.post(ASK, follow=True)
    *_, message = answer.context["messages"]
    assert message.level_tag == "error"
    return str(message)


def test_pay_me_now_makes_a_payout_of_everything(bento, owner, portal):
    part = make_available(bento)
    assert ASK in told(portal)
    answer = portal.post(ASK)
    payout = Payout.objects.get()
    assert answer.url == reverse("payments_seller:show_payout", args=[payout.reference])
    assert (payout.amount, payout.requested_by, payout.status) == (part.earnings, owner, "created")
    page = portal.get(answer.url).content.decode()
    assert part.number in page
    assert ASK not in told(portal)


def test_once_a_day_is_enough(bento, portal):
    make_available(bento)
    portal.post(ASK)
    Payout.objects.update(status=PayoutStatus.PAID)
    make_available(bento)
    assert refused(portal) == payable.Hindrance.TODAY.label
    assert Payout.objects.count() == 1


def test_what_came_back_may_be_asked_for_again(bento, portal):
    make_available(bento)
    portal.post(ASK)
    Payout.objects.update(status=PayoutStatus.SENDING)
    sending.apply(Payout.objects.get().pk, Outcome(state=State.FAILED, reason=Reason.COMPANY_ERROR))
    portal.post(ASK)
    assert Payout.objects.count() == 2


@pytest.mark.parametrize(
    ("reason", "is_theirs"),
    [(Reason.ACCOUNT_PROBLEM, True), (Reason.INSUFFICIENT_FUNDS, False), (Reason.COMPANY_ERROR, False)],
)
def test_only_who_can_mend_it_is_sent_to_the_account(bento, portal, reason, is_theirs):
    make_available(bento)
    portal.post(ASK)
    payout = Payout.objects.get()
    Payout.objects.update(status=PayoutStatus.SENDING)
    sending.apply(payout.pk, Outcome(state=State.FAILED, reason=reason))
    for page in ("show_balance", "show_payout"):
        address = reverse(f"payments_seller:{page}", args=[payout.reference] if page == "show_payout" else [])
        assert ("Check the account" in portal.get(address).content.decode()) is is_theirs


def closed_account(bento):
    bento.payout_destinations.update(refused_at=timezone.now())


def waiting_account(bento):
    bento.payout_destinations.update(usable_from=timezone.now() + timedelta(hours=5))


def under_way(bento):
    payouts.pay_available(bento.pk)
    make_available(bento)


def debt(bento):
    amount = payable.due(bento) + 5000
    ledger.record_adjustment(bento, -amount, key="1", note="", by=bento.members.get().user)


@pytest.mark.parametrize(
    ("arrange", "hindrance"),
    [
        (lambda bento: bento.payout_destinations.all().delete(), payable.Hindrance.NO_ACCOUNT),
        (closed_account, payable.Hindrance.REFUSED),
        (waiting_account, payable.Hindrance.WAITING),
        (under_way, payable.Hindrance.UNDER_WAY),
        (debt, payable.Hindrance.DEBT),
    ],
)
def test_why_nothing_is_paid(bento, portal, arrange, hindrance):
    make_available(bento)
    arrange(bento)
    before = Payout.objects.count()
    page = told(portal)
    assert ASK not in page
    beginning = str(hindrance.label).partition("%")[0]
    assert beginning in page
    assert refused(portal).startswith(beginning)
    assert Payout.objects.count() == before


def test_a_store_without_sales_is_told_so(portal):
    assert refused(portal) == payable.Hindrance.NOTHING.label


@pytest.mark.parametrize(("role", "status"), [(MemberRole.MANAGER, 302), (MemberRole.STAFF, 403)])
def test_managers_may_ask_and_staff_may_not(bento, role, status):
    make_available(bento)
    carla = make_user("carla@example.com")
    make_member(bento, carla, role=role)
    assert signed_in(carla).post(ASK).status_code == status
    assert Payout.objects.count() == (status == 302)


def test_strangers_and_the_other_country_have_nothing_to_ask_for(bento, owner):
    make_available(bento)
    assert signed_in(make_user("davi@example.com")).post(ASK).status_code == 404
    abroad = Client(headers={"host": "mz.localhost"})
    abroad.force_login(owner)
    assert abroad.post(ASK).status_code == 404
    assert not Payout.objects.exists()


class TestTheDestination:
    def test_while_a_changed_account_waits_nothing_is_sent(self, bento):
        make_available(bento)
        Seller.objects.update(payout_schedule="daily")
        waiting_account(bento)
        assert payouts.pay_all() == 0
        assert payouts.pay_all(timezone.now() + timedelta(hours=6)) == 1

    def test_a_payout_made_before_the_change_goes_on_to_the_old_account(self, sandbox, bento):
        make_available(bento)
        payout = payouts.pay_available(bento.pk)
        bento.payout_destinations.update(is_active=False)
        make_destination(bento, account_number="99887766")
        sending.send(payout.pk)
        assert sandbox.kept("rows")[0]["_account"] == "12345678901"

    @pytest.mark.parametrize("rests", [{"payouts_frozen_at": timezone.now()}, {"status": "suspended"}])
    def test_a_store_that_rests_is_not_sent_what_was_set_aside(self, sandbox, bento, rests):
        make_available(bento)
        payout = payouts.pay_available(bento.pk)
        Seller.objects.update(**rests)
        sending.send(payout.pk)
        payout.refresh_from_db()
        assert payout.status == PayoutStatus.CREATED and not sandbox.kept("rows")
        Seller.objects.update(payouts_frozen_at=None, status="approved")
        sending.send(payout.pk)
        assert len(sandbox.kept("rows")) == 1

    def test_a_closed_account_is_not_tried_again_by_the_clock(self, sandbox, bento):
        Seller.objects.update(payout_schedule="daily")
        bento.payout_destinations.all().delete()
        make_destination(bento, account_number="12345678907")
        make_available(bento)
        payouts.pay_all()
        payout = Payout.objects.get()
        sending.send(payout.pk)
        sandbox.decide(payout.reference, "fail")
        sending.follow_up(payout.pk)
        assert PayoutDestination.objects.get().refused_at
        assert payable.due(bento) == payout.amount
        assert payouts.pay_all(timezone.now() + timedelta(days=40)) == 0


def at_once(*actions):
    def act(action):
        try:
            return action()
        except (payable.NothingToPay, refunding.NotRefundable, refunding.MoreThanPaid) as refusal:
            return type(refusal)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(act, actions))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("round_", range(3))
def test_clocks_a_request_and_refunds_at_once_keep_the_books(round_):
    """Whoever is first: one payout, of what was available then; what is refunded after it is a debt."""
    seller = make_seller()
    make_destination(seller)
    parts = [make_available(seller, price=40_000) for _ in range(3)]
    owner = seller.members.get().user
    actions = [
        payouts.pay_all,
        payouts.pay_all,
        lambda: payouts.request_payout(seller=seller, by=owner),
        *[lambda part=part: give_back(part) for part in parts[:2]],
    ]
    random.Random(round_).shuffle(actions)
    at_once(*actions)

    payouts.pay_all()  # should all have run into each other
    payout = Payout.objects.get()
    lines = PayoutLine.objects.filter(payout=payout)
    assert payout.amount == sum(line.amount for line in lines)
    refunded = [line for line in lines if line.amount < 0]
    available = ledger.balance(Account.SELLER_AVAILABLE, seller=seller, currency="COP").amount
    assert available == payable.due(seller) <= 0
    assert len(refunded) in (0, 1, 2)
    assert not auditing.findings()
