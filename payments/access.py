"""Whose payment it is: whoever may see the order may see how it is paid."""

from django.http import Http404

from marketplace.http import Request
from orders.access import find_order
from payments.models import Payment


def find_payment(request: Request, number: str, reference: str) -> Payment:
    """The payment of an order that this visitor may see. Raises Http404."""
    order = find_order(request, number)
    payment = order.payments.filter(reference=reference).first()
    if payment is None:
        raise Http404
    payment.order = order
    return payment
