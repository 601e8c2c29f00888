"""A changed account waits, is announced to everybody, and can be stopped by a link."""

import json
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from marketplace.accounts.tests.factories import PASSWORD, make_user
from marketplace.mailing.models import OutgoingMessage
from marketplace.tests.reader import read
from sellers import payout_destinations
from sellers.models import PayoutDestination, Seller, SellerEvent
from sellers.tests.factories import make_member, make_seller

pytestmark = pytest.mark.django_db

MONEY, SCHEDULE = "/sell/payout-destination/", "/sell/payout-schedule/"
NIB = "000301080016367102371"


def wallet(**changes):
    return {"phone": "84 123 4567", "holder_name": "Bento Macuácua"} | changes


def bank(**changes):
    usual = {"bank_name": "BCI", "nib": NIB, "holder_name": "Bento Macuácua", "nuit": "400 123 456"}
    return usual | changes


def active(seller):
    return seller.payout_destinations.get(is_active=True)


def test_the_first_account_can_be_paid_at_once_and_a_changed_one_waits_a_day(portal, farm, settings):
    settings.PAYOUT_WAIT_HOURS = 24
    portal.post(MONEY, wallet())
    assert not active(farm).is_waiting
    portal.post(MONEY, wallet(phone="85 765 4321"))
    waits = active(farm).usable_from - active(farm).created_at
    assert abs(waits - timedelta(hours=24)) < timedelta(minutes=1)


def test_what_was_typed_waits_while_the_password_is_asked_for(portal, farm):
    form = next(each for each in read(portal.get(MONEY).content.decode()).forms if "phone" in each.names)
    session = portal.session
    del session["account_authentication_methods"]  # typing took longer than a password stays fresh
    session.save()

    asked = portal.post(urljoin(MONEY, form.action), {"rail": form.values.get("rail", [""])[0]} | wallet())
    assert "4567" not in json.dumps(dict(portal.session.items()))  # encrypted while it waits
    portal.post(asked.url, {"password": PASSWORD})

    assert asked.url.startswith("/accounts/reauthenticate/")
    assert json.loads(active(farm).account)["phone"] == "+258841234567"


def test_taking_the_old_account_away_first_does_not_shorten_the_wait(portal, farm):
    portal.post(MONEY, wallet())
    farm.payout_destinations.update(is_active=False)
    portal.post(MONEY, wallet(phone="85 765 4321"))
    assert active(farm).is_waiting


def test_the_mail_names_both_accounts_and_goes_to_owners_and_to_the_store(portal, farm, bento):
    rita = make_user("rita@example.com", market_code="mz")
    make_member(farm, rita, role="owner")
    portal.post(MONEY, wallet())
    OutgoingMessage.objects.all().delete()
    portal.post(MONEY, wallet(phone="85 765 4321"))
    told = OutgoingMessage.objects.all()
    assert {message.recipient for message in told} == {bento.email, rita.email, farm.email}
    for message in told:
        assert "••••4567" in message.text and "••••4321" in message.text
        assert "84 123" not in message.text and "857654321" not in message.text
        assert "/sell/not-me/" in message.text and "/sell/not-me/" in message.html


@pytest.fixture
def changed(farm, portal):
    portal.post(MONEY, wallet())
    portal.post(MONEY, wallet(phone="85 765 4321"))
    return active(farm)


@pytest.fixture
def reader():
    """Somebody who has the mail open, and is not signed in."""
    return Client(headers={"host": "mz.localhost"})


def link_of(destination):
    return reverse("sellers:dispute_destination", args=[payout_destinations.dispute_token(destination)])


def test_following_the_link_changes_nothing_and_the_button_stops_the_payouts(changed, farm, reader):
    page = reader.get(link_of(changed))
    farm.refresh_from_db()
    assert page.status_code == 200 and farm.payouts_frozen_at is None
    assert "••••4321" in page.content.decode()

    answer = reader.post(link_of(changed), follow=True)
    farm.refresh_from_db()
    assert answer.status_code == 200 and farm.payouts_frozen_at
    alarm = OutgoingMessage.objects.get(template="sellers/payouts_frozen")
    assert alarm.recipient == farm.market.support_email
    assert SellerEvent.objects.filter(seller=farm, kind="payouts_frozen").count() == 1


def test_the_link_counts_once(changed, farm, reader, bento):
    reader.post(link_of(changed))
    payout_destinations.unfreeze(seller=farm, by=bento, reason="We have called")
    reader.post(link_of(changed))
    farm.refresh_from_db()
    assert farm.payouts_frozen_at is None
    assert OutgoingMessage.objects.filter(template="sellers/payouts_frozen").count() == 1


@pytest.mark.parametrize("token", ["x", "a:b:c", "\x00", "9" * 300])
def test_a_link_that_is_not_ours_leads_nowhere(changed, farm, reader, token):
    address = reverse("sellers:dispute_destination", args=[token])
    assert reader.get(address).status_code == reader.post(address).status_code == 404


def test_an_old_link_leads_nowhere(changed, reader, time_machine):
    address = link_of(changed)
    time_machine.move_to(timezone.now() + payout_destinations.LINK_LIVES + timedelta(seconds=5))
    assert reader.post(address).status_code == 404


def test_a_link_is_worth_nothing_in_the_other_country(changed, farm):
    foreign = Client(headers={"host": "co.localhost"})
    assert foreign.post(link_of(changed)).status_code == 404
    farm.refresh_from_db()
    assert farm.payouts_frozen_at is None


def test_a_changed_link_names_no_other_store(changed, reader):
    other = make_seller(market_code="mz")
    token = payout_destinations.dispute_token(changed)
    foreign = token.replace(token.split(":")[0], token.split(":")[0][::-1])
    assert reader.post(reverse("sellers:dispute_destination", args=[foreign])).status_code == 404
    assert not Seller.objects.filter(pk=other.pk, payouts_frozen_at__isnull=False).exists()


def test_staff_let_payouts_go_on_and_the_owners_hear_why(changed, farm, reader):
    reader.post(link_of(changed))
    staff = make_user("root@example.com", is_staff=True, is_superuser=True)
    office = Client(headers={"host": "mz.localhost"})
    office.force_login(staff)
    page = reverse("admin:sellers_seller_change", args=[farm.pk])
    decide = reverse("admin:sellers_seller_decide", args=[farm.pk, "unfreeze"])
    assert decide in office.get(page).content.decode()
    office.post(decide, {"reason": ""})
    farm.refresh_from_db()
    assert farm.payouts_frozen_at
    office.post(decide, {"reason": "We have called Bento"})
    farm.refresh_from_db()
    assert farm.payouts_frozen_at is None
    assert "We have called Bento" in OutgoingMessage.objects.get(template="sellers/payouts_go_on").text
    assert decide not in office.get(page).content.decode()


def test_in_mozambique_money_goes_to_a_bank_as_well(portal, farm):
    assert portal.get(f"{MONEY}?rail=bank_file").context["rail"].code == "bank_file"
    portal.post(f"{MONEY}?rail=bank_file", bank(nib="MZ59 0003 0108 0016 3671 0237 1"))
    destination = active(farm)
    assert (destination.rail, destination.masked) == ("bank_file", "BCI ••••2371")
    kept = json.loads(destination.account)
    assert (kept["nib"], kept["nuit"]) == (NIB, "400123456")
    assert NIB not in portal.get(MONEY).content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("nib", NIB[:-1]), ("nib", NIB[:-1] + "2"), ("nib", "1" + NIB[1:]), ("nib", "x"), ("nib", "٣" * 21),
        ("nuit", "12345678"), ("nuit", "111111111"), ("bank_name", "Bancolombia"), ("holder_name", ""),
        ("nib", "\x00"),
    ],
)  # fmt: skip
def test_a_bank_account_that_cannot_be_right_is_refused(portal, field, value):
    response = portal.post(f"{MONEY}?rail=bank_file", bank(**{field: value}))
    assert response.status_code == 422
    assert response.context["form"].errors[field]
    assert not PayoutDestination.objects.exists()


@pytest.mark.parametrize("rail", ["wompi_payouts", "", "x", "\x00"])
def test_a_way_that_this_country_has_not_is_the_usual_one(portal, rail):
    assert portal.get(MONEY, {"rail": rail}).context["rail"].code == "mpesa_b2c"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"payout_schedule": "daily"}, ("daily", 1, None)),
        ({"payout_schedule": "weekly", "weekday": 4, "day": 31}, ("weekly", 4, None)),
        ({"payout_schedule": "weekly", "weekday": 0}, ("weekly", 0, None)),
        ({"payout_schedule": "monthly", "day": 31, "minimum_payout": "500"}, ("monthly", 31, 500)),
        ({"payout_schedule": "request", "day": ""}, ("request", 1, None)),
    ],
)
def test_the_owner_chooses_when_to_be_paid(portal, farm, typed, kept):
    assert portal.post(SCHEDULE, typed).status_code == 302
    farm.refresh_from_db()
    assert (farm.payout_schedule, farm.payout_day, farm.minimum_payout) == kept
    assert portal.get(SCHEDULE).status_code == 200


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"payout_schedule": "hourly"},
        {"payout_schedule": "weekly"},
        {"payout_schedule": "weekly", "weekday": 7},
        {"payout_schedule": "monthly"},
        {"payout_schedule": "monthly", "day": 32},
        {"payout_schedule": "monthly", "day": 0},
        {"payout_schedule": "daily", "minimum_payout": "-1"},
        {"payout_schedule": "daily", "minimum_payout": "1.005"},
        {"payout_schedule": "daily", "minimum_payout": "NaN"},
        {"payout_schedule": "\x00"},
    ],
)
def test_a_schedule_that_cannot_be_changes_nothing(portal, farm, typed):
    assert portal.post(SCHEDULE, typed).status_code == 422
    farm.refresh_from_db()
    assert (farm.payout_schedule, farm.minimum_payout) == ("daily", None)


def test_when_the_store_is_paid_is_for_its_owner_to_say(carla_portal, davi_portal, farm):
    assert carla_portal.post(SCHEDULE, {"payout_schedule": "request"}).status_code == 403
    assert davi_portal.post(SCHEDULE, {"payout_schedule": "request"}).status_code == 404
    farm.refresh_from_db()
    assert farm.payout_schedule == "daily"
