"""Paying sellers into e-Mola wallets over real HTTP: once, whatever the answers do."""

import pytest

from marketplace.money import Money
from payments import gateways, rails
from payments.gateways.base import GatewayUnavailable, Misconfigured, NotSent, Reason, Refused, State
from payments.rails.base import PayoutOrder
from payments.rails.emola_b2c import EMolaB2C
from payments.tests.test_emola import CALL, FAULTS, follow, make_charge


def make_payout(ending="10", *, reference="TMZ00000000001A1", money=850):
    return PayoutOrder(
        reference=reference,
        money=Money(money, "MZN"),
        destination={"phone": f"+2588612345{ending}", "holder_name": "Bento Machel"},
        description="Txova: a sua venda nº 7",
    )


@pytest.fixture
def wallets(sandbox):
    return rails.get("emola_b2c")


def test_a_wallet_is_paid_at_once_and_nobody_is_asked_for_a_pin(wallets, sandbox):
    sandbox.switch(emola_ask=True)
    outcome = wallets.send(make_payout())
    assert (outcome.state, outcome.money) == (State.PAID, Money(850, "MZN"))
    assert wallets.look_up("TMZ00000000001A1").state == State.PAID
    kept = sandbox.kept("emola")[0]
    assert (kept["operation"], kept["text"]) == ("B2C", "Txova: a sua venda no 7")
    assert wallets.send(make_payout("99", reference="TSECOND")).state == State.PAID


@pytest.mark.parametrize(
    ("ending", "reason"),
    [("76", Reason.INSUFFICIENT_FUNDS), ("77", Reason.INVALID_PHONE), ("79", Reason.ACCOUNT_PROBLEM)],
)
def test_a_refused_wallet_leaves_the_money_here(wallets, ending, reason):
    outcome = wallets.send(make_payout(ending))
    assert (outcome.state, outcome.reason) == (State.FAILED, reason)


@pytest.mark.parametrize(
    ("ending", "then"),
    [
        ("71", State.PAID),
        ("80", State.PAID),
        ("81", State.PAID),
        ("82", State.FAILED),
        ("84", State.FAILED),
        ("85", State.PAID),
        ("86", State.PAID),
    ],
)
def test_an_unclear_payout_is_asked_about(wallets, sandbox, ending, then):
    try:
        assert wallets.send(make_payout(ending)).state in (State.UNKNOWN, State.PENDING)
    except GatewayUnavailable:
        pass
    assert follow(wallets, "TMZ00000000001A1").state == then
    assert len(sandbox.kept("emola")) == 1


def test_the_same_payout_again_moves_no_money(wallets, sandbox):
    wallets.send(make_payout())
    assert wallets.send(make_payout()).state == State.UNKNOWN
    assert len(sandbox.kept("emola")) == 1
    assert wallets.look_up("TMZ00000000001A1").state == State.PAID


def test_a_payout_nobody_has_seen_is_never_certain_not_to_come(wallets):
    assert wallets.look_up("TNEVERSENT").state == State.UNKNOWN


def test_payouts_and_payments_are_asked_for_apart(wallets):
    gateways.get("emola").start(make_charge())
    assert wallets.look_up("PMZ00000000001A1").state == State.UNKNOWN


@pytest.mark.parametrize("kind", FAULTS)
def test_a_payout_whose_answer_is_spoilt_leaves_doubt_and_is_not_repeated(sandbox, kind):
    sandbox.fault(CALL, kind)
    quick = EMolaB2C(sandbox.credentials("emola_b2c", read_seconds="1", connect_seconds="1"))
    with pytest.raises(GatewayUnavailable):
        quick.send(make_payout())
    assert sandbox.calls(CALL) == 1


def test_a_payout_with_centavos_or_to_another_operator_is_refused_unsent(wallets, sandbox):
    with pytest.raises(Refused):
        wallets.send(make_payout(money="850.50"))
    foreign = PayoutOrder(
        reference="TFOREIGN", money=Money(850, "MZN"), destination={"phone": "+258841234567"}
    )
    with pytest.raises(Refused):
        wallets.send(foreign)
    assert sandbox.calls(CALL) == 0


def test_a_wallet_that_was_never_reached_may_be_tried_again(sandbox):
    with pytest.raises(NotSent):
        EMolaB2C(sandbox.credentials("emola_b2c", url="http://127.0.0.1:1/")).send(make_payout())


def test_wrong_keys_are_our_fault(sandbox):
    with pytest.raises(Misconfigured):
        EMolaB2C(sandbox.credentials("emola_b2c", key="wrong")).send(make_payout())
    assert sandbox.kept("emola") == []
