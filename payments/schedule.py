"""When to ask a company again: soon at first, then ever more seldom, and how long to go on."""

from datetime import datetime, timedelta

# A worker may hold an open line to a phone for 130 seconds (e-Mola); only then is its silence suspicious.
LINE_OPEN = timedelta(seconds=140)
# A charge the company cannot find may still be on its way through its house.
UNCONFIRMED_AFTER = timedelta(minutes=10)
# Nobody could tell us anything for this long: a person must look.
UNRESOLVED_AFTER = timedelta(hours=24)
# Money for an attempt that was given up may still come; so long we go on asking.
LATE_MONEY_FOR = timedelta(hours=48)
# A rail forgets an idempotency key after a day; long before that we stop repeating a payout.
RESEND_UNTIL = timedelta(hours=12)
# Only after this long can a payout that the rail has never seen not be on its way any more.
RESEND_AFTER = timedelta(minutes=3)

_GAPS = (3, 5, 10, 20, 40, 60, 120, 300, 600)
_LONGEST_GAP = 1800


def next_check(
    checks: int, now: datetime, *, deadline: datetime | None = None, patience: float = 0
) -> datetime:
    """After so many questions, when to ask the next; never skipping over a deadline.

    `patience` is the shortest gap the company wants (Gateway.patience).
    """
    gap = _GAPS[checks] if checks < len(_GAPS) else _LONGEST_GAP
    due = now + timedelta(seconds=max(gap, patience))
    return deadline if deadline and now < deadline < due else due


def next_look(checks: int, now: datetime) -> datetime:
    """Payouts take hours at banks: begin with half a minute, end with half an hour."""
    return now + timedelta(seconds=min(30 * 2**checks, _LONGEST_GAP))
