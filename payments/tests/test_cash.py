"""Our own cash codes: given out, paid at a counter, confirmed by people."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connections, transaction
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Variant
from marketplace.accounts.tests.factories import make_user
from marketplace.mailing.models import OutgoingMessage
from orders.models import OrderStatus
from orders.tests.factories import make_order
from payments import collecting, following, gateways, polling, settling
from payments.books import auditing
from payments.gateways import luhn
from payments.gateways.base import Outcome, State
from payments.models import CashCode, CashStatus, LedgerEntry, Payment, PaymentStatus
from payments.tests.cash import make_code, pay
from payments.tests.factories import make_payment
from payments.tests.waiting import somebody_waits
from payments.vouchers import cash

pytestmark = pytest.mark.django_db

PENDING = Outcome(state=State.PENDING)


@pytest.fixture(autouse=True)
def own_codes(settings, sandbox):
    """PayU is away, so Efecty is carried by our own codes."""
    settings.CASH_SECOND_PERSON_FROM = Decimal(500_000)
    return sandbox


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

    @pytest.mark.django_db(transaction=True)
    def test_one_receipt_at_two_desks_at_the_same_moment_pays_one_code(self):
        code, other = make_code(), make_code()

        def report():
            try:
                return pay(other)
            except cash.ReceiptUsed as refusal:
                return refusal
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as desk, transaction.atomic():
            pay(code)
            second = desk.submit(report)
            while not (second.done() or somebody_waits()):
                pass
        assert isinstance(second.result(), cash.ReceiptUsed)
        assert set(CashCode.objects.values_list("status", flat=True)) == {"active", "paid"}

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
        assert code.events.last().kind == "expired"
        paid = pay(code)
        paid.payment.order.refresh_from_db()
        assert paid.payment.order.status == OrderStatus.PAID

    @pytest.mark.parametrize("left", [True, False])
    def test_after_the_grace_cash_pays_the_order_if_the_goods_are_still_there(self, left):
        code = make_code()
        late = code.expires_at + timedelta(hours=7)
        settling.settle(code.payment_id, Outcome(state=State.PENDING), now=late)
        assert polling.expire_overdue(late) == 1
        if not left:
            Variant.objects.update(is_active=False)
        paid = pay(code, late=timedelta(days=4))
        payment = Payment.objects.select_related("order").get(pk=paid.payment_id)
        ends = (PaymentStatus.SUCCEEDED, "paid") if left else (PaymentStatus.SURPLUS, "expired")
        assert (payment.status, payment.order.status) == ends
        assert auditing.findings() == []

    def test_a_code_that_was_called_off_is_shown_so_and_its_cash_is_not_lost(self):
        code = make_code()
        collecting.cancel(payment=code.payment)
        assert cash.close_overdue() == 1
        code.refresh_from_db()
        assert code.status == CashStatus.CANCELLED and code.events.last().kind == "cancelled"
        assert cash.close_overdue() == 0
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

    def test_who_has_paid_does_not_read_that_the_time_ran_out(self, ana, bea):
        code = make_code(price=600_000)
        end, payment = code.expires_at, code.payment
        pay(code, by=ana, now=end - timedelta(hours=1))
        settling.settle(payment.pk, PENDING, now=end + timedelta(hours=20))
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.PENDING
        assert following.page_of(payment, end + timedelta(hours=20)).state == "review"
        assert following.page_of(payment, end).slip.expires_at == end  # the slip stays as it was printed

        assert cash.reject(code.pk, by=bea, note="?", now=end + timedelta(hours=21)).status == "expired"
        settling.settle(payment.pk, PENDING, now=end + timedelta(hours=21))
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.EXPIRED

    def test_who_has_paid_late_reads_that_somebody_looks(self, ana, client):
        code = make_code(price=600_000, language="en")
        payment, order = code.payment, code.payment.order
        settling.settle(payment.pk, PENDING, now=code.expires_at)
        pay(code, by=ana)
        client.get(order.get_absolute_url(), headers={"host": "co.localhost"})
        address = reverse("payments:result", args=[order.number, payment.reference])
        html = client.get(address, headers={"host": "co.localhost", "accept-language": "en"}).content.decode()
        assert "Your payment is being reviewed" in html and "Try again" not in html

    def test_turned_down_it_waits_for_cash_again(self, big, bea):
        code = cash.reject(big.pk, by=bea, note="not legible")
        assert code.status == CashStatus.ACTIVE and code.receipt_number is None
        assert big.events.get(kind="rejected").note == "R-1: not legible"

    @pytest.mark.parametrize("hours", [1, 100])
    def test_turned_down_its_buyer_is_written_to_as_promised(self, ana, bea, hours):
        code = pay(make_code(price=600_000, language="en"), by=ana)
        cash.reject(code.pk, by=bea, note="not legible", now=timezone.now() + timedelta(hours=hours))
        letter = OutgoingMessage.objects.get(template="payments/receipt_rejected")
        assert letter.recipient == code.payment.order.email and "not legible" not in letter.text
        assert "answer this message" in letter.text
        assert ("the same code" in letter.text) == (hours == 1)

    def test_the_word_of_the_network_needs_no_second_person(self):
        assert pay(make_code(price=600_000)).status == CashStatus.PAID
