"""The `sandbox` fixture: the pretend companies over real HTTP, in quick motion, with handles to steer."""

import copy
import hashlib
import json
import os
import signal
import socket
import subprocess
import sys
import time

import pytest
import requests

from marketplace.companies import Companies
from payments import gateways, rails

COMPANIES = ("WOMPI_", "MPESA_", "EMOLA_", "PAYU_", "STRIPE_", "EFECTY_")
SPEED = 50  # a PIN takes 0.06 s, a customer who never answers 1.24 s


class Sandbox:
    """What a test may do with the pretend companies."""

    def __init__(self, state_path):
        self._state_path = state_path
        self._port = _free_port()
        self.url = f"http://127.0.0.1:{self._port}"
        self._process = None

    # Life of the server

    def start(self):
        own = {name: value for name, value in os.environ.items() if not name.startswith(COMPANIES)}
        environment = own | {
            "DJANGO_SETTINGS_MODULE": "payments.sandbox.settings",
            "SANDBOX_PORT": str(self._port),
            "SANDBOX_STATE": str(self._state_path),
            "SANDBOX_SPEED": str(SPEED),
            "SANDBOX_STOPS_WITH": str(os.getpid()),
            "WOMPI_EVENTS_URL": "",
            "WOMPI_PAYOUTS_EVENTS_URL": "",
            "MPESA_RESPONSE_URL": "",
            "EMOLA_CALLBACK_URL": "",
            "PAYU_EVENTS_URL": "",
            "STRIPE_EVENTS_URL": "",
            "EFECTY_CONFIRMATIONS_URL": "",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "payments.sandbox"], env=environment, stdout=subprocess.DEVNULL
        )
        for _ in range(400):
            try:
                return requests.get(f"{self.url}/control/kept/calls", timeout=5).raise_for_status()
            except requests.ConnectionError:
                if self._process.poll() is not None:
                    raise RuntimeError("The sandbox ended at once") from None
                time.sleep(0.05)
        raise RuntimeError("The sandbox does not answer")

    def kill(self):
        """kill -9, as when a machine falls over; start() brings it back with what it knew."""
        self._process.send_signal(signal.SIGKILL)
        self._process.wait()

    # Steering

    def forget(self):
        self._control("forget")

    def switch(self, **values):
        """Turn switches of payments/sandbox/memory.py: sandbox.switch(duplicate_events=True)."""
        self._control("switches", values)

    def fault(self, on, kind, *, times=1, seconds=5):
        """Spoil the next calls that begin with `on` ("POST /wompi/v1/transactions").

        Kinds: drop (not heard), swallow (heard, answer lost), stall (answer `seconds` of pretend
        time late), html, html_after (heard, HTML 504), huge, redirect, truncated, latin1, drip, busy.
        """
        self._control("faults", {"on": on, "kind": kind, "times": times, "seconds": seconds})

    def decide(self, reference, answer="approve"):
        """approve, refuse, expire or fail: what the buyer, the bank or the payee's bank says.

        PayU alone: funds (too little money), again (charges a second time).
        """
        self._control("decide", {"reference": reference, "answer": answer})

    def post_events_to(self, shop_url):
        """From now on events are posted to a running shop (live_server.url)."""
        self.switch(
            events_url=f"{shop_url}/webhooks/wompi/",
            payouts_events_url=f"{shop_url}/webhooks/wompi_payouts/",
            mpesa_response_url=f"{shop_url}/webhooks/mpesa/",
            emola_callback_url=f"{shop_url}/webhooks/emola/",
            payu_events_url=f"{shop_url}/webhooks/payu/",
            stripe_events_url=f"{shop_url}/webhooks/stripe/",
            efecty_confirmations_url=f"{shop_url}/webhooks/efecty/confirmations/",
        )

    # Looking

    def kept(self, kind):
        """transactions, mpesa, emola, payouts, rows, events, prompts or calls, newest first."""
        return requests.get(f"{self.url}/control/kept/{kind}", timeout=10).json()["found"]

    def calls(self, beginning):
        """How often was it asked: sandbox.calls("POST /ipg/v1x/c2bPayment")."""
        return sum(f"{call['method']} {call['path']}".startswith(beginning) for call in self.kept("calls"))

    def wait_for(self, kind, seconds=5, **equal):
        """The newest remembered thing with these values, waiting until there is one."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for each in self.kept(kind):
                if all(each.get(name) == value for name, value in equal.items()):
                    return each
            time.sleep(0.02)
        raise AssertionError(f"No {kind} with {equal}: {self.kept(kind)}")

    def events(self, *, at_least=1, product="wompi"):
        """Events kept for want of an address, oldest first, as (headers, body)."""
        end = time.monotonic() + 5
        while time.monotonic() < end:
            found = [each for each in reversed(self.kept("events")) if each["product"] == product]
            if len(found) >= at_least:
                return [(each["headers"], each["body"].encode()) for each in found]
            time.sleep(0.02)
        raise AssertionError(f"Fewer than {at_least} events")

    def deliver(self, client, *, at_least=1, product="wompi"):
        """Hand kept events to Django's test client, oldest first; answers its responses."""
        return [
            client.post(f"/webhooks/{product}/", body, content_type=headers["Content-Type"], headers=headers)
            for headers, body in self.events(at_least=at_least, product=product)
        ]

    # What a shop and a browser need

    def card_token(self, number="4242424242424242"):
        """What the buyer's browser gets for a card number."""
        card = {
            "number": number,
            "cvc": "123",
            "exp_month": "08",
            "exp_year": "40",
            "card_holder": "Ana Gómez",
        }
        key = self.credentials("wompi")["public_key"]
        answer = requests.post(
            f"{self.url}/wompi/v1/tokens/cards",
            json=card,
            headers={"Authorization": f"Bearer {key}"},
            timeout=10,
        )
        return answer.json()["data"]["id"]

    def pay_by_card(self, url, number="4242424242424242", **answers):
        """What a buyer types on Stripe's page; `answer="pass"` or "fail" is for the bank's question."""
        card = {"number": number, "expiry": "08/40", "cvc": "123"} | answers
        return requests.post(url, data=card, allow_redirects=False, timeout=10)

    def pay_at_counter(self, code, amount, answer="pay"):
        """Somebody pays a code of ours; how the counter behaves is in payments/sandbox/efecty.py."""
        form = {"code": code, "amount": str(int(amount)), "answer": answer}
        requests.post(f"{self.url}/efecty/", data=form, timeout=10).raise_for_status()
        return self.kept("efecty")[0]

    def credentials(self, code, **changes):
        """What the gateway or rail with this code needs to talk to this server."""
        companies = Companies(_Environment(), sandbox_url=self.url, development=True)
        found = (companies.gateways() | companies.rails())[code]
        quick = {"connect_seconds": "2", "read_seconds": "5", "query_read_seconds": "5"}
        wompi = {"page_seconds": "3", "retry_window_seconds": "0"}
        payu = {"retry_window_seconds": "0", "refund_wait_seconds": "0", "patience_seconds": "0"}
        return found | quick | {"wompi": wompi, "payu": payu}.get(code, {}) | changes

    def _control(self, name, content=None):
        requests.post(f"{self.url}/control/{name}", json=content or {}, timeout=10).raise_for_status()


class _Environment:
    """An environment in which nothing is set, whatever the developer's own says."""

    def str(self, name, default=""):
        return default


def _free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture(scope="session")
def _sandbox_of_session(tmp_path_factory):
    sandbox = Sandbox(tmp_path_factory.mktemp("sandbox") / "sandbox.sqlite3")
    sandbox.start()
    yield sandbox
    sandbox.kill()


@pytest.fixture
def sandbox(_sandbox_of_session, settings):
    """The pretend companies, knowing nothing, and a shop whose keys lead to them."""
    there = _sandbox_of_session
    there.forget()
    settings.SANDBOX_URL = there.url
    settings.GATEWAY_CREDENTIALS = {code: there.credentials(code) for code in gateways.codes()}
    settings.RAIL_CREDENTIALS = {code: there.credentials(code) for code in rails.codes()}
    policy = copy.deepcopy(settings.CONTENT_SECURITY_POLICY)
    for directive in ("connect-src", "form-action"):
        policy["DIRECTIVES"][directive].append(there.url)
    settings.CONTENT_SECURITY_POLICY = policy
    return there


def sign_again(body, secret, **changes):
    """A Wompi event with some parts changed, signed as the company would."""
    event = json.loads(body) | changes
    words = ""
    for path in event["signature"]["properties"]:
        value = event["data"]
        for name in path.split("."):
            value = value[name]
        words += "" if value is None else str(value)
    words += f"{event['timestamp']}{secret}"
    event["signature"] = event["signature"] | {"checksum": hashlib.sha256(words.encode()).hexdigest()}
    return json.dumps(event).encode()
