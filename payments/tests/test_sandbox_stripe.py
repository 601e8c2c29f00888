"""The pretend Stripe is as strict as the real one: keys, names in brackets, answers given once."""

import threading
import time

import pytest
import requests

from payments.tests.test_stripe import SESSIONS

VERSION = "2026-06-24.dahlia"
GOOD = {
    "mode": "payment",
    "line_items[0][quantity]": "1",
    "line_items[0][price_data][currency]": "mzn",
    "line_items[0][price_data][unit_amount]": "14999",
    "line_items[0][price_data][product_data][name]": "Order 1042",
    "success_url": "https://shop.example/back/",
    "cancel_url": "https://shop.example/back/",
    "client_reference_id": "MZ0001A1",
}


@pytest.fixture
def ask(sandbox):
    def ask(method, path, data=None, *, key="sk_test_local", version=VERSION, idempotency="", **headers):
        headers |= {"Authorization": f"Bearer {key}", "Stripe-Version": version}
        if idempotency:
            headers["Idempotency-Key"] = idempotency
        params = data if method == "GET" else None
        body = None if method == "GET" else data or {"expand[0]": "payment_intent"}
        url = f"{sandbox.url}{path}"
        return requests.request(method, url, params=params, data=body, headers=headers, timeout=10)

    return ask


def test_names_in_brackets_become_objects_and_lists(ask):
    opened = ask("POST", SESSIONS, GOOD | {"metadata[a]": "é", "payment_method_types[0]": "card"}).json()
    assert (opened["metadata"], opened["payment_method_types"]) == ({"a": "é"}, ["card"])
    assert opened["amount_total"] == 14999


@pytest.mark.parametrize("name", ["metadata[a", "metadata]a", "line_items[1][quantity]", "mode[a]"])
def test_a_name_that_makes_no_sense_is_refused(ask, name):
    assert ask("POST", SESSIONS, GOOD | {name: "1"}).status_code == 400


def test_only_our_key_and_our_version_are_heard(ask):
    assert ask("GET", SESSIONS, key="sk_test_other").status_code == 401
    assert ask("GET", SESSIONS, version="2020-08-27").status_code == 400
    answer = ask("GET", SESSIONS)
    assert (answer.status_code, answer.json()["object"]) == (200, "list")
    assert answer.headers["Request-Id"].startswith("req_")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"mode": "subscription"}, "parameter_invalid"),
        ({"surprise": "1"}, "parameter_unknown"),
        ({"line_items[0][price_data][unit_amount]": "149.99"}, "parameter_invalid_integer"),
        ({"line_items[0][price_data][unit_amount]": "100"}, "amount_too_small"),
        ({"line_items[0][price_data][unit_amount]": "100000000"}, "amount_too_large"),
        ({"line_items[0][price_data][currency]": "MZN"}, "parameter_invalid"),
        ({"success_url": "/back/"}, "url_invalid"),
        ({"customer_email": "nobody"}, "email_invalid"),
        ({"expires_at": str(int(time.time()) + 60)}, "parameter_invalid"),
        ({"expires_at": str(int(time.time()) + 90000)}, "parameter_invalid"),
        ({"locale": "zu"}, "parameter_invalid"),
        ({"metadata[" + "x" * 41 + "]": "1"}, "parameter_invalid"),
    ],
)
def test_a_session_that_is_not_as_documented_is_refused(ask, sandbox, change, code):
    answer = ask("POST", SESSIONS, GOOD | change)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)
    assert sandbox.kept("sessions") == []


def test_the_same_key_and_words_get_the_first_answer_again(ask, sandbox):
    first = ask("POST", SESSIONS, GOOD, idempotency="k1")
    again = ask("POST", SESSIONS, GOOD, idempotency="k1")
    assert (again.json(), again.headers["Idempotent-Replayed"]) == (first.json(), "true")
    assert "Idempotent-Replayed" not in first.headers
    assert len(sandbox.kept("sessions")) == 1


def test_the_same_key_with_other_words_is_an_error(ask):
    ask("POST", SESSIONS, GOOD, idempotency="k1")
    other = ask("POST", SESSIONS, GOOD | {"client_reference_id": "B"}, idempotency="k1")
    assert (other.status_code, other.json()["error"]["type"]) == (400, "idempotency_error")


def test_the_same_key_at_the_same_time_is_a_conflict(ask, sandbox):
    sandbox.switch(stripe_thinks=1.0)
    statuses = []
    calls = [
        threading.Thread(target=lambda: statuses.append(ask("POST", SESSIONS, GOOD, idempotency="k1")))
        for _ in range(2)
    ]
    for call in calls:
        call.start()
    for call in calls:
        call.join()
    assert sorted(answer.status_code for answer in statuses) == [200, 409]


def test_a_500_is_remembered_and_a_refusal_is_not(ask, sandbox):
    sandbox.switch(stripe_fails=True)
    assert ask("POST", SESSIONS, GOOD, idempotency="k1").status_code == 500
    sandbox.switch(stripe_fails=False)
    assert ask("POST", SESSIONS, GOOD, idempotency="k1").status_code == 500
    assert ask("POST", SESSIONS, GOOD | {"locale": "zu"}, idempotency="k2").status_code == 400
    assert ask("POST", SESSIONS, GOOD, idempotency="k2").status_code == 200


def test_what_the_shop_missed_can_be_asked_for(ask, sandbox):
    session = ask("POST", SESSIONS, GOOD).json()
    sandbox.pay_by_card(session["url"])
    events = ask("GET", "/stripe/v1/events", {"delivery_success": "false"}).json()["data"]
    assert [event["type"] for event in events] == [
        "checkout.session.completed",
        "payment_intent.succeeded",
        "charge.succeeded",
    ]
    found = ask("GET", "/stripe/v1/events", {"type": "charge.succeeded", "created[gt]": "99999999999"}).json()
    assert found["data"] == []


def test_the_statement_is_in_the_currency_of_the_account(ask, sandbox):
    session = ask("POST", SESSIONS, GOOD).json()
    sandbox.pay_by_card(session["url"])
    (line,) = ask("GET", "/stripe/v1/balance_transactions").json()["data"]
    assert (line["currency"], line["type"]) == ("usd", "charge")
    assert line["amount"] == line["fee"] + line["net"] == round(14999 * line["exchange_rate"])


@pytest.mark.parametrize("spoil", ["reverse_events", "drop_events"])
def test_events_are_reversed_and_lost_as_the_switches_say(ask, sandbox, spoil):
    sandbox.switch(**{spoil: True})
    sandbox.pay_by_card(ask("POST", SESSIONS, GOOD).json()["url"])
    newest = sandbox.kept("events")[0]
    lost = (newest["name"], newest["state"])
    assert lost == (
        ("charge.succeeded", "kept") if spoil == "reverse_events" else ("checkout.session.completed", "lost")
    )


def test_an_event_the_shop_does_not_take_is_tried_again(ask, sandbox):
    """Nobody takes it here: it is tried four times and given up."""
    sandbox.switch(stripe_events_url=f"{sandbox.url}/control/kept/calls", retry_factor=1_000_000)
    sandbox.pay_by_card(ask("POST", SESSIONS, GOOD).json()["url"])
    event = sandbox.wait_for("events", state="given up")
    assert event["answers"] == ["405"] * 4
