"""Whose money goes back to where it came from, and nowhere else."""

from orders.models import Order
from payments.models import Verdict

WHY = "held or rejected by screening, or charged back: pay back only to the card, in the company's panel"


def is_suspect(order: Order) -> bool:
    """Held for a look, or rejected after it: an account named by its buyer may be a fraudster's."""
    return order.held_at is not None or order.screenings.filter(verdict=Verdict.REJECTED).exists()
