"""Stores in the back office: decisions with reasons, statuses out of reach."""

import pytest
from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError

from marketplace.accounts import roles
from marketplace.accounts.tests.factories import make_user
from marketplace.mailing.models import OutgoingMessage
from sellers.models import Seller
from sellers.tests.factories import make_payout_destination, make_seller

pytestmark = pytest.mark.django_db
LIST = "/admin/sellers/seller/"


@pytest.fixture
def staff():
    """Somebody of the staff, no superuser."""
    roles.grant()
    person = make_user("staff@example.com", is_staff=True)
    person.groups.add(Group.objects.get(name=roles.STAFF))
    return person


@pytest.fixture
def office(client, staff):
    client.force_login(staff)
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = "en"
    return client


@pytest.fixture
def applicant():
    return make_seller(market_code="mz", status="pending")


def test_a_store_is_approved_from_its_page(office, applicant, staff):
    page = office.get(f"{LIST}{applicant.pk}/change/").content.decode()
    assert f"{LIST}{applicant.pk}/decide/approve/" in page and "decide/suspend" not in page

    assert office.get(f"{LIST}{applicant.pk}/decide/approve/").status_code == 200
    assert Seller.objects.get().status == "pending"
    office.post(f"{LIST}{applicant.pk}/decide/approve/")

    seller = Seller.objects.get()
    assert (seller.status, seller.approved_by) == ("approved", staff)


def test_a_rejection_asks_for_the_reason_and_passes_it_on(office, applicant):
    assert office.post(f"{LIST}{applicant.pk}/decide/reject/", {"reason": " "}).status_code == 200
    assert Seller.objects.get().status == "pending"

    office.post(f"{LIST}{applicant.pk}/decide/reject/", {"reason": "The NUIT is not yours"})

    seller = Seller.objects.get()
    assert (seller.status, seller.status_reason) == ("rejected", "The NUIT is not yours")
    assert "The NUIT is not yours" in OutgoingMessage.objects.get().text


def test_many_stores_are_decided_from_the_list(office):
    sellers = [make_seller(market_code="mz", status="pending") for _ in range(2)]
    chosen = {"action": "reject", "_selected_action": [seller.pk for seller in sellers]}

    asked = office.post(LIST, chosen).content.decode()
    assert 'name="reason"' in asked and asked.count("_selected_action") == 2
    office.post(LIST, chosen | {"reason": "Incomplete"})

    assert set(Seller.objects.values_list("status", flat=True)) == {"rejected"}


def test_what_its_status_does_not_allow_is_said_and_not_done(office):
    seller = make_seller(market_code="mz", status="rejected")

    html = office.post(f"{LIST}{seller.pk}/decide/suspend/", {"reason": "No"}, follow=True).content.decode()

    assert "not possible in its present state" in html
    assert Seller.objects.get().status == "rejected"


def test_no_status_is_written_by_hand_and_what_staff_write_is_on_record(office, applicant, staff):
    fields = {
        "business_name": "New name", "legal_name": "X", "email": "a@example.com", "phone": "+258841234567",
        "street": "S", "city": "Maputo", "region": "MPM", "commission_rate": "0.05",
        "tags": "", "payment_methods": "",
        "status": "approved", "document_number": "1", "slug": "stolen",
    }  # fmt: skip
    management = {
        f"{prefix}-{name}": "0"
        for prefix in ("members", "payout_destinations", "events")
        for name in ("TOTAL_FORMS", "INITIAL_FORMS")
    }

    response = office.post(f"{LIST}{applicant.pk}/change/", fields | management)

    assert response.status_code == 302
    seller = Seller.objects.get()
    assert (seller.business_name, seller.status, seller.slug) == ("New name", "pending", applicant.slug)
    assert seller.document_number == applicant.document_number
    entry = LogEntry.objects.get_for_object(seller).filter(action=LogEntry.Action.UPDATE).get()
    assert entry.actor == staff and "commission_rate" in entry.changes


def test_a_commission_leaves_the_seller_something(applicant):
    applicant.commission_rate = "0.51"

    with pytest.raises(ValidationError) as refused:
        applicant.full_clean()

    assert "commission_rate" in refused.value.message_dict


def test_where_money_goes_is_shown_masked(office):
    seller = make_seller(market_code="mz")
    make_payout_destination(seller)

    html = office.get(f"{LIST}{seller.pk}/change/").content.decode()

    assert "••••4567" in html and "+258841234567" not in html.partition("payout_destinations")[2]


@pytest.mark.parametrize("decision", ["approve", "reject", "suspend", "delete"])
def test_support_and_strangers_decide_nothing(client, applicant, decision):
    roles.grant()
    support = make_user(is_staff=True)
    support.groups.add(Group.objects.get(name=roles.SUPPORT))

    client.force_login(support)
    assert client.post(f"{LIST}{applicant.pk}/decide/{decision}/", {"reason": "x"}).status_code == 403
    client.force_login(make_user())
    assert client.post(f"{LIST}{applicant.pk}/decide/{decision}/", {"reason": "x"}).status_code in (302, 403)
    assert Seller.objects.get().status == "pending"


def test_stores_are_neither_made_nor_deleted_here(office, applicant):
    assert office.get(f"{LIST}add/").status_code == 403
    assert office.post(f"{LIST}{applicant.pk}/delete/", {"post": "yes"}).status_code == 403
