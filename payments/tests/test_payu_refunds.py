"""Cards given back through PayU: asked for once, decided for days, found again after lost answers."""

from datetime import UTC, datetime, timedelta

import pytest
import requests

from marketplace.money import Money
from payments import gateways
from payments.gateways.base import GatewayUnavailable, NotSent, RefundOrder, Refused, State
from payments.gateways.payu import PayU
from payments.tests.payu_buyer import REFERENCE, charge, open_page, pay

CHARGED = Money(119000, "COP")
SUBMIT = "POST /payu/payments-api"


@pytest.fixture
def payu(sandbox):
    sandbox.switch(payu_refund_wait=0)
    return gateways.get("payu")


@pytest.fixture
def paid(payu, sandbox):
    """A card payment; answers our name for it."""
    pay(open_page(payu), "approve")
    return payu.look_up(REFERENCE).company_reference


def order(number, amount=119000, reference="RF000001", **changes):
    fields = {
        "reference": reference,
        "money": Money(amount, "COP"),
        "method": "card",
        "charge_reference": REFERENCE,
        "charge_company_reference": number,
        "charged": CHARGED,
        "paid_at": datetime.now(UTC),
        "reason": "returned",
    }
    return RefundOrder(**fields | changes)


def ask_until_decided(payu, asked, company_reference=""):
    found = RefundOrder(**{**asked.__dict__, "company_reference": company_reference})
    for _ in range(300):
        outcome = payu.look_up_refund(found)
        if outcome.state != State.PENDING:
            return outcome
    raise AssertionError("never decided")


@pytest.mark.parametrize(("amount", "kind"), [(119000, "REFUND"), (19000, "PARTIAL_REFUND")])
@pytest.mark.parametrize(("decision", "state"), [("approve", State.PAID), ("refuse", State.FAILED)])
def test_a_refund_is_asked_for_and_decided_later(payu, sandbox, paid, amount, kind, decision, state):
    sandbox.switch(payu_refunds=decision)
    asked = order(paid, amount)
    first = payu.refund(asked)
    assert (first.state, first.company_reference) == (State.PENDING, f"{paid.split('-')[0]}:0")
    (kept,) = sandbox.kept("payu_refunds")
    assert (kept["type"], float(kept["value"])) == (kind, amount)
    assert kept["reason"].startswith("RF000001")
    end = ask_until_decided(payu, asked, first.company_reference)
    assert end.state == state
    assert end.money == (asked.money if state == State.PAID else end.money)


def test_two_equal_parts_are_told_apart(payu, sandbox, paid):
    sandbox.switch(payu_refunds="approve")
    first, second = order(paid, 5000), order(paid, 5000, "RF000002")
    one = payu.refund(first).company_reference
    assert ask_until_decided(payu, first, one).state == State.PAID
    sandbox.switch(payu_refunds="ask")
    two = payu.refund(second).company_reference
    still = RefundOrder(**{**second.__dict__, "company_reference": two})
    assert payu.look_up_refund(still).state == State.PENDING
    (waiting,) = (each for each in sandbox.kept("payu_refunds") if each["state"] == "PENDING")
    assert f"/payu/refunds/{waiting['id']}/" in requests.get(sandbox.url, timeout=5).text  # on the console
    requests.post(f"{sandbox.url}/payu/refunds/{waiting['id']}/", data={"answer": "refuse"}, timeout=5)
    assert payu.look_up_refund(still).state == State.FAILED


def test_while_payu_decides_about_one_another_has_to_wait(payu, sandbox, paid):
    sandbox.switch(payu_refunds="ask")
    payu.refund(order(paid, 5000))
    with pytest.raises(NotSent):
        payu.refund(order(paid, 5000, "RF000002"))
    assert len(sandbox.kept("payu_refunds")) == 1


@pytest.mark.parametrize("kind", ["swallow", "html_after"])
def test_after_a_lost_answer_nobody_guesses(payu, sandbox, paid, kind):
    asked = order(paid)
    sandbox.fault(SUBMIT, kind)
    with pytest.raises(GatewayUnavailable):
        payu.refund(asked)
    assert len(sandbox.kept("payu_refunds")) == 1
    assert payu.look_up_refund(asked).state in (State.UNKNOWN, State.PAID)
    sandbox.wait_for("payu", type="REFUND")
    assert payu.look_up_refund(asked).state == State.PAID


def test_a_lost_part_is_left_to_people(payu, sandbox, paid):
    asked = order(paid, 5000)
    sandbox.fault(SUBMIT, "swallow")
    with pytest.raises(GatewayUnavailable):
        payu.refund(asked)
    sandbox.wait_for("payu", type="PARTIAL_REFUND")
    assert payu.look_up_refund(asked).state == State.UNKNOWN


@pytest.mark.parametrize("kind", ["drop", "html", "truncated"])
def test_when_the_payment_cannot_be_found_nothing_is_asked_for(payu, sandbox, paid, kind):
    sandbox.fault("POST /payu/reports-api", kind)
    with pytest.raises(NotSent):
        payu.refund(order(paid))
    with pytest.raises(NotSent):
        payu.refund(order("1-12345678", charge_reference="CO0001A9"))
    with pytest.raises(NotSent):
        payu.refund(order("", charge_reference="CO0001A9"))
    assert not sandbox.kept("payu_refunds")


def test_in_the_first_ten_minutes_nothing_is_sent(sandbox, paid):
    usual = PayU(sandbox.credentials("payu", refund_wait_seconds=""))
    now = datetime.now(UTC)
    with pytest.raises(NotSent):
        usual.refund(order(paid, paid_at=now - timedelta(minutes=9)))
    assert not sandbox.kept("payu_refunds")
    assert usual.refund(order(paid, paid_at=now - timedelta(minutes=11))).state == State.PENDING


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "pse"}, {"method": "efecty"}, {"method": "nequi"}, {"money": Money(99, "COP")},
        {"paid_at": datetime.now(UTC) - timedelta(days=731)},
    ],
)  # fmt: skip
def test_what_payu_never_gives_back(payu, sandbox, paid, changes):
    asked = order(paid, **changes)
    assert not payu.can_refund(asked, datetime.now(UTC))
    with pytest.raises(Refused):
        payu.refund(asked)
    assert not sandbox.kept("payu_refunds")


def test_the_second_of_two_payments_is_given_back_alone(payu, sandbox, paid):
    sandbox.decide(REFERENCE, "again")
    newest, oldest = sandbox.kept("payu")
    second = order(f"{newest['order']}-{newest['id']}", charge_reference="PSURPLUS00000001")
    assert ask_until_decided(payu, second, payu.refund(second).company_reference).state == State.PAID
    assert [each["parent"] for each in sandbox.kept("payu_refunds")] == [newest["id"]]


def test_more_than_is_left_is_refused(payu, sandbox, paid):
    first = order(paid, 100000)
    assert ask_until_decided(payu, first, payu.refund(first).company_reference).state == State.PAID
    with pytest.raises(Refused):
        payu.refund(order(paid, 20000, "RF000002"))


def test_a_card_that_cannot_be_refunded_is_a_definite_no(payu, sandbox, db):
    """PayU declines a refund of PSE at once; we would not ask, but its answer is understood."""
    started = payu.start(charge("pse"))
    sandbox.decide(REFERENCE, "approve")
    outcome = payu.refund(order(started.company_reference))
    assert outcome.state == State.FAILED
