"""One attempt at a time; the company is called once for it, whatever happens to the worker."""

from datetime import timedelta
from functools import partial
from urllib.parse import unquote

import pytest
import requests
from django.utils import timezone

from marketplace.mailing.models import OutgoingMessage
from orders import lifecycle
from orders.models import Order
from orders.tests.factories import make_order
from payments import availability, collecting, deadlines, following, polling
from payments.gateways.base import Reason, Refused
from payments.models import Payment, PaymentStatus
from payments.tests.factories import failed, make_payment, paid
from payments.tests.killing import Killed, killed_after
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

NEQUI = {"phone": "+573001234567"}


def die_after(statements, work):
    try:
        with killed_after(statements):
            work()
    except Killed:
        return True
    return False


def status(payment):
    payment.refresh_from_db()
    return payment.status


class TestBegin:
    def test_only_one_attempt_is_live(self):
        payment = make_payment()
        with pytest.raises(collecting.AttemptUnderWay) as caught:
            collecting.begin(order=payment.order, method="nequi", inputs=NEQUI)
        assert caught.value.payment == payment

    @pytest.mark.parametrize("method", ["mpesa", "bitcoin", "", "nequi\x00"])
    def test_only_methods_of_the_market_are_allowed(self, method):
        with pytest.raises(collecting.MethodNotAllowed):
            collecting.begin(order=make_order(), method=method, inputs=NEQUI)
        assert not Payment.objects.exists()

    @pytest.mark.parametrize("ending", ["expire", "cancel", "mark_paid", "late"])
    def test_an_order_that_is_over_cannot_be_paid(self, ending):
        order = make_order()
        if ending == "late":
            Order.objects.update(expires_at=timezone.now())
        elif ending == "cancel":
            lifecycle.cancel(order, by=None, actor="buyer")
        else:
            getattr(lifecycle, ending)(order, timezone.now())
        with pytest.raises(collecting.NotPayable):
            collecting.begin(order=order, method="nequi", inputs=NEQUI)

    def test_nobody_tries_for_ever(self):
        order = make_order()
        for _ in range(collecting.MAX_ATTEMPTS):
            collecting.settle(make_payment(order).pk, failed())
        with pytest.raises(collecting.TooManyAttempts):
            make_payment(order)

    def test_a_phone_that_cannot_be_right_is_refused_at_once(self):
        order = make_order(seller=make_seller(market_code="mz"), price=500)
        with pytest.raises(Refused):
            collecting.begin(order=order, method="mpesa", inputs={"phone": "+258861234567"})
        assert not Payment.objects.exists()

    def test_references_are_what_every_company_accepts(self):
        assert collecting.charge_of(make_payment()).reference.startswith("P")

    def test_an_attempt_in_the_last_minute_still_gets_its_time(self):
        order = make_order()
        now = order.expires_at - timedelta(seconds=30)
        payment = collecting.begin(order=order, method="nequi", inputs=NEQUI, now=now)
        assert payment.expires_at == now + deadlines.SHORTEST_ATTEMPT

    def test_a_resting_company_is_not_called(self):
        order = make_order()
        for company in ("wompi", "payu"):
            for _ in range(availability.FAILURES_BEFORE_REST):
                availability.note_failure(company)
        with pytest.raises(collecting.MethodNotAllowed):
            make_payment(order)
        assert not order.payments.exists()


class TestStart:
    def test_the_shopper_is_told_what_to_do(self, sandbox):
        payment = make_payment(started=False)
        collecting.start(payment.pk)
        assert status(payment) == PaymentStatus.PENDING
        assert payment.step == "prompt"
        assert payment.company_reference

    def test_two_workers_with_the_same_task_charge_once(self, sandbox):
        payment = make_payment(started=False)
        collecting.start(payment.pk)
        collecting.start(payment.pk)
        assert len(sandbox.kept("transactions")) == 1

    def test_a_worker_that_died_while_calling_leads_to_a_question_never_to_a_second_charge(self, sandbox):
        payment = make_payment(status=PaymentStatus.CREATED)  # started_at is set, nothing else
        collecting.start(payment.pk)
        assert sandbox.calls("POST /wompi/v1/transactions") == 0
        assert polling.poll_pending(timezone.now() + timedelta(minutes=5)) == 1
        collecting.ask(payment.pk)
        assert status(payment) == PaymentStatus.UNKNOWN

    def test_wherever_a_worker_dies_a_code_of_our_own_is_kept_or_drawn_anew(self):
        steps, was_killed = 0, True
        while was_killed:
            steps += 1
            payment = make_payment(make_order(), method="efecty", started=False)
            Payment.objects.filter(pk=payment.pk).update(gateway="efecty")
            was_killed = die_after(steps, partial(collecting.start, payment.pk))
            assert polling.poll_pending(timezone.now() + timedelta(seconds=25)) == was_killed
            collecting.start(payment.pk)
            assert (status(payment), payment.step) == (PaymentStatus.PENDING, "voucher")
            assert payment.cash_code.code == payment.next_step["code"]
            slips = OutgoingMessage.objects.filter(template="payments/slip", about=payment.reference)
            assert slips.count() == 1
        assert steps > 10

    def test_a_refusal_fails_the_attempt_with_its_reason(self, sandbox):
        payment = make_payment(started=False)
        sandbox.fault("POST /wompi/v1/transactions", "drop")
        collecting.start(payment.pk)
        assert status(payment) == PaymentStatus.UNKNOWN

    @pytest.mark.parametrize("kind", ["swallow", "html_after"])
    def test_a_lost_answer_is_adopted(self, sandbox, kind):
        payment = make_payment(started=False)
        sandbox.fault("POST /wompi/v1/transactions", kind)
        collecting.start(payment.pk)
        assert status(payment) == PaymentStatus.PENDING
        assert len(sandbox.kept("transactions")) == 1

    def test_what_could_not_be_handed_over_is_tried_again_then_given_up(self, sandbox, settings):
        payment = make_payment(started=False)
        there = settings.GATEWAY_CREDENTIALS
        nobody = there["wompi"] | {"api_url": "http://127.0.0.1:9/nobody"}
        settings.GATEWAY_CREDENTIALS = there | {"wompi": nobody}
        collecting.start(payment.pk)
        assert status(payment) == PaymentStatus.CREATED
        assert payment.started_at is None

        settings.GATEWAY_CREDENTIALS = there
        collecting.start(payment.pk)
        assert status(payment) == PaymentStatus.PENDING

    def test_a_shopper_does_not_wait_for_ever_for_a_company_that_is_away(self, sandbox, settings):
        payment = make_payment(started=False)
        Payment.objects.update(created_at=timezone.now() - timedelta(minutes=3))
        settings.GATEWAY_CREDENTIALS["wompi"]["api_url"] = "http://127.0.0.1:9/nobody"
        collecting.start(payment.pk)
        assert status(payment) == PaymentStatus.FAILED
        assert payment.failure_reason == Reason.COMPANY_ERROR

    def test_wrong_keys_fail_the_attempt_and_the_method_is_no_longer_offered(self, sandbox, settings):
        payment = make_payment(started=False)
        settings.GATEWAY_CREDENTIALS["wompi"]["public_key"] = "pub_test_wrong"
        collecting.start(payment.pk)
        assert status(payment) == PaymentStatus.FAILED
        assert not availability.is_up("wompi")

    def test_an_attempt_of_an_order_that_is_over_is_not_started(self, sandbox):
        payment = make_payment(started=False)
        lifecycle.cancel(payment.order, by=None, actor="buyer")
        collecting.start(payment.pk)
        assert status(payment) == PaymentStatus.EXPIRED
        assert not sandbox.kept("transactions")

    def test_after_five_failures_a_company_rests(self):
        for _ in range(availability.FAILURES_BEFORE_REST):
            assert availability.is_up("wompi")
            availability.note_failure("wompi")
        assert not availability.is_up("wompi")
        assert availability.is_up("mpesa")


class TestTheCompanysOwnPage:
    """A card without JavaScript: the buyer may try again there after a refusal."""

    @pytest.fixture
    def payment(self, sandbox, settings):
        patient = sandbox.credentials("wompi", retry_window_seconds="180")
        settings.GATEWAY_CREDENTIALS = settings.GATEWAY_CREDENTIALS | {"wompi": patient}
        payment = make_payment(method="card", started=False)
        collecting.start(payment.pk)
        payment.refresh_from_db()
        return payment

    def answer(self, payment, what):
        requests.post(
            following.page_of(payment, timezone.now()).leave_to,
            data={"method": "CARD", "answer": what},
            allow_redirects=False,
            timeout=5,
        )

    def test_a_refusal_there_does_not_end_the_attempt_while_the_page_offers_another_try(self, payment):
        self.answer(payment, "refuse")
        for _ in range(3):
            collecting.ask(payment.pk)
            assert status(payment) == PaymentStatus.PENDING
        self.answer(payment, "approve")
        collecting.ask(payment.pk)
        assert status(payment) == PaymentStatus.SUCCEEDED

    def test_what_its_address_tells_of_the_buyer_is_kept_nowhere(self, payment):
        leave_to = following.page_of(payment, timezone.now()).leave_to
        assert payment.order.email in unquote(leave_to)
        assert payment.next_step == {"kind": "redirect", "url": leave_to.partition("?")[0]}

    def test_who_comes_back_refused_may_choose_anew_at_once(self, payment, sandbox):
        self.answer(payment, "refuse")
        collecting.ask(payment.pk)
        collecting.ask(payment.pk, sandbox.kept("transactions")[0]["id"])
        assert status(payment) == PaymentStatus.FAILED


class TestCancel:
    def test_before_the_company_knows_it_is_safe(self):
        payment = make_payment(started=False)
        collecting.cancel(payment=payment)
        assert status(payment) == PaymentStatus.CANCELLED
        collecting.start(payment.pk)
        assert status(payment) == PaymentStatus.CANCELLED

    def test_a_prompt_must_have_gone_unanswered_for_a_while(self):
        payment = make_payment(next_step={"kind": "prompt", "phone": "1"})
        with pytest.raises(collecting.NotCancellable):
            collecting.cancel(payment=payment)
        collecting.cancel(payment=payment, now=timezone.now() + timedelta(minutes=2))
        assert status(payment) == PaymentStatus.CANCELLED

    @pytest.mark.parametrize("now", [PaymentStatus.UNKNOWN, PaymentStatus.CREATED, PaymentStatus.SUCCEEDED])
    def test_never_in_doubt_and_never_afterwards(self, now):
        payment = make_payment(status=now, next_step={"kind": "redirect", "url": "https://x"})
        with pytest.raises(collecting.NotCancellable):
            collecting.cancel(payment=payment, now=timezone.now() + timedelta(hours=1))
        assert status(payment) == now

    def test_money_for_a_cancelled_attempt_is_still_found(self):
        payment = make_payment(next_step={"kind": "redirect", "url": "https://x"})
        collecting.cancel(payment=payment)
        assert payment.next_check_at is not None
        other = make_payment(payment.order)
        collecting.settle(payment.pk, paid(payment))
        collecting.settle(other.pk, paid(other))
        assert (status(payment), status(other)) == (PaymentStatus.SUCCEEDED, PaymentStatus.SURPLUS)
