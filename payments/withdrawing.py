"""Closes at the company what was called off here, so that nobody pays it by mistake."""

from contextlib import suppress

from celery import shared_task

from payments import gateways
from payments.availability import watched
from payments.gateways.base import Gateway, GatewayUnavailable, Misconfigured, NotSent
from payments.models import Payment, PaymentStatus

CALLED_OFF = (PaymentStatus.CANCELLED, PaymentStatus.EXPIRED)


def withdraw_later(payment: Payment) -> None:
    """Queue it once the caller has committed, where the company can close anything at all."""
    closes = type(gateways.get(payment.gateway)).cancel is not Gateway.cancel
    if closes and payment.started_at:
        withdraw.delay_on_commit(payment.pk)


@shared_task
def withdraw(payment_id: int) -> None:
    """Once, without a second try: money that comes nevertheless is kept apart as surplus."""
    payment = Payment.objects.get(pk=payment_id)
    if payment.status not in CALLED_OFF:
        return
    with suppress(GatewayUnavailable, NotSent, Misconfigured), watched(payment.gateway):
        gateways.get(payment.gateway).cancel(payment.reference, payment.company_reference)
        payment.record("withdrawn")
