"""The back office: staff only, through the shop's own sign-in; people are switched off, not deleted."""

import pytest
from django.contrib.auth.models import Group

from marketplace.accounts import roles
from marketplace.accounts.models import User
from marketplace.accounts.tests.factories import make_address, make_user
from marketplace.mailing.models import OutgoingMessage

pytestmark = pytest.mark.django_db
PEOPLE = "/admin/accounts/user/"


@pytest.fixture
def office(client):
    roles.grant()
    person = make_user("staff@example.com", is_staff=True)
    person.groups.add(Group.objects.get(name=roles.STAFF))
    client.force_login(person)
    return client


def test_strangers_sign_in_through_the_shop(client):
    response = client.get("/admin/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/login/?next=")


def test_shoppers_have_no_business_there(ana_shop):
    assert ana_shop.get("/admin/", follow=True).status_code == 403


def test_the_first_page_says_what_waits(office):
    OutgoingMessage.objects.create(kind="email", recipient="a@example.com")

    html = office.get("/admin/").content.decode()

    assert "is-waiting" in html and "/admin/mailing/outgoingmessage/?sent_at__isnull=True" in html
    assert office.get("/admin/mailing/outgoingmessage/?sent_at__isnull=True").status_code == 200


def test_every_waiting_list_opens(office):
    for item in office.get("/admin/").context["waiting"]:
        assert office.get(item.url).status_code == 200, item.url


@pytest.mark.parametrize("path", ["", "user/", "address/", "securityevent/"])
def test_the_screens_about_people_open(office, ana, path):
    make_address(ana)

    assert office.get(f"/admin/accounts/{path}").status_code == 200


def test_a_person_can_be_looked_at_but_their_address_is_theirs(office, ana):
    html = office.get(f"{PEOPLE}{ana.pk}/change/").content.decode()

    assert "ana@example.com" in html and 'name="email"' not in html
    assert "bcrypt" not in html and "md5" not in html


def test_only_superusers_hand_out_power(office, ana):
    office.post(f"{PEOPLE}{ana.pk}/change/", {"is_superuser": "on", "is_staff": "on", "is_active": "on"})

    ana.refresh_from_db()
    assert not ana.is_staff and not ana.is_superuser


def test_staff_do_not_touch_superusers_nor_themselves(office):
    root = make_user("root@example.com", is_staff=True, is_superuser=True)
    everybody = [str(pk) for pk in User.objects.values_list("pk", flat=True)]

    office.post(PEOPLE, {"action": "switch_off", "_selected_action": everybody})

    assert User.objects.filter(is_active=True).count() == 2
    assert office.post(f"{PEOPLE}{root.pk}/change/", {}).status_code == 403


def test_people_are_switched_off_and_on(office, ana):
    for action, active in (("switch_off", False), ("switch_on", True)):
        office.post(PEOPLE, {"action": action, "_selected_action": [str(ana.pk)]})
        ana.refresh_from_db()
        assert ana.is_active is active


def test_people_are_neither_made_nor_deleted_here(office, ana):
    assert office.get(f"{PEOPLE}add/").status_code == 403
    assert office.post(f"{PEOPLE}{ana.pk}/delete/", {"post": "yes"}).status_code == 403


def test_a_message_that_did_not_leave_can_be_tried_again_but_not_read(office):
    message = OutgoingMessage.objects.create(
        kind="email", recipient="a@example.com", subject="123456 is your code", text="123456", attempts=12
    )
    screen = "/admin/mailing/outgoingmessage/"

    office.post(screen, {"action": "try_again", "_selected_action": [message.pk]})

    message.refresh_from_db()
    assert message.attempts == 0
    assert "123456" not in office.get(f"{screen}{message.pk}/change/").content.decode()
    assert "123456" not in office.get(screen).content.decode()


def test_the_password_has_one_page(office):
    assert office.get("/admin/password_change/").url == "/accounts/password/change/"
