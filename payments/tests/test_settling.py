"""An answer of the company counts once, and only if it is right."""

from datetime import timedelta

import pytest

from catalog.models import StockItem
from marketplace.mailing.models import OutgoingMessage
from marketplace.money import Money
from orders import lifecycle
from orders.models import OrderStatus, SellerOrderStatus
from orders.tests.factories import make_order
from payments import collecting, schedule, settling
from payments.books import ledger
from payments.gateways.base import Outcome, Reason, Redirect, State
from payments.models import Account, Attention, LedgerEntry, PaymentStatus
from payments.refunds import surplus
from payments.tests.factories import card_paid, failed, make_payment, paid, wrong

pytestmark = pytest.mark.django_db

UNKNOWN = Outcome(state=State.UNKNOWN)
PENDING = Outcome(state=State.PENDING)
NOT_FOUND = Outcome(state=State.NOT_FOUND)


def seen(payment):
    payment.refresh_from_db()
    payment.order.refresh_from_db()
    return payment.status, payment.order.status


def test_paid_settles_the_payment_the_order_the_stock_and_the_books():
    payment = make_payment()
    collecting.settle(payment.pk, card_paid(payment))

    assert seen(payment) == (PaymentStatus.SUCCEEDED, OrderStatus.PAID)
    part = payment.order.seller_orders.get()
    assert part.status == SellerOrderStatus.CONFIRMED
    item = StockItem.objects.get()
    assert (item.on_hand, item.reserved) == (9, 0)
    assert LedgerEntry.objects.filter(source=f"sale:{payment.order.number}").count() == 4
    assert payment.card == {"brand": "VISA", "last4": "4242", "installments": 3}
    assert payment.company_reference == f"C-{payment.reference}"


def test_what_the_shopper_typed_is_forgotten_once_the_payment_has_ended():
    payment = make_payment()
    assert "+573001234567" in payment.inputs
    collecting.settle(payment.pk, paid(payment))
    payment.refresh_from_db()
    assert payment.inputs == ""
    assert payment.next_check_at is None


def test_the_same_answer_fifty_times_counts_once():
    payment = make_payment()
    for _ in range(50):
        collecting.settle(payment.pk, paid(payment))
    assert LedgerEntry.objects.count() == 4
    assert payment.events.filter(kind="succeeded").count() == 1


@pytest.mark.parametrize("amount", [1, 49_999, 5_000_000])
def test_a_wrong_amount_settles_nothing_and_calls_for_a_person(amount):
    payment = make_payment()
    collecting.settle(payment.pk, wrong(payment, amount))

    assert seen(payment) == (PaymentStatus.UNKNOWN, OrderStatus.PENDING)
    assert payment.attention == Attention.WRONG_AMOUNT
    assert payment.next_check_at is None
    assert not LedgerEntry.objects.exists()
    assert "asked" in payment.events.last().note


def test_a_wrong_currency_settles_nothing():
    payment = make_payment()
    collecting.settle(payment.pk, paid(payment, money=Money(payment.amount, "MZN")))
    assert seen(payment) == (PaymentStatus.UNKNOWN, OrderStatus.PENDING)
    assert not LedgerEntry.objects.exists()


def test_a_wrong_amount_that_the_company_corrects_is_settled():
    payment = make_payment()
    collecting.settle(payment.pk, wrong(payment))
    collecting.settle(payment.pk, paid(payment))
    assert seen(payment) == (PaymentStatus.SUCCEEDED, OrderStatus.PAID)
    assert payment.attention == ""


@pytest.mark.parametrize("news", [UNKNOWN, NOT_FOUND, PENDING, None])
def test_a_wrong_amount_is_not_forgotten_while_the_company_has_nothing_better_to_say(news):
    payment = make_payment()
    collecting.settle(payment.pk, wrong(payment, 700))
    later = payment.started_at + timedelta(hours=25)
    for _ in range(2):
        if news:
            collecting.settle(payment.pk, news, now=later)
        else:
            settling.unanswered(payment.pk, now=later)
    assert seen(payment) == (PaymentStatus.UNKNOWN, OrderStatus.PENDING)
    assert payment.attention == Attention.WRONG_AMOUNT
    assert surplus.book(payment.pk, wrong(payment, 700), by="1")


def test_a_wrong_amount_that_was_taken_back_is_none_any_more():
    payment = make_payment()
    collecting.settle(payment.pk, wrong(payment))
    collecting.settle(payment.pk, failed())
    assert (seen(payment)[0], payment.attention) == (PaymentStatus.FAILED, "")


def test_staff_can_book_a_wrong_amount_as_money_to_send_back():
    payment = make_payment()
    collecting.settle(payment.pk, wrong(payment, 700))
    assert surplus.book(payment.pk, wrong(payment, 700), by="1")
    assert seen(payment) == (PaymentStatus.SURPLUS, OrderStatus.PENDING)
    assert ledger.balance(Account.SURPLUS, currency="COP") == Money(0, "COP")
    assert ledger.balance(Account.REFUNDS_DUE, currency="COP") == Money(700, "COP")
    assert payment.refunds.get().money == Money(700, "COP")
    assert not surplus.book(payment.pk, wrong(payment, 700), by="1")


def test_an_answer_without_an_amount_is_believed():
    """M-Pesa never repeats it: it moves what was asked, or nothing."""
    payment = make_payment()
    collecting.settle(payment.pk, paid(payment, money=None))
    assert seen(payment) == (PaymentStatus.SUCCEEDED, OrderStatus.PAID)


def test_failed_tells_the_shopper_and_leaves_the_order_open():
    payment = make_payment()
    collecting.settle(payment.pk, failed(Reason.INSUFFICIENT_FUNDS))

    assert seen(payment) == (PaymentStatus.FAILED, OrderStatus.PENDING)
    assert payment.failure_reason == Reason.INSUFFICIENT_FUNDS
    message = OutgoingMessage.objects.get(template="payments/failed")
    assert message.recipient == payment.order.email
    assert payment.order.secret in message.text
    assert StockItem.objects.get().reserved == 1


def test_after_a_failure_another_method_can_be_tried():
    payment = make_payment()
    collecting.settle(payment.pk, failed())
    second = make_payment(payment.order, method="pse")
    collecting.settle(second.pk, paid(second))
    assert seen(second) == (PaymentStatus.SUCCEEDED, OrderStatus.PAID)
    assert second.number == 2


def test_money_for_a_failed_attempt_still_pays_the_order():
    """The company's own page lets a refused buyer try again under the same reference."""
    payment = make_payment()
    collecting.settle(payment.pk, failed())
    collecting.settle(payment.pk, paid(payment))
    assert seen(payment) == (PaymentStatus.SUCCEEDED, OrderStatus.PAID)


def test_paid_twice_is_kept_apart_as_surplus_and_owed_back():
    first = make_payment()
    collecting.settle(first.pk, failed())
    second = make_payment(first.order)
    collecting.settle(second.pk, paid(second))
    collecting.settle(first.pk, paid(first))

    assert seen(first) == (PaymentStatus.SURPLUS, OrderStatus.PAID)
    assert first.attention == ""
    assert first.refunds.get().money == first.money
    assert ledger.balance(Account.REFUNDS_DUE, currency="COP") == first.money
    assert OutgoingMessage.objects.filter(template="payments/surplus").count() == 1
    assert first.order.payments.filter(status=PaymentStatus.SUCCEEDED).count() == 1


def test_paid_after_the_order_was_called_off_is_surplus():
    payment = make_payment()
    collecting.settle(payment.pk, failed())
    lifecycle.cancel(payment.order, by=None, actor="buyer")
    collecting.settle(payment.pk, paid(payment))
    collecting.settle(payment.pk, paid(payment))

    assert seen(payment) == (PaymentStatus.SURPLUS, OrderStatus.CANCELLED)
    assert ledger.balance(Account.REFUNDS_DUE, currency="COP") == payment.money
    item = StockItem.objects.get()
    assert (item.on_hand, item.reserved) == (10, 0)


def test_pending_keeps_waiting_until_the_attempt_is_over():
    payment = make_payment()
    step = Redirect(url="https://bank.example/pay")
    collecting.settle(payment.pk, Outcome(state=State.PENDING, step=step, company_reference="W1"))
    assert seen(payment) == (PaymentStatus.PENDING, OrderStatus.PENDING)
    assert payment.next_step == {"kind": "redirect", "url": "https://bank.example/pay"}

    collecting.settle(payment.pk, PENDING, now=payment.expires_at + timedelta(seconds=1))
    assert seen(payment) == (PaymentStatus.EXPIRED, OrderStatus.PENDING)
    assert payment.company_reference == "W1"


@pytest.mark.parametrize("outcome", [UNKNOWN, NOT_FOUND])
def test_doubt_blocks_the_order_for_ten_minutes_then_a_person_is_told(outcome):
    payment = make_payment(status=PaymentStatus.CREATED)
    collecting.settle(payment.pk, outcome)
    assert seen(payment) == (PaymentStatus.UNKNOWN, OrderStatus.PENDING)
    with pytest.raises(collecting.AttemptUnderWay):
        collecting.begin(order=payment.order, method="pse", inputs={})

    soon = payment.started_at + schedule.UNCONFIRMED_AFTER - timedelta(seconds=5)
    collecting.settle(payment.pk, outcome, now=soon)
    assert seen(payment)[0] == PaymentStatus.UNKNOWN

    collecting.settle(payment.pk, outcome, now=soon + timedelta(seconds=10))
    assert seen(payment) == (PaymentStatus.FAILED, OrderStatus.PENDING)
    assert payment.attention == Attention.UNCONFIRMED
    assert payment.next_check_at is not None

    collecting.settle(payment.pk, paid(payment))
    assert seen(payment) == (PaymentStatus.SUCCEEDED, OrderStatus.PAID)
    assert payment.attention == ""


def test_a_page_the_shopper_has_not_opened_yet_is_not_a_doubt():
    """Wompi does not know the charge before the buyer pays on its page."""
    payment = make_payment(next_step={"kind": "redirect", "url": "https://x.example"})
    later = payment.started_at + timedelta(minutes=12)
    collecting.settle(payment.pk, NOT_FOUND, now=later)
    assert seen(payment) == (PaymentStatus.PENDING, OrderStatus.PENDING)


def test_a_silent_company_blocks_for_a_day_and_then_calls_for_a_person():
    payment = make_payment(status=PaymentStatus.CREATED)
    settling.unanswered(payment.pk)
    assert seen(payment)[0] == PaymentStatus.UNKNOWN
    settling.unanswered(payment.pk, now=payment.started_at + timedelta(hours=23))
    assert seen(payment)[0] == PaymentStatus.UNKNOWN
    settling.unanswered(payment.pk, now=payment.started_at + timedelta(hours=24))
    assert seen(payment) == (PaymentStatus.EXPIRED, OrderStatus.PENDING)
    assert payment.attention == Attention.UNRESOLVED


def test_a_number_for_a_counter_outlives_a_company_that_does_not_answer():
    payment = make_payment(method="efecty", next_step={"kind": "voucher"})
    settling.unanswered(payment.pk, now=payment.started_at + timedelta(hours=25))
    assert seen(payment) == (PaymentStatus.PENDING, OrderStatus.PENDING)
    settling.unanswered(payment.pk, now=payment.expires_at)
    assert seen(payment) == (PaymentStatus.UNKNOWN, OrderStatus.PENDING)
    settling.unanswered(payment.pk, now=payment.expires_at + timedelta(hours=23))
    assert seen(payment)[0] == PaymentStatus.UNKNOWN
    settling.unanswered(payment.pk, now=payment.expires_at + timedelta(hours=24))
    assert (seen(payment)[0], payment.attention) == (PaymentStatus.EXPIRED, Attention.UNRESOLVED)


def test_a_payment_that_was_never_started_is_never_asked_about():
    payment = make_payment(started=False)
    settling.check(payment)  # there is no company to answer
    assert seen(payment)[0] == PaymentStatus.CREATED


def test_settled_payments_stay_settled():
    payment = make_payment()
    collecting.settle(payment.pk, paid(payment))
    for outcome in (failed(), PENDING, UNKNOWN, NOT_FOUND, wrong(payment)):
        collecting.settle(payment.pk, outcome)
        assert seen(payment) == (PaymentStatus.SUCCEEDED, OrderStatus.PAID)


def test_settling_takes_few_statements(django_assert_max_num_queries):
    payment = make_payment(make_order())
    with django_assert_max_num_queries(60):
        collecting.settle(payment.pk, paid(payment))
