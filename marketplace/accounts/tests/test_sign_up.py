"""Signing up: names, phone, terms, a code by mail, and nothing told about who is here already."""

import re

import pytest
from allauth.account.models import EmailAddress

from marketplace.accounts.models import SecurityEvent, User
from marketplace.accounts.tests.factories import PASSWORD, make_user
from marketplace.mailing.models import OutgoingMessage

pytestmark = pytest.mark.django_db
SIGN_UP = "/accounts/signup/"
CONFIRM = "/accounts/confirm-email/"


def details(**changes):
    return {
        "first_name": "Ana",
        "last_name": "Gómez",
        "email": "Ana@Example.com",
        "phone": "300 123 4567",
        "password1": PASSWORD,
        "terms": "on",
    } | changes


def code_for(email):
    message = OutgoingMessage.objects.filter(recipient=email).first()
    return re.search(r"\b\d{6}\b", message.text)[0]


def test_a_new_person_is_stored_with_names_phone_terms_country_and_language(shop):
    response = shop.post(SIGN_UP, details())

    assert response.status_code == 302 and response.url == CONFIRM
    user = User.objects.get()
    assert (user.email, user.full_name, user.phone) == ("ana@example.com", "Ana Gómez", "+573001234567")
    assert (user.market_code, user.language) == ("co", "es")
    assert user.terms_version and user.terms_accepted_at
    assert user.phone_verified_at is None


def test_the_code_in_the_mail_confirms_the_address_and_signs_in(shop):
    shop.post(SIGN_UP, details())
    message = OutgoingMessage.objects.get()
    assert (message.language, message.market_code, message.recipient) == ("es", "co", "ana@example.com")

    response = shop.post(CONFIRM, {"code": code_for("ana@example.com")})

    assert response.status_code == 302
    assert EmailAddress.objects.get().verified
    assert shop.get("/account/").status_code == 200
    assert SecurityEvent.objects.get().kind == SecurityEvent.Kind.SIGNED_IN


def test_after_sign_up_the_person_goes_where_they_wanted(shop):
    shop.post(SIGN_UP + "?next=/account/addresses/", details(next="/account/addresses/"))

    response = shop.post(CONFIRM, {"code": code_for("ana@example.com"), "next": "/account/addresses/"})

    assert response.url == "/account/addresses/"


def test_nobody_is_in_before_the_code_is_entered(shop):
    shop.post(SIGN_UP, details())

    assert shop.get("/account/").status_code == 302
    signed_in = shop.post("/accounts/login/", {"login": "ana@example.com", "password": PASSWORD})
    assert signed_in.status_code == 302
    assert shop.get("/account/").status_code == 302


def test_the_fifth_wrong_code_ends_the_attempt(shop):
    shop.post(SIGN_UP, details())
    right = code_for("ana@example.com")
    wrong = "000000" if right != "000000" else "111111"

    for _attempt in range(5):
        shop.post(CONFIRM, {"code": wrong})
    shop.post(CONFIRM, {"code": right})

    assert not EmailAddress.objects.get().verified
    assert shop.get("/account/").status_code == 302


def test_a_second_code_within_a_minute_is_refused(shop):
    shop.post(SIGN_UP, details())

    shop.post(CONFIRM, {"action": "resend"})

    assert OutgoingMessage.objects.count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", ""),
        ("last_name", ""),
        ("email", "not an address"),
        ("phone", "84 123 4567"),
        ("phone", "12"),
        ("phone", ""),
        ("password1", "short"),
        ("password1", "password123"),
        ("terms", ""),
        ("first_name", "A\x00na"),
        ("email", "a" * 300 + "@example.com"),
    ],
)
def test_what_does_not_fit_is_said_beside_the_field_and_stores_nothing(shop, field, value):
    response = shop.post(SIGN_UP, details(**{field: value}))

    assert response.status_code == 200
    assert response.context["form"].errors[field]
    assert 'class="errorlist"' in response.content.decode()
    assert not User.objects.exists() and not OutgoingMessage.objects.exists()


def test_the_phone_is_checked_by_the_country_of_the_site(loja):
    loja.post(SIGN_UP, details(phone="84 123 4567"))

    user = User.objects.get()
    assert (user.phone, user.market_code, user.language) == ("+258841234567", "mz", "pt")


def test_an_address_that_is_taken_gets_the_same_answer_and_another_mail(shop, loja):
    make_user("ana@example.com")

    response = shop.post(SIGN_UP, details())
    fresh = loja.post(SIGN_UP, details(email="new@example.com", phone="841234567"))

    assert (response.status_code, response.url) == (fresh.status_code, fresh.url)
    assert User.objects.count() == 2
    mail = OutgoingMessage.objects.get(recipient="ana@example.com")
    assert mail.template == "account/account_already_exists"
    assert not re.search(r"\b\d{6}\b", mail.text)
    assert shop.get(CONFIRM).status_code == 200


def test_whoever_fills_the_hidden_field_is_thanked_and_forgotten(shop):
    response = shop.post(SIGN_UP, details(company_fax="spam"))

    assert response.status_code == 302
    assert not User.objects.exists() and not OutgoingMessage.objects.exists()


def test_the_form_hides_its_trap_without_inline_style(shop):
    html = shop.get(SIGN_UP).content.decode()

    assert "style=" not in html.partition("<main")[2]
    assert 'name="company_fax"' in html


def test_the_address_is_one_address_however_it_is_capitalised(shop):
    make_user("ana@example.com")

    assert User.objects.get(email="ANA@example.COM")
    with pytest.raises(Exception, match="ana@example.com|already exists|unique"):
        make_user("Ana@Example.com")
