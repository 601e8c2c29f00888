"""One payment moves one step, with a line in its history."""

from typing import Any

import structlog

from marketplace.lifecycle import advance
from payments.models import PAYMENT_TRANSITIONS, Payment

log = structlog.get_logger(__name__)


def move(payment: Payment, to: str, *, note: str = "", **changes: Any) -> None:
    """Call inside a transaction that holds the order's lock. Raises IllegalTransition or StaleState."""
    Payment.objects.select_for_update(no_key=True).get(pk=payment.pk)
    advance(payment, to, transitions=PAYMENT_TRANSITIONS, **changes)
    payment.record(to, note or str(changes.get("failure_reason", "")))
    log.info("payment_moved", payment=payment.reference, status=str(to), method=payment.method)
