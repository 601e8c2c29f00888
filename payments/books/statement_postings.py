"""What statements of companies move in the books: fees, transfers, differences and what is written off."""

from marketplace.accounts.models import User
from marketplace.money import Money
from payments.books.ledger import Leg, post
from payments.models import Account, Movement

# Where a company sends what it has collected for us; a name in the column `gateway`.
OUR_BANK = "bank"


def record_fee(company: str, money: Money, *, market_code: str, key: str) -> None:
    """A company has kept its fee: positive is what it costs us."""
    kept = Leg(account=Account.FEES, amount=money.amount, gateway=company)
    post(Movement.FEE, key, market_code, money.currency.code, [_gone(company, money), kept])


def record_settlement(company: str, money: Money, *, market_code: str, key: str) -> None:
    """A company has sent what it collected to our bank."""
    arrived = Leg(account=Account.GATEWAY, amount=money.amount, gateway=OUR_BANK)
    post(Movement.SETTLEMENT, key, market_code, money.currency.code, [_gone(company, money), arrived])


def record_difference(
    company: str, money: Money, *, market_code: str, key: str, note: str, by: User | None = None
) -> None:
    """A statement shows money that nothing here explains (positive: more than we thought)."""
    unexplained = Leg(account=Account.SUSPENSE, amount=-money.amount, gateway=company)
    found = Leg(account=Account.GATEWAY, amount=money.amount, gateway=company)
    post(Movement.DIFFERENCE, key, market_code, money.currency.code, [found, unexplained], note=note, by=by)


def record_write_off(
    company: str,
    money: Money,
    *,
    account: str,
    market_code: str,
    key: str,
    note: str,
    by: User | None = None,
) -> None:
    """What a difference left in suspense waits no longer: below zero it is our cost, above it a gain."""
    ended = Leg(account=Account.SUSPENSE, amount=money.amount, gateway=company)
    counted = Leg(account=account, amount=-money.amount, gateway=company)
    post(Movement.WRITE_OFF, key, market_code, money.currency.code, [ended, counted], note=note, by=by)


def _gone(company: str, money: Money) -> Leg:
    return Leg(account=Account.GATEWAY, amount=-money.amount, gateway=company)
