"""What one person may book alone in a day, and what waits until a second agrees."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet, Sum
from django.db.models.functions import Abs

from marketplace.accounts.models import User
from marketplace.lifecycle import IllegalTransition, StaleState, advance
from marketplace.markets.base import Market
from payments.disbursement import paydays
from payments.disbursement.two_people import SamePerson
from payments.models import PROPOSAL_TRANSITIONS, Proposal, ProposalStatus


class NotPossible(Exception):
    """It has been booked or turned down."""


def of_today(made: QuerySet[Any], market: Market, now: datetime) -> Decimal:
    """What these proposals of today come to, up and down, but for those turned down."""
    midnight = paydays.beginning(market, paydays.today(market, now))
    wanted = made.filter(made_at__gte=midnight).exclude(status=ProposalStatus.DECLINED)
    return wanted.aggregate(total=Sum(Abs("amount"), default=Decimal(0)))["total"]


def refuse_the_author(proposal: Proposal, by: User) -> None:
    """Raises SamePerson: who asked for it does not agree to it."""
    if by.pk == proposal.made_by_id:
        raise SamePerson


def end(proposal: Proposal, to: ProposalStatus, **decided: object) -> None:
    """Booked or turned down, once. Raises NotPossible."""
    try:
        advance(proposal, to, transitions=PROPOSAL_TRANSITIONS, **decided)
    except (IllegalTransition, StaleState):
        raise NotPossible from None
