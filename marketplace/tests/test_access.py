"""The access matrix: every address of the site × everybody, generated from the URL map (I-12)."""

import re

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.accounts import roles
from marketplace.accounts.tests.factories import make_user
from marketplace.tests.access_expectations import EXPECTED, PAGE
from marketplace.tests.addresses import Belongings, addresses

pytestmark = pytest.mark.django_db
PEOPLE = ("anonymous", "buyer", "other", "owner", "helper", "rival", "staff", "superuser")
SIGN_IN = ("/accounts/login/", "/admin/login/")
REFUSALS = ("login", "404", "403", "405")
DONE = ("200", "to", "400", "409", "422")
WRITES = re.compile(
    r'(INSERT INTO|UPDATE|DELETE FROM) "(orders|payments|catalog|sellers|accounts_(user|address))', re.I
)
ANYWHERE = {"bundle", "outbox_message", "payments:webhook"}  # what they name belongs to nobody
MONEY_APPS = ("orders", "payments", "sellers")


@pytest.fixture
def things():
    return Belongings()


@pytest.fixture
def person(things):
    """`person("staff")`: somebody of the cast; None is nobody."""

    def find(name):
        if name == "staff":
            roles.grant()
            found = make_user("staff@example.com", is_staff=True)
            found.groups.add(Group.objects.get(name=roles.STAFF))
            return found
        if name == "superuser":
            return make_user("root@example.com", is_staff=True, is_superuser=True)
        return getattr(things, name, None)

    return find


def ask(user, method, url, host="co.localhost"):
    """What becomes of one request, and whether it wrote something; nothing of it lasts."""
    with transaction.atomic(), CaptureQueriesContext(connection) as captured:
        client = Client(headers={"host": host})
        if user:
            client.force_login(user)
        mark = len(captured.captured_queries)
        answer = word(getattr(client, method)(url))
        wrote = [each["sql"] for each in captured.captured_queries[mark:] if WRITES.search(each["sql"])]
        transaction.set_rollback(True)
    return answer, wrote


def word(response):
    if response.status_code in (301, 302):
        return "login" if response["Location"].startswith(SIGN_IN) else "to"
    return str(response.status_code)


def differs(expected, answer):
    return answer not in DONE if expected == "ok" else answer != expected


def test_every_address_has_an_expectation():
    names = {address.name for address in addresses()}

    assert names - set(EXPECTED) == set(), "new addresses: say who may use them"
    assert set(EXPECTED) - names == set(), "these addresses are gone"


@pytest.mark.parametrize("name", PEOPLE)
def test_everybody_gets_what_is_theirs_and_nothing_else(things, person, name):
    user, column, wrong = person(name), PEOPLE.index(name), []
    for address in addresses():
        if EXPECTED[address.name] == PAGE and name not in ("anonymous", "owner"):
            continue  # looks the same to all: two of them will do
        if address.name == "accounts:prefer_address":
            cache.clear()  # half way through: limits count the same person's requests
        for method, row in zip(("get", "post"), EXPECTED[address.name], strict=True):
            expected = row.split()[column]
            answer, wrote = ask(user, method, things.url(address))
            if differs(expected, answer):
                wrong.append(f"{method} {address.name}: {answer} instead of {expected}")
            if answer in REFUSALS and wrote:
                wrong.append(f"{method} {address.name}: refused, and yet {wrote}")

    assert wrong == []


@pytest.mark.parametrize("name", ["buyer", "owner"])
def test_in_the_other_country_nothing_of_it_exists(things, person, name):
    user, wrong = person(name), []
    for address in addresses():
        if not address.parameters or address.name in ANYWHERE:
            continue
        for method in ("get", "post"):
            answer, wrote = ask(user, method, things.url(address), host="mz.localhost")
            if answer not in ("404", "405") or wrote:
                wrong.append(f"{method} {address.name}: {answer} {wrote}")

    assert wrong == []


def office_url(address):
    """Of an admin page, with a row that exists where it wants one."""
    values = {}
    found = re.fullmatch(r"admin:([a-z]+)_(\w+)_(change|delete|history)", address.name)
    first = apps.get_model(found[1], found[2]).objects.first() if found else None
    for name in address.parameters:
        values[name] = {"app_label": "orders", "decision": "approve", "url": "x"}.get(
            name, first.pk if first else 1
        )
    return reverse(address.name, kwargs=values)


@pytest.mark.parametrize("name", ["anonymous", "owner"])
def test_the_back_office_is_closed_to_everybody_else(things, person, name):
    user, wrong = person(name), []
    for address in addresses(back_office=True):
        for method in ("get", "post"):
            answer, wrote = ask(user, method, office_url(address))
            if address.name == "admin:logout":
                continue
            if answer not in ("login", "403", "405") or wrote:
                wrong.append(f"{method} {address.name}: {answer} {wrote}")

    assert wrong == []


# Terms of the future, which move no money; those in use can only end (orders/tests/test_commission_admin.py).
TERMS = ("admin:orders_commissionrule_add", "admin:orders_commissionrule_delete")


@pytest.mark.parametrize("name", ["staff", "superuser"])
def test_staff_read_what_they_may_and_nobody_makes_or_destroys_money_by_hand(things, person, name):
    user, wrong = person(name), []
    for address in addresses(back_office=True):
        answer, _wrote = ask(user, "get", office_url(address))
        label, _underscore, rest = address.name.removeprefix("admin:").partition("_")
        model, _underscore, page = rest.rpartition("_")
        if page == "changelist" and (answer == "200") != user.has_perm(f"{label}.view_{model}"):
            wrong.append(f"{address.name}: {answer}")
        if address.name in TERMS:
            continue
        if page in ("add", "delete") and label in MONEY_APPS and answer != "403":
            wrong.append(f"{address.name}: {answer}")
        if page in ("add", "delete") and label in MONEY_APPS:
            posted, wrote = ask(user, "post", office_url(address))
            if posted != "403" or wrote:
                wrong.append(f"post {address.name}: {posted} {wrote}")
        if answer.startswith("5"):
            wrong.append(f"{address.name}: {answer}")

    assert wrong == []
