"""What the pages about a refund request show to buyer and seller alike."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from marketplace.markets.base import Text
from orders.timeline import KINDS, Step
from payments.models import Refund, RefundRequest

BAD = ("refund_declined", "refund_withdrawn")


def page_of(request: RefundRequest) -> dict[str, Any]:
    """The context: four queries, whatever was asked for."""
    return {
        "asked": request,
        "seller_order": request.seller_order,
        "order": request.seller_order.order,
        "currency": request.seller_order.order.currency,
        "lines": list(request.lines.select_related("line")),
        "steps": steps(request),
        "refunds": list(Refund.objects.filter(request=request)),
    }


def steps(request: RefundRequest) -> list[Step]:
    """The order's timeline, as far as it is about this request; and what it waits for."""
    events = request.seller_order.events.filter(note=request.number)
    done = [
        Step(
            label=KINDS.get(event.kind, event.kind), state="bad" if event.kind in BAD else "done", at=event.at
        )
        for event in events
    ]
    return [*done, Step(label=waits_for(request), state="now")] if request.is_undecided else done


def waits_for(request: RefundRequest) -> Text:
    if request.needs_staff:
        return _("We decide")
    return _("The store answers")
