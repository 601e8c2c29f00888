"""Reconciliation as staff see it: import, errors by row, differences and their end."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.tests.factories import make_user
from payments.models import Difference, LedgerEntry, Statement
from payments.tests.test_reconciling import HEAD, bring, row, sold

pytestmark = pytest.mark.django_db
IMPORT = "admin:payments_statement_import"


@pytest.fixture
def desk(client):
    client.cookies["django_language"] = "en"
    client.force_login(make_user("root@example.com", is_staff=True, is_superuser=True))
    return client


def upload(desk, content, company="wompi"):
    file = SimpleUploadedFile("wompi.csv", content.encode())
    return desk.post(reverse(IMPORT), {"company": company, "file": file})


def test_a_statement_is_imported_and_its_days_are_shown(desk):
    payment = sold()
    response = upload(desk, HEAD + row(payment) + "\n")
    assert response.status_code == 302
    page = desk.get(reverse("admin:payments_statement_changelist")).content.decode()
    assert "100.0 %" in page or "100,0 %" in page


def test_what_was_imported_left_out_and_found_is_said(desk):
    payment, other, _missing_there = sold(), sold(), sold()
    upload(desk, HEAD + row(payment) + "\n")
    response = upload(desk, HEAD + row(payment) + "\n" + row(other, amount=other.amount + 1) + "\n")
    page = desk.get(response.url).content.decode()
    assert "1 rows imported. Differences of this company to explain: 2." in page
    assert "1 rows were left out" in page


def test_broken_rows_are_shown_and_nothing_is_imported(desk):
    payment = sold()
    response = upload(desk, HEAD + row(payment) + "\ngift,1,P,x,0,COP,2026-11-01\n")
    page = response.content.decode()
    assert response.status_code == 422
    assert "“x” is not an amount." in page and "<td>3</td>" in page
    assert not Statement.objects.exists()


@pytest.mark.parametrize("content", ["", "a,b\n1,2\n", HEAD])
def test_a_file_that_is_no_statement_says_so_next_to_the_field(desk, content):
    response = upload(desk, content)
    assert response.status_code == 422
    assert response.context["form"].errors["file"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            HEAD.replace(",", ";") + "payment;1;P1;100;0;COP;2026-11-01",
            "a statement of Wompi, with “,” in between",
        ),
        (HEAD + "payment,1,P1,100,0", "This cell is empty."),
        (HEAD + "payment,1,P1,1,234,0,COP,2026-11-01", "This row has more cells than there are columns."),
        (HEAD + "gift,1,P1,1,0,COP,2026-11-01\n" * 60, "reading has stopped here"),
    ],
    ids=["semicolons", "truncated", "a comma too many", "too many to show"],
)
def test_what_is_wrong_with_a_file_is_said_in_words(desk, content, said):
    assert said in upload(desk, content).content.decode()
    assert not Statement.objects.exists()


def test_the_same_file_again_is_refused_next_to_the_field(desk):
    payment = sold()
    upload(desk, HEAD + row(payment))
    response = upload(desk, HEAD + row(payment))
    assert response.context["form"].errors["file"] == [
        "This statement was imported before, or all of its rows were."
    ]
    assert Statement.objects.count() == 1


def test_a_difference_is_closed_with_an_explanation_alone(desk):
    payment = sold()
    bring(row(payment, amount=payment.amount + 500))
    difference = Difference.objects.get()
    address = reverse("admin:payments_difference_close", args=[difference.pk])
    page = desk.get(address).content.decode()
    assert payment.reference in page and "500" in page.split("What a posting adds")[1].split("</dd>")[0]
    assert desk.post(address, {"note": ""}).status_code == 422
    assert desk.post(address, {"note": "A tip", "post": "on"}).status_code == 302
    difference.refresh_from_db()
    assert difference.closed_at and difference.posted and difference.closed_by.email == "root@example.com"
    assert LedgerEntry.objects.filter(kind="difference").count() == 2


def test_somebody_without_the_right_to_money_sees_no_form(client):
    client.force_login(make_user("clerk@example.com", is_staff=True))
    bring("payment,1,PX,100,0,COP," + timezone.now().isoformat())
    close = reverse("admin:payments_difference_close", args=[Difference.objects.get().pk])
    assert client.get(reverse(IMPORT)).status_code == 403
    assert client.post(close, {"note": "mine"}).status_code == 403
    assert Difference.objects.get().closed_at is None


def test_the_desk_shows_how_many_differences_wait(desk):
    bring("payment,1,PX,100,0,COP," + timezone.now().isoformat())
    page = desk.get(reverse("admin:index")).content.decode()
    assert "<strong>1</strong> Differences to explain" in page
    number = Difference.objects.get().pk
    waiting = desk.get(reverse("admin:payments_difference_changelist")).content.decode()
    assert ">Wompi<" in waiting and reverse("admin:payments_difference_close", args=[number]) in waiting
    shown = desk.get(reverse("admin:payments_difference_change", args=[number])).content.decode()
    statement = Statement.objects.get()
    assert reverse("admin:payments_statement_change", args=[statement.pk]) in shown
    assert desk.get(reverse("admin:payments_statement_change", args=[statement.pk])).status_code == 200


def test_the_desk_shows_what_waits_in_suspense(desk):
    bring("deposit,1,PX,100,0,COP," + timezone.now().isoformat())
    address = reverse("admin:payments_difference_close", args=[Difference.objects.get().pk])
    desk.post(address, {"note": "We filled it up", "post": "on"})
    page = desk.get(reverse("admin:index")).content.decode()
    assert "<strong>1</strong> Posted, and in suspense" in page
    shown = desk.get(reverse("admin:payments_difference_changelist"), {"posted__startswith": "difference:"})
    assert shown.context["cl"].result_count == 1
