"""Every page is reached by links and works by forms alone: nothing here runs JavaScript."""

from urllib.parse import urljoin, urlsplit

import pytest
from django.urls import Resolver404, resolve

from marketplace.tests.access_expectations import EXPECTED
from marketplace.tests.country import Country
from marketplace.tests.visitor import Visitor

pytestmark = pytest.mark.django_db
ASIDE = ("/admin/", "/media/", "/static/", "/assets/", "/accounts/2fa/recovery-codes/")
MOST_QUERIES = 4  # of one page: sorted, filtered, turned
# Fragments for htmx, machines' addresses, the development outbox, and steps that only a form leads to.
UNLINKED = {
    "health_live", "health_ready", "bundle", "outbox", "outbox_message", "orders:cart_badge",
    "catalog_seller:tile", "orders_seller:tile", "payments_seller:tile",
    "payments_seller:request_tile", "payments:show_health",
    "payments:show_refund",  # its link is in a mail
    "payments:slip", "payments:slip_key",  # of cash, which is paid elsewhere (test_slips.py)
    "account_inactive", "account_logout", "account_reauthenticate", "account_password_reset_completed",
}  # fmt: skip


@pytest.fixture(params=["mz", "co"])
def country(request, db):
    return Country(request.param)


def wander(visitor, starts):
    """Follow every link of this host and judge every form; the names of views seen, and complaints."""
    waiting, asked, seen, complaints = list(starts), {}, set(), []
    while waiting:
        address = waiting.pop(0)
        path = urlsplit(address).path
        if asked.setdefault(path, set()) and (address in asked[path] or len(asked[path]) >= MOST_QUERIES):
            continue
        asked[path].add(address)
        visitor.visit(address)
        if visitor.left_for:
            continue
        if visitor.status != 200:
            complaints.append(f"{address}: {visitor.status}")
            continue
        seen |= {name_of(path), name_of(visitor.path)}
        if visitor.page:
            complaints += [f"{visitor.path}: {problem}" for problem in problems(visitor)]
            links = (urljoin(visitor.path, link) for link in visitor.page.links)
            waiting += [link for link in links if is_ours(link, visitor.host)]
    return seen, complaints


def name_of(path):
    try:
        return resolve(path).view_name
    except Resolver404:
        return ""


def is_ours(link, host):
    parts = urlsplit(link)
    return (
        parts.scheme in ("", "http") and parts.hostname in (None, host) and not parts.path.startswith(ASIDE)
    )


def problems(visitor):
    """Forms that could not be sent, and controls that would do nothing."""
    for form in visitor.page.forms:
        target = urlsplit(urljoin(visitor.path, form.action or visitor.path))
        if form.method not in ("get", "post"):
            yield f"method {form.method}"
        if form.method == "post" and "csrfmiddlewaretoken" not in form.names:
            yield f"no token: {form}"
        if not name_of(target.path) and target.hostname in (None, visitor.host):
            yield f"leads nowhere: {form.action}"
        if not form.buttons and form.identity != "wish-form":
            yield f"no button: {form}"
    yield from visitor.page.scripted


@pytest.mark.parametrize("who", ["guest", "member"])
def test_every_link_leads_to_a_page_and_every_form_can_be_sent(country, who):
    visitor = Visitor(country.world.code)
    if who == "member":
        visitor.sign_in(country.owner)
    starts = country.for_guests() | (country.for_members() if who == "member" else {})
    starts.pop("not found")
    seen, complaints = wander(visitor, starts.values())

    assert complaints == []
    column = 3 if who == "member" else 0
    pages = {name for name, (get, _post) in EXPECTED.items() if get.split()[column] == "200"}
    assert pages - UNLINKED - seen == set()
