"""The counter in the back office."""

from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from marketplace import throttling
from marketplace.accounts.tests.factories import make_user
from payments import following
from payments.models import CashCode, CashStatus
from payments.tests.cash import make_code
from payments.vouchers import slips

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_codes(settings, sandbox):
    """PayU is away, so Efecty is carried by our own codes."""
    settings.CASH_SECOND_PERSON_FROM = Decimal(500_000)
    return sandbox


class TestDesk:
    @pytest.fixture
    def desk(self):
        client = Client(headers={"host": "co.localhost"})
        client.cookies["django_language"] = "en"
        client.force_login(make_user("root@example.com", is_staff=True, is_superuser=True))
        return client

    def picture(self):
        written = BytesIO()
        Image.new("RGB", (40, 40), "white").save(written, "PNG")
        return SimpleUploadedFile("receipt.png", written.getvalue())

    def look_up(self, desk, code):
        return desk.get(reverse("admin:payments_cashcode_counter"), {"code": code})

    def report(self, desk, code, **changes):
        fields = {
            "amount": code.amount,
            "receipt_number": "R-5",
            "point": "12",
            "paid_at": (timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
            "scan": self.picture(),
        }
        address = reverse("admin:payments_cashcode_counter") + f"?code={code.code}"
        return desk.post(address, fields | changes)

    def test_nobody_tries_codes_out(self, desk, monkeypatch):
        monkeypatch.setitem(throttling.LIMITS, "cash_code", "2/m")
        answers = [self.look_up(desk, "12345678901").status_code for _ in range(3)]
        assert answers == [422, 422, 429]

    def test_a_wrong_digit_is_named_before_anything_is_searched(self, desk):
        response = self.look_up(desk, "12345678901")
        assert response.status_code == 422
        assert "A digit is wrong" in response.content.decode()

    @pytest.mark.parametrize("code", ["4821390751", "482139075112", "4821390751O"])
    def test_what_is_no_code_is_told_from_a_wrong_digit(self, desk, code):
        assert "Our codes have eleven digits." in self.look_up(desk, code).content.decode()

    def test_the_code_or_the_words_of_the_picture_find_the_payment(self, desk):
        code = make_code()
        for text in (code.code, f" {code.code[:4]} {code.code[4:]}", slips.slip_of(code.payment).payload):
            assert self.look_up(desk, text).context["found"] == code
        forged = slips.slip_of(code.payment).payload[:-3] + "AAA"
        assert self.look_up(desk, forged).status_code == 422

    def test_a_receipt_pays_and_its_picture_is_private(self, desk):
        code = make_code()
        assert self.report(desk, code).status_code == 302
        code.refresh_from_db()
        assert code.status == CashStatus.PAID
        scan = reverse("admin:payments_cashcode_scan", args=[code.pk])
        assert desk.get(scan)["Content-Type"] == "image/webp"
        assert Client(headers={"host": "co.localhost"}).get(scan).status_code == 302

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"amount": "1"}, "amount"),
            ({"amount": "ten"}, "amount"),
            ({"receipt_number": "?"}, "receipt_number"),
            ({"scan": ""}, "scan"),
            ({"scan": SimpleUploadedFile("x.png", b"no picture")}, "scan"),
            ({"paid_at": "2999-01-01T00:00"}, "paid_at"),
        ],
    )
    def test_mistakes_are_shown_next_to_their_field(self, desk, changes, field):
        code = make_code()
        response = self.report(desk, code, **changes)
        assert response.status_code == 422 and response.context["receipt"].errors[field]
        code.refresh_from_db()
        assert code.status == CashStatus.ACTIVE

    def test_a_second_person_confirms_a_large_amount(self, desk):
        code = make_code(price=600_000)
        self.report(desk, code)
        address = reverse("admin:payments_cashcode_second_look", args=[code.pk])
        assert "Another person must confirm" in desk.get(address).content.decode()
        desk.post(address)
        code.refresh_from_db()
        assert code.status == CashStatus.REPORTED
        seen = following.page_of(code.payment, timezone.now())
        assert (seen.state, seen.is_cancellable) == ("review", False)
        other = Client(headers={"host": "co.localhost"})
        other.force_login(make_user("bea@example.com", is_staff=True, is_superuser=True))
        other.post(address)
        code.refresh_from_db()
        assert code.status == CashStatus.PAID

    def test_a_code_whose_time_is_over_can_be_reported_and_says_so(self, desk):
        code = make_code()
        assert b"errornote" not in self.look_up(desk, code.code).content
        CashCode.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
        assert "The time of this code is over." in self.look_up(desk, code.code).content.decode()
        assert self.report(desk, code).status_code == 302

    def test_who_has_no_right_to_money_may_not_even_look_up(self):
        client = Client(headers={"host": "co.localhost"})
        client.force_login(make_user("clerk@example.com", is_staff=True))
        assert self.look_up(client, make_code().code).status_code == 403
