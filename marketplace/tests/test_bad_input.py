"""Nothing anybody sends breaks a page, and what is refused changes nothing."""

import re
from urllib.parse import quote, urlencode, urljoin

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import NoReverseMatch, reverse

from marketplace.tests.access_expectations import EXPECTED, PAGE
from marketplace.tests.addresses import MEDIA, Belongings, addresses
from marketplace.tests.reader import read
from marketplace.tests.visitor import Visitor

pytestmark = pytest.mark.django_db
NASTY = (
    "\0",
    "a\0b",
    "x" * 20_000,
    "9" * 40,
    "-1",
    "0",
    "ten",
    "1e999",
    "NaN",
    "٣",
    "' OR 1=1--",
    "<script>alert(1)</script>",
    "{{7*7}}",
    "../../etc/passwd",
    "https://evil.example/",
    "\u202e\U0001f345",
    "2026-02-30",
    "on",
)
QUESTIONS = (
    "page q sort min max price_min price_max diet category seller stock in_stock rating tag variant removed "
    "quantity order tab status next id seen exact to reference"
).split()
WRITES = re.compile(
    r'(INSERT INTO|UPDATE|DELETE FROM) "(orders|payments|catalog|sellers|accounts_(user|address))', re.I
)
LEAVES = {"account_logout"}  # would end the visit


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.RATELIMIT_ENABLE = False
    settings.ACCOUNT_RATE_LIMITS = False


@pytest.fixture
def things():
    return Belongings()


class Meddler:
    """Sends what no form would send; nothing of it lasts."""

    def __init__(self, user=None):
        visitor = Visitor("co")
        self.cookies = visitor.sign_in(user).client.cookies if user else visitor.client.cookies
        self.complaints = []

    def send(self, method, address, sent=None, **options):
        client = Client(headers={"host": "co.localhost"}, raise_request_exception=False)
        client.cookies.update(self.cookies)
        with transaction.atomic(), CaptureQueriesContext(connection) as captured:
            response = getattr(client, method)(address, sent, **options)
            transaction.set_rollback(True)
        refused = 400 <= response.status_code < 500
        wrote = [each["sql"] for each in captured.captured_queries if WRITES.search(each["sql"])]
        if response.status_code >= 500 or refused and wrote:
            told = str(sent)[:200]
            self.complaints.append(f"{method} {address[:120]} {told}: {response.status_code} {wrote[:1]}")
        return response


def people(things):
    return {"nobody": None, "buyer": things.buyer, "owner": things.owner}


def is_page(address):
    return "200" in EXPECTED[address.name][0] and address.name not in LEAVES


def is_personal(address):
    return EXPECTED[address.name] != PAGE


@pytest.mark.parametrize("who", ["nobody", "buyer", "owner"])
def test_no_question_breaks_a_page(things, who):
    meddler = Meddler(people(things)[who])
    chosen = [each for each in addresses() if is_page(each) and (who == "nobody" or is_personal(each))]
    pages = [things.url(address) for address in chosen]
    for number, page in enumerate(pages):
        for nasty in NASTY[number % 3 :: 3]:
            meddler.send("get", f"{page}?{urlencode(dict.fromkeys(QUESTIONS, nasty))}")
        meddler.send("get", f"{page}?{urlencode([(name, 'a') for name in QUESTIONS for _twice in '12'])}")

    assert meddler.complaints == []


def test_no_address_breaks_a_page(things):
    meddler = Meddler(things.owner)
    for address in addresses():
        if not address.parameters or address.name == MEDIA:
            continue
        for nasty in ("9" * 30, "0", "x" * 300, "%00", "a%00b", "ORD-20261121-7K2MX9QF", quote("ção/…")):
            try:
                url = reverse(address.name, kwargs=dict.fromkeys(address.parameters, nasty))
            except NoReverseMatch:
                continue
            for method in ("get", "post"):
                meddler.send(method, url.replace("%2500", "%00").replace("%25", "%"))

    assert meddler.complaints == []


def forms_of(meddler, things):
    """Every form that this person meets, by where it leads, with what it would send."""
    found = {}
    for address in addresses():
        if "200" not in EXPECTED[address.name][0] or address.name in LEAVES:
            continue
        page = things.url(address)
        response = meddler.send("get", page)
        if response.status_code == 200 and "html" in response.headers["Content-Type"]:
            for form in read(response.content.decode()).forms:
                target = urljoin(page, form.action or page)
                if form.method == "post" and "logout" not in target:
                    found.setdefault((target, frozenset(form.names)), form)
    return found


def test_no_form_breaks_a_page_and_refusals_change_nothing(things):
    tried, complaints = set(), []
    for user in people(things).values():
        meddler = Meddler(user)
        forms = forms_of(meddler, things)
        for number, known in enumerate(sorted(forms.keys() - tried, key=str)):
            spoil(meddler, known[0], forms[known], number)
        tried |= forms.keys()
        complaints += meddler.complaints

    assert len(tried) > 40
    assert complaints == []


def spoil(meddler, target, form, number):
    """One form: empty, all wrong, twice, in brackets, as JSON; then right but for one field at a time."""
    names = sorted(form.names - {"csrfmiddlewaretoken"})
    pressed = {button.name: button.value for button in form.buttons[:1] if button.name}
    right = {name: values[0] for name, values in form.values.items()} | pressed
    meddler.send("post", target, {})
    for nasty in NASTY[number % 4 :: 4]:
        meddler.send("post", target, dict.fromkeys(names, nasty))
    meddler.send("post", target, dict.fromkeys(names, ["1", "2"]))
    meddler.send("post", target, {f"{name}[]": "1" for name in names})
    meddler.send("post", target, "{", content_type="application/json")
    for place, name in enumerate(names):
        meddler.send("post", target, right | {name: NASTY[(number + place) % len(NASTY)]})
