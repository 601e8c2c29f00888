"""Amounts are whole coins, parts add up, and people read them as they are used to."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.money import COINS, Money, format_money, round_amount, share, split_tax

AMOUNTS = st.decimals(min_value=Decimal("0.01"), max_value=Decimal("999999999"), places=2)
RATES = st.sampled_from([Decimal(0), Decimal("0.05"), Decimal("0.16"), Decimal("0.19")])
CURRENCIES = st.sampled_from(["COP", "MZN"])


@given(amount=AMOUNTS, rate=RATES, currency=CURRENCIES)
def test_net_and_tax_always_make_the_price(amount, rate, currency):
    gross = round_amount(amount, currency)

    net, tax = split_tax(gross, rate, currency)

    assert net + tax == gross
    assert net % COINS[currency] == 0 and tax % COINS[currency] == 0
    assert tax >= 0


@pytest.mark.parametrize(
    ("gross", "net", "tax"), [(65000, 54622, 10378), (119000, 100000, 19000), (20000, 16807, 3193)]
)
def test_official_colombian_examples(gross, net, tax):
    assert split_tax(Decimal(gross), Decimal("0.19"), "COP") == (Decimal(net), Decimal(tax))


def test_halves_are_rounded_up_to_the_coin():
    assert round_amount(Decimal("10.5"), "COP") == 11
    assert round_amount(Decimal("10.005"), "MZN") == Decimal("10.01")
    assert share(Decimal("105"), Decimal("0.1"), "COP") == 11


@pytest.mark.parametrize(
    ("amount", "currency", "language", "shown"),
    [
        ("1119000", "COP", "es", "$ 1.119.000"),
        ("1119000", "COP", "en", "$ 1,119,000"),
        ("1499.5", "MZN", "pt", "1 499,50 MT"),
        ("1499.5", "MZN", "en", "1,499.50 MT"),
    ],
)
def test_prices_are_written_as_people_read_them(amount, currency, language, shown):
    text = format_money(Money(Decimal(amount), currency), language)

    assert text.replace("\N{NO-BREAK SPACE}", " ") == shown


def test_two_currencies_are_never_added():
    with pytest.raises(TypeError):
        Money(1, "COP") + Money(1, "MZN")
