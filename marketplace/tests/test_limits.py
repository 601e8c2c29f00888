"""What contracts allow in one payment is a setting; the country's file says what holds otherwise."""

from decimal import Decimal

import pytest

from marketplace.markets import MARKETS
from marketplace.markets.limits import WrongLimits, limited


def test_one_method_of_one_market_is_changed_and_nothing_else():
    found = limited(MARKETS, {"co-efecty": "1000..3000000", "mz-mpesa": "1..25000.50"})
    efecty, mpesa = found["co"].payment_method("efecty"), found["mz"].payment_method("mpesa")
    assert (efecty.minimum, efecty.maximum) == (1000, 3_000_000)
    assert mpesa.maximum == Decimal("25000.50")
    assert found["co"].payment_method("nequi") == MARKETS["co"].payment_method("nequi")
    assert [each.code for each in found["co"].payment_methods] == [
        each.code for each in MARKETS["co"].payment_methods
    ]
    assert limited(MARKETS, {}) == MARKETS


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("co-barter", "1..2"),
        ("xx-efecty", "1..2"),
        ("efecty", "1..2"),
        ("co-efecty", "20000"),
        ("co-efecty", "1..2..3"),
        ("co-efecty", "many..more"),
        ("co-efecty", "6000000..20000"),
        ("co-efecty", "0..5"),
        ("co-efecty", "1..NaN"),
        ("co-efecty", "1..Infinity"),
    ],
)
def test_limits_that_cannot_be_are_refused_at_the_start(name, words):
    with pytest.raises(WrongLimits):
        limited(MARKETS, {name: words})
