"""Error pages: in the reader's language, without database, session or context processors."""

import pytest
from django.test import Client, RequestFactory

from marketplace import errors, markets


def _request(market="mz", language="pt", **cookies):
    request = RequestFactory().get("/anything/")
    request.market = markets.get(market)
    request.LANGUAGE_CODE = language
    request.request_id = "abc12345"
    request.COOKIES.update(cookies)
    return request


@pytest.mark.parametrize("status", [400, 403, 404, 429, 500])
def test_an_error_page_needs_no_database_and_shows_the_request_id(status):
    response = errors.error_page(_request(), status)

    html = response.content.decode()
    assert response.status_code == status
    assert 'lang="pt"' in html
    assert 'data-market="mz"' in html
    assert "abc12345" in html


def test_a_request_that_no_middleware_has_seen_still_gets_a_page_in_its_language():
    request = RequestFactory().get("/", headers={"Accept-Language": "pt-MZ,pt;q=0.9"})

    html = errors.server_error(request).content.decode()

    assert 'lang="pt"' in html


def test_the_chosen_appearance_holds_on_error_pages_too():
    html = errors.error_page(_request(theme="dark"), 404).content.decode()

    assert 'data-theme="dark"' in html


def test_too_many_requests_says_how_long_to_wait():
    html = errors.error_page(_request(language="en"), 429, wait_minutes=7).content.decode()

    assert "7 minutes" in html


@pytest.mark.django_db
def test_an_unknown_address_is_answered_with_our_page(client):
    response = client.get("/no/such/page/", headers={"X-Request-ID": "quote-me-123"})

    assert response.status_code == 404
    assert b"quote-me-123" in response.content


@pytest.mark.django_db
def test_appearance_is_chosen_by_a_plain_form(client):
    client.post("/theme/", {"theme": "dark"})
    assert client.cookies["theme"].value == "dark"

    client.post("/theme/", {"theme": "auto"})
    assert client.cookies["theme"].value == ""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("origin", "is_shown"), [("http://co.localhost", True), ("http://evil.example", False)]
)
def test_a_form_that_is_too_old_gives_its_words_back_to_our_own_pages(origin, is_shown):
    shop = Client(enforce_csrf_checks=True, headers={"host": "co.localhost", "origin": origin})
    typed = {"notes": "Ring <twice>", "password": "correct-horse", "csrfmiddlewaretoken": "y" * 64}

    page = shop.post("/checkout/", typed)

    assert page.status_code == 403
    assert ("Ring &lt;twice&gt;" in page.content.decode()) is is_shown
    assert "correct-horse" not in page.content.decode() and "yyyy" not in page.content.decode()
