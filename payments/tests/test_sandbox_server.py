"""The sandbox itself: it forgets nothing when killed, repeats its events, and shows its pages."""

import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
import requests

from payments import gateways
from payments.gateways.base import State
from payments.management.commands.sandbox import environment
from payments.tests.charges import follow, make_charge


@pytest.fixture
def shop():
    """A shop that answers as told and remembers what was posted."""
    posted, answers = [], []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            posted.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(answers.pop(0) if answers else 200)
            self.end_headers()

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    server.posted, server.answers = posted, answers
    server.url = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()


def test_killed_it_comes_back_with_what_it_knew(sandbox):
    wompi = gateways.get("wompi")
    sandbox.switch(wompi_delay=50)
    started = wompi.start(make_charge(phone="+573991111111"))
    sandbox.kill()
    sandbox.start()
    assert follow(wompi, company_reference=started.company_reference).state == State.PAID
    assert len(sandbox.events()) == 1


def test_a_payment_is_announced_once_however_often_it_is_decided(sandbox):
    wompi = gateways.get("wompi")
    wompi.start(make_charge())
    for answer in ("approve", "refuse", "approve"):
        sandbox.decide("CO0001A1", answer)
    assert wompi.look_up("CO0001A1").state == State.PAID
    assert len(sandbox.kept("events")) == 1


def test_an_unanswered_event_is_posted_again_and_then_given_up(sandbox, shop):
    sandbox.post_events_to(shop.url)
    sandbox.switch(retry_factor=10**6)
    shop.answers += [500, 404, 204]
    gateways.get("wompi").start(make_charge(phone="+573991111111"))
    event = sandbox.wait_for("events", state="answered")
    assert event["answers"] == ["500", "404", "204", "200"]
    assert len(set(shop.posted)) == 1


def test_after_three_more_tries_it_gives_up(sandbox, shop):
    sandbox.post_events_to(shop.url)
    sandbox.switch(retry_factor=10**6)
    shop.answers += [500] * 9
    gateways.get("wompi").start(make_charge(phone="+573991111111"))
    assert sandbox.wait_for("events", state="given up")["answers"] == ["500"] * 4


def test_a_lost_event_is_not_posted(sandbox, shop):
    sandbox.post_events_to(shop.url)
    sandbox.switch(drop_events=True)
    wompi = gateways.get("wompi")
    wompi.start(make_charge(phone="+573991111111"))
    follow(wompi)
    assert sandbox.wait_for("events", state="lost")
    assert shop.posted == []


@pytest.mark.parametrize("path", ["/", "/phone/", "/switches/"])
def test_every_page_says_that_it_is_pretend(sandbox, path):
    page = requests.get(sandbox.url + path, timeout=5)
    assert page.status_code == 200
    assert "Sandbox — pretend company, no real money" in page.text


def test_the_console_lists_the_magic_numbers(sandbox):
    page = requests.get(sandbox.url, timeout=5).text
    for number in ("4242 4242 4242 4242", "399 111 1111", "Banco que declina", "00 to 79", "99"):
        assert number in page


def test_switches_work_without_a_script(sandbox):
    form = {"duplicate_events": "on", "wompi_delay": "0.5", "events_url": ""}
    requests.post(f"{sandbox.url}/switches/set/", data=form, timeout=5)
    page = requests.get(f"{sandbox.url}/switches/", timeout=5).text
    assert 'name="duplicate_events" checked' in page
    assert 'value="0.5"' in page
    wrong = requests.post(f"{sandbox.url}/switches/set/", data={"wompi_delay": "soon"}, timeout=5)
    assert wrong.status_code == 422


def test_a_bank_that_asks_does_not_answer_for_a_decided_payment(sandbox):
    wompi = gateways.get("wompi")
    step = wompi.start(make_charge("pse", inputs={"bank": "1007"})).step
    requests.post(step.url, data={"answer": "refuse"}, allow_redirects=False, timeout=5)
    again = requests.post(step.url, data={"answer": "approve"}, allow_redirects=False, timeout=5)
    assert again.status_code == 302
    assert wompi.look_up("CO0001A1").state == State.FAILED
    assert requests.get(f"{sandbox.url}/wompi/pse/redirect?ticket_id=x", timeout=5).status_code == 404


def test_the_command_hands_over_the_keys_of_the_shop(sandbox, settings):
    settings.GATEWAY_CREDENTIALS["wompi"]["public_key"] = "pub_test_mine"
    settings.SANDBOX_URL = "http://localhost:9999"
    given = environment()
    assert given["WOMPI_PUBLIC_KEY"] == "pub_test_mine"
    assert given["SANDBOX_PORT"] == "9999"
    assert given["DJANGO_SETTINGS_MODULE"] == "payments.sandbox.settings"
    assert given["WOMPI_PAYOUTS_API_KEY"] == settings.RAIL_CREDENTIALS["wompi_payouts"]["api_key"]
