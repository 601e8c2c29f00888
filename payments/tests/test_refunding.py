"""Giving money back: how much, out of whose share, and what becomes of the order."""

from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import StockItem
from catalog.tests.factories import make_product
from marketplace.mailing.models import OutgoingMessage
from marketplace.money import share
from orders import lifecycle
from orders.models import OrderLine, OrderStatus, SellerOrderStatus
from orders.tests.factories import make_order
from payments import collecting
from payments.books import ledger
from payments.disbursement import payouts
from payments.models import Account, LedgerEntry, Payout, Refund, RefundLine, RefundStatus
from payments.refunds import refunding
from payments.refunds.refundable import Shares, units
from payments.refunds.refunding import MoreThanPaid, NotRefundable
from payments.tests.factories import deliver, make_available, make_destination, make_payment, make_sale, paid
from payments.tests.refunds import balance, give_back, part_of
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db


@pytest.fixture
def part():
    """Three of one thing at 10 000, and 15 000 for sending them."""
    return part_of(make_sale(quantity=3, price="10000"))


def seen(part):
    part.refresh_from_db()
    part.order.refresh_from_db()
    return part.status, part.order.status


def stock_of(part):
    return StockItem.objects.get(variant=part.lines.get().variant_id).on_hand


def test_the_whole_part_goes_back_out_of_every_share(part):
    assert (part.total, part.delivery) == (45_000, 15_000)
    refund = give_back(part, with_delivery=True, reason="Lost on the way")

    assert seen(part) == (SellerOrderStatus.REFUNDED, OrderStatus.REFUNDED)
    assert (refund.amount, refund.delivery) == (45_000, 15_000)
    assert refund.seller_amount == part.earnings
    assert (refund.commission, refund.commission_tax) == (part.commission, part.commission_tax)
    for account in (Account.SELLER_HELD, Account.COMMISSION, Account.COMMISSION_TAX):
        assert balance(account) == 0
    assert balance(Account.REFUNDS_DUE) == 45_000


def test_some_units_leave_the_rest_of_the_order_as_it_was(part):
    line = part.lines.get()
    refund = give_back(part, {line.pk: 1})
    assert (refund.amount, refund.delivery) == (10_000, 0)
    assert seen(part) == (SellerOrderStatus.CONFIRMED, OrderStatus.PAID)
    left = refunding.refundable(part)
    assert (left.lines[0].quantity, left.lines[0].money.amount, left.delivery.amount) == (2, 20_000, 15_000)
    assert left.total.amount + refund.amount == part.total
    assert balance(Account.SELLER_HELD) == part.earnings - refund.seller_amount
    assert part.order.events.filter(kind="partly_refunded").exists()


def test_units_one_by_one_and_the_delivery_make_the_whole(part):
    line = part.lines.get()
    deliver(part.order)
    for _ in range(3):
        give_back(part, {line.pk: 1})
    assert seen(part) == (SellerOrderStatus.DELIVERED, OrderStatus.COMPLETED)
    last = give_back(part, {}, with_delivery=True)
    assert (last.amount, last.commission) == (15_000, 0)
    assert seen(part) == (SellerOrderStatus.REFUNDED, OrderStatus.REFUNDED)
    assert balance(Account.SELLER_HELD) == balance(Account.COMMISSION) == 0


def test_where_nothing_is_left_to_send_the_delivery_goes_back_too(part):
    refund = give_back(part, {part.lines.get().pk: 3})
    assert refund.amount == 45_000
    assert seen(part) == (SellerOrderStatus.REFUNDED, OrderStatus.REFUNDED)


def test_more_than_was_bought_is_refused_and_nothing_changes(part):
    line = part.lines.get()
    give_back(part, {line.pk: 2})
    for lines in ({line.pk: 2}, {line.pk: 99}):
        with pytest.raises(MoreThanPaid):
            give_back(part, lines)
    assert Refund.objects.count() == 1
    assert balance(Account.REFUNDS_DUE) == 20_000
    give_back(part)
    with pytest.raises(MoreThanPaid):
        give_back(part, with_delivery=True)


def test_lines_of_another_part_negative_numbers_and_nothing_at_all_are_refused(part):
    stranger = part_of(make_sale())
    line, foreign = part.lines.get(), stranger.lines.get()
    for lines in ({foreign.pk: 1}, {line.pk: -1}, {}, {line.pk: 0}, {0: 1}):
        with pytest.raises(NotRefundable):
            give_back(part, lines)
    assert not Refund.objects.exists()


def test_what_was_never_paid_is_not_refunded():
    part = part_of(make_order())
    with pytest.raises(NotRefundable):
        give_back(part)
    lifecycle.cancel(part.order, by=None, actor="buyer")
    with pytest.raises(NotRefundable):
        give_back(part)


@pytest.mark.parametrize("status", ["confirmed", "processing", "shipped", "delivered"])
def test_a_part_can_be_refunded_wherever_it_is(part, status):
    steps = {"processing": [lifecycle.process], "shipped": [lifecycle.ship]}
    if status == "delivered":
        deliver(part.order)
    for step in steps.get(status, []):
        step(part, by=None)
    give_back(part, with_delivery=True)
    assert seen(part) == (SellerOrderStatus.REFUNDED, OrderStatus.REFUNDED)


def test_goods_that_came_back_can_be_sold_again_once(part):
    line = part.lines.get()
    before = stock_of(part)
    give_back(part, {line.pk: 1}, restock=True)
    give_back(part, {line.pk: 1})
    assert stock_of(part) == before + 1
    give_back(part, {line.pk: 1}, restock=True)
    assert stock_of(part) == before + 2


def test_one_sellers_refund_leaves_the_other_sellers_part_alone():
    order = make_order(make_product(price="20000"), make_product(price="30000"))
    payment = make_payment(order)
    collecting.settle(payment.pk, paid(payment))
    first, second = order.seller_orders.select_related("order", "seller").order_by("pk")
    give_back(first, with_delivery=True)
    assert seen(first) == (SellerOrderStatus.REFUNDED, OrderStatus.PAID)
    lifecycle.ship(second, by=None)
    second.order.refresh_from_db()
    lifecycle.deliver(second, by=None, actor="buyer")
    assert seen(second) == (SellerOrderStatus.DELIVERED, OrderStatus.COMPLETED)
    give_back(second, with_delivery=True)
    assert seen(first) == (SellerOrderStatus.REFUNDED, OrderStatus.REFUNDED)


# Calling off


@pytest.mark.parametrize(
    ("actor", "allowed"),
    [
        ("buyer", {"confirmed"}),
        ("seller", {"confirmed", "processing"}),
        ("staff", {"confirmed", "processing"}),
    ],
)
@pytest.mark.parametrize("status", ["confirmed", "processing", "shipped"])
def test_who_may_call_off_until_when(part, actor, allowed, status):
    if status == "processing":
        lifecycle.process(part, by=None)
    if status == "shipped":
        lifecycle.ship(part, by=None)
    before = stock_of(part)
    if status in allowed:
        refund = refunding.cancel_paid_part(seller_order=part, by=None, actor=actor, reason="No")
        assert refund.amount == part.total
        assert seen(part) == (SellerOrderStatus.CANCELLED, OrderStatus.REFUNDED)
        assert stock_of(part) == before + 3
    else:
        with pytest.raises(NotRefundable):
            refunding.cancel_paid_part(seller_order=part, by=None, actor=actor, reason="No")
        assert not Refund.objects.exists()


# After the hold, after the payout


def test_after_the_hold_the_money_comes_out_of_what_is_available():
    seller = make_seller()
    part = make_available(seller, quantity=2)
    earned = balance(Account.SELLER_AVAILABLE, seller=seller)
    refund = give_back(part, {part.lines.get().pk: 1})
    assert balance(Account.SELLER_AVAILABLE, seller=seller) == earned - refund.seller_amount
    assert balance(Account.SELLER_HELD, seller=seller) == 0


def test_what_was_refunded_before_is_not_released(part):
    refund = give_back(part, {part.lines.get().pk: 1})
    deliver(part.order)
    payouts.release_due(part.order.placed_at + payouts.hold(part.market) * 2)
    assert balance(Account.SELLER_HELD) == 0
    assert balance(Account.SELLER_AVAILABLE) == part.earnings - refund.seller_amount


def test_after_the_payout_the_debt_nets_in_the_next_one():
    seller = make_seller()
    make_destination(seller)
    first = make_available(seller)
    before = payouts.pay_available(seller.pk)
    assert before.amount == first.earnings
    Payout.objects.filter(pk=before.pk).update(status="paid")
    ledger.record_payout_paid(before)

    refund = give_back(first, with_delivery=True)
    assert balance(Account.SELLER_AVAILABLE, seller=seller) == -refund.seller_amount
    assert payouts.pay_available(seller.pk) is None
    second = make_available(seller, price="90000")
    third = make_available(seller, price="90000")
    payout = payouts.pay_available(seller.pk)
    assert payout.amount == second.earnings + third.earnings - refund.seller_amount
    assert balance(Account.SELLER_AVAILABLE, seller=seller) == 0


# What the database says itself


def test_the_database_refuses_more_than_was_paid_even_without_the_check(part, monkeypatch):
    line = part.lines.get()
    give_back(part, {line.pk: 3})
    monkeypatch.setattr("payments.refunds.refundable._lines", lambda part: [(line, 0)])
    with pytest.raises(DatabaseError), transaction.atomic():
        give_back(part, {line.pk: 1})
    assert Refund.objects.count() == 1


def test_the_database_refuses_more_of_a_line_than_was_bought(part):
    line = part.lines.get()
    refund = give_back(part, {line.pk: 2})
    with pytest.raises(DatabaseError), transaction.atomic():
        RefundLine.objects.filter(refund=refund).update(quantity=4)
    with pytest.raises(DatabaseError), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(amount=1)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM payments_refund")


# Rounding


@given(
    quantity=st.integers(1, 40),
    price=st.integers(1, 5000),
    rates=st.tuples(st.integers(0, 50), st.integers(0, 30), st.integers(0, 30)),
    takes=st.lists(st.integers(1, 12), max_size=12),
    currency=st.sampled_from(["COP", "MZN"]),
)
def test_units_in_any_portions_make_the_line_to_the_smallest_coin(quantity, price, rates, takes, currency):
    line = sold(quantity, price, rates, currency)
    done, given_back = 0, Shares()
    for take in [*takes, quantity]:
        take = min(take, quantity - done)
        share = units(line, take, after=done, currency=currency)
        assert min(share.seller, share.tax, share.commission, share.commission_tax) >= 0
        done, given_back = done + take, given_back + share
    assert given_back == Shares(
        amount=line.total, tax=line.tax, commission=line.commission, commission_tax=line.commission_tax
    )


def sold(quantity, price, rates, currency):
    coin = Decimal("0.01") if currency == "MZN" else Decimal(1)
    total = quantity * price * coin
    tax, rate, commission_tax = (Decimal(each) / 100 for each in rates)
    commission = share(total, rate, currency)
    return OrderLine(
        quantity=quantity,
        total=total,
        tax=total - total / (1 + tax) // coin * coin,
        commission=commission,
        commission_tax=min(share(commission, commission_tax, currency), total - commission),
    )


def test_buyer_and_seller_are_told(part):
    refund = give_back(part, {part.lines.get().pk: 1}, reason="One was broken")
    to_buyer = OutgoingMessage.objects.get(template="payments/refund_approved")
    to_seller = OutgoingMessage.objects.get(template="payments/refund_seller")
    assert to_buyer.recipient == part.order.email
    assert "10.000" in to_buyer.subject
    assert "One was broken" in to_buyer.text
    assert f"/refunds/{refund.secret}/" in to_buyer.text  # Nequi cannot take money back
    assert refund.status == RefundStatus.NEEDS_ACCOUNT
    assert refund.secret not in to_seller.text + to_seller.html
    assert part.number in to_seller.text
    sms = OutgoingMessage.objects.get(kind="sms")
    assert refund.secret in sms.text
    assert LedgerEntry.objects.filter(refund=refund, kind="refund").count() == 4
