"""Every rule fires where it should and stays silent right below."""

from decimal import Decimal

import pytest

from payments.gateways.base import CardDetails
from payments.risk.fingerprints import mark, mark_of_card, marks_of
from payments.risk.screening_rules import REASONS, VELOCITY, Facts, Seen, in_words, score

PLAIN = {"total": Decimal(50000)}


def rules(**facts):
    return {sign.rule: sign.seen for sign in score(Facts(**PLAIN | facts))[1]}


def test_an_ordinary_attempt_has_no_points():
    ordinary = Facts(total=Decimal(50000), paid_orders=3, largest_paid=Decimal(40000), typical=Decimal(45000))
    assert score(ordinary) == (0, [])


@pytest.mark.parametrize("kind", VELOCITY)
def test_velocity_counts_from_one_above_the_limit(kind):
    limit = VELOCITY[kind]
    assert rules(others={kind: Seen(hour=limit.hour, day=limit.day)}) == {}
    assert rules(others={kind: Seen(hour=limit.hour + 1, day=limit.hour + 1)}) == {
        f"{kind}_hour": limit.hour + 1
    }
    assert rules(others={kind: Seen(hour=1, day=limit.day + 1)}) == {f"{kind}_day": limit.day + 1}


@pytest.mark.parametrize(
    ("facts", "below", "rule"),
    [
        ({"failures": 6}, {"failures": 5}, "failures"),
        ({"cards": 4}, {"cards": 3}, "cards"),
        ({"phones": 5}, {"phones": 4}, "phones"),
        (
            {"paid_orders": 2, "largest_paid": Decimal(10000)},
            {"paid_orders": 2, "largest_paid": Decimal(10001)},
            "own_history",
        ),
        (
            {"paid_orders": 2, "largest_paid": Decimal(10000)},
            {"paid_orders": 1, "largest_paid": Decimal(10000)},
            "own_history",
        ),
        ({"typical": Decimal(5000)}, {"typical": Decimal(5001)}, "market_typical"),
        (
            {"typical": Decimal(10000), "is_new_buyer": True},
            {"typical": Decimal(10001), "is_new_buyer": True},
            "new_and_high",
        ),
        ({"typical": Decimal(10000), "is_new_buyer": True}, {"typical": Decimal(10000)}, "new_and_high"),
        ({"foreign_phone": True}, {}, "foreign_phone"),
        ({"foreign_account": True}, {}, "foreign_account"),
        ({"rejected_before": True}, {}, "rejected_before"),
    ],
)
def test_each_rule_fires_and_is_silent_right_below(facts, below, rule):
    assert rule in rules(**facts)
    assert rule not in rules(**below)


def test_more_failures_weigh_more():
    assert score(Facts(**PLAIN, failures=12))[0] > score(Facts(**PLAIN, failures=6))[0]


def test_points_add_up_to_a_hundred_at_most():
    many = {kind: Seen(hour=99, day=99) for kind in VELOCITY}
    assert score(Facts(**PLAIN, others=many, failures=20, rejected_before=True))[0] == 100


def test_one_person_who_orders_very_often_is_looked_at_never_blocked(settings):
    traits = {kind: Seen(hour=30, day=30) for kind in ("phone", "email", "address", "ip")}
    points = score(Facts(**PLAIN, others=traits))[0]
    assert settings.SCREENING_REVIEW <= points < settings.SCREENING_BLOCK


def test_every_sign_can_be_read_by_staff():
    many = {kind: Seen(hour=99, day=99) for kind in VELOCITY}
    facts = Facts(**PLAIN, others=many, failures=7, cards=4, phones=5, rejected_before=True)
    reasons = [sign.as_json() for sign in score(facts)[1]]
    assert {each["rule"] for each in reasons} <= set(REASONS)
    assert "7 refused payments within an hour (+25)" in in_words(reasons)


class Order:
    market_code = "co"
    phone, email, user_id = "+573001234567", "Ana@Example.com", None
    shipping_address = {"street": "Cra. 7 # 12-3", "city": "Bogotá", "region": "11"}


def test_marks_are_keyed_hashes_and_say_nothing(settings):
    marks = marks_of(Order(), {"phone": "+573009999999", "document_number": "1020304050"}, "190.24.1.2")
    kinds = sorted(kind for kind, _digest in marks)
    assert kinds == ["account", "address", "document", "email", "ip", "phone", "phone"]
    assert all(len(digest) == 64 for _kind, digest in marks)
    before = mark("phone", "+573001234567")
    settings.SECRET_KEY = "another key, another world" * 3
    assert mark("phone", "+573001234567") != before


def test_the_same_place_written_differently_leaves_the_same_mark():
    other = Order()
    other.shipping_address = {"street": "CRA 7  #12 - 3", "city": "BOGOTA", "region": "11"}
    third = Order()
    third.shipping_address = {"street": "Cra. 71 # 2-3", "city": "Bogotá", "region": "11"}
    assert marks_of(Order(), {}, None) == marks_of(other, {}, None)
    assert marks_of(Order(), {}, None) != marks_of(third, {}, None)


@pytest.mark.parametrize("ip", ["127.0.0.1", "10.0.0.8", "::1", None])
def test_addresses_of_our_own_house_leave_no_mark(ip):
    assert "ip" not in {kind for kind, _digest in marks_of(Order(), {}, ip)}


def test_a_card_is_known_by_more_than_four_digits():
    assert mark_of_card(CardDetails(brand="VISA", last_four="4242")) is None
    card = CardDetails(brand="VISA", last_four="4242", exp_month=8, exp_year=2040)
    assert mark_of_card(card) == mark_of_card(CardDetails(**vars(card) | {"installments": 3}))
    other = CardDetails(brand="VISA", last_four="4242", first_six="424242")
    assert mark_of_card(other) == mark_of_card(
        CardDetails(**vars(other) | {"exp_month": 8, "exp_year": 2040})
    )
    assert mark_of_card(other) not in (None, mark_of_card(card))
