"""docs/money.md and the code name the same accounts and movements, and nothing else is ever posted."""

import re

import pytest
from django.conf import settings

from payments.books import ledger, movements
from payments.gateways.base import State
from payments.models import Account, LedgerEntry, Movement
from payments.tests.stories import pay_out, tell

SIGNS = {"+": 1, "−": -1, "±": 0}


def table(heading):
    """The rows of the first table under a heading of docs/money.md, as lists of cells."""
    text = (settings.BASE_DIR / "docs" / "money.md").read_text()
    section = text.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def legs(cell):
    return {Account(name): SIGNS[sign] for name, sign in re.findall(r"\b([a-z_]+) ([+−±])", cell)}


def test_the_page_lists_the_accounts_of_the_code():
    assert [row[0].strip("`") for row in table("Accounts")] == Account.values


def test_the_page_lists_the_movements_of_the_code_with_their_accounts_and_signs():
    written = {Movement(row[0].strip("`")): legs(row[3]) for row in table("Every movement")}
    assert written == movements.MOVEMENTS
    assert set(Movement) == set(movements.MOVEMENTS)


def test_every_source_begins_with_its_kind():
    for kind, _when, source, _legs in table("Every movement"):
        assert source.startswith(kind.rstrip("`") + ":")


@pytest.mark.django_db
def test_everything_a_full_story_posts_stands_on_the_page():
    story = tell()
    pay_out(story.seller, State.FAILED)
    allowed = {row[0].strip("`"): legs(row[3]) for row in table("Every movement")}
    posted = LedgerEntry.objects.values_list("kind", "account", "amount")
    assert {kind for kind, *_ in posted} >= {
        "sale",
        "release",
        "refund",
        "payout",
        "payout_paid",
        "adjustment",
    }
    for kind, account, amount in posted:
        assert allowed[kind][Account(account)] * amount >= 0


@pytest.mark.django_db
def test_what_the_page_does_not_know_cannot_be_posted():
    wrong = [
        ledger.Leg(account=Account.SURPLUS, amount=5, gateway="wompi"),
        ledger.Leg(account=Account.COMMISSION, amount=-5),
    ]
    with pytest.raises(movements.NotAMovement):
        ledger.post(Movement.SALE, "x", "co", "COP", wrong)
    backwards = [
        ledger.Leg(account=Account.GATEWAY, amount=-5, gateway="wompi"),
        ledger.Leg(account=Account.SURPLUS, amount=5, gateway="wompi"),
    ]
    with pytest.raises(movements.NotAMovement):
        ledger.post(Movement.SURPLUS, "x", "co", "COP", backwards)
    assert not LedgerEntry.objects.exists()
