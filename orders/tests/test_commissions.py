"""Which rule decides a line, what it takes, and that a sale keeps what was agreed."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from catalog.models import Product
from catalog.tests.factories import make_category, make_product, make_seller
from marketplace import markets
from marketplace.money import COINS
from orders.commissions import OWN_RATE, USUAL_RATE, Tariff, Terms, title_of
from orders.models import CommissionRule, OrderLine
from orders.tests.factories import make_cart, make_order, place, quote_of
from sellers.models import Seller

CO, MZ = markets.get("co"), markets.get("mz")
DAY = date(2026, 11, 20)


def make_rule(name="Rule", *, position=10, market_code="co", starts_on=date(2026, 1, 1), **fields):
    return CommissionRule.objects.create(
        market_code=market_code, position=position, name=name, starts_on=starts_on, **fields
    )


def terms(product, *, day=DAY):
    tariff = Tariff(market=product.market, day=day)
    return tariff.terms_for(product=product, seller=product.seller)


@pytest.mark.django_db
def test_the_first_rule_that_fits_decides_whatever_its_target():
    product = make_product()
    make_rule("everybody", position=30, rate="0.30")
    assert terms(product).name == "everybody"
    make_rule("store", position=20, rate="0.20", seller=product.seller)
    assert terms(product).name == "store"
    make_rule("product", position=25, rate="0.01", product=product)
    assert terms(product).name == "store"  # the operator's order, not the narrower target
    make_rule("product first", position=5, rate="0.02", product=product)
    assert terms(product).name == "product first"
    assert terms(make_product(seller=product.seller)).name == "store"
    assert terms(make_product()).name == "everybody"


@pytest.mark.django_db
def test_among_equal_positions_the_older_rule_decides():
    make_rule("older", rate="0.10")
    make_rule("newer", rate="0.20")
    assert terms(make_product()).name == "older"


@pytest.mark.django_db
def test_a_category_counts_with_all_below_it_and_nothing_beside_it():
    food = make_category("Food")
    fruit = make_category("Fruit", parent=food)
    mango = make_category("Mango", parent=fruit)
    make_rule("food", rate="0.05", category=food)
    assert terms(make_product(category=mango)).name == "food"
    make_rule("fruit", position=5, rate="0.04", category=fruit)
    assert terms(make_product(category=mango)).name == "fruit"
    assert terms(make_product(category=fruit)).name == "fruit"
    assert terms(make_product(category=food)).name == "food"
    assert terms(make_product()).name == USUAL_RATE


@pytest.mark.django_db
def test_a_rule_with_two_targets_needs_both():
    product, fruit = make_product(), make_category("Fruit")
    make_rule("both", rate="0.05", seller=product.seller, category=fruit)
    assert terms(product).name == USUAL_RATE
    assert terms(make_product(category=fruit)).name == USUAL_RATE
    assert terms(make_product(seller=product.seller, category=fruit)).name == "both"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("day", "fits"),
    [(DAY - timedelta(1), False), (DAY, True), (DAY + timedelta(3), True), (DAY + timedelta(4), False)],
)
def test_a_rule_holds_from_its_first_day_to_its_last(day, fits):
    make_rule("short", rate="0.05", starts_on=DAY, ends_on=DAY + timedelta(3))
    assert (terms(make_product(), day=day).name == "short") is fits


@pytest.mark.django_db
def test_rules_stay_in_their_country():
    make_rule("Colombia", rate="0.05")
    assert terms(make_product(market_code="mz")).rate == MZ.commission_rate


@pytest.mark.django_db
def test_without_a_rule_the_sellers_own_rate_holds_and_then_the_markets():
    agreed = make_product(seller=make_seller(commission_rate="0.05"))
    assert (terms(agreed).rate, terms(agreed).name) == (Decimal("0.05"), OWN_RATE)
    assert terms(make_product()).rate == CO.commission_rate
    make_rule("everybody", rate="0.30")
    assert terms(agreed).name == "everybody"


@pytest.mark.parametrize(
    ("fields", "amount", "quantity", "commission"),
    [
        ({"rate": "0.10"}, 20_000, 1, 2_000),
        ({"rate": "0.10"}, 20_005, 1, 2_001),  # half a peso goes up
        ({"flat": "500"}, 20_000, 3, 1_500),
        ({"rate": "0.10", "flat": "500"}, 20_000, 3, 3_500),
        ({"rate": "0.10", "floor": "3000"}, 20_000, 1, 3_000),
        ({"rate": "0.10", "cap": "1500"}, 20_000, 1, 1_500),
        ({"flat": "5000", "cap": "12000"}, 60_000, 3, 12_000),
        ({"rate": "0.10", "floor": "15000"}, 20_000, 1, 10_000),  # never more than half
        ({"flat": "99999"}, 20_001, 1, 10_000),
        ({}, 20_000, 1, 0),
    ],
)
def test_rate_flat_floor_and_cap(fields, amount, quantity, commission):
    fields = {"rate": Decimal(0)} | {name: Decimal(value) for name, value in fields.items()}
    assert Terms(**fields).commission(Decimal(amount), quantity, "COP") == commission


amounts = st.decimals("0", "99999.99", places=2)
rules = st.builds(
    dict,
    position=st.integers(1, 3),
    rate=st.decimals("0", "0.5", places=4),
    flat=amounts,
    floor=st.none() | amounts,
    cap=st.none() | amounts,
    product_id=st.sampled_from([None, None, 1, 2]),
    seller_id=st.sampled_from([None, None, 1, 2]),
)


@pytest.mark.parametrize("code", ["co", "mz"])
@given(
    listed=st.lists(rules, max_size=4),
    amount=st.decimals("0.01", "9999999.99", places=2),
    quantity=st.integers(1, 99),
    own=st.none() | st.decimals("0", "0.5", places=4),
)
def test_whatever_the_rules_the_seller_keeps_something_in_whole_coins(code, listed, amount, quantity, own):
    market = markets.get(code)
    coin = COINS[market.currency]
    amount = max(amount - amount % coin, coin)
    known = [CommissionRule(pk=pk, market_code=code, name="r", **fields) for pk, fields in enumerate(listed)]
    for rule in known:
        for name in ("flat", "floor", "cap"):
            value = getattr(rule, name)
            setattr(rule, name, value - value % coin if value is not None else None)
        if rule.floor is not None and rule.cap is not None:
            rule.floor = min(rule.floor, rule.cap)
    seller = Seller(pk=1, market_code=code, commission_rate=own)
    tariff = Tariff(market=market, day=DAY, rules=known)

    charged = tariff.charge(
        product=Product(pk=1, seller=seller), seller=seller, amount=amount, quantity=quantity
    )

    assert 0 <= charged.amount <= amount / 2
    assert charged.amount % coin == 0 and charged.tax % coin == 0
    assert charged.amount + charged.tax <= amount
    fitting = [r for r in known if r.product_id in (None, 1) and r.seller_id in (None, 1)]
    assert charged.terms.rule is (fitting[0] if fitting else None)


@pytest.mark.django_db
def test_an_order_keeps_the_rule_and_its_terms_for_ever():
    product = make_product(price="20000")
    rule = make_rule("Fair trade", rate="0.08", flat="100")
    line = OrderLine.objects.get(seller_order__order=make_order(product, quantity=3))
    assert (line.commission_rule, line.commission_name) == (rule, "Fair trade")
    assert (line.commission_rate, line.commission_flat) == (Decimal("0.08"), Decimal(100))
    assert (line.commission, line.commission_tax) == (Decimal(5100), Decimal(969))

    make_rule("Other", position=1, rate="0.5")
    line.refresh_from_db()
    assert (line.commission, line.commission_rate, title_of(line)) == (5100, Decimal("0.08"), "Fair trade")
    part = line.seller_order
    assert (part.commission, part.commission_tax) == (line.commission, line.commission_tax)


@pytest.mark.django_db
@pytest.mark.parametrize("terms", [{"rate": "0.5"}, {"cap": 1}, {"name": "Other"}, {"starts_on": DAY}])
def test_the_database_keeps_the_terms_of_a_rule_that_was_used(terms):
    rule = make_rule(rate="0.08")
    CommissionRule.objects.update(rate="0.09")  # not used yet
    make_order()
    with pytest.raises(IntegrityError, match="its terms stand"), transaction.atomic():
        CommissionRule.objects.update(**terms)
    CommissionRule.objects.update(ends_on=date(2030, 1, 1), position=7)
    rule.refresh_from_db()
    assert (rule.rate, rule.name, rule.position) == (Decimal("0.09"), "Rule", 7)


@pytest.mark.django_db
def test_parts_are_the_sum_of_lines_under_different_rules():
    seller = make_seller()
    goods = [make_product(seller=seller, price=price) for price in (10_007, 20_003, 30_001)]
    make_rule("one", rate="0.033", product=goods[0])
    make_rule("two", flat="777", product=goods[1])
    part = make_order(*goods, quantity=3).seller_orders.get()
    lines = list(part.lines.all())
    assert {line.commission_name for line in lines} == {"one", "two", USUAL_RATE}
    assert part.commission == sum(line.commission for line in lines)
    assert part.commission_tax == sum(line.commission_tax for line in lines)


@pytest.mark.django_db
def test_the_tax_is_the_one_of_the_day():
    rate = CO.tax_rate(CO.commission_tax_class, DAY)
    charged = Tariff(market=CO, day=DAY, rules=[]).charge(
        product=Product(pk=1), seller=Seller(market_code="co"), amount=Decimal(100_000), quantity=1
    )
    assert charged.tax == charged.amount * rate == Decimal(2280)


@pytest.mark.django_db
def test_rules_cost_placing_an_order_one_question_and_the_cart_none(
    django_assert_max_num_queries, django_assert_num_queries
):
    category = make_category("Food")
    for number in range(3):
        make_rule(f"r{number}", rate="0.05", category=make_category(parent=category))
    cart = make_cart(*(make_product(category=category) for _ in range(3)))
    with django_assert_num_queries(2):  # lines, ways of delivery
        total = quote_of(cart).total
    with django_assert_max_num_queries(20):
        place(cart, agreed_total=total)
