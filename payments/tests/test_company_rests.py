"""Every company that does not work is left alone after five failures, whatever its troubles look like."""

import pytest

from marketplace.money import Money
from orders.tests.factories import make_order
from payments import collecting
from payments.availability import FAILURES_BEFORE_REST, is_up
from payments.gateways import emola_soap
from payments.models import PaymentStatus
from payments.tests.factories import INPUTS
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db

# Method, what is typed, market, and what of the company is broken.
WAYS = {
    "wompi": ("nequi", INPUTS["nequi"], "co", ["POST /wompi/v1/transactions", "GET /wompi/v1/transactions"]),
    "payu": ("efecty", INPUTS["efecty"], "co", ["POST /payu/"]),
    "stripe": ("card", {}, "mz", ["POST /stripe", "GET /stripe"]),
    "mpesa": ("mpesa", INPUTS["mpesa"], "mz", ["POST /ipg", "GET /ipg"]),
    "emola": ("emola", {"phone": "+258861234512"}, "mz", ["POST /BCCSGateway"]),
}


def begin(company, **typed):
    method, inputs, market, _ = WAYS[company]
    order = make_order(seller=make_seller(market_code=market), price=50_000)
    payment = collecting.begin(order=order, method=method, inputs=inputs | typed)
    assert payment.gateway == company
    return payment


def begin_on(company, ending, customer=0):
    """On a telephone whose last two digits choose what happens."""
    return begin(company, phone=f"{WAYS[company][1]['phone'][:6]}{customer:05d}{ending}")


@pytest.mark.parametrize("kind", ["html", "truncated", "drop"])
@pytest.mark.parametrize("company", WAYS)
def test_after_five_broken_answers_it_rests(sandbox, company, kind):
    for on in WAYS[company][3]:
        sandbox.fault(on, kind, times=60)
    for _ in range(FAILURES_BEFORE_REST):
        assert is_up(company)
        collecting.start(begin(company).pk)
    assert not is_up(company)


@pytest.mark.parametrize(
    ("company", "ending"),
    [("mpesa", "95"), ("mpesa", "90"), ("emola", "83"), ("emola", "84"), ("emola", "85")],
    ids=["internal error", "overloaded", "gateway overloaded", "HTTP 500", "broken inner XML"],
)
def test_a_company_that_says_so_itself_rests_too(sandbox, company, ending):
    for customer in range(FAILURES_BEFORE_REST):
        payment = begin_on(company, ending, customer)
        collecting.start(payment.pk)
        payment.refresh_from_db()
        assert payment.status == PaymentStatus.UNKNOWN
    assert not is_up(company)


@pytest.mark.parametrize(
    ("company", "ending"),
    [("mpesa", "82"), ("mpesa", "84"), ("mpesa", "91"), ("emola", "81"), ("emola", "74")],
    ids=["no PIN", "firewall's time-out", "no number", "gateway's time-out", "no PIN at e-Mola"],
)
def test_customers_who_do_not_answer_are_no_failures_of_the_company(sandbox, company, ending):
    for customer in range(FAILURES_BEFORE_REST):
        collecting.start(begin_on(company, ending, customer).pk)
    assert is_up(company)


@pytest.mark.parametrize("kind", ["html", "html_after", "truncated"])
def test_questions_without_an_answer_count_and_settle_nothing(sandbox, kind):
    payment = begin_on("mpesa", "83")
    collecting.start(payment.pk)
    sandbox.fault("GET /ipg/v1x/query", kind, times=50)
    for _ in range(FAILURES_BEFORE_REST):
        collecting.ask(payment.pk)
    assert not is_up("mpesa")
    payment.refresh_from_db()
    assert payment.status == PaymentStatus.UNKNOWN


def test_a_time_out_behind_the_gateway_is_the_customers_only_while_a_pin_is_typed():
    words = emola_soap.Words(code="", message="gateway 2007", is_time_out=True)
    assert not words.moved(Money(100, "MZN")).is_trouble
    assert words.queried().is_trouble
