"""The words of companies are kept without the phones and addresses of people."""

import json

import pytest

from marketplace.money import Money
from payments import settling
from payments.gateways import mpesa_line
from payments.gateways.base import Outcome, Reason, State
from payments.gateways.http import Answer
from payments.gateways.quieting import quiet
from payments.models import Refund
from payments.refunds import returned
from payments.tests.factories import make_payment
from payments.tests.refunds import by_account

SAID = "Cliente 258843330333, +258 84 333 03-33 ana.gomez@example.com: sem saldo\x00"


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (SAID, "Cliente …, … … sem saldo"),
        ("INS-2006: code 48785, 3 tries", "INS-2006: code 48785, 3 tries"),
        ("@", "…"),
        ("", ""),
    ],
)
def test_what_is_kept_of_it(said, kept):
    assert quiet(said) == kept


@pytest.mark.django_db
def test_of_a_payment():
    payment = make_payment()
    body = json.dumps({"output_ResponseCode": "INS-6", "output_ResponseDesc": SAID})
    said = mpesa_line.Words.of(Answer(status=401, body=body.encode())).moved(Money(5, "MZN"))
    settling.settle(payment.pk, said)
    payment.refresh_from_db()
    assert payment.company_message == "INS-6 Cliente …, … … sem saldo"


@pytest.mark.django_db
@pytest.mark.parametrize("state", [State.FAILED, State.UNKNOWN, State.PAID])
def test_of_a_refund(state):
    refund = by_account()
    Refund.objects.update(status="sending")
    said = Outcome(state=state, company_message=SAID, reason=Reason.ACCOUNT_PROBLEM)
    returned.apply(refund.pk, said, reference=refund.reference)
    refund.refresh_from_db()
    notes = " ".join([refund.failure_reason, *refund.events.values_list("note", flat=True)])
    assert "sem saldo" in notes
    assert "333" not in notes and "@" not in notes
