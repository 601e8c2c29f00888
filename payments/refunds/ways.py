"""By which wallets and banks a refund can reach an account that its buyer names."""

from marketplace.markets.base import PayoutRail
from payments import rails
from payments.models import Refund


def ways_of(refund: Refund) -> list[PayoutRail]:
    """The rails that can carry this amount; lists for a bank (`columns`) are made for sellers alone."""
    is_whole = refund.amount == refund.amount.to_integral_value()
    return [
        rail
        for rail in refund.market.payout_rails
        if rail.code in rails.codes()
        and not rail.columns
        and refund.amount <= rail.maximum
        and (is_whole or not rail.whole_amounts)
    ]
