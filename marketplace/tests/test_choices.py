"""Country, language and the development outbox."""

import pytest
from django.test import Client

from marketplace import mail, markets
from marketplace.accounts.tests.factories import make_user
from marketplace.mailing.models import OutgoingMessage

pytestmark = pytest.mark.django_db


def bare():
    return Client(headers={"host": "shop.test"})


def test_on_a_bare_host_the_country_is_remembered_by_cookie():
    client = bare()

    response = client.post("/market/", {"market": "mz"})

    assert response.status_code == 302 and response.url == "/"
    assert client.get("/accounts/login/").context["market"].code == "mz"


def test_a_host_of_one_country_leads_to_the_host_of_the_other():
    response = Client(headers={"host": "co.localhost"}).post("/market/", {"market": "mz"})

    assert response.url.startswith("http://mz.localhost:")


@pytest.mark.parametrize("code", ["", "xx", "MZ", "\x00", "co,mz"])
def test_an_unknown_country_is_refused(code):
    response = bare().post("/market/", {"market": code})

    assert response.status_code == 400
    assert "market" not in response.cookies


def test_the_language_is_one_of_the_countrys(db):
    shop = Client(headers={"host": "co.localhost"})

    assert shop.post("/language/", {"language": "pt"}).status_code == 400
    response = shop.post("/language/", {"language": "en", "next": "/accounts/login/"})

    assert response.url == "/accounts/login/"
    assert "Sign in" in shop.get("/accounts/login/").content.decode()


def test_a_person_keeps_the_language_for_mails_too():
    ana = make_user(language="es")
    shop = Client(headers={"host": "co.localhost"})
    shop.force_login(ana)

    shop.post("/language/", {"language": "en"})

    ana.refresh_from_db()
    assert ana.language == "en"


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "\\\\evil", ""]
)
def test_choices_lead_nowhere_else(target):
    assert bare().post("/language/", {"language": "es", "next": target}).url == "/"


@pytest.mark.parametrize("path", ["/market/", "/language/"])
def test_choices_take_a_post(path):
    assert bare().get(path).status_code == 405


def _message():
    return mail.send(
        template="account/email_confirmation",
        to="ana@example.com",
        language="es",
        market=markets.get("co"),
        context={"code": "123456"},
    )


def test_the_outbox_shows_codes_in_development(settings):
    settings.DEBUG = True
    message = _message()

    html = bare().get("/outbox/").content.decode()
    preview = bare().get(f"/outbox/{message.pk}/")

    assert "123456" in html and "ana@example.com" in html
    assert "123456" in preview.content.decode()
    assert "sandbox" in preview.headers["Content-Security-Policy"]
    assert "default-src 'none'" in preview.headers["Content-Security-Policy"]
    assert preview.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_the_outbox_can_be_narrowed_to_one_reader(settings):
    settings.DEBUG = True
    _message()

    assert "123456" not in bare().get("/outbox/?to=bento%00").content.decode()


def test_elsewhere_there_is_no_outbox(settings):
    settings.DEBUG = False
    message = _message()

    assert bare().get("/outbox/").status_code == 404
    assert bare().get(f"/outbox/{message.pk}/").status_code == 404
    assert OutgoingMessage.objects.count() == 1
