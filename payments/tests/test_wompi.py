"""Wompi over real HTTP: cards, PSE and Nequi, approved, declined and broken."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import pytest
import requests

from marketplace.money import Money
from payments import gateways
from payments.gateways.base import (
    CardDetails,
    Prompt,
    Reason,
    Redirect,
    Refused,
    State,
    Waiting,
)
from payments.gateways.wompi import Wompi
from payments.tests.charges import RETURN, card, follow, make_charge, pse


@pytest.fixture
def wompi(sandbox):
    return gateways.get("wompi")


CARDS = [
    ("4242424242424242", State.PAID, None),
    ("4111111111111111", State.FAILED, Reason.REFUSED_BY_BANK),
    ("5555555555554444", State.FAILED, Reason.COMPANY_ERROR),
]


@pytest.mark.parametrize(("number", "state", "reason"), CARDS)
def test_a_card_is_approved_declined_or_broken(wompi, sandbox, number, state, reason):
    started = wompi.start(card(sandbox, number))
    assert started.step == Waiting()
    assert started.outcome is None
    outcome = follow(wompi, company_reference=started.company_reference)
    assert (outcome.state, outcome.reason) == (state, reason)
    assert outcome.company_reference == started.company_reference
    assert outcome.money == Money(119000, "COP")
    assert outcome.card.last_four == number[-4:]


def test_what_may_be_shown_of_a_card_is_known(wompi, sandbox):
    wompi.start(card(sandbox))
    assert follow(wompi).card == CardDetails(
        brand="VISA", last_four="4242", installments=3, exp_month=8, exp_year=2040, first_six="424242"
    )


@pytest.mark.parametrize(
    ("phone", "state", "reason"),
    [
        ("+573991111111", State.PAID, None),
        ("+573992222222", State.FAILED, Reason.REFUSED_BY_BANK),
        ("+573993333333", State.FAILED, Reason.COMPANY_ERROR),
    ],
)
def test_a_nequi_push_is_approved_declined_or_broken(wompi, phone, state, reason):
    started = wompi.start(make_charge(phone=phone))
    assert started.step == Prompt(phone=phone.removeprefix("+57"))
    outcome = follow(wompi)
    assert (outcome.state, outcome.reason, outcome.card) == (state, reason, None)


@pytest.mark.parametrize(
    ("answer", "state", "reason"),
    [
        ("approve", State.PAID, None),
        ("refuse", State.FAILED, Reason.REFUSED_BY_BANK),
        ("expire", State.FAILED, Reason.EXPIRED),
    ],
)
def test_an_ordinary_nequi_number_is_asked_on_the_phone_page(wompi, sandbox, answer, state, reason):
    started = wompi.start(make_charge())
    assert wompi.look_up("CO0001A1", started.company_reference).state == State.PENDING
    page = requests.get(f"{sandbox.url}/phone/", timeout=5).text
    assert "$ 119.000 COP" in page
    url = f"{sandbox.url}/phone/nequi/{started.company_reference}/"
    requests.post(url, data={"answer": answer}, timeout=5)
    outcome = wompi.look_up("CO0001A1", started.company_reference)
    assert (outcome.state, outcome.reason) == (state, reason)


@pytest.mark.parametrize(
    ("bank", "state", "reason"),
    [
        ("1", State.PAID, None),
        ("2", State.FAILED, Reason.REFUSED_BY_BANK),
        ("3", State.FAILED, Reason.COMPANY_ERROR),
    ],
)
def test_a_decided_pse_payment_does_not_send_the_buyer_to_the_bank(wompi, bank, state, reason):
    """URL and final status come together here: the status counts."""
    started = wompi.start(pse(bank))
    assert started.step == Waiting()
    assert (started.outcome.state, started.outcome.reason) == (state, reason)


def test_a_pse_buyer_is_led_to_the_bank_and_back(wompi, sandbox):
    started = wompi.start(pse())
    assert isinstance(started.step, Redirect)
    assert started.outcome is None
    assert "BANCOLOMBIA" in requests.get(started.step.url, timeout=5).text
    back = requests.post(started.step.url, data={"answer": "approve"}, allow_redirects=False, timeout=5)
    assert back.headers["Location"] == f"{RETURN}?id={started.company_reference}"
    assert wompi.look_up("CO0001A1").state == State.PAID


def test_the_bank_of_an_open_payment_can_be_learned_from_a_later_look(wompi, sandbox):
    sandbox.switch(pse_at_once=True)
    slow = Wompi(sandbox.credentials("wompi", page_seconds="0.01"))
    assert slow.start(pse()).step == Waiting()
    sandbox.switch(pse_at_once=False)
    assert isinstance(slow.look_up("CO0001A1").step, Redirect)


def test_what_is_asked_of_pse_is_what_it_documents(wompi, sandbox):
    wompi.start(pse(document_type="NIT", document_number="900.123.456-8"))
    kept = sandbox.kept("transactions")[0]
    method = {
        name: kept["payment_method"][name] for name in ("user_type", "user_legal_id", "user_legal_id_type")
    }
    assert method == {"user_type": 1, "user_legal_id": "9001234568", "user_legal_id_type": "NIT"}
    assert len(kept["payment_method"]["payment_description"]) <= 30
    assert kept["taxes"] == [{"type": "VAT", "amount_in_cents": 1900000}]
    assert kept["redirect_url"] == RETURN


@pytest.mark.parametrize(
    "charge",
    [
        make_charge(phone="+258841234567"),
        make_charge(phone="12345"),
        make_charge("pse", inputs={"bank": ""}),
        make_charge("pse", inputs={"bank": "<script>"}),
        make_charge("pse", inputs={"bank": "1007"}, document_type="CE"),
        make_charge("pse", inputs={"bank": "1007"}, document_number=""),
        make_charge("pse", inputs={"bank": "1007", "user_type": "2"}),
        make_charge("card", inputs={"token": "tok_test_1", "installments": "0"}),
        make_charge("card", inputs={"token": "tok_test_1", "installments": "37"}),
        make_charge("card", inputs={"token": "tok_test_1", "installments": "1e1"}),
        make_charge("card", inputs={"token": "tok_test_1", "installments": "9" * 50}),
        make_charge("efecty"),
    ],
)
def test_what_could_only_be_refused_is_not_sent(wompi, sandbox, charge):
    with pytest.raises(Refused):
        wompi.start(charge)
    assert sandbox.calls("") == 0


def test_a_token_nobody_made_is_refused(wompi):
    with pytest.raises(Refused) as refusal:
        wompi.start(make_charge("card", inputs={"token": "tok_test_never_made"}))
    assert refusal.value.reason == Reason.REFUSED_BY_BANK


def test_a_bank_that_left_the_list_is_refused(wompi):
    with pytest.raises(Refused) as refusal:
        wompi.start(pse("9999"))
    assert refusal.value.reason == Reason.ACCOUNT_PROBLEM


def test_an_expired_charge_is_refused(wompi):
    with pytest.raises(Refused) as refusal:
        wompi.start(make_charge(expires_at=datetime.now(UTC) - timedelta(minutes=1)))
    assert refusal.value.reason == Reason.EXPIRED


def test_every_attempt_fetches_fresh_acceptance_tokens(wompi, sandbox):
    for number in (1, 2, 3):
        wompi.start(make_charge(reference=f"CO0001A{number}", phone="+573991111111"))
    assert sandbox.calls("GET /wompi/v1/merchants") == 3


# The hosted page, for browsers without JavaScript


def hosted(wompi, **changes):
    charge = make_charge("card", inputs={}, **changes)
    return f"{wompi.start(charge).step.url}?{urlencode(wompi.form_fields(charge))}"


def test_a_card_without_a_token_is_taken_on_wompis_own_page(wompi, sandbox):
    charge = make_charge("card", inputs={})
    assert wompi.expected_step(charge) == wompi.start(charge).step
    assert not wompi.form_fields(card(sandbox)) and not wompi.form_fields(pse())
    assert wompi.look_up("CO0001A1").state == State.NOT_FOUND
    url = hosted(wompi)
    assert "$ 119.000 COP" in requests.get(url, timeout=5).text
    answer = {"method": "CARD", "answer": "approve"}
    back = requests.post(url, data=answer, allow_redirects=False, timeout=5)
    paid = wompi.look_up("CO0001A1")
    assert paid.state == State.PAID
    assert back.headers["Location"] == f"{RETURN}?id={paid.company_reference}"


def test_a_changed_amount_breaks_the_signature_of_the_page(wompi):
    answer = requests.get(hosted(wompi).replace("11900000", "100"), timeout=5)
    assert answer.status_code == 422
    assert "La firma es inválida" in answer.text


def test_a_later_approval_wins_over_an_earlier_refusal(wompi, sandbox):
    url = hosted(wompi)
    for answer in ("refuse", "approve"):
        requests.post(url, data={"method": "NEQUI", "answer": answer}, allow_redirects=False, timeout=5)
    refused = next(each for each in sandbox.kept("transactions") if each["status"] == "DECLINED")
    assert wompi.look_up("CO0001A1", refused["id"]).state == State.PAID
    assert wompi.look_up("CO0001A1").state == State.PAID


def test_a_refused_buyer_may_still_try_again_on_the_page_for_three_minutes(wompi, sandbox):
    requests.post(hosted(wompi), data={"method": "CARD", "answer": "refuse"}, timeout=5)
    patient = Wompi(sandbox.credentials("wompi", retry_window_seconds="180"))
    refused = sandbox.kept("transactions")[0]["id"]
    assert patient.look_up("CO0001A1").state == State.PENDING
    assert patient.look_up("CO0001A1", refused).state == State.FAILED
    assert wompi.look_up("CO0001A1").state == State.FAILED


# Lists


def test_banks_come_from_the_company_in_its_order(wompi):
    banks = wompi.choices("pse")
    assert (banks[0].code, banks[0].name) == ("1", "Banco que aprueba")
    assert wompi.choices("nequi") == ()


def test_both_agreements_are_known(wompi):
    assert [agreement.kind for agreement in wompi.agreements()] == ["policy", "personal_data"]


def test_the_browser_learns_where_cards_go_and_no_secret(wompi, sandbox):
    values = wompi.browser_values("card")
    known = sandbox.credentials("wompi")
    assert values == {"tokens_url": f"{known['api_url']}/tokens/cards", "public_key": known["public_key"]}
    assert wompi.browser_values("nequi") == {}
