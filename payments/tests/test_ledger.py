"""The books balance, and nobody rewrites them."""

import uuid
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from catalog.tests.factories import make_product
from marketplace.money import Money
from orders.tests.factories import make_order
from payments import collecting
from payments.books import ledger
from payments.models import Account, LedgerEntry
from payments.tests.factories import make_payment, make_sale, paid
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db


def entry(amount, currency="COP", movement=None, account=Account.GATEWAY, source="test:1"):
    return LedgerEntry(
        movement=movement or uuid.uuid4(),
        kind="sale",
        source=source,
        market_code="co",
        account=account,
        amount=amount,
        currency=currency,
    )


def check_now():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def sums():
    return [balance for balance in (ledger.balance(a, currency="COP").amount for a in Account) if balance]


def test_a_sale_splits_the_total_into_shares_commission_and_tax():
    order = make_sale()
    part = order.seller_orders.get()
    assert ledger.balance(Account.GATEWAY, currency="COP") == Money(order.total, "COP")
    assert ledger.balance(Account.SELLER_HELD, seller=part.seller, currency="COP").amount == part.earnings
    assert ledger.balance(Account.COMMISSION, currency="COP").amount == part.commission
    assert ledger.balance(Account.COMMISSION_TAX, currency="COP").amount == part.commission_tax
    assert part.commission_tax > 0
    assert part.earnings + part.commission + part.commission_tax == order.total


def test_every_seller_of_an_order_gets_an_own_share():
    products = [make_product(seller=make_seller(), price=price) for price in (10_000, 20_000, 30_000)]
    order = make_order(*products)
    payment = make_payment(order)
    collecting.settle(payment.pk, paid(payment))
    check_now()
    for part in order.seller_orders.all():
        held = ledger.balance(Account.SELLER_HELD, seller=part.seller, currency="COP")
        assert held.amount == part.earnings
    assert LedgerEntry.objects.values("movement").distinct().count() == 1


def test_posting_the_same_source_twice_changes_nothing():
    order = make_sale()
    before = LedgerEntry.objects.count()
    ledger.record_sale(order, order.payments.get())
    assert LedgerEntry.objects.count() == before


def test_the_database_refuses_the_same_source_twice():
    order = make_sale()
    again = LedgerEntry.objects.filter(source=f"sale:{order.number}").first()
    again.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


def test_the_database_refuses_a_movement_that_does_not_add_up_to_zero():
    movement = uuid.uuid4()
    with pytest.raises(IntegrityError, match="does not add up"), transaction.atomic():
        entry(Decimal(100), movement=movement).save()
        entry(Decimal(-99), movement=movement, account=Account.SURPLUS).save()
        check_now()


def test_the_database_refuses_a_movement_that_mixes_currencies():
    movement = uuid.uuid4()
    with pytest.raises(IntegrityError, match="does not add up"), transaction.atomic():
        entry(Decimal(100), movement=movement).save()
        entry(Decimal(-100), "MZN", movement=movement, account=Account.SURPLUS).save()
        check_now()


def test_a_booked_amount_cannot_be_changed():
    make_sale()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        LedgerEntry.objects.update(amount=Decimal(1))


def test_a_booked_entry_cannot_be_deleted():
    make_sale()
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        LedgerEntry.objects.filter(account=Account.COMMISSION)._raw_delete("default")


def test_the_ledger_cannot_be_emptied():
    """Tests may empty it, so the trigger they switch off is switched on for a moment."""
    with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE payments_ledgerentry ENABLE TRIGGER ledger_refuse_truncate")
            cursor.execute("TRUNCATE payments_ledgerentry CASCADE")


def test_balances_of_sellers_do_not_mix():
    make_sale()
    assert ledger.balance(Account.SELLER_HELD, seller=make_seller(), currency="COP").amount == 0
    assert sums()
