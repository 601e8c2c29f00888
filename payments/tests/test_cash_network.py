"""The network of counters reports cash by signed messages."""

import hashlib
import hmac
import json
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from payments.models import CashStatus, LedgerEntry
from payments.tests.cash import make_code

pytestmark = pytest.mark.django_db
AGENT = "development-cash-agent"


@pytest.fixture(autouse=True)
def own_codes(settings, sandbox):
    """PayU is away, so Efecty is carried by our own codes."""
    settings.CASH_SECOND_PERSON_FROM = Decimal(500_000)
    return sandbox


class TestNetwork:
    def send(self, content, *, secret=AGENT, moment=None, header=None, raw=None):
        body = raw if raw is not None else json.dumps(content).encode()
        moment = int(time.time()) if moment is None else moment
        digest = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        signature = f"t={moment},v1={digest}" if header is None else header
        return Client().post(
            reverse("payments:cash_confirmation"),
            body,
            content_type="application/json",
            headers={"X-Efecty-Signature": signature},
        )

    def confirmation(self, given, **changes):
        facts = {
            "code": given.code,
            "amount": str(given.amount),
            "paid_at": timezone.now().isoformat(),
            "point_id": "12",
            "receipt_number": "R-77",
            "nonce": "n",
        }
        return facts | changes

    @pytest.mark.parametrize("length", ["²", "-1", "many", "9" * 30])
    def test_a_length_that_is_none_is_too_much(self, length):
        address = reverse("payments:cash_confirmation")
        answer = Client().post(address, b"{}", content_type="application/json", CONTENT_LENGTH=length)
        assert answer.status_code == 413

    def test_a_signed_confirmation_pays(self):
        code = make_code()
        answer = self.send(self.confirmation(code))
        assert (answer.status_code, answer.json()["status"]) == (200, "PAID")
        assert self.send(self.confirmation(code)).json()["status"] == "PAID"
        assert LedgerEntry.objects.filter(kind="sale").values("movement").distinct().count() == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"secret": "another"},
            {"moment": int(time.time()) - 301},
            {"moment": int(time.time()) + 3600},
            {"header": ""},
            {"header": "t=1,v1="},
            {"header": "t=abc,v1=00"},
            {"header": "v1=00"},
        ],
        ids=["secret", "old", "future", "none", "short", "no number", "no time"],
    )
    def test_what_is_not_signed_right_and_now_changes_nothing(self, changes):
        code = make_code()
        assert self.send(self.confirmation(code), **changes).status_code == 401
        code.refresh_from_db()
        assert code.status == CashStatus.ACTIVE

    @pytest.mark.parametrize(
        ("changes", "status"),
        [
            ({"code": "12345678901"}, 422),
            ({"code": "79927398713"}, 404),
            ({"amount": "1"}, 422),
            ({"amount": "NaN"}, 400),
            ({"amount": {}}, 400),
            ({"receipt_number": ""}, 400),
            ({"receipt_number": "x" * 41}, 400),
            ({"point_id": "\x00"}, 400),
            ({"paid_at": "yesterday"}, 400),
            ({"paid_at": "0001-01-01T00:00:00+14:00"}, 400),
            ({"paid_at": "2026-11-21T10:00:00"}, 400),
            ({"code": 5}, 400),
        ],
    )
    def test_wrong_words_are_refused_and_change_nothing(self, changes, status):
        code = make_code()
        assert self.send(self.confirmation(code, **changes)).status_code == status
        code.refresh_from_db()
        assert code.status == CashStatus.ACTIVE

    def test_one_that_was_cut_off_is_refused_though_it_is_signed(self):
        code = make_code()
        whole = json.dumps(self.confirmation(code)).encode()
        for raw in (whole[:-1], whole[: len(whole) // 2], whole.decode().encode("utf-16")):
            assert self.send(None, raw=raw).status_code == 400
        code.refresh_from_db()
        assert code.status == CashStatus.ACTIVE

    def test_cash_from_the_future_was_taken_now(self):
        code = make_code()
        later = (timezone.now() + timedelta(days=400)).isoformat()
        assert self.send(self.confirmation(code, paid_at=later)).status_code == 200
        code.refresh_from_db()
        assert code.status == CashStatus.PAID
        assert code.paid_at <= timezone.now()

    @pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b"null", b"[" * 5000, b"9" * 6000])
    def test_a_body_that_is_no_confirmation_is_refused(self, raw):
        assert self.send(None, raw=raw).status_code == 400

    def test_a_large_body_is_not_read(self):
        assert self.send(None, raw=b"x" * 70_000).status_code == 413
