"""Giving M-Pesa payments back: whole or in part, once, whatever the answers do."""

import json
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest
import requests

from marketplace.money import Money
from payments import gateways
from payments.gateways.base import Misconfigured, NotSent, Reason, RefundOrder, Refused, State
from payments.gateways.mpesa import MPesa
from payments.gateways.mpesa_line import bearer
from payments.tests.test_mpesa import answer_of, make_charge

REVERSAL = "PUT /ipg/v1x/reversal/"
PAID = Money("1499.50", "MZN")


@pytest.fixture
def mpesa(sandbox):
    return gateways.get("mpesa")


@pytest.fixture
def paid(mpesa):
    """M-Pesa's id of a payment of MZN 1,499.50 that has been made."""
    return mpesa.start(make_charge()).company_reference


def make_refund(transaction, money="1499.50", *, reference="RMZ0001", company_reference=""):
    return RefundOrder(
        reference=reference,
        money=Money(money, "MZN"),
        method="mpesa",
        charge_reference="MZ0001A1",
        charge_company_reference=transaction,
        charged=PAID,
        paid_at=datetime.now(UTC),
        company_reference=company_reference,
    )


def reversals(sandbox):
    return [each for each in sandbox.kept("mpesa") if each["operation"] == "Reversal"]


def given_back(sandbox):
    return sum(Decimal(each["amount"]) for each in reversals(sandbox) if each["ends"] == "Completed")


def follow(mpesa, order):
    for _ in range(300):
        outcome = mpesa.look_up_refund(order)
        if outcome.state in (State.PAID, State.FAILED):
            break
        time.sleep(0.01)
    return outcome


def test_a_whole_payment_goes_back(mpesa, sandbox, paid):
    outcome = mpesa.refund(make_refund(paid))
    assert (outcome.state, outcome.money) == (State.PAID, PAID)
    (kept,) = reversals(sandbox)
    assert (kept["of"], kept["id"], kept["amount"]) == (paid, "RRMZ0001", "1499.5")
    assert outcome.company_reference == kept["transaction"] != paid


def test_a_part_goes_back_and_then_another_until_nothing_is_left(mpesa, sandbox, paid):
    assert mpesa.refund(make_refund(paid, "1000")).state == State.PAID
    assert mpesa.refund(make_refund(paid, "499.50", reference="RMZ0002")).state == State.PAID
    assert given_back(sandbox) == Decimal("1499.5")
    more = mpesa.refund(make_refund(paid, "0.01", reference="RMZ0003"))
    assert (more.state, more.reason) == (State.FAILED, Reason.LIMIT_EXCEEDED)


def test_the_name_of_the_amount_can_be_changed(sandbox, paid):
    """Half of the integrations call it input_Amount; our pretend company keeps to the portal."""
    other = MPesa(sandbox.credentials("mpesa", reversal_amount_field="input_Amount"))
    assert other.refund(make_refund(paid, "1000")).company_message.startswith("INS-21")
    assert other.refund(make_refund(paid)).state == State.PAID  # the whole needs no amount


def test_what_the_company_refuses_is_definite(mpesa, sandbox, paid):
    sandbox.switch(mpesa_refuses_reversals=True)
    outcome = mpesa.refund(make_refund(paid))
    assert (outcome.state, outcome.reason) == (State.FAILED, Reason.REFUSED_BY_BANK)
    assert given_back(sandbox) == 0


def test_the_same_reversal_again_is_asked_about_and_moves_no_money(mpesa, sandbox, paid):
    mpesa.refund(make_refund(paid, "500"))
    again = mpesa.refund(make_refund(paid, "500"))
    assert (again.state, again.company_message[:6]) == (State.UNKNOWN, "INS-10")
    assert mpesa.look_up_refund(make_refund(paid, "500")).state == State.PAID
    assert given_back(sandbox) == 500


@pytest.mark.parametrize("trouble", ["late", "gateway", "close", "async", "lost"])
def test_an_unclear_reversal_is_asked_about(mpesa, sandbox, paid, trouble):
    sandbox.switch(mpesa_trouble=trouble)
    order = make_refund(paid)
    outcome = answer_of(lambda: mpesa.refund(order))
    assert outcome.state == State.UNKNOWN
    assert follow(mpesa, make_refund(paid, company_reference=outcome.company_reference)).state == State.PAID
    assert follow(mpesa, order).state == State.PAID
    assert sandbox.calls(REVERSAL) == 1


@pytest.mark.parametrize("kind", ["drop", "swallow", "html", "html_after", "huge", "redirect", "truncated"])
def test_a_spoilt_answer_to_a_reversal_is_unknown(mpesa, sandbox, paid, kind):
    sandbox.fault(REVERSAL, kind)
    assert answer_of(lambda: mpesa.refund(make_refund(paid))).state == State.UNKNOWN
    assert sandbox.calls(REVERSAL) == 1


def test_a_reversal_nobody_has_seen_is_never_taken_for_the_paid_charge(mpesa, sandbox, paid):
    assert mpesa.look_up("MZ0001A1").state == State.PAID
    assert mpesa.look_up_refund(make_refund(paid)).state == State.UNKNOWN


def test_a_reversal_that_was_never_sent_may_be_tried_again(sandbox, paid):
    with pytest.raises(NotSent):
        MPesa(sandbox.credentials("mpesa", reversal_port="1")).refund(make_refund(paid))


@pytest.mark.parametrize(
    "change",
    [
        {"initiator_identifier": "wrong"},
        {"security_credential": "wrong"},
        {"api_key": "another"},
        {"origin": "elsewhere.example"},
    ],
)
def test_wrong_credentials_stop_the_channel(sandbox, paid, change):
    with pytest.raises(Misconfigured):
        MPesa(sandbox.credentials("mpesa", **change)).refund(make_refund(paid))
    assert reversals(sandbox) == []


@pytest.mark.parametrize("missing", ["initiator_identifier", "security_credential"])
def test_without_the_right_to_reverse_nothing_is_tried(sandbox, paid, missing):
    unarmed = MPesa(sandbox.credentials("mpesa", **{missing: ""}))
    assert not unarmed.can_refund(make_refund(paid), datetime.now(UTC))
    with pytest.raises(Refused):
        unarmed.refund(make_refund(paid))
    assert sandbox.calls(REVERSAL) == 0


def test_only_a_transaction_can_be_reversed_and_not_a_conversation(mpesa, sandbox):
    """An asynchronous payment tells us its conversation alone: its buyer is paid back by B2C."""
    sandbox.switch(mpesa_trouble="async")
    conversation = mpesa.start(make_charge()).company_reference
    assert len(conversation) == 32
    for known in (conversation, ""):
        assert not mpesa.can_refund(make_refund(known), datetime.now(UTC))
    assert mpesa.can_refund(make_refund("f449abol7j38"), datetime.now(UTC))


def test_a_payment_nobody_knows_cannot_be_reversed(mpesa, sandbox):
    outcome = mpesa.refund(make_refund("f449abol7j38"))
    assert (outcome.state, outcome.company_message[:6]) == (State.FAILED, "INS-18")


def test_the_callback_of_a_reversal_names_the_refund_and_not_a_payment(mpesa, sandbox, paid):
    sandbox.switch(mpesa_trouble="async")
    mpesa.refund(make_refund(paid))
    ((_headers, body),) = sandbox.events(product="mpesa")
    notice = mpesa.read_notice({}, body)
    assert (notice.reference, notice.refund_reference) == ("", "RMZ0001")
    assert notice.reply["output_ThirdPartyConversationID"] == json.loads(body)["input_ThirdPartyReference"]


# The pretend company


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"input_TransactionID": None}, "INS-20"),
        ({"input_SecurityCredential": None}, "INS-20"),
        ({"input_SecurityCredential": "x"}, "INS-25"),
        ({"input_InitiatorIdentifier": "x"}, "INS-24"),
        ({"input_ServiceProviderCode": "999999"}, "INS-13"),
        ({"input_ThirdPartyReference": "a b"}, "INS-19"),
        ({"input_ReversalAmount": "ten"}, "INS-15"),
        ({"input_ReversalAmount": "1500"}, "INS-15"),
        ({"input_Amount": "10"}, "INS-21"),
        ({"input_TransactionID": "nothing"}, "INS-18"),
    ],
)
def test_each_wrong_field_of_a_reversal_has_its_code(sandbox, paid, change, expected):
    known = sandbox.credentials("mpesa")
    token = bearer(known["api_key"], known["public_key"])
    body = {
        "input_TransactionID": paid,
        "input_SecurityCredential": known["security_credential"],
        "input_InitiatorIdentifier": known["initiator_identifier"],
        "input_ThirdPartyReference": "R1",
        "input_ServiceProviderCode": "171717",
    } | change
    answer = requests.put(
        f"{sandbox.url}/ipg/v1x/reversal/",
        json={name: value for name, value in body.items() if value is not None},
        headers={"Authorization": f"Bearer {token}", "Origin": known["origin"]},
        timeout=5,
    )
    assert answer.json()["output_ResponseCode"] == expected
    assert reversals(sandbox) == []
