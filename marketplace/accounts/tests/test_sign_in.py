"""Signing in and out, forgetting the password, and changing address, password and phone."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.test import Client

from marketplace.accounts.models import SecurityEvent, User
from marketplace.accounts.tests.factories import PASSWORD, make_user
from marketplace.mailing.models import OutgoingMessage

pytestmark = pytest.mark.django_db
SIGN_IN = "/accounts/login/"
NEW = "another-Horse-9-battery"


def sign_in(client, email="ana@example.com", password=PASSWORD, **more):
    return client.post(SIGN_IN, {"login": email, "password": password, **more})


def last_code(kind="email"):
    return re.search(r"\b\d{6}\b", OutgoingMessage.objects.filter(kind=kind).first().text)[0]


def test_address_and_password_sign_in_and_the_session_slides_for_a_week(shop, ana):
    response = sign_in(shop, "ANA@example.com")

    assert response.status_code == 302
    assert shop.get("/account/").status_code == 200
    assert shop.session.get_expiry_age() == settings.SESSION_COOKIE_AGE
    event = SecurityEvent.objects.get()
    assert (event.user, event.kind, event.ip) == (ana, "signed_in", "127.0.0.1")


def test_staff_sessions_last_an_hour(shop):
    make_user("staff@example.com", is_staff=True)

    sign_in(shop, "staff@example.com")

    assert shop.session.get_expiry_age() == settings.STAFF_SESSION_AGE


def test_a_wrong_password_and_an_unknown_address_read_the_same(shop, ana):
    wrong = sign_in(shop, password="wrong-password-1")
    unknown = sign_in(shop, "nobody@example.com", "wrong-password-1")

    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert SecurityEvent.objects.filter(kind="sign_in_failed", user=ana).count() == 1
    assert SecurityEvent.objects.filter(kind="sign_in_failed", user=None).count() == 1


def test_after_five_wrong_passwords_the_right_one_must_wait(shop, ana):
    for _attempt in range(5):
        sign_in(shop, password="wrong-password-1")

    sign_in(shop)

    assert shop.get("/account/").status_code == 302


def test_who_is_switched_off_cannot_sign_in(shop, ana):
    User.objects.update(is_active=False)

    sign_in(shop)

    assert shop.get("/account/").status_code == 302


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "http:///evil"]
)
def test_sign_in_leads_nowhere_else(shop, ana, target):
    response = sign_in(shop, next=target)

    assert response.url == "/"


def test_sign_in_leads_back_to_the_page_one_came_from(shop, ana):
    assert shop.get("/account/addresses/").url == "/accounts/login/?next=/account/addresses/"
    assert sign_in(shop, next="/account/addresses/").url == "/account/addresses/"


def test_the_language_of_the_person_is_remembered_at_sign_in(shop):
    make_user("ana@example.com", language="en")

    response = sign_in(shop)

    assert response.cookies["django_language"].value == "en"


def test_signing_out_takes_a_post(ana_shop):
    ana_shop.get("/accounts/logout/")
    assert ana_shop.get("/account/").status_code == 200

    ana_shop.post("/accounts/logout/")
    assert ana_shop.get("/account/").status_code == 302


def test_a_code_by_mail_lets_one_choose_a_new_password(shop, ana):
    response = shop.post("/accounts/password/reset/", {"email": "ana@example.com"})
    assert response.url == "/accounts/password/reset/confirm/"

    shop.post(response.url, {"code": last_code()})
    response = shop.post("/accounts/password/reset/complete/", {"password1": NEW, "password2": NEW})

    assert response.status_code == 302
    ana.refresh_from_db()
    assert ana.check_password(NEW)
    assert SecurityEvent.objects.filter(user=ana, kind="password_changed").exists()
    assert OutgoingMessage.objects.first().template == "account/password_reset"


def test_asking_for_a_new_password_tells_nobody_who_is_here(shop, loja, ana):
    known = shop.post("/accounts/password/reset/", {"email": "ana@example.com"})
    unknown = loja.post("/accounts/password/reset/", {"email": "nobody@example.com"})

    assert (known.status_code, known.url) == (unknown.status_code, unknown.url)
    assert shop.get(known.url).status_code == loja.get(known.url).status_code == 200
    assert OutgoingMessage.objects.get(recipient="nobody@example.com").template == "account/unknown_account"


def test_five_wrong_codes_end_a_reset(shop, ana):
    shop.post("/accounts/password/reset/", {"email": "ana@example.com"})
    right = last_code()
    for _attempt in range(5):
        shop.post("/accounts/password/reset/confirm/", {"code": "000000" if right != "000000" else "1"})

    response = shop.post("/accounts/password/reset/confirm/", {"code": right})

    assert response.status_code == 302 and "complete" not in response.url
    assert shop.get("/accounts/password/reset/complete/").status_code == 302


def test_a_new_password_signs_out_everywhere_else(shop, ana):
    sign_in(shop)
    elsewhere = Client(headers={"host": "co.localhost"})
    sign_in(elsewhere)

    shop.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    assert shop.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert OutgoingMessage.objects.get().template == "account/password_changed"


def test_a_new_address_counts_once_its_code_is_entered(shop, ana):
    sign_in(shop)
    shop.post("/accounts/email/", {"action_add": "", "email": "ana.new@example.com"})
    ana.refresh_from_db()
    assert ana.email == "ana@example.com"

    shop.post("/accounts/confirm-email/", {"code": last_code()})

    ana.refresh_from_db()
    assert ana.email == "ana.new@example.com"
    assert EmailAddress.objects.get().email == "ana.new@example.com"
    assert SecurityEvent.objects.filter(user=ana, kind="email_changed").exists()
    assert OutgoingMessage.objects.filter(
        recipient="ana@example.com", template="account/email_changed"
    ).exists()


def test_a_phone_is_confirmed_by_a_code_sent_to_it(shop, ana):
    sign_in(shop)
    response = shop.post("/accounts/phone/change/", {"phone": "310 555 1234"})
    assert response.url == "/accounts/phone/verify/"
    message = OutgoingMessage.objects.get(kind="sms")
    assert (message.recipient, message.language) == ("+573105551234", "es")

    shop.post("/accounts/phone/verify/", {"code": last_code("sms")})

    ana.refresh_from_db()
    assert ana.phone == "+573105551234"
    assert ana.phone_verified_at


def test_a_phone_takes_one_code_a_minute(shop, ana):
    sign_in(shop)
    shop.post("/accounts/phone/change/", {"phone": "310 555 1234"})

    shop.post("/accounts/phone/verify/", {"action": "resend"})

    assert OutgoingMessage.objects.filter(kind="sms").count() == 1


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/accounts/inactive/",
        "/accounts/password/reset/done/",
    ],
)  # fmt: skip
def test_pages_for_strangers_wear_the_shops_clothes(shop, loja, path):
    for client, brand in ((shop, "MeStore"), (loja, "Txova")):
        html = client.get(path).content.decode()
        assert brand in html and 'id="main"' in html


@pytest.mark.parametrize(
    "path",
    [
        "/accounts/email/", "/accounts/password/change/", "/accounts/phone/change/", "/accounts/sessions/",
        "/accounts/logout/", "/accounts/2fa/", "/account/", "/account/security/",
    ],
)  # fmt: skip
def test_pages_for_those_signed_in_wear_the_shops_clothes(shop, ana, path):
    sign_in(shop)
    html = shop.get(path).content.decode()

    assert "MeStore" in html and 'id="main"' in html
    assert "style=" not in html.partition("<main")[2]


@pytest.mark.parametrize(
    "body", [{}, {"login": "\x00", "password": "\x00"}, {"login": ["a", "b"], "password": "x" * 5000}]
)
def test_odd_input_is_refused_politely(shop, body):
    assert shop.post(SIGN_IN, body).status_code == 200
