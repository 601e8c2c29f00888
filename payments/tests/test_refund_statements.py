"""Staff read in a statement what became of a refund: of much money two must, and of one's own nobody."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from marketplace import markets
from marketplace.accounts.models import User
from orders.models import Order
from payments.books import auditing, ledger
from payments.gateways.base import Outcome, Reason, State
from payments.models import LedgerEntry, Refund, RefundStatus
from payments.refunds import by_statement, returned, returning
from payments.tests.refunds import by_account, give_back, sell, sell_by_mpesa

pytestmark = pytest.mark.django_db
S = RefundStatus


@pytest.fixture
def low_limit(monkeypatch):
    """Above a thousand pesos two people are needed."""
    monkeypatch.setitem(markets.MARKETS, "co", replace(markets.get("co"), refund_limit=1000))


def doubtful(**fields):
    refund = by_account(sell(**fields))
    Refund.objects.filter(pk=refund.pk).update(status=S.UNKNOWN)
    return Refund.objects.get(pk=refund.pk)


def status(refund):
    refund.refresh_from_db()
    return refund.status


def test_much_money_that_was_not_sent_is_owed_again_once_two_have_read_it(low_limit, eva, rui):
    refund = doubtful()
    assert not by_statement.decide(refund=refund, was_sent=False, by=eva)
    assert not by_statement.decide(refund=refund, was_sent=False, by=eva)
    assert not by_statement.decide(refund=refund, was_sent=True, by=rui)  # a contradiction begins anew
    assert status(refund) == S.UNKNOWN
    assert by_statement.decide(refund=refund, was_sent=True, by=eva)
    assert (status(refund), refund.reported_by, refund.decided_by) == (S.SUCCEEDED, rui, eva)


def test_much_money_that_came_back_is_owed_again_once_two_have_seen_it(low_limit, eva, rui):
    refund = doubtful()
    by_statement.decide(refund=refund, was_sent=True, by=eva)
    by_statement.decide(refund=refund, was_sent=True, by=rui)
    assert not by_statement.came_back(refund=refund, by=eva)
    assert status(refund) == S.SUCCEEDED
    assert not LedgerEntry.objects.filter(kind="refund_bounced").exists()
    assert by_statement.came_back(refund=refund, by=rui)
    assert (status(refund), refund.reported_by, refund.reported_sent) == (S.NEEDS_ACCOUNT, None, None)
    assert not auditing.findings()


def test_a_word_about_what_the_rail_has_answered_since_counts_no_more(low_limit, eva, rui):
    refund = doubtful()
    by_statement.decide(refund=refund, was_sent=False, by=eva)
    returned.apply(refund.pk, Outcome(state=State.PAID), reference=refund.reference)
    assert (status(refund), refund.reported_by) == (S.SUCCEEDED, None)
    assert not by_statement.came_back(refund=refund, by=rui)


def test_the_database_refuses_what_one_person_read_alone(low_limit, eva):
    refund = doubtful()
    by_statement.decide(refund=refund, was_sent=True, by=eva)
    with pytest.raises(IntegrityError, match="refund_above_limit_decided_by_two"), transaction.atomic():
        Refund.objects.filter(pk=refund.pk).update(status=S.SUCCEEDED, decided_by=eva)


@pytest.mark.parametrize("how", ["signed in", "as a guest"])
def test_nobody_reads_about_their_own_money(eva, how):
    refund = doubtful()
    Order.objects.update(**{"user": eva} if how == "signed in" else {"email": "Eva@Example.com"})
    for decide in (
        lambda: by_statement.decide(refund=refund, was_sent=False, by=eva),
        lambda: by_statement.came_back(refund=refund, by=eva),
        lambda: give_back(refund.seller_order, {}, by=eva),
    ):
        with pytest.raises(by_statement.SamePerson):
            decide()
    assert status(refund) == S.UNKNOWN


def test_the_back_office_says_of_each_what_became_of_it(low_limit):
    first, gone = doubtful(), by_account(sell())
    root = User.objects.create_superuser("root@example.com", "correct-horse-battery")
    own = by_account(sell(user=root))
    Refund.objects.filter(pk=own.pk).update(status=S.UNKNOWN)
    office = Client(headers={"host": "co.localhost"})
    office.force_login(root)
    office.cookies["django_language"] = "en"
    chosen = {"action": "was_sent", "_selected_action": [first.pk, gone.pk, own.pk]}
    html = office.post("/admin/payments/refund/", chosen, follow=True).content.decode()
    assert f"{first}: noted. Above the limit a second person must read the same." in html
    assert f"{gone}: not possible in its present state." in html
    assert f"{own}: somebody else must decide; it is your own money." in html
    part = sell(user=root)
    form = {f"line-{part.lines.get().pk}": 1, "reason": "Broken"}
    answer = office.post(f"/admin/payments/refund/part/{part.pk}/", form)
    assert answer.status_code == 422
    assert "It is your own order" in answer.content.decode()


def test_what_waits_for_our_own_account_is_no_account_named_twice(sandbox):
    refund = give_back(sell_by_mpesa())
    for _ in range(2):
        Refund.objects.filter(pk=refund.pk).update(status=S.SENDING)
        refund.refresh_from_db()
        short = Outcome(state=State.FAILED, reason=Reason.INSUFFICIENT_FUNDS)
        returned.apply(refund.pk, short, reference=refund.reference)
        assert status(refund) == S.CREATED
    assert refund.events.last().kind == "without_money"
    assert not auditing.findings()
    returning.send(refund.pk)
    assert status(refund) == S.SUCCEEDED
    assert ledger.balance("refunds_due", currency="MZN").amount == 0
