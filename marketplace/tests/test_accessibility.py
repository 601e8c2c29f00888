"""axe finds nothing serious on the main pages: both countries, telephone and desk, light and dark."""

import pytest
from django.conf import settings as django_settings
from django.test import Client

from conftest import DESKTOP, PHONE
from marketplace.tests.country import Country
from orders.access import SESSION_KEY
from payments import company_lists

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
THOROUGH = {"home", "product", "checkout", "dashboard"}  # every rule at the desk, too

# Colours fade from light to dark; axe is to see where they arrive.
SETTLE = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
    for (const fading of document.getAnimations()) try { fading.finish() } catch { fading.cancel() }
    done()
})))"""


@pytest.fixture(params=["mz", "co"])
def country(request, sandbox, transactional_db):
    company_lists.refresh_all()
    return Country(request.param)


def enter(page, country, base):
    """As the owner of a store, who also buys."""
    client = Client()
    client.force_login(country.owner)
    session = client.session
    session[SESSION_KEY] = [country.waiting.number, country.refused.number, country.paid.number]
    session.save()
    name = django_settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": session.session_key, "url": base}])


@pytest.mark.parametrize("who", ["guest", "member"])
def test_the_main_pages_are_accessible(country, live_server, open_page, axe, who):
    """On a telephone in light colours, then the same page at a desk in dark ones."""
    base = live_server.url.replace("localhost", f"{country.world.code}.localhost")
    page, found = open_page(viewport=PHONE), []
    if who == "member":
        enter(page, country, base)
    for name, address in (country.for_guests() if who == "guest" else country.for_members()).items():
        page.set_viewport_size(PHONE)
        page.emulate_media(color_scheme="light")
        response = page.goto(base + address, wait_until="load")
        assert response.status == (404 if name == "not found" else 200), f"{name}: {response.status}"
        found += look(page, axe, f"{name}, phone")
        page.set_viewport_size(DESKTOP)
        page.emulate_media(color_scheme="dark")
        found += look(page, axe if name in THOROUGH else contrast, f"{name}, desk, dark")

    assert found == []


def contrast(page):
    """The one rule that other colours can break; axe is in the page already."""
    found = page.evaluate("axe.run({runOnly: {type: 'rule', values: ['color-contrast']}})")
    return [node["html"][:160] for problem in found["violations"] for node in problem["nodes"]]


def look(page, axe, name):
    """Findings, and how much the page is wider than its window."""
    page.evaluate(SETTLE)
    found = [f"{name}: {problem}" for problem in axe(page)]
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*found, f"{name}: {overflow} px wider than the window"] if overflow > 0 else found
