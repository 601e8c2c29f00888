"""A seller's statement: every figure is the ledger's, every amount opens to why, files say the same."""

import base64
import csv
import io
import re
import zlib
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from orders.models import SellerOrder
from payments.disbursement import payouts
from payments.earnings import balances, seller_statements
from payments.earnings.commission_states import with_commission_state
from payments.earnings.months import this_month
from payments.earnings.statement_files import csv_of
from payments.earnings.statement_paper import pdf_of
from payments.gateways.base import State
from payments.models import Refund
from payments.tests.factories import deliver, make_available, make_destination, make_sale
from payments.tests.refunds import give_back, part_of
from payments.tests.stories import REASON, correct, pay_out, tell
from sellers.models import Member, MemberRole
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

BALANCE = reverse("payments_seller:show_balance")
CSV = reverse("payments_seller:download_csv")
PDF = reverse("payments_seller:download_pdf")


@pytest.fixture(params=["co", "mz"])
def story(request):
    return tell(request.param)


def portal(seller, user=None):
    client = Client(headers={"host": f"{seller.market_code}.localhost"})
    client.force_login(user or seller.members.get(role=MemberRole.OWNER).user)
    return client


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))


def words_of(pdf):
    """What a PDF of ours writes, as it stands in its packed streams."""
    streams = re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL)
    unpacked = b"".join(
        zlib.decompress(base64.a85decode(each.strip(), adobe=False)) for each in _a85(streams)
    )
    texts = b" ".join(re.findall(rb"\((.*?)(?<!\\)\) Tj", unpacked))
    return re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal[1], 8)]), texts).decode("cp1252")


def _a85(streams):
    return [each.strip().removesuffix(b"~>") for each in streams]


def test_the_month_adds_up_and_ends_with_what_is_owed(story):
    figures = seller_statements.summary(story.seller, this_month(story.seller.market))
    balance = balances.balance_of(story.seller)
    assert figures.opening == 0
    assert figures.sales == sum(part.earnings for part in (story.waiting, story.partly, story.settled))
    assert figures.refunds == -sum(refund.seller_amount for refund in Refund.objects.all())
    assert (figures.corrections, figures.payouts) == (5_000, -story.payout.amount)
    assert figures.closing == balance.owed == balance.earned - balance.paid
    assert balance.earned == figures.sales + figures.refunds + figures.corrections


def test_every_amount_opens_to_order_rule_tax_refund_and_payout(story):
    html = portal(story.seller).get(BALANCE).content.decode()
    for part in (story.waiting, story.partly, story.settled):
        assert reverse("orders_seller:show_order", args=[part.pk]) in html
    assert "Comércio justo ñ" in html and "8" in html
    for refund in (story.refund_before, story.refund_after):
        assert refund.number in html and refund.reason in html
    assert reverse("payments_seller:show_payout", args=[story.payout.reference]) in html
    assert REASON in html
    assert html.count('<details class="disclosure statement-line') == 7


def test_a_refund_after_the_payout_is_a_debt_until_the_next_one_nets_it():
    seller = make_seller()
    make_destination(seller)
    part = make_available(seller, price=40_000)
    payout = pay_out(seller)
    give_back(part, with_delivery=True)
    balance = balances.balance_of(seller)
    assert (balance.available, balance.debts, balance.paid) == (0, payout.amount, payout.amount)
    assert balance.owed == -payout.amount and balance.earned == 0
    assert "tile--alert" in portal(seller).get(BALANCE).content.decode()

    make_available(seller, price=90_000)
    second = pay_out(seller)
    html = (
        portal(seller).get(reverse("payments_seller:show_payout", args=[second.reference])).content.decode()
    )
    assert Refund.objects.get().number in html
    assert balances.balance_of(seller).owed == 0


def test_commission_states_follow_from_the_books():
    def state(part):
        return with_commission_state(SellerOrder.objects.filter(pk=part.pk)).get().commission_state

    seller = make_seller()
    make_destination(seller)
    part = part_of(make_sale(seller))
    gone = part_of(make_sale(seller))
    give_back(gone, with_delivery=True)
    assert (state(part), state(gone)) == ("pending", "returned")
    deliver(part.order)
    assert state(part) == "pending"
    payouts.release_due(timezone.now() + payouts.hold(seller.market))
    assert state(part) == "approved"
    pay_out(seller, State.FAILED)
    assert state(part) == "approved"
    pay_out(seller)
    assert state(part) == "paid"


def test_the_days_on_which_money_comes_are_told():
    seller = make_seller()
    make_destination(seller)
    parts = [deliver(make_sale(seller))[0] for _ in range(2)]
    parts[0].refresh_from_db()
    waiting = part_of(make_sale(seller))
    (release,) = balances.releases(seller)
    assert (release.amount, release.orders) == (sum(part.earnings for part in parts), 2)
    delivered_at = parts[0].delivered_at.astimezone(ZoneInfo("America/Bogota"))
    assert release.day == delivered_at.date() + payouts.hold(seller.market)
    context = portal(seller).get(BALANCE).context
    assert context["held_otherwise"] == waiting.earnings


def test_one_kind_can_be_shown_alone_without_a_running_balance():
    story = tell()
    client = portal(story.seller)
    for kind in seller_statements.LABELS:
        lines = client.get(BALANCE, {"kind": kind}).context["lines"]
        assert lines and {line.entry.kind for line in lines} == {kind}
        assert {line.balance for line in lines} == {None}


def test_strange_months_show_this_one():
    seller = make_seller()
    client = portal(seller)
    for month in ("", "2026-13", "1999-01", "9999-12", "2026-1", "²0²6-11", "\x00"):
        response = client.get(BALANCE, {"month": month, "kind": "\x00", "page": "²"})
        assert response.context["month"].first == this_month(seller.market).first
    for page in (CSV, PDF):
        assert client.get(page, {"month": "\x00"}).status_code == 200


def test_months_follow_each_other_and_the_balance_is_carried_over():
    story = tell()
    current = this_month(story.seller.market)
    client = portal(story.seller)
    before = client.get(BALANCE, {"month": str(current.previous)}).context
    assert (before["summary"].closing, before["lines"]) == (0, [])
    assert (
        seller_statements.summary(story.seller, current.next).opening
        == balances.balance_of(story.seller).owed
    )
    assert (current.next.previous.first, current.previous.next.first) == (current.first, current.first)
    assert current.start.utcoffset().total_seconds() == -5 * 3600


def test_the_spreadsheet_has_every_movement_and_the_same_figures(story):
    response = portal(story.seller).get(CSV)
    rows = rows_of(response.content)
    names = list(rows[0])
    amounts, balance = [Decimal(row[names[7]]) for row in rows], Decimal(0)
    for row, amount in zip(rows, amounts, strict=True):
        balance += amount
        assert Decimal(row[names[8]]) == balance
    assert balance == balances.balance_of(story.seller).owed
    sold = next(row for row in rows if row[names[2]] == story.waiting.number)
    assert sum(Decimal(sold[name]) for name in names[4:7]) == story.waiting.earnings
    back = next(row for row in rows if row[names[2]] == story.refund_after.number)
    assert sum(Decimal(back[name]) for name in names[4:7]) == -story.refund_after.seller_amount
    assert f"{this_month(story.seller.market)}.csv" in response["Content-Disposition"]


def test_no_cell_is_taken_for_a_formula():
    seller = make_seller()
    correct(seller, -5_000, '=HYPERLINK("http://evil.example"; "ñ")')
    (row,) = rows_of(csv_of(seller, this_month(seller.market)))
    cells = list(row.values())
    assert cells[-1].startswith("'=HYPERLINK") and cells[-1].endswith('"ñ")')
    assert Decimal(cells[7]) == -5_000  # a number stays a number


def test_the_paper_says_the_same_with_all_letters(story):
    words = words_of(portal(story.seller).get(PDF).content)
    assert "Café Macuácua & Ñandú" in words
    assert story.payout.reference in words
    assert story.refund_after.number in words
    assert "\N{EN DASH}" in words


def test_a_name_in_letters_the_paper_lacks_is_no_error():
    seller = make_seller(business_name="漢 <b>Łódź</b> & 😀")
    correct(seller, 5_000, "<para>&nbsp;</b> 漢 is text, no markup")
    assert pdf_of(seller, this_month(seller.market)).startswith(b"%PDF")


def test_the_page_costs_the_same_whatever_happened(django_assert_max_num_queries):
    story = tell()
    client = portal(story.seller)
    client.get(BALANCE)
    with django_assert_max_num_queries(24):
        client.get(BALANCE)
    with django_assert_max_num_queries(12):
        client.get(CSV)


def test_the_files_are_for_owners_and_managers_of_this_store_alone():
    story = tell()
    davi = portal(make_seller(business_name="Davi"))
    assert rows_of(davi.get(CSV).content) == []
    carla = make_seller().members.get().user
    Member.objects.filter(user=carla).delete()
    Member.objects.create(seller=story.seller, user=carla, role=MemberRole.STAFF)
    for page in (BALANCE, CSV, PDF):
        assert portal(story.seller, carla).get(page).status_code == 403
        assert Client(headers={"host": "co.localhost"}).get(page).status_code == 302
