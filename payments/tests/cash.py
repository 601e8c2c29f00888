"""Cash codes for tests, made the way the site makes them."""

from datetime import timedelta

from django.utils import timezone

from orders.tests.factories import make_order
from payments import collecting
from payments.models import CashCode, Payment
from payments.tests.factories import make_payment
from payments.vouchers import cash
from sellers.tests.factories import make_seller


def make_code(price=50000, **fields):
    """A code that waits for cash, made the way the site makes it."""
    order = make_order(seller=make_seller(), price=price, **fields)
    payment = make_payment(order, method="efecty", started=False)
    Payment.objects.filter(pk=payment.pk).update(gateway="efecty")
    collecting.start(payment.pk)
    return CashCode.objects.select_related("payment__order").get(payment=payment)


def pay(code, *, receipt="R-1", by=None, late=timedelta(0), **changes):
    facts = {
        "amount": code.amount,
        "paid_at": timezone.now() + late,
        "receipt_number": receipt,
        "point": "12",
    }
    return cash.report(code=code.code, by=by, **facts | changes)
