"""What happens by itself at the pretend companies: decisions fall due, events are posted."""

import logging
import time
from collections.abc import Callable

import requests

from . import events, payouts, payu, stripe, stripe_refunds, wompi

logger = logging.getLogger("sandbox")


def forever(work: Callable[[float], None]) -> None:
    while True:
        try:
            work(time.time())
        except (requests.RequestException, OSError, KeyError, ValueError):
            logger.exception("The sandbox's clock stumbled")
        time.sleep(0.02)


def decide(now: float) -> None:
    wompi.decide_due(now)
    payouts.decide_due(now)
    stripe.decide_due(now)
    stripe_refunds.decide_due(now)
    payu.decide_due(now)


def post(now: float) -> None:
    events.post_due(now)
