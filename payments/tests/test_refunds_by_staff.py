"""Money of orders that look like fraud goes back to where it came from, by staff; no account is asked for."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from marketplace import markets
from marketplace.accounts.models import User
from marketplace.mailing.models import OutgoingMessage
from orders.models import Order
from orders.tests.factories import make_order
from payments import collecting
from payments.books import auditing
from payments.gateways.base import Outcome, State
from payments.models import LedgerEntry, Payment, Refund, RefundStatus
from payments.refunds import by_staff, by_statement, returned, returning
from payments.risk import screening_decisions
from payments.tests.factories import DESTINATIONS, make_payment, make_sale, paid
from payments.tests.refunds import give_back, name_account, part_of, sell_by_mpesa

pytestmark = pytest.mark.django_db
S = RefundStatus


@pytest.fixture
def low_limit(monkeypatch):
    low = replace(markets.get("co"), refund_limit=1000)
    monkeypatch.setitem(markets.MARKETS, "co", low)


@pytest.fixture(autouse=True)
def wary(settings):
    """Everything is held: one point too many is none."""
    settings.SCREENING_REVIEW = 0
    return settings


def held(method="card", **fields):
    """Paid yesterday, so that no company can void it any more, and held for a look."""
    payment = make_payment(make_order(**fields))
    Payment.objects.filter(pk=payment.pk).update(method=method)
    collecting.settle(payment.pk, paid(payment))
    Payment.objects.filter(pk=payment.pk).update(settled_at=timezone.now() - timedelta(days=2))
    Order.objects.filter(pk=payment.order_id).update(language="en")
    return Order.objects.get(pk=payment.order_id)


def rejected(by, method="card", **fields):
    order = held(method, **fields)
    screening_decisions.reject(order, by=by)
    return order.refunds.get()


def status(refund):
    refund.refresh_from_db()
    return refund.status


def mails(name):
    return OutgoingMessage.objects.filter(template=f"payments/{name}")


def report(refund, by, reference="VOID-1"):
    return by_staff.report_paid(refund=refund, reference=reference, note="Voided in the panel", by=by)


class TestRejected:
    def test_whoever_paid_by_card_is_not_asked_for_an_account(self, eva):
        refund = rejected(eva)
        assert (refund.status, refund.next_check_at) == (S.NEEDS_STAFF, None)
        assert "only to the card, in the company's panel" in refund.failure_reason
        told = mails("refund_approved").get()
        assert refund.secret in told.text
        assert not mails("refund_account").exists()
        assert not OutgoingMessage.objects.filter(kind="sms", text__contains=refund.secret).exists()
        returning.follow_up_all(timezone.now() + timedelta(days=365))
        assert (status(refund), mails("refund_account").count()) == (S.NEEDS_STAFF, 0)
        assert not auditing.findings()

    @pytest.mark.parametrize(("method", "word"), [("card", "card"), ("nequi", "staff")])
    def test_the_mail_and_the_page_say_how_it_goes_back(self, shop, eva, method, word):
        refund = rejected(eva, method)
        text = mails("refund_approved").get().text
        shop.cookies["django_language"] = "en"
        html = shop.get(f"/refunds/{refund.secret}/").content.decode()
        for told in (text, html):
            assert ("goes back to the card it was paid with, and to nothing else" in told) == (word == "card")
            assert "Our staff see to it" in told
        assert '<form class="card form"' not in html

    def test_what_a_company_can_give_back_goes_by_itself_and_else_to_staff(self, sandbox, eva):
        part = sell_by_mpesa()
        sandbox.switch(mpesa_refuses_reversals=True)
        screening_decisions.reject(part.order, by=eva)
        refund = Refund.objects.get()
        assert refund.status == S.CREATED
        first = refund.reference
        returning.send(refund.pk)
        assert status(refund) == S.NEEDS_STAFF
        assert refund.reference != first
        assert mails("refund_with_staff").get().recipient == refund.order.email
        assert not mails("refund_account").exists()

    def test_a_link_for_an_account_that_is_out_already_asks_no_more(self, shop, eva):
        order = held(quantity=2)
        Order.objects.update(held_at=None)  # somebody gave part of it back before it looked like fraud
        part = part_of(order)
        before = give_back(part, {part.lines.get().pk: 1})
        assert before.status == S.NEEDS_ACCOUNT
        Order.objects.update(held_at=timezone.now())
        screening_decisions.reject(order, by=eva)
        assert status(before) == S.NEEDS_STAFF
        answer = shop.post(f"/refunds/{before.secret}/", DESTINATIONS["co"][1])
        assert answer.status_code == 200 and status(before) == S.NEEDS_STAFF
        with pytest.raises(returning.AccountNotWanted):
            name_account(before)

    def test_an_account_that_was_named_is_not_paid_and_what_comes_back_stays_with_staff(self, eva):
        order = held(quantity=2)
        part = part_of(order)
        line = part.lines.get().pk
        Order.objects.update(held_at=None)
        named, gone = give_back(part, {line: 1}), None
        name_account(named)
        Order.objects.update(held_at=timezone.now())
        screening_decisions.reject(order, by=eva)
        returning.send(named.pk)
        assert (status(named), named.rail, named.account) == (S.NEEDS_STAFF, "", "")
        gone = order.refunds.exclude(pk=named.pk).get()
        Refund.objects.filter(pk=gone.pk).update(status=S.SENDING)
        no = Outcome(state=State.FAILED)
        returned.apply(gone.pk, no, reference=gone.reference)
        assert status(gone) == S.NEEDS_STAFF

    def test_an_account_is_not_sent_to_again_once_the_order_is_rejected(self, sandbox, eva):
        order = held(quantity=2)
        Order.objects.update(held_at=None)
        part = part_of(order)
        named = give_back(part, {part.lines.get().pk: 1})
        name_account(named)
        sandbox.fault("POST /wompi-payouts/v1/payouts", "drop")
        returning.send(named.pk)
        Refund.objects.filter(pk=named.pk).update(sent_at=timezone.now() - timedelta(minutes=5))
        Order.objects.update(held_at=timezone.now())
        screening_decisions.reject(order, by=eva)
        returning.follow_up(named.pk)
        assert status(named) == S.UNKNOWN and not sandbox.kept("rows")

    def test_while_it_is_held_nobody_is_asked_either_and_once_cleared_everybody_is(self, eva):
        order = held(quantity=2)
        part = part_of(order)
        refund = give_back(part, {part.lines.get().pk: 1})
        assert refund.status == S.NEEDS_STAFF
        screening_decisions.clear(order, by=eva)
        assert status(refund) == S.NEEDS_ACCOUNT
        assert mails("refund_account").count() == 1

    def test_an_ordinary_refund_is_no_business_of_staff(self, eva, wary):
        wary.SCREENING_REVIEW = 60
        refund = give_back(part_of(make_sale()))
        with pytest.raises(by_staff.NotPossible):
            report(refund, eva)
        assert status(refund) == S.NEEDS_ACCOUNT


class TestPaidBackByStaff:
    def test_what_was_done_is_written_down_booked_and_told(self, eva):
        refund = rejected(eva)
        assert report(refund, eva)
        assert status(refund) == S.SUCCEEDED
        assert (refund.company_reference, refund.decided_by) == ("VOID-1", eva)
        entry = LedgerEntry.objects.get(kind="refund_paid", account="gateway")
        assert (entry.gateway, -entry.amount) == (refund.payment.gateway, refund.amount)
        assert mails("refund_sent").count() == 1
        assert "Voided in the panel" in refund.events.last().note
        assert not auditing.findings()
        with pytest.raises(by_staff.NotPossible):
            report(refund, eva)
        assert LedgerEntry.objects.filter(kind="refund_paid").count() == 2

    def test_much_money_takes_two_who_say_the_same(self, low_limit, eva, rui):
        refund = rejected(eva)
        assert not report(refund, eva)
        with pytest.raises(by_staff.SamePerson):
            report(refund, eva)
        assert not report(refund, rui, "VOID-2")  # a contradiction begins anew
        with pytest.raises(by_staff.SamePerson):
            report(refund, rui, "VOID-2")
        assert status(refund) == S.NEEDS_STAFF
        assert report(refund, eva, "VOID-2")
        assert (status(refund), refund.reported_by, refund.decided_by) == (S.SUCCEEDED, rui, eva)

    def test_nobody_decides_about_their_own_money(self, eva, rui):
        refund = rejected(eva, "nequi", user=rui)
        for decide in (report, lambda refund, by: by_staff.allow_account(refund=refund, by=by)):
            with pytest.raises(by_staff.SamePerson):
                decide(refund, rui)

    def test_one_refund_at_the_company_gives_back_one_payment(self, eva):
        first, second = rejected(eva), rejected(eva)
        assert report(first, eva)
        with pytest.raises(by_staff.ReferenceUsed):
            report(second, eva)
        assert status(second) == S.NEEDS_STAFF

    def test_what_came_back_again_is_booked_back_and_can_be_paid_again(self, eva):
        refund = rejected(eva)
        report(refund, eva)
        assert by_statement.came_back(refund=refund, by=eva)
        assert (status(refund), refund.decided_by) == (S.NEEDS_STAFF, None)
        assert report(refund, eva, "VOID-9")
        assert not auditing.findings()

    @pytest.mark.parametrize(
        ("changes", "constraint"),
        [
            ({"status": "needs_account"}, "refund_asks_no_suspect"),
            ({"account_allowed_by": "eva"}, "refund_account_allowed_by_two"),
            ({"account_allowed_by": "eva", "account_proposed_by": "eva"}, "refund_account_allowed_by_two"),
            ({"above_limit": True, "decided_by": "eva"}, "refund_above_limit_decided_by_two"),
        ],
    )
    def test_the_database_refuses_what_one_person_did_alone(self, eva, changes, constraint):
        refund = rejected(eva)
        people = {name: eva if value == "eva" else value for name, value in changes.items()}
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            Refund.objects.filter(pk=refund.pk).update(**people)


class TestAskingForAnAccountAfterAll:
    def test_two_people_may_ask_where_there_is_no_card(self, eva, rui):
        refund = rejected(eva, "nequi")
        assert not by_staff.allow_account(refund=refund, by=eva)
        with pytest.raises(by_staff.SamePerson):
            by_staff.allow_account(refund=refund, by=eva)
        assert not mails("refund_account").exists()
        assert by_staff.allow_account(refund=refund, by=rui)
        assert status(refund) == S.NEEDS_ACCOUNT
        assert refund.secret in mails("refund_account").get().text
        name_account(refund)
        Refund.objects.update(status=S.SENDING)
        returned.apply(refund.pk, Outcome(state=State.FAILED), reference=refund.reference)
        assert status(refund) == S.NEEDS_ACCOUNT, "the second account needs no second permission"

    def test_a_card_is_never_exchanged_for_an_account(self, eva):
        with pytest.raises(by_staff.CardOnly):
            by_staff.allow_account(refund=rejected(eva), by=eva)

    def test_not_while_somebody_says_that_it_was_paid_back(self, low_limit, eva, rui):
        refund = rejected(eva, "nequi")
        report(refund, eva)
        with pytest.raises(by_staff.NotPossible):
            by_staff.allow_account(refund=refund, by=rui)


class TestTheBackOffice:
    @pytest.fixture
    def office(self, client):
        root = User.objects.create_superuser("root@example.com", "correct-horse-battery")
        client.force_login(root)
        return client

    def test_the_first_page_leads_to_it_and_a_form_writes_down_what_was_done(self, office, eva):
        refund = rejected(eva)
        waiting = next(e for e in office.get("/admin/").context["waiting"] if "needs_staff" in e.url)
        assert waiting.count == 1
        page = office.get(f"/admin/payments/refund/{refund.pk}/change/").content.decode()
        assert "/staff/paid/" in page and "/staff/ask/" not in page
        form = f"/admin/payments/refund/{refund.pk}/staff/paid/"
        assert office.get(form).status_code == 200
        for typed in ({}, {"reference": "V-1"}, {"note": "voided"}, {"reference": "a b\x00", "note": "x"}):
            assert office.post(form, typed).status_code == 422
        assert office.post(form, {"reference": "V-1", "note": "voided"}).status_code == 302
        assert status(refund) == S.SUCCEEDED
        assert office.post(form, {"reference": "V-1", "note": "voided"}).status_code == 302
        other = rejected(eva)
        again = office.post(
            form.replace(f"/{refund.pk}/", f"/{other.pk}/"), {"reference": "V-1", "note": "x"}
        )
        assert "reference" in again.context["form"].errors

    def test_a_button_asks_for_an_account_where_there_is_no_card(self, office, eva):
        refund = rejected(eva, "nequi")
        ask = f"/admin/payments/refund/{refund.pk}/staff/ask/"
        assert ask in office.get(f"/admin/payments/refund/{refund.pk}/change/").content.decode()
        assert office.get(ask).status_code == 200
        for _ in range(2):
            assert office.post(ask).status_code == 302
        assert status(refund) == S.NEEDS_STAFF, "one person, twice"
        assert by_staff.allow_account(refund=refund, by=eva)

    def test_who_may_not_move_money_decides_nothing(self, client, eva):
        refund = rejected(eva, "nequi")
        client.force_login(eva)
        for decision in ("paid", "ask", "shrug"):
            assert client.post(f"/admin/payments/refund/{refund.pk}/staff/{decision}/").status_code == 403
