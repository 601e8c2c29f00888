"""Prices, taxes, delivery and commission of a basket."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Product, Variant
from catalog.tests.factories import make_product, make_seller
from marketplace import markets
from marketplace.markets.base import City
from marketplace.money import COINS
from orders import delivery
from orders.commissions import Tariff
from orders.models import CartLine
from orders.quoting import quote
from orders.tax import group, tax_line
from orders.tests.factories import make_cart, quote_of, set_deliveries
from sellers.models import DeliveryKind, DeliveryOption, Seller

DAY = date(2026, 11, 20)  # a Friday
CO, MZ = markets.get("co"), markets.get("mz")
BOGOTA, MEDELLIN = CO.city("11", "Bogotá"), CO.city("05", "Medellín")


@pytest.mark.django_db
@pytest.mark.parametrize(("price", "fee"), [("199999", "15000"), ("200000", "0"), ("200001", "0")])
def test_shipping_is_free_from_200000_on(price, fee):
    cart = make_cart(make_product(price=price))

    assert quote_of(cart).delivery == Decimal(fee)


@pytest.mark.django_db
def test_free_shipping_counts_for_each_seller_alone():
    cart = make_cart(make_product(price="150000"), make_product(price="150000"))

    quoted = quote_of(cart)

    assert quoted.delivery == Decimal("30000")
    assert [parcel.towards_free.missing_for_free for parcel in quoted.parcels] == [Decimal("50000")] * 2


@pytest.mark.django_db
def test_a_sellers_own_fee_and_limit_go_before_the_markets():
    seller = make_seller()
    set_deliveries(seller, shipping={"fee": "7000", "free_from": "60000"})

    assert quote_of(make_cart(make_product(seller=seller, price="59999"))).delivery == Decimal("7000")
    assert quote_of(make_cart(make_product(seller=seller, price="60000"))).delivery == Decimal("0")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("city", "is_offered"),
    [(BOGOTA, True), (CO.city("25", "Soacha"), True), (MEDELLIN, False), (None, False)],
)
def test_local_delivery_reaches_as_far_as_its_radius(city, is_offered):
    seller = make_seller(city="Bogotá", region="11")
    set_deliveries(seller, local_delivery={"fee": "5000", "radius_km": 30})

    ways = delivery.quotes(market=CO, seller=seller, goods=Decimal(50000), city=city, day=DAY)

    assert [way.is_offered for way in ways] == [is_offered]
    assert delivery.choose(ways, "local_delivery") == (ways[0] if is_offered else None)


@pytest.mark.django_db
def test_picking_up_is_free_whatever_the_row_says():
    seller = make_seller()
    set_deliveries(seller, pickup={"fee": "9999"})

    assert quote_of(make_cart(make_product(seller=seller))).delivery == 0


@pytest.mark.django_db
def test_what_is_not_offered_cannot_be_chosen():
    seller = make_seller()
    set_deliveries(seller, pickup={})
    cart = make_cart(make_product(seller=seller))

    assert quote_of(cart, wanted={seller.pk: "shipping"}).parcels[0].chosen is None


def test_nobody_delivers_on_sundays():
    assert delivery.working_day(DAY, 1) == date(2026, 11, 21)
    assert delivery.working_day(DAY, 2) == date(2026, 11, 23)


def test_distance_between_cities_is_plausible():
    assert 200 < BOGOTA.distance_km(MEDELLIN) < 280
    assert City(name="x", latitude=1, longitude=1).distance_km(City(name="y", latitude=1, longitude=1)) == 0


@pytest.mark.parametrize(
    ("amount", "tax_class", "net", "tax"),
    [
        ("119000", "CO_GENERAL_19", "100000", "19000"),
        ("65000", "CO_GENERAL_19", "54622", "10378"),
        ("20000", "CO_GENERAL_19", "16807", "3193"),
        ("105000", "CO_REDUCED_5", "100000", "5000"),
        ("5000", "CO_EXEMPT_0", "5000", "0"),
        ("5000", "CO_EXCLUDED", "5000", "0"),
    ],
)
def test_prices_that_include_tax_are_taken_apart(amount, tax_class, net, tax):
    parts = tax_line(market=CO, tax_class=tax_class, charges_tax=True, amount=Decimal(amount), day=DAY)

    assert (parts.net, parts.tax, parts.total) == (Decimal(net), Decimal(tax), Decimal(amount))


def test_with_the_flag_off_tax_comes_on_top():
    market = replace(CO, prices_include_tax=False)

    parts = tax_line(
        market=market, tax_class="CO_GENERAL_19", charges_tax=True, amount=Decimal(100000), day=DAY
    )

    assert (parts.net, parts.tax, parts.total) == (Decimal(100000), Decimal(19000), Decimal(119000))


def test_the_rate_is_the_one_of_the_day():
    def rate(day):
        amount = Decimal("117.00")
        return tax_line(market=MZ, tax_class="MZ_GENERAL_16", charges_tax=True, amount=amount, day=day).rate

    assert rate(date(2022, 12, 31)) == Decimal("0.17")
    assert rate(date(2023, 1, 1)) == Decimal("0.16")


@pytest.mark.django_db
def test_a_seller_who_charges_no_tax_has_none_on_its_lines():
    cart = make_cart(make_product(seller=make_seller(charges_tax=False), price="119000"))

    quoted = quote_of(cart)

    assert (quoted.net, quoted.tax) == (Decimal(119000), 0)


@pytest.mark.django_db
def test_commission_is_the_sellers_own_rate_and_is_taxed_itself():
    product = make_product(seller=make_seller(commission_rate="0.05"), price="100000")

    line = quote_of(make_cart(product)).parcels[0].lines[0]

    assert (line.commission.amount, line.commission.tax) == (Decimal(5000), Decimal(950))


sold = st.tuples(
    st.integers(0, 3),  # which seller
    st.integers(1, 99),
    st.decimals("0.01", "9999999.99", places=2),
    st.integers(0, 9),  # which tax class
)


@pytest.mark.parametrize("code", ["co", "mz"])
@pytest.mark.parametrize("includes_tax", [True, False])
@given(
    basket=st.lists(sold, min_size=1, max_size=12), charges=st.lists(st.booleans(), min_size=4, max_size=4)
)
def test_parts_add_up_to_the_coin_for_any_basket(code, includes_tax, basket, charges):
    market = replace(markets.get(code), prices_include_tax=includes_tax)
    coin = COINS[market.currency]
    sellers = [Seller(pk=n, market_code=code, charges_tax=charges[n]) for n in range(4)]
    for seller in sellers:
        seller._prefetched_objects_cache = {"delivery_options": _Options(seller)}
    lines = [_line(market, sellers[n], *rest) for n, *rest in basket]

    tariff = Tariff(market=market, day=DAY, rules=[])
    quoted = quote(market=market, lines=lines, day=DAY, tariff=tariff)

    assert quoted.total == quoted.net + quoted.tax + quoted.delivery
    assert quoted.total == sum(parcel.total for parcel in quoted.parcels)
    for parcel in quoted.parcels:
        rows = [row.amounts for row in parcel.lines]
        taxes = group(market, rows)
        assert parcel.net == sum(row.net for row in rows) == sum(tax.net for tax in taxes)
        assert parcel.tax == sum(row.tax for row in rows) == sum(tax.tax for tax in taxes)
        assert parcel.commission + parcel.commission_tax <= parcel.total
    assert sum(tax.tax for tax in quoted.taxes) == quoted.tax
    for amount in (quoted.net, quoted.tax, quoted.delivery, quoted.total):
        assert amount % coin == 0
    if includes_tax:
        assert quoted.net + quoted.tax == quoted.goods


class _Options:
    """What `seller.delivery_options.all()` gives without a database."""

    def __init__(self, seller):
        self.rows = [DeliveryOption(seller=seller, kind=DeliveryKind.SHIPPING)]

    def __iter__(self):
        return iter(self.rows)


def _line(market, seller, quantity, price, rank):
    price = max((price // COINS[market.currency]) * COINS[market.currency], COINS[market.currency])
    classes = sorted(market.tax_classes)
    product = Product(seller=seller, market_code=market.code, tax_class=classes[rank % len(classes)])
    variant = Variant(product=product, seller=seller, price=price)
    return CartLine(variant=variant, quantity=quantity, seen_price=price)
