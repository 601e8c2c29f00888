"""The back office reads orders and acts through the domain."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from marketplace.accounts.models import User
from orders.tests.factories import make_order, make_paid_order, make_seller_order

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    client.force_login(User.objects.create_superuser("root@example.com", "correct-horse-battery"))
    return client


@pytest.mark.parametrize("model", ["order", "sellerorder", "cart"])
def test_lists_and_pages_open_and_nothing_is_typed(office, model):
    row = make_seller_order("shipped")
    listing = reverse(f"admin:orders_{model}_changelist")
    pk = {"order": row.order_id, "sellerorder": row.pk}.get(model)

    assert office.get(listing).status_code == 200
    assert office.get(listing + "?q=ORD").status_code == 200
    assert office.get(reverse(f"admin:orders_{model}_add")).status_code == 403
    if pk:
        html = office.get(reverse(f"admin:orders_{model}_change", args=[pk])).content.decode()
        assert 'name="status"' not in html and 'name="total"' not in html
        assert row.order.secret not in html


def act(office, model, action, *rows):
    data = {"action": action, ACTION_CHECKBOX_NAME: [row.pk for row in rows]}
    return office.post(reverse(f"admin:orders_{model}_changelist"), data, follow=True)


def test_staff_cancels_what_is_unpaid_alone(office):
    unpaid, paid = make_order(), make_paid_order()

    act(office, "order", "cancel_unpaid", unpaid, paid)

    unpaid.refresh_from_db()
    paid.refresh_from_db()
    assert (unpaid.status, paid.status) == ("cancelled", "paid")
    event = unpaid.events.get(kind="cancelled")
    assert (event.actor, event.by.email) == ("staff", "root@example.com")


def test_staff_takes_a_parcel_as_delivered(office):
    sent, unsent = make_seller_order("shipped"), make_seller_order("confirmed")

    response = act(office, "sellerorder", "take_as_delivered", sent, unsent)

    sent.refresh_from_db()
    unsent.refresh_from_db()
    assert (sent.status, unsent.status) == ("delivered", "confirmed")
    assert unsent.number in response.content.decode()
