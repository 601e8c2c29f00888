"""Above the limit a balance is corrected by two people, and the store hears of it when it is booked."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connections, transaction

from marketplace import markets
from marketplace.accounts import roles
from marketplace.accounts.models import User
from marketplace.mailing.models import OutgoingMessage
from payments.books import adjusting, auditing
from payments.earnings import balances
from payments.models import Correction, LedgerEntry
from sellers.tests.factories import make_member, make_seller

pytestmark = pytest.mark.django_db
REASON = "Carrier damaged the parcel; we share the loss"


@pytest.fixture(autouse=True)
def low_limit(monkeypatch):
    """Above a thousand pesos two people are needed."""
    low = replace(markets.get("co"), correction_limit=1000)
    monkeypatch.setitem(markets.MARKETS, "co", low)


@pytest.fixture
def bento():
    return make_seller(business_name="Bento")


def ask(seller, amount, by, key=None):
    key = key or uuid.uuid4()
    return adjusting.adjust(seller=seller, amount=Decimal(amount), reason=REASON, key=key, by=by)


def available(seller):
    balance = balances.balance_of(seller)
    return balance.available - balance.debts


def told():
    return OutgoingMessage.objects.filter(template="payments/balance_corrected")


def status(correction):
    correction.refresh_from_db()
    return correction.status


@pytest.mark.parametrize("amount", [1001, -1001])
def test_much_waits_for_somebody_else_and_the_store_hears_nothing_yet(bento, eva, rui, amount):
    correction = ask(bento, amount, eva)
    assert (status(correction), available(bento), told().count()) == ("waiting", 0, 0)
    waits = OutgoingMessage.objects.get(template="payments/correction_waits")
    assert waits.recipient == bento.market.support_email
    assert not auditing.findings()
    with pytest.raises(adjusting.SamePerson):
        adjusting.approve(correction=correction, by=eva)
    assert available(bento) == 0
    adjusting.approve(correction=correction, by=rui)
    assert (status(correction), correction.decided_by, available(bento)) == ("booked", rui, amount)
    assert LedgerEntry.objects.filter(kind="adjustment", by=eva).count() == 2
    assert REASON in told().get().text
    with pytest.raises(adjusting.NotPossible):
        adjusting.approve(correction=correction, by=rui)
    with pytest.raises(adjusting.NotPossible):
        adjusting.decline(correction=correction, by=rui, words="too late")
    assert not auditing.findings()


def test_at_the_limit_one_person_is_enough(bento, eva):
    assert (ask(bento, 1000, eva).status, available(bento), told().count()) == ("booked", 1000, 1)


def test_the_same_form_sent_twice_corrects_once(bento, eva):
    for amount in (1000, 1001):
        key = uuid.uuid4()
        assert ask(bento, amount, eva, key).pk == ask(bento, amount, eva, key).pk
    assert (Correction.objects.count(), available(bento)) == (2, 1000)


def test_many_small_ones_of_one_person_in_one_day_count_together(bento, eva, rui):
    assert [ask(bento, amount, eva).status for amount in (600, -400, 1)] == ["booked", "booked", "waiting"]
    assert ask(bento, 1000, rui).status == "booked", "another person"
    assert ask(make_seller(), 1000, eva).status == "booked", "another store"
    Correction.objects.update(made_at=Correction.objects.last().made_at - timedelta(days=1))
    assert ask(bento, 1000, eva).status == "booked", "another day"


def test_what_was_turned_down_is_not_booked_and_does_not_count(bento, eva, rui):
    for by in (rui, eva):
        correction = ask(bento, 5000, eva)
        adjusting.decline(correction=correction, by=by, words="Ask the carrier first")
        assert status(correction) == "declined"
        with pytest.raises(adjusting.NotPossible):
            adjusting.approve(correction=correction, by=rui)
    assert ask(bento, 1000, eva).status == "booked"
    assert (available(bento), told().count()) == (1000, 1)


def test_nobody_corrects_or_approves_what_is_their_own(bento, eva, rui):
    correction = ask(bento, 5000, eva)
    make_member(bento, rui)
    with pytest.raises(adjusting.SamePerson):
        adjusting.approve(correction=correction, by=rui)
    with pytest.raises(adjusting.SamePerson):
        ask(bento, 1, rui)
    assert available(bento) == 0


@pytest.mark.parametrize(
    ("changes", "constraint"),
    [
        ({"status": "booked"}, "correction_"),
        ({"status": "booked", "decided_by": "eva", "decided_at": "made_at"}, "booked_by_another"),
        ({"status": "booked", "decided_at": "made_at"}, "booked_by_another"),
        ({"amount": 0}, "correction_amount_not_zero"),
    ],
)
def test_the_database_refuses_what_one_person_did_alone(bento, eva, changes, constraint):
    correction = ask(bento, 5000, eva)
    known = {"eva": eva, "made_at": correction.made_at}
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Correction.objects.filter(pk=correction.pk).update(
            **{name: known.get(value, value) for name, value in changes.items()}
        )


@pytest.mark.django_db(transaction=True)
def test_two_who_approve_at_once_book_once(bento, eva, rui):
    correction = ask(bento, 5000, eva)

    def agree(_):
        try:
            adjusting.approve(correction=Correction.objects.get(pk=correction.pk), by=rui)
        except adjusting.NotPossible:
            return 0
        finally:
            connections.close_all()
        return 1

    with ThreadPoolExecutor(4) as people:
        assert sum(people.map(agree, range(4))) == 1
    assert available(bento) == 5000


class TestTheBackOffice:
    @pytest.fixture
    def root(self):
        return User.objects.create_superuser("root@example.com", "correct-horse-battery")

    @pytest.fixture
    def colleague(self, eva):
        roles.grant()
        eva.groups.set(roles.Group.objects.filter(name=roles.STAFF))
        return eva

    def test_one_asks_another_agrees(self, client, root, colleague, bento):
        client.force_login(root)
        form = {"seller": bento.pk, "amount": "5000", "reason": REASON, "key": str(uuid.uuid4())}
        answer = client.post("/admin/payments/ledgerentry/correct/", form)
        correction = Correction.objects.get()
        page = f"/admin/payments/correction/{correction.pk}/"
        assert answer["Location"] == f"{page}change/"
        client.post(f"{page}decide/approve/")
        assert status(correction) == "waiting"
        client.force_login(colleague)
        waiting = next(e for e in client.get("/admin/").context["waiting"] if "/correction/" in e.url)
        assert waiting.count == client.get(waiting.url).context["cl"].result_count == 1
        shown = client.get(f"{page}change/").content.decode()
        assert f"{page}decide/approve/" in shown and f"{page}decide/decline/" in shown
        assert client.get(f"{page}decide/approve/").status_code == 200
        assert client.post(f"{page}decide/decline/", {"words": ""}).status_code == 422
        assert client.post(f"{page}decide/approve/").status_code == 302
        assert (status(correction), available(bento)) == ("booked", 5000)
        assert "/decide/" not in client.get(f"{page}change/").content.decode()

    def test_who_may_not_move_money_decides_nothing(self, client, rui, bento, eva):
        correction = ask(bento, 5000, eva)
        client.force_login(rui)
        for decision in ("approve", "decline", "shrug"):
            url = f"/admin/payments/correction/{correction.pk}/decide/{decision}/"
            assert client.post(url, {"words": "no"}).status_code == 403
        assert status(correction) == "waiting"

    def test_ones_own_store_is_refused_beside_the_field(self, client, root, bento):
        make_member(bento, root)
        client.force_login(root)
        form = {"seller": bento.pk, "amount": "5", "reason": REASON, "key": str(uuid.uuid4())}
        answer = client.post("/admin/payments/ledgerentry/correct/", form)
        assert answer.status_code == 422 and answer.context["form"].errors["seller"]
