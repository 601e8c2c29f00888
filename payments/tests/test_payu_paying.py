"""PayU from the choice to the books: a card, a debit and cash, paid once, refused, expired and late."""

from datetime import datetime, timedelta

import pytest
import requests
from django.utils import timezone

from catalog.tests.factories import make_product
from marketplace.mailing.models import OutgoingMessage
from orders.models import Allocation, AllocationState, Order, OrderStatus
from orders.tests.factories import make_order
from payments import collecting, deadlines, following, notices, polling
from payments.gateways.base import Outcome, State
from payments.models import Attention, GatewayNotice, LedgerEntry, Payment, PaymentStatus
from payments.tests.factories import INPUTS

pytestmark = pytest.mark.django_db

SITE = "http://co.localhost:8000"


def begin(order, method):
    """An attempt that PayU carries, whichever company is the market's first choice."""
    payment = collecting.begin(
        order=order, method=method, inputs=INPUTS.get(method, {}), ip="203.0.113.7", site=SITE
    )
    Payment.objects.filter(pk=payment.pk).update(gateway="payu")
    collecting.start(payment.pk)
    payment.refresh_from_db()
    return payment


def open_page(payment):
    """The browser sends the form of the wait page; answers where PayU's page is."""
    page = following.page_of(payment, timezone.now())
    sent = requests.post(page.leave_to, data=page.form, allow_redirects=False, timeout=5)
    assert sent.status_code == 302, sent.text
    return page.leave_to.removesuffix("/payu/checkout/") + sent.headers["Location"]


def answer(page, what):
    data = {"card": "4097440000000004", "answer": what}
    return requests.post(page, data=data, allow_redirects=False, timeout=5)


def hear(sandbox, client, at_least=1):
    """PayU's confirmations arrive, and we follow them up."""
    sandbox.deliver(client, at_least=at_least, product="payu")
    for notice_id in GatewayNotice.objects.filter(handled_at=None).values_list("pk", flat=True):
        notices.follow_up(notice_id)


def booked(kind):
    return LedgerEntry.objects.filter(kind=kind).values("movement").distinct().count()


def state(payment):
    payment.refresh_from_db()
    payment.order.refresh_from_db()
    return payment.status, payment.order.status


PAID = (PaymentStatus.SUCCEEDED, OrderStatus.PAID)


def test_a_card_is_paid_once_and_booked_once(sandbox, client):
    payment = begin(make_order(), "card")
    assert (payment.status, payment.step) == (PaymentStatus.PENDING, "form")
    back = answer(open_page(payment), "approve")
    assert back.headers["Location"].startswith(f"{SITE}/pay/{payment.order.number}/")
    hear(sandbox, client)
    collecting.ask(payment.pk)
    assert state(payment) == PAID
    assert booked("sale") == 1
    assert payment.card == {"brand": "VISA", "last4": "0004", "installments": 1}


def test_a_card_that_was_first_declined_is_paid_once(sandbox, settings, client):
    patient = sandbox.credentials("payu", retry_window_seconds="600")
    settings.GATEWAY_CREDENTIALS = settings.GATEWAY_CREDENTIALS | {"payu": patient}
    payment = begin(make_order(), "card")
    page = open_page(payment)
    answer(page, "refuse")
    hear(sandbox, client)
    assert state(payment) == (PaymentStatus.PENDING, OrderStatus.PENDING)
    answer(page, "approve")
    hear(sandbox, client, at_least=2)
    assert state(payment) == PAID
    assert booked("sale") == 1


def test_who_comes_back_refused_may_choose_anew_at_once(sandbox, settings):
    patient = sandbox.credentials("payu", retry_window_seconds="600")
    settings.GATEWAY_CREDENTIALS = settings.GATEWAY_CREDENTIALS | {"payu": patient}
    payment = begin(make_order(), "card")
    answer(open_page(payment), "funds")
    collecting.ask(payment.pk, sandbox.kept("payu")[0]["id"])
    assert state(payment) == (PaymentStatus.FAILED, OrderStatus.PENDING)
    assert payment.failure_reason == "insufficient_funds"


def test_a_second_payment_under_one_reference_is_surplus(sandbox, client):
    payment = begin(make_order(), "card")
    answer(open_page(payment), "approve")
    hear(sandbox, client)
    sandbox.decide(payment.reference, "again")
    hear(sandbox, client, at_least=2)
    assert state(payment) == PAID
    again = Payment.objects.exclude(pk=payment.pk).get()
    assert (again.status, again.amount) == (PaymentStatus.SURPLUS, payment.amount)
    assert (booked("sale"), booked("surplus")) == (1, 1)


@pytest.mark.parametrize("wrong", [{"payu_amount_off": -1}, {"payu_currency": "USD"}])
def test_another_amount_or_currency_pays_nothing(sandbox, client, wrong):
    payment = begin(make_order(), "card")
    sandbox.switch(**wrong)
    answer(open_page(payment), "approve")
    hear(sandbox, client)
    assert state(payment) == (PaymentStatus.UNKNOWN, OrderStatus.PENDING)
    assert payment.attention == Attention.WRONG_AMOUNT
    assert not LedgerEntry.objects.exists()


def test_a_debit_by_pse_is_paid_once(sandbox, client):
    payment = begin(make_order(), "pse")
    assert payment.step == "redirect"
    requests.post(payment.next_step["url"], data={"answer": "OK"}, allow_redirects=False, timeout=5)
    hear(sandbox, client)
    assert state(payment) == PAID
    assert booked("sale") == 1


def test_lost_news_is_found_by_the_clock(sandbox, client):
    sandbox.switch(drop_events=True)
    payment = begin(make_order(), "pse")
    requests.post(payment.next_step["url"], data={"answer": "OK"}, allow_redirects=False, timeout=5)
    assert polling.poll_pending(timezone.now() + timedelta(minutes=15)) == 1
    collecting.ask(payment.pk)
    assert state(payment) == PAID


def test_payu_is_not_asked_sooner_than_it_wishes(sandbox, settings):
    patient = sandbox.credentials("payu", patience_seconds="")
    settings.GATEWAY_CREDENTIALS = settings.GATEWAY_CREDENTIALS | {"payu": patient}
    payment = begin(make_order(), "pse")
    assert payment.next_check_at - payment.started_at >= timedelta(minutes=10)
    polling.poll_pending(payment.next_check_at)
    before = payment.next_check_at
    payment.refresh_from_db()
    assert payment.next_check_at - before >= timedelta(minutes=10)


# Cash


def counter(sandbox, payment, what):
    number = payment.next_step["code"]
    requests.post(f"{sandbox.url}/payu/efecty/", data={"number": number, "answer": what}, timeout=5)


def hear_of_cash(sandbox, client, state_pol):
    sandbox.wait_for("events", name=state_pol, product="payu")
    hear(sandbox, client)


def test_cash_is_paid_once_within_days(sandbox, client):
    sandbox.switch(speed=5000)  # a quarter of an hour passes at the counter
    order = make_order()
    payment = begin(order, "efecty")
    order.refresh_from_db()
    assert payment.step == "voucher"
    days = payment.expires_at - payment.created_at
    assert timedelta(hours=71, minutes=59) < days <= timedelta(hours=72, seconds=1)
    assert abs(order.expires_at - payment.expires_at - timedelta(hours=6)) < timedelta(seconds=2)
    counter(sandbox, payment, "pay")
    hear_of_cash(sandbox, client, "APPROVED")
    assert state(payment) == PAID
    assert booked("sale") == 1


def test_a_number_that_is_found_only_later_is_announced_once_and_good_as_long_as_payu_says(sandbox):
    sandbox.fault("POST /payu/payments-api", "swallow")
    sandbox.fault("POST /payu/reports-api", "drop")
    payment = begin(make_order(), "efecty")
    assert (payment.status, payment.step) == (PaymentStatus.UNKNOWN, "")
    Payment.objects.update(expires_at=timezone.now() - timedelta(hours=1))  # ours is not what counts
    for _ in range(2):
        collecting.ask(payment.pk)
    payment.refresh_from_db()
    assert (payment.status, payment.step) == (PaymentStatus.PENDING, "voucher")
    assert payment.expires_at == datetime.fromisoformat(payment.next_step["expires_at"]) > timezone.now()
    told = OutgoingMessage.objects.exclude(template="orders/placed").values_list("kind", flat=True)
    assert sorted(told) == ["email", "sms"]


def test_the_stock_is_kept_until_the_news_of_cash_can_have_come(sandbox):
    order = make_order()
    payment = begin(order, "efecty")
    after_it = payment.expires_at + timedelta(minutes=1)
    collecting.settle(payment.pk, Outcome(state=State.PENDING), now=after_it)
    assert polling.expire_overdue(after_it) == 0
    assert state(payment) == (PaymentStatus.EXPIRED, OrderStatus.PENDING)
    assert polling.expire_overdue(payment.expires_at + timedelta(hours=6, minutes=1)) == 1
    assert state(payment) == (PaymentStatus.EXPIRED, OrderStatus.EXPIRED)
    assert not Allocation.objects.filter(state=AllocationState.RESERVED).exists()


def test_cash_that_comes_within_the_grace_pays_the_order(sandbox, client):
    payment = begin(make_order(), "efecty")
    counter(sandbox, payment, "expire")
    hear_of_cash(sandbox, client, "EXPIRED_TRANSACTION")
    assert state(payment)[1] == OrderStatus.PENDING
    counter(sandbox, payment, "now")
    hear_of_cash(sandbox, client, "APPROVED")
    assert state(payment) == PAID


@pytest.mark.parametrize("on_hand", [2, 1])
def test_cash_after_the_order_was_given_up_pays_it_if_the_goods_are_there_else_goes_back(
    sandbox, client, on_hand
):
    product = make_product(on_hand=on_hand)
    payment = begin(make_order(product), "efecty")
    counter(sandbox, payment, "expire")
    hear_of_cash(sandbox, client, "EXPIRED_TRANSACTION")
    polling.expire_overdue(timezone.now() + timedelta(hours=80))
    assert state(payment)[1] == OrderStatus.EXPIRED
    make_order(product)
    counter(sandbox, payment, "now")
    hear_of_cash(sandbox, client, "APPROVED")
    lost = (PaymentStatus.SURPLUS, OrderStatus.EXPIRED)
    assert state(payment) == (PAID if on_hand == 2 else lost)
    assert (booked("sale"), booked("surplus")) == ((1, 0) if on_hand == 2 else (0, 1))


def test_late_cash_whose_news_got_lost_is_found_by_the_clock(sandbox):
    sandbox.switch(drop_events=True)
    payment = begin(make_order(), "efecty")
    counter(sandbox, payment, "expire")
    collecting.ask(payment.pk)
    assert state(payment) == (PaymentStatus.FAILED, OrderStatus.PENDING)
    counter(sandbox, payment, "now")
    sandbox.wait_for("payu", state="APPROVED")
    assert polling.poll_pending(timezone.now() + timedelta(hours=2)) == 1
    collecting.ask(payment.pk)
    assert state(payment) == PAID


def test_late_cash_is_looked_for_two_days_after_its_time(sandbox):
    payment = begin(make_order(), "efecty")
    end = payment.expires_at + timedelta(minutes=1)
    collecting.settle(payment.pk, Outcome(state=State.PENDING), now=end)
    payment.refresh_from_db()
    assert polling.poll_pending(end + timedelta(hours=47)) == 1
    payment.refresh_from_db()
    assert payment.next_check_at is not None


def test_asking_for_number_after_number_does_not_keep_stock_for_ever(sandbox):
    order = make_order()
    for day in range(6):
        now = order.placed_at + timedelta(days=day)
        payment = collecting.begin(order=order, method="efecty", inputs=INPUTS["efecty"], now=now)
        collecting.cancel(payment=payment)
    order.refresh_from_db()
    assert order.expires_at <= order.placed_at + deadlines.LONGEST_CASH + timedelta(hours=6)


def test_another_way_after_cash_does_not_get_days(sandbox):
    order = make_order()
    collecting.cancel(payment=collecting.begin(order=order, method="efecty", inputs=INPUTS["efecty"]))
    payment = collecting.begin(order=order, method="nequi", inputs=INPUTS["nequi"])
    assert payment.expires_at <= timezone.now() + timedelta(minutes=31)


@pytest.mark.parametrize(("price", "is_allowed"), [(19_999, False), (50_000, True), (6_000_001, False)])
def test_efecty_takes_what_its_contract_allows(sandbox, price, is_allowed):
    order = _order_of(price)
    if is_allowed:
        begin(order, "efecty")
    else:
        with pytest.raises(collecting.MethodNotAllowed):
            begin(order, "efecty")


def _order_of(total):
    order = make_order()
    Order.objects.filter(pk=order.pk).update(items_net=total - order.tax - order.delivery, total=total)
    order.refresh_from_db()
    return order
