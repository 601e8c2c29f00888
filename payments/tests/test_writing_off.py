"""Suspense has a way out: staff close for good what nobody explains, two of them where it is much."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import IntegrityError, connections, transaction

from marketplace import markets
from payments import collecting
from payments.books import auditing
from payments.models import Account, Difference, LedgerEntry, WriteOff
from payments.reconciliation import resolving, writing_off
from payments.tests.factories import make_payment, paid
from payments.tests.test_reconciling import bring, open_differences, row, sold
from payments.tests.test_reconciling_twice import close, held, line

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def low_limit(monkeypatch):
    """Above a thousand pesos two people are needed."""
    low = replace(markets.get("co"), correction_limit=1000)
    monkeypatch.setitem(markets.MARKETS, "co", low)


def posted(amount=-900, word="chargeback", number="C1"):
    """A row that nobody expects, whose amount stands in suspense."""
    bring(line(word, number, amount))
    difference = Difference.objects.get(line__company_reference=number)
    close(difference)
    difference.refresh_from_db()
    return difference


def end(difference, by, reason="unexplained"):
    return writing_off.write_off(difference_id=difference.pk, reason=reason, note="Asked twice", by=by)


def standing(difference):
    difference.refresh_from_db()
    return difference.posted


@pytest.mark.parametrize(
    ("reason", "account"),
    [
        ("tax_withheld", Account.TAX_WITHHELD),
        ("chargeback", Account.LOSSES),
        ("fee", Account.FEES),
        ("unexplained", Account.LOSSES),
    ],
)
@pytest.mark.parametrize("amount", [-900, 900])
def test_suspense_moves_to_the_account_of_the_reason(eva, reason, account, amount):
    difference = posted(amount)
    before = held()
    done = end(difference, eva, reason)
    assert (done.status, standing(difference)) == ("booked", f"write_off:{difference.pk}")
    assert (held(account=Account.SUSPENSE), held(account=account)) == (0, -amount)
    assert held() == before == amount, "the company holds what it said"
    assert set(LedgerEntry.objects.filter(kind="write_off").values_list("note", "by")) == {
        ("Asked twice", eva.pk)
    }
    assert auditing.findings() == []


def test_only_what_stands_in_suspense_and_only_once(eva, rui):
    bring(line("deposit", "D1", 900))
    (difference,) = open_differences()
    with pytest.raises(writing_off.NotPossible):
        end(difference, eva)
    close(difference)
    end(difference, eva)
    for by in (eva, rui):
        with pytest.raises(writing_off.NotPossible):
            end(difference, by)
    assert LedgerEntry.objects.filter(kind="write_off").count() == 2


def test_much_waits_for_somebody_else(eva, rui):
    difference = posted(-1001)
    waiting = end(difference, eva)
    assert (waiting.status, standing(difference)) == ("waiting", f"difference:{difference.pk}")
    assert held(account=Account.SUSPENSE) == 1001 and auditing.findings() == []
    with pytest.raises(writing_off.NotPossible):
        end(difference, rui)  # there is one already
    with pytest.raises(writing_off.SamePerson):
        writing_off.approve(proposal=waiting, by=eva)
    writing_off.approve(proposal=waiting, by=rui)
    for decide in (writing_off.approve, lambda **who: writing_off.decline(**who, words="no")):
        with pytest.raises(writing_off.NotPossible):
            decide(proposal=waiting, by=rui)
    assert (held(account=Account.SUSPENSE), held(account=Account.LOSSES)) == (0, 1001)
    assert auditing.findings() == []


def test_what_was_turned_down_may_be_asked_for_again(eva, rui):
    difference = posted(-5000)
    for by in (rui, eva):
        waiting = end(difference, eva)
        writing_off.decline(proposal=waiting, by=by, words="Ask them first")
        with pytest.raises(writing_off.NotPossible):
            writing_off.approve(proposal=waiting, by=rui)
    assert held(account=Account.SUSPENSE) == 5000
    assert not LedgerEntry.objects.filter(kind="write_off").exists()


def test_many_small_ones_of_one_person_in_one_day_count_together(eva, rui):
    found = [posted(amount, number=f"C{n}") for n, amount in enumerate((-600, 400, -1, -1000, -1000))]
    assert [end(each, eva).status for each in found[:3]] == ["booked", "booked", "waiting"]
    assert end(found[3], rui).status == "booked", "another person"
    WriteOff.objects.update(made_at=WriteOff.objects.last().made_at - timedelta(days=1))
    assert end(found[4], eva).status == "booked", "another day"


@pytest.mark.parametrize("decided", [True, False])
def test_what_is_explained_after_all_is_taken_back(eva, rui, decided):
    payment = make_payment()
    bring(row(payment, identifier="7-7", fee=0))
    (difference, *_fee) = open_differences()
    close(difference)
    waiting = end(difference, eva)
    if decided:
        writing_off.approve(proposal=waiting, by=rui)
        assert held(account=Account.LOSSES) == -payment.amount
    collecting.settle(payment.pk, paid(payment))
    assert [resolving.match_again() for _ in range(2)] == [1, 0]
    assert (held(), held(account=Account.SUSPENSE), held(account=Account.LOSSES)) == (payment.amount, 0, 0)
    assert standing(difference) == ""
    if not decided:
        waiting.refresh_from_db()
        assert (waiting.status, waiting.words) == ("declined", "matched later")
    assert auditing.findings() == []


def test_what_a_statement_lacked_comes_back_when_it_shows_it(eva, rui):
    payment, other = sold(), sold()
    bring(row(payment, fee=0))
    difference = next(each for each in open_differences() if each.payment == other)
    close(difference)
    writing_off.approve(proposal=end(difference, eva), by=rui)
    assert held(account=Account.LOSSES) == other.amount
    bring(row(other, fee=0))
    assert (held(), held(account=Account.LOSSES)) == (payment.amount + other.amount, 0)
    assert auditing.findings() == []


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"status": "booked"}, "writeoff_"),
        ({"status": "booked", "decided_by": "eva", "decided_at": "made_at"}, "booked_by_another"),
        ({"status": "booked", "decided_at": "made_at"}, "booked_by_another"),
    ],
)
def test_the_database_refuses_what_one_person_did_alone(eva, changes, constraint):
    waiting = end(posted(-5000), eva)
    known = {"eva": eva, "made_at": waiting.made_at}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        WriteOff.objects.filter(pk=waiting.pk).update(
            **{name: known.get(value, value) for name, value in changes.items()}
        )


@pytest.mark.django_db(transaction=True)
def test_many_hands_write_off_once_and_their_sums_count(eva):
    found = [posted(-600, number=f"C{number}") for number in range(2)]
    start = Barrier(4)

    def act(number):
        connections["default"].ensure_connection()
        start.wait()
        try:
            return str(end(found[number % 2], eva).status)
        except writing_off.NotPossible:
            return ""
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as people:
        assert sorted(people.map(act, range(4))) == ["", "", "booked", "waiting"]
    assert held(account=Account.LOSSES) == 600
