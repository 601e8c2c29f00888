"""The back office reads money and asks for it; nothing is edited by hand."""

import pytest
from django.test import Client
from django.urls import reverse

from marketplace.accounts.models import User
from payments.disbursement import payouts
from payments.models import GatewayNotice, LedgerEntry, Payment, Payout
from payments.tests.factories import deliver, make_available, make_destination, make_payment, make_sale
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

NAMES = ("payment", "gatewaynotice", "ledgerentry", "payout")


@pytest.fixture
def office(settings):
    settings.PAYOUT_HOLD_DAYS = 0
    user = User.objects.create_superuser("root@example.com", "correct-horse-battery")
    client = Client(headers={"host": "co.localhost"})
    client.force_login(user)
    return client


@pytest.fixture
def money():
    """One of everything."""
    seller = make_seller()
    make_destination(seller)
    make_available(seller)
    GatewayNotice.objects.create(gateway="wompi", event_id="1", reference="X")
    payout = payouts.pay_available(seller.pk)
    return {
        "payment": Payment.objects.get(),
        "gatewaynotice": GatewayNotice.objects.get(),
        "ledgerentry": LedgerEntry.objects.first(),
        "payout": payout,
    }


@pytest.mark.parametrize("name", NAMES)
def test_everything_can_be_read_and_nothing_written(office, money, name):
    assert office.get(reverse(f"admin:payments_{name}_changelist")).status_code == 200
    page = reverse(f"admin:payments_{name}_change", args=[money[name].pk])
    assert office.get(page).status_code == 200
    assert office.post(page, {"amount": "1", "status": "paid"}).status_code == 403
    assert office.get(reverse(f"admin:payments_{name}_add")).status_code == 403
    assert office.post(reverse(f"admin:payments_{name}_delete", args=[money[name].pk])).status_code == 403


def test_what_a_shopper_typed_is_not_shown(office):
    payment = make_payment()
    page = office.get(reverse("admin:payments_payment_change", args=[payment.pk])).content.decode()
    assert payment.reference in page
    assert "3001234567" not in page.replace(payment.order.phone, "")


def test_staff_find_what_needs_a_person(office):
    payment = make_payment(attention="wrong_amount", status="unknown")
    listed = office.get(reverse("admin:payments_payment_changelist"), {"attention__exact": "wrong_amount"})
    assert payment.reference in listed.content.decode()


def test_payouts_can_be_run_without_choosing_a_row(office):
    seller = make_seller()
    make_destination(seller)
    deliver(make_sale(seller))
    response = office.post(
        reverse("admin:payments_payout_changelist"), {"action": "run_payouts", "index": 0}, follow=True
    )
    assert response.status_code == 200
    assert Payout.objects.get().seller == seller


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("payment", "ask_now"),
        ("payment", "book_as_surplus"),
        ("gatewaynotice", "follow_up_again"),
        ("payout", "follow_up_now"),
        ("payout", "was_paid"),
        ("payout", "was_not_paid"),
    ],
)
def test_actions_answer(office, money, name, action):
    chosen = {"action": action, "_selected_action": [str(money[name].pk)]}
    response = office.post(reverse(f"admin:payments_{name}_changelist"), chosen, follow=True)
    assert response.status_code == 200
    assert response.redirect_chain
    money["payout"].refresh_from_db()
    assert money["payout"].status == "created"  # no action says what happened without the rail or doubt


def test_staff_without_the_right_get_no_actions(money):
    staff = User.objects.create_user("clerk@example.com", "correct-horse-battery", is_staff=True)
    client = Client(headers={"host": "co.localhost"})
    client.force_login(staff)
    assert client.get(reverse("admin:payments_payout_changelist")).status_code == 403
    answer = client.post(reverse("admin:payments_payout_changelist"), {"action": "run_payouts"})
    assert answer.status_code == 403
