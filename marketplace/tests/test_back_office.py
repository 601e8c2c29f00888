"""Nothing that staff type, in a form or in the address, breaks the back office."""

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.urls import reverse

from catalog.models import Category
from marketplace.accounts.models import User
from payments.tests.factories import make_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(client):
    client.force_login(User.objects.create_superuser("root@example.com", "correct-horse-battery"))
    return client


@pytest.mark.parametrize(
    "address",
    [
        "payments/payment/?market_code=%00",
        "payments/payment/?status__exact=%00",
        "payments/difference/?day__year=99999999999",
        "orders/order/?placed_at__year=x",
        "catalog/category/add/?parent=%00",
        "autocomplete/?app_label=catalog&model_name=product&field_name=category&term=%00",
        "auditlog/logentry/?cid=%00",
    ],
)
def test_a_filter_that_no_database_reads_is_a_bad_request(office, address):
    assert office.get(f"/admin/{address}").status_code == 400


@pytest.mark.parametrize("chosen", ["x", "\x00", "1.5", "00000000-0000-0000-0000-000000000000", "9" * 40, ""])
@pytest.mark.parametrize(
    ("model", "action"),
    [
        ("payments_payment", "ask_now"),
        ("sellers_seller", "approve"),
        ("orders_commissionrule", "delete_selected"),
        ("catalog_product", "reject"),
    ],
)
def test_an_action_on_what_is_no_row_changes_nothing(office, model, action, chosen):
    data = {"action": action, ACTION_CHECKBOX_NAME: chosen, "reason": "\x00"}

    assert office.post(reverse(f"admin:{model}_changelist"), data).status_code in (200, 302)


@pytest.mark.parametrize("parent", ["x", "\x00", "9" * 40, "1,5", "-1", "[]"])
def test_a_category_below_nothing_comes_back_with_an_error(office, parent):
    data = {"market_code": "co", "slug": "té", "name_en": "Tea", "position": "1", "parent": parent}

    response = office.post(reverse("admin:catalog_category_add"), data)

    assert response.status_code == 200
    assert response.context["adminform"].errors["parent"]
    assert not Category.objects.filter(name_en="Tea").exists()


def test_codes_and_amounts_are_read_in_words(office):
    payment = make_payment(amount=1234567)
    payment.record("cancelled", "by the shopper")
    office.cookies["django_language"] = "es"

    page = office.get(reverse("admin:payments_payment_change", args=[payment.pk])).content.decode()
    listing = office.get(reverse("admin:payments_payment_changelist") + "?market_code=co").content.decode()

    assert "por el comprador" in page and "Cancelación" in page and "Empresa de pagos" in page
    assert "$ 1.234.567" in page.replace("\N{NO-BREAK SPACE}", " ")
    assert ">MeStore</a>" in listing and ">co<" not in listing
