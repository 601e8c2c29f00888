"""Refunds count for their company's rest, and wait for its end: none is lost, none goes out twice."""

import pytest

from orders.tests.factories import make_order
from payments.availability import FAILURES_BEFORE_REST, REST, is_up, note_failure
from payments.models import RefundStatus
from payments.refunds import refunding, returning
from payments.tests.refunds import by_account, give_back, sell_by_mpesa
from payments.tests.test_availability import rested
from payments.tests.test_payu_paying import answer, begin, hear, open_page

pytestmark = pytest.mark.django_db

S = RefundStatus
REVERSAL = "PUT /ipg/v1x/reversal/"
PAYOUTS = "POST /wompi-payouts/v1/payouts"


def status(refund):
    refund.refresh_from_db()
    return refund.status


def rest(company):
    for _ in range(FAILURES_BEFORE_REST):
        note_failure(company)


def young_card_refund(sandbox, client):
    """PayU has taken the card just now."""
    payment = begin(make_order(), "card")
    answer(open_page(payment), "approve")
    hear(sandbox, client)
    (part,) = payment.order.seller_orders.all()
    return refunding.cancel_paid_part(seller_order=part, by=None, actor="staff", reason="sold out")


@pytest.mark.parametrize("kind", ["drop", "html"])
def test_five_that_get_no_answer_let_the_company_rest(sandbox, kind):
    refunds = [give_back(sell_by_mpesa()) for _ in range(FAILURES_BEFORE_REST)]
    sandbox.fault(REVERSAL, kind, times=9)
    for refund in refunds:
        assert is_up("mpesa")
        returning.send(refund.pk)
        assert status(refund) == S.UNKNOWN
    assert not is_up("mpesa")


def test_questions_about_refunds_count_too(sandbox):
    refund = give_back(sell_by_mpesa())
    sandbox.fault(REVERSAL, "swallow")
    returning.send(refund.pk)
    sandbox.fault("GET /ipg/v1x/query", "html", times=99)
    for _ in range(FAILURES_BEFORE_REST):
        returning.follow_up(refund.pk)
    assert not is_up("mpesa")
    assert status(refund) == S.UNKNOWN


def test_a_resting_company_is_left_alone_and_the_refund_goes_out_later_once(sandbox):
    refund = give_back(sell_by_mpesa())
    rest("mpesa")
    returning.send(refund.pk)
    assert (status(refund), sandbox.calls(REVERSAL)) == (S.CREATED, 0)
    assert refund.next_check_at
    rested(REST + 1, "mpesa")
    for _ in range(3):
        returning.send(refund.pk)
        returning.follow_up(refund.pk)
    assert (status(refund), sandbox.calls(REVERSAL)) == (S.SUCCEEDED, 1)


def test_a_resting_rail_is_left_alone_too(sandbox):
    refund = by_account()
    rest("wompi_payouts")
    returning.send(refund.pk)
    assert (status(refund), sandbox.calls(PAYOUTS)) == (S.CREATED, 0)
    rested(REST + 1, "wompi_payouts")
    returning.send(refund.pk)
    assert (status(refund), len(sandbox.kept("rows"))) == (S.SENDING, 1)


def test_what_payu_takes_later_only_closes_no_checkout(sandbox, client, settings):
    usual = sandbox.credentials("payu", refund_wait_seconds="")
    settings.GATEWAY_CREDENTIALS = settings.GATEWAY_CREDENTIALS | {"payu": usual}
    refund = young_card_refund(sandbox, client)
    for _ in range(FAILURES_BEFORE_REST):
        returning.send(refund.pk)
        assert status(refund) == S.CREATED
    assert is_up("payu")


def test_what_payu_takes_later_only_is_no_sign_that_it_works_again(sandbox, client, settings):
    usual = sandbox.credentials("payu", refund_wait_seconds="")
    settings.GATEWAY_CREDENTIALS = settings.GATEWAY_CREDENTIALS | {"payu": usual}
    refund = young_card_refund(sandbox, client)
    rest("payu")
    rested(REST + 1, "payu")
    returning.send(refund.pk)
    assert is_up("payu")  # the next one may try
    note_failure("payu")
    assert not is_up("payu")


def test_wrong_keys_for_refunds_close_no_checkout(sandbox, settings):
    refund = give_back(sell_by_mpesa())
    wrong = sandbox.credentials("mpesa", security_credential="wrong")
    settings.GATEWAY_CREDENTIALS = settings.GATEWAY_CREDENTIALS | {"mpesa": wrong}
    returning.send(refund.pk)
    assert (status(refund), is_up("mpesa")) == (S.CREATED, True)
