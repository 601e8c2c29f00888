"""Our own cash codes: given out, paid at a counter, confirmed by people."""

import hashlib
import hmac
import json
import re
import time
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from marketplace.accounts.tests.factories import make_user
from marketplace.mailing.models import OutgoingMessage
from orders.models import OrderStatus
from orders.tests.factories import make_order
from payments import auditing, cash, collecting, gateways, polling, settling, slips
from payments.gateways import luhn
from payments.gateways.base import Outcome, State
from payments.models import CashCode, CashStatus, LedgerEntry, Payment, PaymentStatus
from payments.tests.factories import make_payment
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db
AGENT = "development-cash-agent"


@pytest.fixture(autouse=True)
def own_codes(settings, sandbox):
    """PayU is away, so Efecty is carried by our own codes."""
    settings.CASH_SECOND_PERSON_FROM = Decimal(500_000)
    return sandbox


def make_code(price=50000, **fields):
    """A code that waits for cash, made the way the site makes it."""
    order = make_order(seller=make_seller(), price=price, **fields)
    payment = make_payment(order, method="efecty", started=False)
    Payment.objects.filter(pk=payment.pk).update(gateway="efecty")
    collecting.start(payment.pk)
    return CashCode.objects.select_related("payment__order").get(payment=payment)


def pay(code, *, receipt="R-1", by=None, late=timedelta(0), **changes):
    facts = {
        "amount": code.amount,
        "paid_at": timezone.now() + late,
        "receipt_number": receipt,
        "point": "12",
    }
    return cash.report(code=code.code, by=by, **facts | changes)


@given(
    digits=st.text("0123456789", min_size=1, max_size=18), wrong=st.integers(1, 9), place=st.integers(0, 17)
)
def test_every_single_wrong_digit_is_found(digits, wrong, place):
    number = digits + luhn.check_digit(digits)
    place %= len(number)
    other = str((int(number[place]) + wrong) % 10)
    assert luhn.is_valid(number)
    assert not luhn.is_valid(number[:place] + other + number[place + 1 :])


@pytest.mark.parametrize("text", ["", "0", "abc", "79927398714", "٧٩٩٢٧٣٩٨٧١٣", "7992739871 3x"])
def test_what_is_no_code_is_not_looked_up(text):
    with pytest.raises(cash.BadCheckDigit):
        cash.find(text)


def test_the_textbook_number_passes():
    assert luhn.is_valid("79927398713")  # ISO/IEC 7812-1


class TestGivingOut:
    def test_a_code_has_ten_digits_and_a_check_digit(self):
        code = make_code()
        assert re.fullmatch(r"[1-9]\d{10}", code.code) and luhn.is_valid(code.code)
        assert code.payment.status == PaymentStatus.PENDING and code.payment.step == "voucher"
        assert code.expires_at == code.payment.expires_at

    def test_codes_do_not_follow_each_other(self):
        codes = {int(make_code().code) for _ in range(4)}
        assert len(codes) == 4 and max(codes) - min(codes) > 1000

    def test_the_buyer_gets_it_by_mail_and_text_message(self):
        code = make_code()
        mail = OutgoingMessage.objects.get(template="payments/slip")
        text = OutgoingMessage.objects.get(kind=OutgoingMessage.Kind.SMS)
        assert code.code[:4] in mail.text and code.code in text.text
        assert len(text.text) <= 160

    def test_a_code_of_another_payment_ends_the_attempt(self):
        code = make_code()
        other = make_payment(make_order(), method="efecty", started=False)
        Payment.objects.filter(pk=other.pk).update(gateway="efecty")
        taken = gateways.get("efecty").start(collecting.charge_of(other)).step.code
        CashCode.objects.filter(pk=code.pk).update(code=taken)
        collecting.start(other.pk)
        other.refresh_from_db()
        assert other.status == PaymentStatus.FAILED
        assert CashCode.objects.count() == 1


class TestPaying:
    def test_a_small_amount_is_paid_at_once(self):
        code = pay(make_code(), by=make_user("staff@example.com", is_staff=True))
        code.payment.order.refresh_from_db()
        assert code.status == CashStatus.PAID
        assert code.payment.order.status == OrderStatus.PAID
        assert auditing.findings() == []

    def test_the_same_receipt_again_changes_nothing(self):
        code = make_code()
        pay(code)
        pay(code)
        assert LedgerEntry.objects.filter(kind="sale").values("movement").distinct().count() == 1
        assert code.events.filter(kind="paid").count() == 1

    def test_one_receipt_pays_one_code(self):
        code, other = make_code(), make_code()
        pay(code)
        with pytest.raises(cash.ReceiptUsed):
            pay(other)
        with pytest.raises(IntegrityError), transaction.atomic():
            CashCode.objects.filter(pk=other.pk).update(receipt_number="R-1")

    def test_another_amount_is_refused(self):
        code = make_code()
        with pytest.raises(cash.WrongAmount):
            pay(code, amount=code.amount - 1)
        code.refresh_from_db()
        assert code.status == CashStatus.ACTIVE

    def test_a_paid_code_takes_no_second_receipt(self):
        code = make_code()
        pay(code)
        with pytest.raises(cash.WrongState):
            pay(code, receipt="R-2")

    def test_cash_within_the_grace_still_pays_the_order(self):
        code = make_code()
        late = code.expires_at + timedelta(minutes=5)
        settling.settle(code.payment_id, Outcome(state=State.PENDING), now=late)
        assert polling.expire_overdue(late) == 0
        assert cash.close_overdue(late) == 1
        paid = pay(code)
        paid.payment.order.refresh_from_db()
        assert paid.payment.order.status == OrderStatus.PAID

    def test_after_the_grace_the_stock_is_free_and_cash_is_surplus(self):
        code = make_code()
        late = code.expires_at + timedelta(hours=7)
        settling.settle(code.payment_id, Outcome(state=State.PENDING), now=late)
        assert polling.expire_overdue(late) == 1
        paid = pay(code, late=timedelta(days=4))
        paid.payment.refresh_from_db()
        assert paid.payment.status == PaymentStatus.SURPLUS
        assert auditing.findings() == []

    def test_a_code_that_was_called_off_is_shown_so_and_its_cash_is_not_lost(self):
        code = make_code()
        collecting.cancel(payment=code.payment)
        assert cash.close_overdue() == 1
        code.refresh_from_db()
        assert code.status == CashStatus.CANCELLED
        assert pay(code).status == CashStatus.PAID


class TestTwoPeople:
    @pytest.fixture
    def ana(self):
        return make_user("ana.staff@example.com", is_staff=True)

    @pytest.fixture
    def bea(self):
        return make_user("bea.staff@example.com", is_staff=True)

    @pytest.fixture
    def big(self, ana):
        return pay(make_code(price=600_000), by=ana)

    def test_above_the_limit_a_second_person_decides(self, big, ana, bea):
        assert big.status == CashStatus.REPORTED
        with pytest.raises(cash.SamePerson):
            cash.confirm(big.pk, by=ana)
        assert cash.confirm(big.pk, by=bea).status == CashStatus.PAID
        with pytest.raises(cash.WrongState):
            cash.confirm(big.pk, by=bea)

    def test_the_database_knows_two_people_too(self, big, ana):
        with pytest.raises(IntegrityError), transaction.atomic():
            CashCode.objects.filter(pk=big.pk).update(confirmed_by=ana)

    def test_the_goods_are_kept_until_somebody_has_looked(self, big):
        order = big.payment.order
        order.refresh_from_db()
        assert order.expires_at >= timezone.now() + timedelta(hours=23)

    def test_turned_down_it_waits_for_cash_again(self, big, bea):
        code = cash.reject(big.pk, by=bea, note="not legible")
        assert code.status == CashStatus.ACTIVE and code.receipt_number is None
        assert big.events.get(kind="rejected").note == "R-1: not legible"

    def test_the_word_of_the_network_needs_no_second_person(self):
        assert pay(make_code(price=600_000)).status == CashStatus.PAID


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
            ({"paid_at": "2026-11-21T10:00:00"}, 400),
            ({"code": 5}, 400),
        ],
    )
    def test_wrong_words_are_refused_and_change_nothing(self, changes, status):
        code = make_code()
        assert self.send(self.confirmation(code, **changes)).status_code == status
        code.refresh_from_db()
        assert code.status == CashStatus.ACTIVE

    @pytest.mark.parametrize("raw", [b"", b"{", b"[]", b"\xff", b"null", b"[" * 5000])
    def test_a_body_that_is_no_confirmation_is_refused(self, raw):
        assert self.send(None, raw=raw).status_code == 400

    def test_a_large_body_is_not_read(self):
        assert self.send(None, raw=b"x" * 70_000).status_code == 413


class TestSlip:
    @pytest.fixture
    def buyer(self):
        return Client(headers={"host": "co.localhost"})

    def slip(self, buyer, code):
        buyer.get(reverse("orders:show_guest_order", args=[code.payment.order.secret]))
        return buyer.get(reverse("payments:slip", args=[code.payment.order.number, code.payment.reference]))

    def test_it_shows_number_amount_and_time_and_stays_small(self, buyer):
        code = make_code()
        response = self.slip(buyer, code)
        page = response.content.decode()
        assert f"{code.code[:4]} {code.code[4:8]} {code.code[8:]}" in page
        assert "<path d=" in page
        assert len(response.content) < 10_000

    def test_a_stranger_sees_none(self, buyer):
        code = make_code()
        address = reverse("payments:slip", args=[code.payment.order.number, code.payment.reference])
        assert buyer.get(address).status_code == 404

    def test_a_payment_without_a_slip_has_none(self, buyer):
        payment = make_payment(make_order(), method="nequi")
        buyer.get(reverse("orders:show_guest_order", args=[payment.order.secret]))
        address = reverse("payments:slip", args=[payment.order.number, payment.reference])
        assert buyer.get(address).status_code == 404

    def test_the_code_of_the_picture_is_signed(self):
        code = make_code()
        payload = slips.slip_of(code.payment).payload
        assert slips.is_genuine(payload)
        for changed in (
            payload.replace(f"|{code.amount:f}|", "|1|"),
            payload[:-4],
            "",
            "SLIP1|x",
            payload + "é",
        ):
            assert not slips.is_genuine(changed)

    def test_the_key_is_on_the_site(self, buyer):
        assert slips.public_key() in buyer.get(reverse("payments:slip_key")).content.decode()


class TestDesk:
    @pytest.fixture
    def desk(self):
        client = Client(headers={"host": "co.localhost"})
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

    def test_a_wrong_digit_is_named_before_anything_is_searched(self, desk):
        response = self.look_up(desk, "12345678901")
        assert response.status_code == 422
        assert "A digit is wrong" in response.content.decode()

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
        other = Client(headers={"host": "co.localhost"})
        other.force_login(make_user("bea@example.com", is_staff=True, is_superuser=True))
        other.post(address)
        code.refresh_from_db()
        assert code.status == CashStatus.PAID

    def test_who_has_no_right_to_money_may_not_even_look_up(self):
        client = Client(headers={"host": "co.localhost"})
        client.force_login(make_user("clerk@example.com", is_staff=True))
        assert self.look_up(client, make_code().code).status_code == 403
