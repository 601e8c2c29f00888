"""Paying sellers over real HTTP: once, whatever the answers do."""

import json
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from marketplace.money import Money
from payments import rails
from payments.gateways.base import ForgedNotice
from payments.rails.base import (
    GatewayUnavailable,
    Misconfigured,
    NotSent,
    PayoutOrder,
    Reason,
    Refused,
    State,
)
from payments.rails.mpesa_b2c import MPesaB2C
from payments.rails.wompi_payouts import WompiPayouts

PAYOUTS = "POST /wompi-payouts/v1/payouts"
B2C = "POST /ipg/v1x/b2cPayment"
BANK = {
    "bank_code": "1007",
    "account_type": "savings",
    "account_number": "43423123",
    "holder_name": "Tienda de Ana",
    "document_type": "NIT",
    "document_number": "900.123.456-8",
    "email": "tienda@example.com",
}


def to_bank(reference="PAYOUT1", amount=350000, **changes):
    return PayoutOrder(reference=reference, money=Money(amount, "COP"), destination=BANK | changes)


def to_wallet(ending="10", reference="PAYOUT1"):
    destination = {"phone": f"+2588412345{ending}", "holder_name": "Bento Machel"}
    return PayoutOrder(reference=reference, money=Money("850.50", "MZN"), destination=destination)


@pytest.fixture
def banks(sandbox):
    return rails.get("wompi_payouts")


@pytest.fixture
def wallets(sandbox):
    return rails.get("mpesa_b2c")


def follow(rail, reference="PAYOUT1", company_reference=""):
    end = time.monotonic() + 5
    while True:
        outcome = rail.look_up(reference, company_reference)
        if outcome.state not in (State.PENDING, State.UNKNOWN) or time.monotonic() > end:
            return outcome
        time.sleep(0.02)


# Wompi payouts


def test_a_bank_transfer_is_pending_until_its_row_is_approved(banks, sandbox):
    sent = banks.send(to_bank())
    assert sent.state == State.PENDING
    outcome = follow(banks, company_reference=sent.company_reference)
    assert outcome.state == State.PAID
    assert outcome.money == Money(350000, "COP")
    assert outcome.company_reference == sent.company_reference


def test_a_row_that_fails_says_why_though_its_batch_is_totally_paid(banks, sandbox):
    banks.send(to_bank(account_number="43423107"))
    outcome = follow(banks)
    assert (outcome.state, outcome.reason) == (State.FAILED, Reason.ACCOUNT_PROBLEM)
    assert outcome.company_message == "D07"
    assert sandbox.kept("payouts")[0]["status"] == "TOTAL_PAYMENT"


def test_a_payout_sent_twice_is_paid_once(banks, sandbox):
    first = banks.send(to_bank())
    again = banks.send(to_bank())
    assert again.state in (State.PENDING, State.PAID)
    assert len(sandbox.kept("payouts")) == len(sandbox.kept("rows")) == 1
    assert first.company_reference == sandbox.kept("payouts")[0]["id"]


@pytest.mark.parametrize("kind", ["swallow", "html_after", "stall"])
def test_a_lost_answer_is_asked_about_and_the_payout_is_found(sandbox, kind):
    sandbox.fault(PAYOUTS, kind, seconds=100)
    impatient = WompiPayouts(sandbox.credentials("wompi_payouts", read_seconds="0.5"))
    with pytest.raises(GatewayUnavailable):
        impatient.send(to_bank())
    assert follow(impatient).state == State.PAID
    assert len(sandbox.kept("rows")) == 1


@pytest.mark.parametrize("kind", ["drop", "html", "huge", "redirect", "truncated"])
def test_an_unheard_payout_is_never_taken_for_refused(banks, sandbox, kind):
    sandbox.fault(PAYOUTS, kind)
    with pytest.raises(GatewayUnavailable):
        banks.send(to_bank())
    assert banks.look_up("PAYOUT1").state == State.NOT_FOUND


@pytest.mark.parametrize("kind", ["drop", "html", "huge", "redirect", "busy"])
def test_without_the_list_of_banks_nothing_was_sent(banks, sandbox, kind):
    sandbox.fault("GET /wompi-payouts/v1/banks", kind)
    with pytest.raises(NotSent):
        banks.send(to_bank())
    assert sandbox.calls(PAYOUTS) == 0


@pytest.mark.parametrize(
    "change",
    [
        {"bank_code": "9999"},
        {"bank_code": ""},
        {"account_type": "other"},
        {"account_number": "123"},
        {"account_number": "000000"},
        {"account_number": "12345x"},
        {"document_type": "PP"},
    ],
)
def test_a_destination_that_cannot_be_right_is_refused_before_it_is_sent(banks, sandbox, change):
    with pytest.raises(Refused):
        banks.send(to_bank(**change))
    assert sandbox.calls(PAYOUTS) == 0


def test_what_the_company_refuses_did_not_leave(banks, sandbox):
    with pytest.raises(Refused) as refusal:
        banks.send(to_bank(amount=600_000_000))
    assert refusal.value.reason == Reason.INSUFFICIENT_FUNDS
    assert banks.look_up("PAYOUT1").state == State.NOT_FOUND
    assert banks.send(to_bank()).state == State.PENDING


@pytest.mark.parametrize(
    "change", [{"api_key": "wrong"}, {"user_principal_id": "wrong"}, {"account_id": "wrong"}]
)
def test_wrong_keys_are_our_fault(sandbox, change):
    with pytest.raises(Misconfigured):
        WompiPayouts(sandbox.credentials("wompi_payouts", **change)).send(to_bank())
    assert sandbox.kept("payouts") == []


def test_a_spoilt_look_up_tells_nothing(banks, sandbox):
    banks.send(to_bank())
    sandbox.fault("GET /wompi-payouts/v1/transactions", "html")
    with pytest.raises(GatewayUnavailable):
        banks.look_up("PAYOUT1")


def test_payout_events_are_signed_with_a_secret_of_their_own(banks, sandbox):
    banks.send(to_bank())
    follow(banks)
    (headers, body), *_ = sandbox.events(product="payouts", at_least=2)
    notice = banks.read_notice(headers, body)
    assert (notice.name, notice.reference) == ("transaction.updated", "PAYOUT1")
    with pytest.raises(ForgedNotice):
        banks.read_notice({}, body.replace(b"APPROVED", b"FAILED"))


@pytest.fixture
def answering(sandbox):
    """A company at which every question has the answer that was put there: path → JSON."""
    answers = {}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = json.dumps(answers[self.path.split("?")[0]]).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"
    yield WompiPayouts(sandbox.credentials("wompi_payouts", api_url=url)), answers
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("batch", "state"),
    [
        ("NOT_APPROVED", State.FAILED),
        ("REJECTED", State.FAILED),
        ("AFE_REJECTED", State.FAILED),
        ("PENDING", State.PENDING),
        ("PARTIAL_PAYMENT", State.PENDING),
    ],
)
def test_a_batch_without_rows_has_failed_only_if_it_was_turned_down(answering, batch, state):
    rail, answers = answering
    answers["/transactions/PAYOUT1"] = {"data": []}
    answers["/payouts"] = {"data": {"records": [{"id": "B1", "reference": "PAYOUT1", "status": batch}]}}
    assert rail.look_up("PAYOUT1").state == state


def test_the_row_or_batch_of_another_payout_is_no_answer(answering):
    rail, answers = answering
    answers["/transactions/PAYOUT1"] = {
        "data": [{"id": "R1", "reference": "PAYOUT2", "status": "APPROVED", "amountInCents": 35000000}]
    }
    answers["/payouts"] = {"data": [{"id": "B1", "reference": "PAYOUT2", "status": "REJECTED"}]}
    assert rail.look_up("PAYOUT1").state == State.NOT_FOUND


# M-Pesa B2C


def test_a_wallet_is_paid_at_once(wallets):
    outcome = wallets.send(to_wallet())
    assert (outcome.state, outcome.money) == (State.PAID, Money("850.50", "MZN"))


def test_nobody_is_asked_for_a_pin_to_be_paid(wallets, sandbox):
    sandbox.switch(mpesa_ask=True)
    assert wallets.send(to_wallet()).state == State.PAID
    assert wallets.send(to_wallet("99", "PAYOUT2")).state == State.PAID


@pytest.mark.parametrize(
    ("ending", "reason"), [("81", Reason.INSUFFICIENT_FUNDS), ("88", Reason.ACCOUNT_PROBLEM)]
)
def test_a_refused_wallet_leaves_the_money_here(wallets, ending, reason):
    outcome = wallets.send(to_wallet(ending))
    assert (outcome.state, outcome.reason) == (State.FAILED, reason)


@pytest.mark.parametrize(
    ("ending", "then"),
    [("82", State.FAILED), ("83", State.PAID), ("84", State.PAID), ("91", State.PAID), ("95", State.FAILED)],
)
def test_an_unclear_payout_is_asked_about(wallets, ending, then):
    assert wallets.send(to_wallet(ending)).state == State.UNKNOWN
    assert follow(wallets).state == then


@pytest.mark.parametrize("kind", ["drop", "swallow", "html", "html_after", "huge", "redirect", "truncated"])
def test_a_wallet_payout_whose_answer_is_lost_raises_or_is_unknown(wallets, sandbox, kind):
    sandbox.fault(B2C, kind)
    try:
        assert wallets.send(to_wallet()).state == State.UNKNOWN
    except GatewayUnavailable:
        pass
    assert sandbox.calls(B2C) == 1


def test_the_same_payout_again_moves_no_money(wallets, sandbox):
    wallets.send(to_wallet())
    assert wallets.send(to_wallet()).state == State.UNKNOWN
    assert len(sandbox.kept("mpesa")) == 1
    assert wallets.look_up("PAYOUT1").state == State.PAID


def test_a_wallet_that_was_never_reached_may_be_tried_again(sandbox):
    with pytest.raises(NotSent):
        MPesaB2C(sandbox.credentials("mpesa_b2c", b2c_port="1")).send(to_wallet())
