"""News of companies get lost, come twice, late or in the wrong order: one order, one charge, one sale."""

import time

import pytest

from orders.models import OrderStatus
from orders.tests.factories import make_order
from payments import collecting, notices
from payments.models import GatewayNotice, LedgerEntry, PaymentStatus
from payments.tests.factories import make_payment
from payments.tests.test_payu_paying import answer, begin, open_page
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db


def start(order, method, **inputs):
    payment = collecting.begin(order=order, method=method, inputs=inputs, site="http://mz.localhost:8000")
    collecting.start(payment.pk)
    payment.refresh_from_db()
    return payment


def in_mozambique():
    return make_order(seller=make_seller(market_code="mz"), price=500)


def by_nequi(sandbox):
    payment = make_payment(started=False)
    collecting.start(payment.pk)
    sandbox.decide(payment.reference, "approve")
    return payment


def by_payu(sandbox):
    payment = begin(make_order(), "card")
    answer(open_page(payment), "approve")
    return payment


def by_stripe(sandbox):
    payment = start(in_mozambique(), "card")
    sandbox.pay_by_card(payment.next_step["url"])
    return payment


def by_wallet(company, phone):
    """A contract that answers at once and calls back when the PIN is typed."""

    def pay(sandbox):
        payment = start(in_mozambique(), company, phone=phone)
        time.sleep(max(0, sandbox.kept(company)[0]["over_at"] - time.time()))
        return payment

    return pay


# How it is paid there, what the company keeps of a charge, and how many news one payment makes at least.
COMPANIES = {
    "wompi": (by_nequi, "transactions", 1),
    "payu": (by_payu, "payu", 1),
    "stripe": (by_stripe, "sessions", 3),
    "mpesa": (by_wallet("mpesa", "+258841234592"), "mpesa", 1),
    "emola": (by_wallet("emola", "+258861234570"), "emola", 1),
}
SPOILT = {
    "in order": {},
    "lost": {"drop_events": True},
    "twice": {"duplicate_events": True},
    "late": {},
    "in the wrong order": {"reverse_events": True},
}


def hear(sandbox, client, company, news):
    answers = sandbox.deliver(client, product=company, at_least=news)
    assert {answer.status_code for answer in answers} == {200}
    for notice_id in GatewayNotice.objects.filter(handled_at=None).values_list("pk", flat=True):
        notices.follow_up(notice_id)


@pytest.mark.parametrize("how", SPOILT)
@pytest.mark.parametrize("company", COMPANIES)
def test_one_order_one_charge_one_sale(sandbox, client, company, how):
    pay, charges, news = COMPANIES[company]
    sandbox.switch(**SPOILT[how])
    payment = pay(sandbox)
    if how == "lost":
        assert {each["state"] for each in sandbox.kept("events")} == {"lost"}
    if how in ("lost", "late"):
        collecting.ask(payment.pk)  # the clock comes first, or alone
    if how != "lost":
        more = {"twice": 2 * news, "in the wrong order": news + (company != "stripe")}
        hear(sandbox, client, company, more.get(how, news))
        hear(sandbox, client, company, news)
    payment.refresh_from_db()
    payment.order.refresh_from_db()
    assert (payment.status, payment.order.status) == (PaymentStatus.SUCCEEDED, OrderStatus.PAID)
    assert LedgerEntry.objects.values("kind", "movement").distinct().count() == 1
    assert payment.order.payments.count() == 1
    assert len(sandbox.kept(charges)) == 1
