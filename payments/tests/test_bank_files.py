"""Payouts by bank: listed by one, let go by another, carried to the bank, read in its statement."""

import csv
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace import markets
from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_user
from marketplace.spreadsheets import neutral
from payments.books import ledger
from payments.disbursement import approving, bank_files, payouts, sending
from payments.models import Account, Payout, PayoutFile, PayoutStatus
from payments.tests.factories import make_available
from sellers.models import PayoutDestination, Seller
from sellers.tests.factories import make_member, make_seller

pytestmark = pytest.mark.django_db

MZ = markets.get("mz")
UNLISTED = "Payouts that no bank list carries yet"
UNDER_WAY = "Payouts under way for more than three days"
NIB = "000301080016367102371"


def waiting_payout(holder="Lurdes Machel", **account):
    """As far as the clock takes it: set aside, and waiting for a list."""
    seller = make_seller(market_code="mz")
    fields = {"bank_name": "BCI", "nib": NIB, "holder_name": holder, "nuit": "400123456"} | account
    PayoutDestination.objects.create(
        seller=seller,
        rail="bank_file",
        holder_name=holder,
        account=json.dumps(fields),
        masked="BCI ••••2371",
        created_by=seller.members.get().user,
    )
    make_available(seller, price=2000)
    payout = payouts.pay_available(seller.pk)
    sending.send(payout.pk)
    return payout


def status(payout):
    payout.refresh_from_db()
    return payout.status


def rows(file):
    text = bank_files.write(file).decode("utf-8-sig")
    return list(csv.DictReader(text.splitlines(), delimiter=";"))


def let_go(payout, eva, rui):
    file = bank_files.make(market=MZ, by=eva)
    bank_files.let_go(file=file, by=rui)
    file.refresh_from_db()
    payout.refresh_from_db()
    return file


def test_the_whole_story(eva, rui):
    first, second = waiting_payout("Lurdes Machel"), waiting_payout("Armando Cossa")
    sending.follow_up(first.pk)
    assert status(first) == status(second) == PayoutStatus.SENDING

    file = bank_files.make(market=MZ, by=eva)
    assert file.total == first.amount + second.amount
    with pytest.raises(bank_files.NothingWaiting):
        bank_files.make(market=MZ, by=rui)
    with pytest.raises(bank_files.NotLetGo):
        bank_files.write(file)
    bank_files.let_go(file=file, by=rui)
    file.refresh_from_db()

    found = rows(file)
    assert [row["Beneficiário"] for row in found] == ["Lurdes Machel", "Armando Cossa"]
    assert [row["Referência"] for row in found] == [first.reference, second.reference]
    assert found[0]["NIB"] == NIB
    assert found[0]["Valor"] == f"{first.amount:.2f}"

    sending.decide(first.pk, was_paid=True, by=eva)
    sending.decide(second.pk, was_paid=False, by=eva)
    assert (status(first), status(second)) == (PayoutStatus.PAID, PayoutStatus.FAILED)
    assert ledger.balance(Account.SELLER_IN_TRANSIT, currency="MZN").amount == 0
    available = ledger.balance(Account.SELLER_AVAILABLE, seller=second.seller, currency="MZN")
    assert available == second.money


def test_what_came_back_is_in_no_old_list(eva, rui):
    first, second = waiting_payout("Lurdes Machel"), waiting_payout("Armando Cossa")
    file = let_go(first, eva, rui)
    sending.decide(first.pk, was_paid=False, by=eva)
    assert [row["Referência"] for row in rows(file)] == [second.reference]
    sending.decide(second.pk, was_paid=True, by=eva)
    with pytest.raises(bank_files.NothingLeft):
        bank_files.write(file)


def test_before_it_was_let_go_no_statement_can_tell(eva):
    payout = waiting_payout()
    bank_files.make(market=MZ, by=eva)
    sending.decide(payout.pk, was_paid=True, by=eva)
    assert status(payout) == PayoutStatus.SENDING


def test_whoever_made_the_list_does_not_let_it_go(eva):
    waiting_payout()
    file = bank_files.make(market=MZ, by=eva)
    with pytest.raises(bank_files.SamePerson):
        bank_files.let_go(file=file, by=eva)
    with pytest.raises(IntegrityError, match="payout_file_two_people"), transaction.atomic():
        PayoutFile.objects.filter(pk=file.pk).update(approved_by=eva, approved_at=timezone.now())
    with pytest.raises(IntegrityError, match="payout_file_let_go_by_somebody"), transaction.atomic():
        PayoutFile.objects.filter(pk=file.pk).update(approved_at=timezone.now())


def test_whoever_is_paid_by_the_list_does_not_let_it_go(eva, rui):
    payout = waiting_payout()
    make_member(payout.seller, rui)
    file = bank_files.make(market=MZ, by=eva)
    with pytest.raises(bank_files.SamePerson):
        bank_files.let_go(file=file, by=rui)


def test_a_list_that_is_called_off_leaves_its_payouts_to_the_next(eva, rui):
    payout = waiting_payout()
    file = bank_files.make(market=MZ, by=eva)
    bank_files.call_off(file=file, by=eva)
    with pytest.raises(bank_files.NotPossible):
        bank_files.let_go(file=file, by=rui)
    assert let_go(payout, eva, rui).total == payout.amount
    with pytest.raises(bank_files.NotPossible):
        bank_files.call_off(file=payout.file, by=rui)


def test_a_payout_that_is_called_off_leaves_its_list(eva, rui):
    stays, goes = waiting_payout(), waiting_payout()
    file = bank_files.make(market=MZ, by=eva)
    approving.call_off(payout=goes, by=rui, reason="wrong holder")
    file.refresh_from_db()
    assert file.total == stays.amount
    bank_files.let_go(file=file, by=rui)
    file.refresh_from_db()
    assert (file.total, len(rows(file))) == (stays.amount, 1)
    with pytest.raises(approving.NotPossible):
        approving.call_off(payout=stays, by=rui, reason="too late")


@pytest.mark.parametrize("rests", [{"payouts_frozen_at": timezone.now()}, {"status": "suspended"}])
def test_a_store_that_rests_stays_behind(eva, rui, rests):
    payout, other = waiting_payout(), waiting_payout()
    file = bank_files.make(market=MZ, by=eva)
    Seller.objects.filter(pk=payout.seller_id).update(**rests)
    bank_files.let_go(file=file, by=rui)
    file.refresh_from_db()
    payout.refresh_from_db()
    assert (payout.file, file.total) == (None, other.amount)
    with pytest.raises(bank_files.NothingWaiting):
        bank_files.make(market=MZ, by=eva)


def test_a_store_that_is_frozen_once_its_list_is_let_go_is_not_taken_to_the_bank(eva, rui):
    payout = waiting_payout()
    file = let_go(payout, eva, rui)
    Seller.objects.update(payouts_frozen_at=timezone.now())
    with pytest.raises(bank_files.NothingLeft):
        bank_files.take(file, by=eva)
    Seller.objects.update(payouts_frozen_at=None)
    assert len(rows(file)) == 1


def test_a_bank_may_want_other_columns(settings, eva, rui):
    settings.BANK_FILE_COLUMNS = {"mz": "Name:holder_name|Account:nib|Sum:amount"}
    payout = waiting_payout()
    assert list(rows(let_go(payout, eva, rui))[0]) == ["Name", "Account", "Sum"]


@pytest.mark.parametrize("name", ["=1+1", "+258 84", "-2", "@SUM(A1)", "\tx"])
def test_no_cell_is_computed(eva, rui, name):
    payout = waiting_payout(holder=name)
    cell = rows(let_go(payout, eva, rui))[0]["Beneficiário"]
    assert cell == (name if name == "-2" else "'" + name)
    assert neutral("Ana; Lda") == "Ana; Lda"


@pytest.mark.django_db(transaction=True)
def test_two_people_at_once_make_one_list():
    people = [make_user(f"staff{number}@example.com", is_staff=True) for number in range(4)]
    payout = waiting_payout()

    def make(person):
        try:
            return bank_files.make(market=MZ, by=person)
        except bank_files.NothingWaiting:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        made = [file for file in threads.map(make, people) if file]
    assert len(made) == PayoutFile.objects.count() == 1
    payout.refresh_from_db()
    assert payout.file == made[0]


def office(email):
    client = Client(headers={"host": "mz.localhost"})
    client.force_login(User.objects.create_superuser(email, "correct-horse-battery"))
    return client


def test_in_the_back_office_two_people_make_a_list_and_only_then_it_is_downloaded():
    payout = waiting_payout()
    one, two = office("one@example.com"), office("two@example.com")
    make = reverse("admin:payments_payoutfile_make", args=["mz"])
    assert make in one.get(reverse("admin:payments_payoutfile_changelist")).content.decode()
    assert payout.reference in one.get(make).content.decode()
    page = one.post(make).url
    file = PayoutFile.objects.get()
    download = reverse("admin:payments_payoutfile_download", args=[file.pk])
    step = reverse("admin:payments_payoutfile_step", args=[file.pk, "let_go"])

    assert one.get(download).status_code == 302
    one.post(step)
    file.refresh_from_db()
    assert file.approved_at is None
    assert step in two.get(page).content.decode()
    assert two.get(step).status_code == 200
    two.post(step)
    assert payout.reference in one.get(download).content.decode()
    assert not payout.events.filter(kind="downloaded").exists()
    answer = one.post(download)
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{file.number}.csv"'
    assert payout.reference in answer.content.decode()
    assert download in one.get(page).content.decode()
    assert payout.events.get(kind="downloaded").by.email == "one@example.com"
    assert "one@example.com" in two.get(download).content.decode()

    decide = reverse("admin:payments_payout_decide", args=[payout.pk, "was_paid"])
    assert decide in one.get(reverse("admin:payments_payout_change", args=[payout.pk])).content.decode()
    one.post(decide)
    assert status(payout) == PayoutStatus.PAID
    assert one.post(download).status_code == 302


def test_staff_without_the_right_see_no_account_numbers():
    payout = waiting_payout()
    clerk = Client(headers={"host": "mz.localhost"})
    clerk.force_login(make_user("clerk@example.com", is_staff=True))
    for address in (
        reverse("admin:payments_payoutfile_make", args=["mz"]),
        reverse("admin:payments_payoutfile_download", args=[1]),
        reverse("admin:payments_payoutfile_step", args=[1, "let_go"]),
        reverse("admin:payments_payout_decide", args=[payout.pk, "was_paid"]),
    ):
        assert clerk.post(address).status_code == 403
    assert not PayoutFile.objects.exists()


def test_calling_off_in_the_back_office_wants_a_reason():
    payout = waiting_payout()
    staff = office("one@example.com")
    address = reverse("admin:payments_payout_decide", args=[payout.pk, "call_off"])
    staff.post(address, {"reason": ""})
    assert status(payout) == PayoutStatus.SENDING
    staff.post(address, {"reason": "Not theirs"})
    assert (status(payout), payout.failure_reason) == (PayoutStatus.CANCELLED, "Not theirs")
    assert Payout.objects.get().events.last().kind == "called_off"


def test_the_dashboard_counts_what_waits_for_a_list_and_what_nobody_has_answered(eva, rui):
    first, second = waiting_payout(), waiting_payout()
    Payout.objects.filter(pk=second.pk).update(sent_at=timezone.now() - timedelta(days=5))
    staff = office("one@example.com")

    def counted():
        rows = staff.get(reverse("admin:index")).context["waiting"]
        shown = {str(row.label): row for row in rows}
        lists = (shown[label] for label in (UNLISTED, UNDER_WAY))
        return [(row.count, staff.get(row.url).context["cl"].result_count) for row in lists]

    assert counted() == [(2, 2), (1, 1)]
    let_go(first, eva, rui)
    assert counted() == [(0, 0), (1, 1)]
