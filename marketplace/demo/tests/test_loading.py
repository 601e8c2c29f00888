"""A small load of the demo on a real database: whole, consistent, once."""

from collections import Counter

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F, Sum
from django.test import override_settings

from catalog import cards
from catalog.models import Category, Photo, Product, Review, StockItem, StockMovement, Variant
from marketplace import markets
from marketplace.accounts.models import User
from marketplace.demo import bulk, catalogue, loading, people
from marketplace.mailing.models import OutgoingMessage
from orders.models import CommissionRule, Order, OrderLine, OrderStatus, SellerOrder, SellerOrderStatus
from payments.models import CommissionDocument, LedgerEntry, Payout, PayoutStatus, Refund
from sellers.models import DeliveryOption, OpeningHours, PayoutDestination, Seller, SellerStatus

LIMIT = 18
CARD = ("price", "compare_price", "has_price_range", "in_stock", "photo", "is_listed")
pytestmark = pytest.mark.django_db


def silent(part, done, total):
    pass


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker, tmp_path_factory):
    """One load for all tests of this file; what each of them changes is undone behind it."""
    with (
        django_db_blocker.unblock(),
        override_settings(MEDIA_ROOT=str(tmp_path_factory.mktemp("demo"))),
        transaction.atomic(),
    ):
        yield loading.everything(report=silent, limit=LIMIT)
        transaction.set_rollback(True)


def test_every_store_has_what_a_store_needs(loaded):
    stores = Seller.objects.filter(status=SellerStatus.APPROVED)
    assert stores.count() == loaded.stores >= 14
    for store in stores:
        assert store.logo and store.banner
        assert OpeningHours.objects.filter(seller=store).count() == 6
        assert DeliveryOption.objects.filter(seller=store).exists()
        assert PayoutDestination.objects.filter(seller=store, is_active=True).count() == 1
        assert store.products.exists()
    assert Seller.objects.filter(status=SellerStatus.PENDING).count() == 1


def test_everybody_can_sign_in_with_the_printed_password(loaded):
    for email in (people.SUPERUSER, people.STAFF, people.SUPPORT, "ana@example.com", "bento@example.com"):
        assert User.objects.get(email=email).check_password(people.PASSWORD)
    assert not EmailAddress.objects.filter(verified=False).exists()
    assert EmailAddress.objects.count() == User.objects.count()
    assert User.objects.get(email="bento@example.com").memberships.get().role == "owner"
    for user in User.objects.exclude(phone=""):
        assert markets.get(user.market_code).phone.normalise(user.phone) == user.phone


def test_products_are_on_sale_with_pictures_and_right_cards(loaded):
    assert Product.objects.count() == loaded.products == 2 * LIMIT
    assert Product.objects.filter(is_listed=True).count() == loaded.products
    assert not Photo.objects.filter(ready_at=None).exists()
    before = {row["pk"]: row for row in Product.objects.values("pk", *CARD, "rating_average", "rating_count")}
    cards.refresh(before)
    assert before == {
        row["pk"]: row for row in Product.objects.values("pk", *CARD, "rating_average", "rating_count")
    }


def test_the_same_products_come_out_every_time(loaded):
    words = catalogue.read("co")
    first = loading.few(words, 1)[0]
    product = Product.objects.get(market_code="co", slug=first.slug)
    assert str(product.pk) == "5abbbf50-fe5f-57db-9f21-a2e0ac625b05"
    assert product.variants.count() == len(first.choices)


def test_orders_are_there_in_every_status(loaded):
    for code in loading.MARKET_CODES:
        orders = Counter(Order.objects.filter(market_code=code).values_list("status", flat=True))
        assert set(orders) == set(OrderStatus)
        parts = Counter(SellerOrder.objects.filter(market_code=code).values_list("status", flat=True))
        assert set(parts) == set(SellerOrderStatus)
        refunds = set(Refund.objects.filter(market_code=code).values_list("kind", "status"))
        assert refunds == {("order", "succeeded"), ("order", "needs_account"), ("surplus", "needs_account")}
        payouts = set(Payout.objects.filter(market_code=code).values_list("status", flat=True))
        assert payouts == {PayoutStatus.PAID, PayoutStatus.CREATED}
    assert Order.objects.count() == loaded.orders


def test_the_books_balance_and_the_stock_adds_up(loaded):
    sums = LedgerEntry.objects.order_by().values("currency").annotate(sum=Sum("amount"))
    assert {row["currency"]: row["sum"] for row in sums} == {"COP": 0, "MZN": 0}
    moved = dict(StockMovement.objects.order_by().values_list("stock_item").annotate(Sum("quantity")))
    for item in StockItem.objects.all():
        assert moved.get(item.pk, 0) == item.on_hand
    assert not StockItem.objects.filter(reserved__gt=F("on_hand")).exists()


def test_nothing_of_the_past_is_sent_or_queued(loaded):
    assert OutgoingMessage.objects.exists()
    assert not OutgoingMessage.objects.filter(sent_at=None).exists()
    # No task waits for the commit; only the shelves' tokens turn once more.
    assert {callback.__qualname__ for _, callback, _ in connection.run_on_commit} <= {
        "bump.<locals>.<lambda>"
    }
    assert not Order.objects.filter(placed_at__gt=F("expires_at")).exists()


def test_some_reviews_carry_a_proof_of_purchase(loaded):
    assert Review.objects.filter(order_line_id__isnull=False).exists()
    assert Review.objects.count() == loaded.reviews
    assert Seller.objects.filter(rating_count__gt=0).exists()


def test_main_categories_have_a_picture(loaded):
    assert not Category.objects.filter(level=0, image="").exists()
    assert Category.objects.filter(level=1).exists()


def test_loading_again_changes_nothing(loaded, capsys):
    before = Product.objects.count(), Order.objects.count(), User.objects.count()
    call_command("demo", quiet=True)
    assert (Product.objects.count(), Order.objects.count(), User.objects.count()) == before
    assert "there already" in capsys.readouterr().out


def test_the_demo_stays_out_of_production(settings):
    settings.DEVELOPMENT = False
    with pytest.raises(CommandError):
        call_command("demo", quiet=True)


def test_the_catalogue_grows_to_any_size_and_further(loaded):
    assert bulk.grow(300, report=silent) == 300 - 2 * LIMIT
    assert bulk.grow(300, report=silent) == 0
    assert bulk.grow(500, report=silent) == 200
    assert Product.objects.filter(is_listed=True).count() == 500
    assert Product.objects.values("market_code", "name").distinct().count() == 500
    assert not Variant.objects.filter(stock_items=None).exists()


def test_grown_products_have_the_cards_that_refreshing_would_give(loaded):
    bulk.grow(60, report=silent)
    before = {row["pk"]: row for row in Product.objects.values("pk", *CARD)}
    cards.refresh(before)
    assert before == {row["pk"]: row for row in Product.objects.values("pk", *CARD)}


def test_lines_say_by_which_rule_they_were_charged_and_past_months_have_documents(loaded):
    names = set(OrderLine.objects.values_list("commission_name", flat=True))
    assert {"usual"} < names
    assert set(CommissionRule.objects.values_list("market_code", flat=True)) == {"co", "mz"}
    assert CommissionDocument.objects.filter(total__gt=0).exists()
