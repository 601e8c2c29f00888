"""Staff correct a balance: once, with a reason, and the next payout nets it."""

import uuid

import pytest
from django.urls import reverse

from marketplace.accounts import roles
from marketplace.accounts.models import User
from marketplace.mailing.models import OutgoingMessage
from payments.earnings import balances
from payments.models import Account, LedgerEntry
from payments.tests.factories import make_available, make_destination
from payments.tests.stories import REASON, correct, pay_out
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

CORRECT = reverse("admin:payments_ledgerentry_correct")
LIST = reverse("admin:payments_ledgerentry_changelist")


@pytest.fixture
def office(client):
    client.force_login(User.objects.create_superuser("root@example.com", "correct-horse-battery"))
    return client


def typed(store, amount="5000", **fields):
    return {"seller": store.pk, "amount": amount, "reason": REASON, "key": str(uuid.uuid4())} | fields


def test_a_correction_is_booked_once_however_often_the_form_is_sent(office):
    seller = make_seller()
    form = typed(seller, "-5000")
    assert office.get(CORRECT).status_code == 200
    for _ in range(2):
        assert office.post(CORRECT, form).status_code == 302
    entry = LedgerEntry.objects.get(account=Account.SELLER_AVAILABLE)
    assert (entry.amount, entry.note, entry.by.email) == (5_000, REASON, "root@example.com")
    balance = balances.balance_of(seller)
    assert (balance.available, balance.debts, balance.owed) == (0, 5_000, -5_000)
    mail = OutgoingMessage.objects.get(template="payments/balance_corrected")
    assert REASON in mail.text and mail.recipient == seller.members.get().user.email
    assert "correct/" in office.get(LIST).content.decode()


@pytest.mark.parametrize("changed", [{"amount": "7000"}, {"seller": None}])
def test_a_form_that_was_sent_and_changed_says_so_instead_of_nothing(office, changed):
    seller = make_seller()
    form = typed(seller)
    office.post(CORRECT, form)
    if "seller" in changed:
        changed = {"seller": make_seller().pk}
    office.cookies["django_language"] = "en"
    response = office.post(CORRECT, form | changed)
    assert response.status_code == 422
    assert "Another correction was made with this form." in response.content.decode()
    assert LedgerEntry.objects.filter(account=Account.SELLER_AVAILABLE).count() == 1


def test_the_next_payout_carries_it():
    seller = make_seller()
    make_destination(seller)
    part = make_available(seller)
    correct(seller, -5_000)
    payout = pay_out(seller)
    assert payout.amount == part.earnings - 5_000
    assert {line.entry.kind for line in payout.lines.all()} == {"release", "adjustment"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1e99"}, "amount"),
        ({"amount": "0.50"}, "amount"),  # no centavos in Colombia
        ({"seller": "999999"}, "seller"),
        ({"seller": "x"}, "seller"),
        ({"reason": "because"}, "reason"),
        ({"reason": "x" * 301}, "reason"),
        ({"key": "1"}, "key"),
    ],
)
def test_what_makes_no_sense_is_said_next_to_its_field(office, fields, field):
    response = office.post(CORRECT, typed(make_seller(), **fields))
    assert response.status_code == 422
    assert field in response.context["form"].errors
    assert not LedgerEntry.objects.exists()


def test_ordinary_staff_may_not(client):
    roles.grant()
    staff = User.objects.create_user("staff@example.com", "correct-horse-battery", is_staff=True)
    staff.groups.set(roles.Group.objects.filter(name=roles.STAFF))
    client.force_login(staff)
    assert client.post(CORRECT, typed(make_seller())).status_code == 403
    assert "correct/" not in client.get(LIST).content.decode()
