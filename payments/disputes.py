"""A buyer disputes a payment at the bank: flagged for staff, who answer at the company."""

import structlog

from payments import gateways, settling
from payments.availability import watched
from payments.models import Attention, GatewayNotice, Payment

log = structlog.get_logger(__name__)


def is_dispute(notice: GatewayNotice) -> bool:
    return ".dispute." in notice.event


def flag(notice: GatewayNotice) -> str:
    """Write on the payment what is disputed; a dispute that was won needs nobody any more.

    Such a notice names the company's own number of the payment alone, so the company is asked for
    ours. Returns what became of the notice. Raises GatewayUnavailable, NotSent or Misconfigured.
    """
    with watched(notice.gateway):
        reference = gateways.get(notice.gateway).find_reference(notice.company_reference)
    payment = Payment.objects.filter(gateway=notice.gateway, reference=reference).first()
    if payment is None:
        return "not ours"
    settling.check(payment)  # What settles it would wipe the flag away.
    told = notice.body.get("object", {})
    won = notice.event.endswith(".closed") and told.get("status") == "won"
    log.error("payment_disputed", payment=payment.reference, kind=notice.event)
    payment.record("disputed", f"{notice.event} {told.get('status', '')} {told.get('reason', '')}".strip())
    if won:
        Payment.objects.filter(pk=payment.pk, attention=Attention.DISPUTED).update(attention="")
    else:
        Payment.objects.filter(pk=payment.pk, attention="").update(attention=Attention.DISPUTED)
    return "for staff"
