from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from catalog import stock
from catalog.models import MovementKind, Product, StockItem, StockMovement
from catalog.tests.factories import make_product, make_variant
from sellers.models import Location


def variant_of(product):
    return product.variants.get()


def item_of(product):
    return StockItem.objects.get(variant__product=product)


@pytest.mark.django_db
def test_reserving_sets_stock_aside_and_says_where():
    product = make_product(on_hand=5)
    variant = variant_of(product)

    allocated = stock.reserve({variant.pk: 3})

    item = item_of(product)
    assert (item.on_hand, item.reserved) == (5, 3)
    assert allocated == [stock.Allocated(variant_id=variant.pk, stock_item_id=item.pk, quantity=3)]


@pytest.mark.django_db
def test_too_much_is_refused_with_what_is_left_and_nothing_changes():
    scarce, plenty = make_product(on_hand=2), make_product(on_hand=9)

    with pytest.raises(stock.OutOfStock) as refusal, transaction.atomic():
        stock.reserve({variant_of(scarce).pk: 3, variant_of(plenty).pk: 1})

    assert refusal.value.available == {variant_of(scarce).pk: 2}
    assert item_of(scarce).reserved == item_of(plenty).reserved == 0


@pytest.mark.django_db
def test_a_variant_without_any_stock_row_is_out_of_stock():
    product = make_product(on_hand=0)

    with pytest.raises(stock.OutOfStock) as refusal, transaction.atomic():
        stock.reserve({variant_of(product).pk: 1})

    assert refusal.value.available == {variant_of(product).pk: 0}


@pytest.mark.django_db
def test_one_variant_may_come_from_two_places():
    product = make_product(on_hand=2)
    variant = variant_of(product)
    annex = Location.objects.create(seller=product.seller, name="Annex")
    stock.receive(variant, 3, location=annex)

    allocated = stock.reserve({variant.pk: 4})

    assert sorted(entry.quantity for entry in allocated) == [1, 3]
    assert sum(StockItem.objects.values_list("reserved", flat=True)) == 4


@pytest.mark.django_db
def test_the_card_says_sold_out_and_takes_it_back():
    product = make_product(on_hand=1)
    variant = variant_of(product)

    stock.reserve({variant.pk: 1})
    sold_out = Product.objects.get(pk=product.pk)
    stock.release({item_of(product).pk: 1})
    back = Product.objects.get(pk=product.pk)

    assert (product.in_stock, sold_out.in_stock, back.in_stock) == (True, False, True)
    assert product.version < sold_out.version < back.version


@pytest.mark.django_db
def test_another_variant_keeps_the_product_in_stock():
    product = make_product(on_hand=1)
    first = variant_of(product)
    make_variant(product, on_hand=1)

    stock.reserve({first.pk: 1})

    assert Product.objects.get(pk=product.pk).in_stock


@pytest.mark.django_db
def test_nothing_is_released_or_sold_twice():
    product = make_product(on_hand=5)
    stock.reserve({variant_of(product).pk: 2})
    item = item_of(product)
    stock.release({item.pk: 2})

    with pytest.raises(stock.NotReserved):
        stock.release({item.pk: 2})
    with pytest.raises(stock.NotReserved):
        stock.consume({item.pk: 2}, source="order 1")

    item.refresh_from_db()
    assert (item.on_hand, item.reserved) == (5, 0)
    assert not StockMovement.objects.filter(kind=MovementKind.SOLD).exists()


@pytest.mark.django_db
def test_the_same_sale_counts_once():
    product = make_product(on_hand=5)
    stock.reserve({variant_of(product).pk: 4})
    item = item_of(product)

    stock.consume({item.pk: 2}, source="order 1")
    stock.consume({item.pk: 2}, source="order 1")

    item.refresh_from_db()
    product.refresh_from_db()
    assert (item.on_hand, item.reserved, product.sales_count) == (3, 2, 2)


@pytest.mark.django_db
def test_what_was_sold_and_what_is_there_add_up_to_what_came_in():
    product = make_product(on_hand=5)
    variant = variant_of(product)
    stock.receive(variant, 4, source="delivery 7")
    stock.adjust(variant, 8)
    stock.reserve({variant.pk: 3})
    item = item_of(product)
    stock.consume({item.pk: 3}, source="order 1")
    stock.take_back({item.pk: 1}, source="return 1")

    item.refresh_from_db()
    assert item.on_hand == 6
    assert sum(item.movements.values_list("quantity", flat=True)) == item.on_hand


@pytest.mark.django_db
def test_a_count_below_what_was_promised_is_refused():
    product = make_product(on_hand=5)
    variant = variant_of(product)
    stock.reserve({variant.pk: 3})

    with pytest.raises(stock.BelowReserved) as refusal:
        stock.adjust(variant, 2)

    assert refusal.value.reserved == 3
    assert item_of(product).on_hand == 5


@pytest.mark.django_db(transaction=True)
def test_the_last_unit_is_sold_once_to_twenty_shoppers():
    product = make_product(on_hand=1)
    variant = variant_of(product)

    def attempt(_):
        try:
            return len(stock.reserve({variant.pk: 1}))
        except stock.OutOfStock:
            return 0
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as shoppers:
        sold = sum(shoppers.map(attempt, range(20)))

    assert sold == 1
    assert item_of(product).reserved == 1


@pytest.mark.django_db(transaction=True)
def test_carts_that_share_products_in_opposite_order_never_deadlock():
    products = [make_product(on_hand=100) for _ in range(3)]
    variants = [variant_of(product).pk for product in products]

    def attempt(number):
        ordered = variants if number % 2 else variants[::-1]
        try:
            with transaction.atomic():
                stock.reserve(dict.fromkeys(ordered, 1))
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as shoppers:
        list(shoppers.map(attempt, range(40)))

    assert {item_of(product).reserved for product in products} == {40}


@pytest.mark.django_db(transaction=True)
def test_twenty_reports_of_one_sale_count_once():
    product = make_product(on_hand=9)
    stock.reserve({variant_of(product).pk: 9})
    item = item_of(product)

    def attempt(_):
        try:
            stock.consume({item.pk: 1}, source="order 1")
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as reports:
        list(reports.map(attempt, range(20)))

    item.refresh_from_db()
    assert (item.on_hand, item.reserved) == (8, 8)


@pytest.mark.django_db
def test_reserving_costs_the_same_for_one_line_and_for_ten(django_assert_num_queries):
    products = [make_product() for _ in range(10)]
    variants = [variant_of(product).pk for product in products]

    with transaction.atomic():
        with django_assert_num_queries(3):  # lock, update, cards
            stock.reserve({variants[0]: 1})
        with django_assert_num_queries(3):
            stock.reserve(dict.fromkeys(variants, 1))
