"""Staff read refunds, decide about doubtful ones and give money back; links and accounts stay private."""

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import User
from marketplace.mailing.models import OutgoingMessage
from orders.models import SellerOrderStatus
from orders.tests.factories import make_order
from payments.models import Refund, RefundStatus
from payments.tests.factories import make_sale
from payments.tests.refunds import by_account, give_back, part_of, sell

pytestmark = pytest.mark.django_db

LIST = "admin:payments_refund_changelist"


@pytest.fixture
def office():
    user = User.objects.create_superuser("root@example.com", "correct-horse-battery")
    client = Client(headers={"host": "co.localhost"})
    client.force_login(user)
    return client


@pytest.fixture
def clerk():
    """On the staff, without any permission."""
    user = User.objects.create_user("clerk@example.com", "correct-horse-battery", is_staff=True)
    client = Client(headers={"host": "co.localhost"})
    client.force_login(user)
    return client


def form_of(part):
    return reverse("admin:payments_refund_part", args=[part.pk])


def test_refunds_are_read_and_neither_written_nor_diverted(office):
    refund = by_account()
    page = reverse("admin:payments_refund_change", args=[refund.pk])
    shown = office.get(page).content.decode() + office.get(reverse(LIST)).content.decode()
    assert refund.number in shown and refund.masked in shown
    assert refund.secret not in shown and "12345678901" not in shown
    assert office.post(page, {"amount": "1"}).status_code == 403
    assert office.get(reverse("admin:payments_refund_add")).status_code == 403


def test_staff_give_back_units_and_the_delivery(office):
    part = part_of(make_sale(quantity=3, price="10000"))
    line = part.lines.get()
    sheet = reverse("admin:orders_sellerorder_change", args=[part.pk])
    assert form_of(part) in office.get(sheet).content.decode()
    assert office.get(form_of(part)).status_code == 200
    answer = office.post(form_of(part), {f"line-{line.pk}": 2, "reason": "Broken", "restock": "on"})
    refund = Refund.objects.get()
    assert answer["Location"] == reverse("admin:payments_refund_change", args=[refund.pk])
    assert (refund.amount, refund.reason, refund.actor) == (20_000, "Broken", "staff")
    assert refund.by.email == "root@example.com"
    office.post(form_of(part), {f"line-{line.pk}": 1, "reason": "Broken", "with_delivery": "on"})
    part.refresh_from_db()
    assert part.status == SellerOrderStatus.REFUNDED


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"line": 1},
        {"line": 4, "reason": "x"},
        {"line": -1, "reason": "x"},
        {"line": "1e3", "reason": "x"},
        {"reason": "x"},
        {"line": 1, "reason": "x" * 301},
    ],
)
def test_what_makes_no_sense_is_refused_beside_the_field(office, typed):
    part = part_of(make_sale(quantity=3))
    named = {
        f"line-{part.lines.get().pk}" if name == "line" else name: value for name, value in typed.items()
    }
    answer = office.post(form_of(part), named)
    assert answer.status_code == 422
    assert "errorlist" in answer.content.decode()
    assert not Refund.objects.exists()


def test_nothing_is_given_back_for_an_order_nobody_paid(office):
    part = part_of(make_order())
    answer = office.post(form_of(part), {f"line-{part.lines.get().pk}": 1, "reason": "x"})
    assert answer.status_code == 422
    assert not Refund.objects.exists()


def test_a_clerk_without_permission_gives_nothing_back(clerk):
    part = part_of(make_sale())
    assert clerk.get(form_of(part)).status_code == 403
    assert clerk.post(form_of(part), {f"line-{part.lines.get().pk}": 1, "reason": "x"}).status_code == 403
    assert clerk.get(reverse(LIST)).status_code == 403
    assert not Refund.objects.exists()


@pytest.mark.parametrize(
    ("status", "action", "ends"),
    [
        ("unknown", "was_sent", "succeeded"),
        ("unknown", "was_not_sent", "needs_account"),
        ("sending", "was_sent", "sending"),
        ("sending", "was_not_sent", "sending"),
        ("needs_account", "was_sent", "needs_account"),
        ("needs_account", "has_come_back", "needs_account"),
    ],
)
def test_a_statement_decides_only_what_nobody_knows(office, status, action, ends):
    refund = give_back(sell())
    Refund.objects.update(status=status)
    office.post(reverse(LIST), {"action": action, "_selected_action": [refund.pk]})
    refund.refresh_from_db()
    assert refund.status == ends


def test_money_that_came_back_is_owed_again_and_the_link_goes_out(office):
    refund = give_back(sell())
    Refund.objects.update(status=RefundStatus.UNKNOWN)
    for action in ("was_sent", "has_come_back", "has_come_back"):
        office.post(reverse(LIST), {"action": action, "_selected_action": [refund.pk]})
    refund.refresh_from_db()
    assert refund.status == RefundStatus.NEEDS_ACCOUNT
    office.post(reverse(LIST), {"action": "send_link_again", "_selected_action": [refund.pk]})
    assert OutgoingMessage.objects.filter(template="payments/refund_account").count() == 2
