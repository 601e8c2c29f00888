"""One document a month, numbered without gaps, of exactly what the books charged."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace import markets
from marketplace.accounts.models import User
from marketplace.mailing.models import OutgoingMessage
from payments.books import ledger
from payments.earnings import commission_documents
from payments.earnings.commission_documents import issue, issue_due, items_of
from payments.earnings.months import Month, month_of, this_month
from payments.models import CommissionDocument
from payments.tests.factories import make_document, make_sale
from payments.tests.refunds import give_back, part_of
from payments.tests.stories import tell
from payments.tests.test_seller_statements import portal, words_of
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

LIST = reverse("payments_seller:list_documents")


def page(document):
    return reverse("payments_seller:show_document", args=[document.number])


def paper(document):
    return reverse("payments_seller:download_document", args=[document.number])


def after(market_code="co"):
    return this_month(markets.get(market_code)).end + timedelta(hours=5)


@pytest.mark.parametrize("code", ["co", "mz"])
def test_it_is_what_the_books_charged_less_what_was_given_back(code):
    story = tell(code)
    document = make_document(story.seller)
    parts = (story.waiting, story.partly, story.settled)
    back = (story.refund_before, story.refund_after)
    assert document.net == sum(part.commission for part in parts) - sum(r.commission for r in back)
    assert document.tax == sum(part.commission_tax for part in parts) - sum(r.commission_tax for r in back)
    assert document.total == document.net + document.tax
    items = items_of(document)
    assert len(items) == 5
    assert (sum(item.net for item in items), sum(item.tax for item in items)) == (document.net, document.tax)
    market = story.seller.market
    assert document.tax_rate == market.tax_rate(market.commission_tax_class, timezone.now().date())


def test_the_clock_issues_once_when_the_month_is_over_and_tells_the_owner():
    part = part_of(make_sale())
    assert issue_due(timezone.now()) == 0  # this month is not over
    assert issue_due(after()) == 1
    assert issue_due(after()) == 0
    document = CommissionDocument.objects.get()
    assert (document.seller, document.month) == (part.seller, this_month(part.market).first)
    mail = OutgoingMessage.objects.get(template="payments/commission_document")
    assert mail.recipient == part.seller.members.get().user.email
    assert page(document) in mail.text and document.number in mail.text


def test_a_clock_that_stood_still_makes_up_for_it():
    make_sale()
    assert issue_due(after() + timedelta(days=95)) == 1


def test_too_early_or_without_movements_there_is_none():
    seller, month = make_seller(), this_month(markets.get("co"))
    assert issue(seller_id=seller.pk, month=month, now=after()) is None
    part = part_of(make_sale())
    assert issue(seller_id=part.seller_id, month=month, now=month.end - timedelta(seconds=1)) is None


def test_more_given_back_than_sold_makes_a_credit_note():
    part = part_of(make_sale())
    with time_machine.travel(after()):
        refund = give_back(part)
    assert issue_due(after() + timedelta(days=31)) == 2
    credit, charge = CommissionDocument.objects.order_by("-month")
    assert (credit.net, credit.tax) == (-refund.commission, -refund.commission_tax)
    assert (charge.net, charge.tax) == (part.commission, part.commission_tax)
    assert charge.number < credit.number
    client = portal(part.seller)
    assert "\N{EN DASH}" in words_of(client.get(paper(credit)).content)


def test_numbers_run_per_country_and_year_of_issue():
    for code in ("co", "co", "mz"):
        make_sale(make_seller(market_code=code))
    issue_due(datetime(2027, 1, 1, 7, tzinfo=UTC) if timezone.now().year == 2026 else after())
    numbers = sorted(CommissionDocument.objects.values_list("number", flat=True))
    year = numbers[0].split("-")[1]
    assert numbers == [f"CO-{year}-000001", f"CO-{year}-000002", f"MZ-{year}-000001"]


@pytest.mark.django_db(transaction=True)
def test_documents_issued_at_once_queue_for_their_numbers():
    sellers = [make_sale().seller_orders.get().seller_id for _ in range(4)]
    month, start = this_month(markets.get("co")), threading.Barrier(8)

    def run(seller_id):
        try:
            start.wait()
            return issue(seller_id=seller_id, month=month, now=after())
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as clocks:  # two clocks for each of them
        issued = [document for document in clocks.map(run, sellers * 2) if document]
    assert sorted(document.number[-6:] for document in issued) == ["000001", "000002", "000003", "000004"]
    assert OutgoingMessage.objects.filter(template="payments/commission_document").count() == 4


def test_months_begin_where_the_market_lives():
    moment = datetime(2026, 12, 1, 3, tzinfo=UTC)  # still November in Bogotá, December in Maputo
    assert str(month_of(moment, markets.get("co"))) == "2026-11"
    assert str(month_of(moment, markets.get("mz"))) == "2026-12"
    december = Month(first=datetime(2026, 12, 1).date(), market=markets.get("co"))
    assert (str(december.next), december.last.day) == ("2027-01", 31)


def test_pages_and_paper_show_it_to_its_seller_alone(django_assert_max_num_queries):
    story = tell()
    document = make_document(story.seller)
    client = portal(story.seller)
    assert document.number in client.get(LIST).content.decode()
    with django_assert_max_num_queries(5):
        html = client.get(page(document)).content.decode()
    words = words_of(client.get(paper(document)).content)
    for text in (document.number, story.waiting.number, story.refund_before.number):
        assert text in html and text in words
    assert story.seller.document_number in words

    davi = portal(make_seller(business_name="Davi"))
    assert document.number not in davi.get(LIST).content.decode()
    for address in (page(document), paper(document)):
        assert davi.get(address).status_code == 404
        assert Client(headers={"host": "co.localhost"}).get(address).status_code == 302
        assert client.post(address).status_code == 405


def test_the_back_office_reads_and_prints_and_changes_nothing(client):
    document = make_document(tell().seller)
    client.force_login(User.objects.create_superuser("root@example.com", "correct-horse-battery"))
    listing = reverse("admin:payments_commissiondocument_changelist")
    assert document.number in client.get(listing + f"?q={document.number}").content.decode()
    printed = client.get(reverse("admin:payments_commissiondocument_pdf", args=[document.pk]))
    assert document.number in words_of(printed.content)
    assert client.get(reverse("admin:payments_commissiondocument_add")).status_code == 403
    client.force_login(User.objects.create_user("x@example.com", "correct-horse-battery", is_staff=True))
    assert client.get(reverse("admin:payments_commissiondocument_pdf", args=[document.pk])).status_code == 403


def test_a_seller_without_commission_gets_none():
    make_sale(make_seller(commission_rate=0))
    assert issue_due(after()) == 0
    assert ledger.balance("commission", currency="COP").amount == 0
    assert commission_documents.issue_due(after()) == 0


def test_an_issued_document_stands():
    make_sale()
    issue_due(after())
    with pytest.raises(IntegrityError, match="stands"), transaction.atomic():
        CommissionDocument.objects.update(net=0, tax=0, total=0)
    with pytest.raises(IntegrityError, match="stands"), transaction.atomic():
        CommissionDocument.objects.all().delete()


def test_the_rate_on_a_document_is_the_one_at_the_end_of_its_month(monkeypatch):
    market = markets.get("co")
    month = this_month(market)
    old = market.tax_classes[market.commission_tax_class]
    raised = replace(
        old, rates=(*old.rates, (month.last, Decimal("0.21")), (month.next.first, Decimal("0.25")))
    )
    classes = {**market.tax_classes, market.commission_tax_class: raised}
    monkeypatch.setitem(markets.MARKETS, "co", replace(market, tax_classes=classes))
    seller = make_sale().seller_orders.get().seller
    assert make_document(seller).tax_rate == Decimal("0.21")
