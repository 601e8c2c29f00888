"""The pretend Wompi is as strict as wompi.md says the real one is."""

import hashlib
from datetime import UTC, datetime, timedelta

import pytest
import requests

CARD = {
    "number": "4242424242424242",
    "cvc": "123",
    "exp_month": "08",
    "exp_year": "40",
    "card_holder": "Ana Gómez",
}


class Caller:
    """Speaks to the pretend Wompi by hand."""

    def __init__(self, sandbox):
        self.sandbox = sandbox
        self.keys = sandbox.credentials("wompi")

    def ask(self, method, path, *, key="public_key", **content):
        headers = {"Authorization": f"Bearer {self.keys.get(key, key)}"} if key else {}
        return requests.request(
            method, f"{self.keys['api_url']}{path}", headers=headers, timeout=5, **content
        )

    def acceptance(self):
        merchant = self.ask("GET", f"/merchants/{self.keys['public_key']}").json()["data"]
        blocks = merchant["presigned_acceptance"], merchant["presigned_personal_data_auth"]
        return [block["acceptance_token"] for block in blocks]

    def transaction(self, **changes):
        policy, personal = self.acceptance()
        request = {
            "acceptance_token": policy,
            "accept_personal_auth": personal,
            "amount_in_cents": 500000,
            "currency": "COP",
            "customer_email": "ana@example.com",
            "reference": "HAND1",
            "payment_method": {"type": "NEQUI", "phone_number": "3991111111"},
        } | changes
        words = f"{request['reference']}{request['amount_in_cents']}COP{request.get('expiration_time') or ''}"
        signature = hashlib.sha256(f"{words}{self.keys['integrity_secret']}".encode()).hexdigest()
        request = {"signature": signature} | request
        return {name: value for name, value in request.items() if value is not ...}

    def create(self, *, key="public_key", **changes):
        return self.ask("POST", "/transactions", key=key, json=self.transaction(**changes))


@pytest.fixture
def caller(sandbox):
    return Caller(sandbox)


def messages(response):
    return response.json()["error"]["messages"]


def test_a_new_transaction_is_always_pending(caller):
    answer = caller.create()
    assert answer.status_code == 201
    made = answer.json()["data"]
    assert made["status"] == "PENDING"
    assert made["finalized_at"] is None
    assert not any(name.startswith("_") for name in made)


def test_two_askings_give_different_acceptance_tokens(caller):
    assert len({*caller.acceptance(), *caller.acceptance()}) == 4


def test_an_acceptance_token_serves_once_even_for_a_refused_signature(caller):
    request = caller.transaction(signature="0" * 64)
    first = caller.ask("POST", "/transactions", json=request)
    assert (first.status_code, messages(first)) == (422, {"signature": ["La firma es inválida"]})
    again = caller.ask("POST", "/transactions", json=request)
    assert messages(again) == {"acceptance_token": ["El token de aceptación ya fue usado"]}


def test_a_refused_key_does_not_spend_the_token(caller):
    request = caller.transaction()
    refused = caller.ask("POST", "/transactions", key="pub_test_unknown", json=request)
    assert (refused.status_code, refused.json()["error"]["reason"]) == (401, "Llave no válida")
    assert caller.ask("POST", "/transactions", json=request).status_code == 201


def test_a_key_of_another_environment_is_named(caller):
    refused = caller.create(key="pub_prod_abc")
    assert refused.status_code == 401
    assert "no corresponde a este ambiente, se recibió: pub_prod_abc" in refused.json()["error"]["reason"]


def test_the_body_is_checked_before_the_key(caller):
    assert caller.ask("POST", "/transactions", key="pub_test_unknown", json={}).status_code == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"acceptance_token": ...}, "acceptance_token"),
        ({"accept_personal_auth": ...}, "accept_personal_auth"),
        ({"acceptance_token": "made.up.token"}, "acceptance_token"),
        ({"signature": ...}, "signature"),
        ({"signature": None}, "signature"),
        ({"signature": ""}, "signature"),
        ({"amount_in_cents": 0}, "amount_in_cents"),
        ({"amount_in_cents": "500000"}, "amount_in_cents"),
        ({"amount_in_cents": 5000.5}, "amount_in_cents"),
        ({"amount_in_cents": 10**13}, "amount_in_cents"),
        ({"currency": "USD"}, "currency"),
        ({"customer_email": "ana"}, "customer_email"),
        ({"reference": "x" * 256}, "reference"),
        ({"expiration_time": "2020-01-01T00:00:00.000Z"}, "expiration_time"),
        ({"payment_method": {"type": "NEQUI", "phone_number": "+573991111111"}}, "phone_number"),
        ({"payment_method": {"type": "CARD", "token": "4242424242424242"}}, "token"),
        ({"payment_method": {"type": "PSE", "user_type": "0"}}, "user_type"),
        ({"payment_method": {"type": "EFECTY"}}, "type"),
    ],
)
def test_each_wrong_field_is_named_alone(caller, change, field):
    if change.get("signature") is ...:
        request = caller.transaction()
        del request["signature"]
        answer = caller.ask("POST", "/transactions", json=request)
    else:
        answer = caller.create(**change)
    assert answer.status_code == 422
    assert list(messages(answer)) == [field]
    assert caller.sandbox.kept("transactions") == []


def test_an_upper_case_signature_is_refused(caller):
    request = caller.transaction()
    answer = caller.ask("POST", "/transactions", json=request | {"signature": request["signature"].upper()})
    assert messages(answer) == {"signature": ["La firma es inválida"]}


def test_an_expiry_must_be_signed_too(caller):
    expires = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    assert caller.create(expiration_time=expires).status_code == 201
    request = caller.transaction(reference="HAND2") | {"expiration_time": expires}
    assert caller.ask("POST", "/transactions", json=request).status_code == 422


def test_a_reference_is_used_once_for_ever(caller):
    assert caller.create().status_code == 201
    assert messages(caller.create()) == {"reference": ["La referencia ya ha sido usada"]}


def test_no_payment_method_is_told_without_a_field(caller):
    answer = caller.create(payment_method=...)
    assert answer.json()["error"]["reason"] == "No se especificó método de pago o fuente de pago"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"[" * 50_000, b"\xff"])
def test_broken_bodies_are_refused(caller, body):
    assert caller.ask("POST", "/transactions", data=body).status_code == 422
    assert caller.ask("POST", "/tokens/cards", data=body).status_code == 422


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"number": "4242 4242 4242 4242"}, "number"),
        ({"number": "4242424242424241"}, "number"),
        ({"number": 4242424242424242}, "number"),
        ({"cvc": "12"}, "cvc"),
        ({"exp_month": "13"}, "exp_month"),
        ({"exp_year": "2040"}, "exp_year"),
        ({"exp_year": "20"}, "exp_year"),
        ({"card_holder": ""}, "card_holder"),
    ],
)
def test_a_wrong_card_gets_no_token(caller, change, field):
    answer = caller.ask("POST", "/tokens/cards", json=CARD | change)
    assert (answer.status_code, list(messages(answer))) == (422, [field])


def test_a_card_token_needs_the_public_key(caller):
    answer = caller.ask("POST", "/tokens/cards", key="pub_test_unknown", json=CARD)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "MERCHANT_NOT_FOUND")


def test_the_card_number_is_not_kept(caller):
    made = caller.ask("POST", "/tokens/cards", json=CARD).json()
    assert made["data"]["name"] == "VISA-4242"
    assert CARD["number"] not in str(made)
    assert CARD["number"] not in str(caller.sandbox._state_path.read_bytes())


def test_a_browser_of_any_origin_may_send_a_card(caller):
    asked = caller.ask("OPTIONS", "/tokens/cards", key="")
    assert asked.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in asked.headers["Access-Control-Allow-Headers"]
    assert caller.ask("POST", "/tokens/cards", json=CARD).headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("path", "key", "status"),
    [
        ("/merchants/foo", "", 422),
        ("/merchants/pub_test_unknown", "", 404),
        ("/pse/financial_institutions", "", 401),
        ("/transactions/1-2-3", "public_key", 404),
        ("/transactions/1-2-3", "prv_test_unknown", 403),
        ("/transactions?reference=x", "public_key", 401),
        ("/transactions?reference=x", "private_key", 200),
        ("/transactions", "private_key", 422),
    ],
)
def test_questions_are_answered_as_documented(caller, path, key, status):
    assert caller.ask("GET", path, key=key).status_code == status


def test_only_an_approved_card_of_today_can_be_voided(caller):
    caller.sandbox.switch(wompi_delay=10_000)
    token = caller.sandbox.card_token()
    method = {"type": "CARD", "token": token, "installments": 1}
    paid = caller.create(payment_method=method).json()["data"]["id"]
    assert caller.ask("POST", f"/transactions/{paid}/void", key="private_key").status_code == 422
    caller.sandbox.decide("HAND1")
    assert caller.ask("POST", f"/transactions/{paid}/void").status_code == 401
    assert caller.ask("POST", f"/transactions/{paid}/void", key="private_key").status_code == 201
    assert caller.ask("GET", f"/transactions/{paid}").json()["data"]["status"] == "VOIDED"
    assert caller.ask("POST", f"/transactions/{paid}/void", key="private_key").status_code == 422


def test_instalments_beyond_36_are_refused(caller):
    token = caller.sandbox.card_token()
    answer = caller.create(payment_method={"type": "CARD", "token": token, "installments": 37})
    assert list(messages(answer)) == ["installments"]


@pytest.mark.parametrize("words", ["", "Ana's order", "x" * 65])
def test_a_bancolombia_transfer_is_described_without_apostrophe(caller, words):
    method = {"type": "BANCOLOMBIA_TRANSFER", "payment_description": words}
    answer = caller.create(payment_method=method)
    assert "payment_description" in messages(answer)
    assert caller.create(payment_method=method | {"payment_description": "Pedido 1"}).status_code == 201
