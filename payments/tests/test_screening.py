"""Fraud screening from the attempt to the decision of staff."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.utils import timezone

from catalog.models import StockItem
from marketplace.accounts.tests.factories import make_user
from marketplace.lifecycle import StaleState
from marketplace.mailing.models import OutgoingMessage
from orders.models import Order, OrderStatus, SellerOrderStatus
from orders.tests.factories import make_order
from payments import collecting, health
from payments.gateways.base import CardDetails, Reason
from payments.models import Fingerprint, LedgerEntry, Payment, PaymentStatus, Refund, Screening, Verdict
from payments.risk import screening, screening_decisions
from payments.risk.screening_rules import VELOCITY
from payments.tests.factories import failed, make_payment, paid
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db
CARD = CardDetails(brand="VISA", last_four="4242", exp_month=8, exp_year=2040)


@pytest.fixture
def wary(settings):
    """Everything is held: one point too many is none."""
    settings.SCREENING_REVIEW = 0
    return settings


@pytest.fixture
def staff():
    return make_user("staff@example.com", is_staff=True)


def mails(template, to=""):
    return OutgoingMessage.objects.filter(template__icontains=template, recipient__icontains=to)


def held_order(**fields):
    payment = make_payment(make_order(**fields))
    collecting.settle(payment.pk, paid(payment))
    return Order.objects.get(pk=payment.order_id)


def part_of(order):
    return order.seller_orders.get()


class TestLooking:
    def test_an_ordinary_attempt_passes_and_its_score_is_kept(self):
        payment = make_payment()
        assert (payment.screening.verdict, payment.screening.score) == (Verdict.PASSED, 0)

    def test_ten_orders_in_a_row_by_one_user_pass(self):
        ana = make_user("ana@example.com")
        for _ in range(10):
            payment = make_payment(make_order(user=ana))
            collecting.settle(payment.pk, paid(payment))
        assert set(Order.objects.values_list("status", "held_at")) == {(OrderStatus.PAID, None)}

    def test_many_orders_with_one_phone_are_noticed(self):
        limit = VELOCITY["phone"].hour
        for _ in range(limit + 1):
            make_payment()
        reasons = {each["rule"]: each["seen"] for each in make_payment().screening.reasons}
        assert reasons == {"phone_hour": limit + 1, "address_hour": limit + 1}

    def test_what_is_long_ago_counts_no_more(self):
        for _ in range(VELOCITY["phone"].hour + 1):
            make_payment()
        Fingerprint.objects.update(at=timezone.now() - timedelta(hours=2))
        assert make_payment().screening.score == 0
        Fingerprint.objects.update(at=timezone.now() - timedelta(hours=25))
        assert make_payment().screening.score == 0

    def test_attempts_of_the_same_order_are_no_velocity(self):
        order = make_order()
        for _ in range(4):
            payment = make_payment(order)
            collecting.settle(payment.pk, failed())
        assert make_payment(order).screening.score == 0

    def test_refusals_count_but_not_the_company_s_own_failures(self):
        order = make_order()
        for reason in [Reason.COMPANY_ERROR] * 3 + [Reason.INSUFFICIENT_FUNDS] * 5:
            collecting.settle(make_payment(order).pk, failed(reason))
        payment = make_payment(order)
        assert payment.screening.score == 0
        collecting.settle(payment.pk, failed())
        assert [each["rule"] for each in make_payment(order).screening.reasons] == ["failures"]

    def test_an_amount_far_above_the_buyer_s_own_history(self):
        ana = make_user("ana@example.com")
        for _ in range(2):
            payment = make_payment(make_order(user=ana, seller=make_seller(), price=20000))
            collecting.settle(payment.pk, paid(payment))
        high = make_payment(make_order(user=ana, seller=make_seller(), price=300000))
        assert [each["rule"] for each in high.screening.reasons] == ["own_history"]

    def test_a_new_buyer_s_amount_far_above_the_market(self):
        for _ in range(screening.TYPICAL_NEEDS):
            order = make_order()
            Order.objects.filter(pk=order.pk).update(status="paid", paid_at=timezone.now())
        typical = Order.objects.first().total
        high = make_payment(make_order(seller=make_seller(), price=typical * 6))
        assert [each["rule"] for each in high.screening.reasons] == ["new_and_high"]
        assert make_payment(make_order(seller=make_seller(), price=typical * 2)).screening.score == 0

    def test_a_phone_of_another_country(self):
        ana = make_user("ana@example.com", phone="+258841234567")
        order = make_order(user=ana)
        assert [each["rule"] for each in make_payment(order).screening.reasons] == ["foreign_account"]
        order = make_order()
        Order.objects.filter(pk=order.pk).update(phone="+258841234567")
        order.refresh_from_db()
        assert [each["rule"] for each in make_payment(order).screening.reasons] == ["foreign_phone"]

    def test_a_card_is_learned_from_the_answer_and_many_cards_are_held(self):
        ana = make_user("ana@example.com")
        for number in range(6):
            payment = make_payment(make_order(user=ana))
            card = CardDetails(brand="VISA", last_four=f"000{number}", exp_month=8, exp_year=2040)
            collecting.settle(payment.pk, paid(payment, card=card))
        last = Order.objects.get(pk=payment.order_id)
        assert last.held_at
        assert last.screenings.get().reasons[-1] == {"rule": "cards", "points": 60, "seen": 6}
        assert Order.objects.filter(held_at=None).count() == 5

    def test_no_personal_data_in_rows_or_logs(self, caplog, wary):
        wary.SCREENING_BLOCK = 15
        ana = make_user("ana@example.com", phone="+258841234567")
        order = make_order(user=ana)
        with pytest.raises(screening.Suspicious), caplog.at_level("DEBUG"):
            collecting.begin(order=order, method="nequi", inputs={"phone": "+573001234567"}, ip="190.24.1.2")
        rows = [*Screening.objects.values(), *Fingerprint.objects.values()]
        told = json.dumps(rows, default=str) + caplog.text
        assert "payment_screened" in told
        for secret in ("3001234567", "841234567", "190.24", "@example.com", "Calle 72", "Ana"):
            assert secret not in told

    def test_fingerprints_are_forgotten_after_their_time(self, settings):
        make_payment()
        days = timedelta(days=settings.SCREENING_KEEP_DAYS)
        assert screening.forget_old(timezone.now() + days - timedelta(minutes=1)) == 0
        assert screening.forget_old(timezone.now() + days + timedelta(minutes=1)) > 0
        assert not Fingerprint.objects.exists()
        assert Screening.objects.exists()


class TestBlocking:
    @pytest.fixture
    def order(self, settings, ana):
        settings.SCREENING_BLOCK = 15
        ana.phone = "+258841234567"
        ana.save(update_fields=["phone"])
        return make_order(user=ana)

    def test_a_blocked_attempt_leaves_its_look_and_no_payment(self, order):
        with pytest.raises(screening.Suspicious):
            make_payment(order)
        assert not Payment.objects.exists()
        looked = Screening.objects.get()
        assert (looked.verdict, looked.score, looked.payment) == (Verdict.BLOCKED, 15, None)

    def test_the_shopper_reads_one_sentence_that_teaches_nothing(self, lists, ana_shop, order):
        sent = {"method": "nequi", "nequi-phone": "300 123 4567", "nequi-accept": "on"}
        response = ana_shop.post(f"/pay/{order.number}/", sent)
        html = response.content.decode()
        assert response.status_code == 422
        assert not Payment.objects.exists()
        assert not any(word in html.lower() for word in ("fraud", "score", "velocity", "suspicious"))

    def test_below_the_threshold_it_goes_on(self, settings, order):
        settings.SCREENING_BLOCK = 16
        assert make_payment(order).screening.verdict == Verdict.PASSED


class TestHolding:
    def test_paid_but_held_the_sellers_hear_nothing(self, wary):
        order = held_order()
        assert order.status == OrderStatus.PAID
        assert order.held_at
        assert part_of(order).status == SellerOrderStatus.PENDING
        assert mails("orders/held", order.email).count() == 1
        assert not mails("orders/receipt").exists()
        assert not mails("orders/new_order").exists()
        assert StockItem.objects.get().on_hand == 9
        kinds = set(LedgerEntry.objects.filter(order=order).values_list("kind", flat=True))
        assert kinds == {"sale"}, "the money is there, and is booked"

    def test_cleared_everybody_hears_and_the_parts_begin(self, wary, staff):
        order = held_order()
        screening_decisions.clear(order, by=staff, note="called the buyer")
        order.refresh_from_db()
        part = part_of(order)
        assert order.held_at is None
        assert part.status == SellerOrderStatus.CONFIRMED
        assert part.confirmed_at > order.paid_at
        assert mails("orders/receipt", order.email).count() == 1
        assert mails("orders/new_order").count() == 1
        looked = order.screenings.get()
        assert (looked.verdict, looked.decided_by, looked.note) == (
            Verdict.CLEARED,
            staff,
            "called the buyer",
        )

    def test_rejected_all_money_goes_back_and_the_seller_never_hears(self, wary, staff):
        order = held_order()
        screening_decisions.reject(order, by=staff)
        order.refresh_from_db()
        assert (order.status, order.held_at) == (OrderStatus.REFUNDED, None)
        assert part_of(order).status == SellerOrderStatus.CANCELLED
        assert Refund.objects.get().amount == order.total
        assert not mails("new_order").exists()
        assert not mails("refund_seller").exists()
        by_account = LedgerEntry.objects.filter(order=order, account="seller_held")
        assert sum((entry.amount for entry in by_account), Decimal(0)) == 0

    def test_whoever_was_rejected_is_looked_at_again(self, wary, staff):
        order = held_order()
        screening_decisions.reject(order, by=staff)
        wary.SCREENING_REVIEW = 60
        payment = make_payment()
        assert payment.screening.verdict == Verdict.REVIEW
        assert payment.screening.reasons == [{"rule": "rejected_before", "points": 60, "seen": 1}]

    @pytest.mark.parametrize("first", ["clear", "reject"])
    @pytest.mark.parametrize("second", ["clear", "reject"])
    def test_it_is_decided_once(self, wary, staff, first, second):
        order = held_order()
        getattr(screening_decisions, first)(order, by=staff)
        with pytest.raises(StaleState):
            getattr(screening_decisions, second)(order, by=staff)
        assert Refund.objects.count() == (first == "reject")

    def test_an_attempt_under_review_that_fails_holds_the_order_all_the_same(self, wary):
        payment = make_payment()
        collecting.settle(payment.pk, failed())
        wary.SCREENING_REVIEW = 60
        again = make_payment(payment.order)
        collecting.settle(again.pk, paid(again))
        payment.order.refresh_from_db()
        assert payment.order.held_at

    def test_the_buyer_sees_that_we_are_checking(self, wary, ana_shop, ana):
        order = held_order(user=ana)
        payment = order.payments.get()
        page = ana_shop.get(f"/orders/{order.number}/", headers={"accept-language": "en"}).content.decode()
        after = ana_shop.get(f"/pay/{order.number}/{payment.reference}/result/").content.decode()
        assert 'id="held-title"' in page
        assert "status--unknown" in page
        assert "pay-state--unknown" in after

    def test_the_seller_s_page_tells_nothing(self, wary, shop):
        owner = make_user("bento@example.com")
        seller = make_seller(owner=owner)
        order = held_order(seller=seller)
        shop.force_login(owner)
        part = part_of(order)
        url = f"/sell/orders/{part.pk}/"
        page = shop.get(url)
        assert {event.kind for event in page.context["events"]} == {"placed"}


@pytest.mark.django_db(transaction=True)
def test_a_burst_counts_itself(settings):
    """Attempts at the same moment with one phone see each other, whoever commits first."""
    limit = VELOCITY["phone"].hour
    orders = [make_order() for _ in range(limit + 3)]

    def attempt(order):
        try:
            return make_payment(order).screening.score
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as people:
        scores = list(people.map(attempt, orders))
    assert sum(points > 0 for points in scores) == 2
    assert health.count(timezone.now())


def test_paying_costs_few_more_statements_for_being_looked_at(django_assert_max_num_queries):
    order = make_order()
    with django_assert_max_num_queries(26):
        collecting.begin(order=order, method="nequi", inputs={"phone": "+573001234567"})
    assert order.payments.get().status == PaymentStatus.CREATED
