from decimal import Decimal
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from catalog import moderation, selling
from catalog.models import Photo, Product, ProductEvent, ProductStatus, StockItem, Variant
from catalog.tests.factories import make_category, make_product, make_seller, make_variant
from marketplace.accounts.tests.factories import make_user

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def picture(width=800, height=600, name="photo.jpg"):
    written = BytesIO()
    Image.new("RGB", (width, height), "tomato").save(written, "JPEG")
    return SimpleUploadedFile(name, written.getvalue(), content_type="image/jpeg")


def filled(category, **changes):
    return {
        "name": "Tomates Orgánicos",
        "category": category.pk,
        "short_description": "Rojos",
        "description": "Muy rojos",
        "language": "es" if category.market_code == "co" else "pt",
        "tags": "rojo, fresco",
        "attributes": "Origen: Boyacá",
        "tax_class": "CO_GENERAL_19" if category.market_code == "co" else "MZ_GENERAL_16",
        "nutrition_calories": "18",
        "variant-price": "5000",
        "variant-on_hand": "7",
        "variant-low_stock_at": "2",
        "publish": "1",
    } | changes


def test_a_colombian_store_sells_at_once(client, store, django_capture_on_commit_callbacks):
    store()
    category = make_category()

    response = client.post(
        reverse("catalog_seller:create_product"),
        filled(category) | {"pictures": [picture(), picture(900, 700)]},
    )

    product = Product.objects.get()
    assert response.status_code == 302
    assert (product.slug, product.is_listed, product.price) == ("tomates-organicos", True, Decimal(5000))
    assert product.nutrition == {"calories": 18.0}
    assert product.attributes == [{"name": "Origen", "value": "Boyacá"}]
    assert Photo.objects.count() == 2
    assert StockItem.objects.get().on_hand == 7


def test_a_mozambican_product_waits_for_staff(client, store):
    store("mz")
    category = make_category(market_code="mz")

    client.post(reverse("catalog_seller:create_product"), filled(category))

    product = Product.objects.get()
    assert (product.status, product.review, product.is_listed) == ("active", "pending", False)
    moderation.approve(product=product, by=make_user())
    product.refresh_from_db()
    assert product.is_listed


def test_a_draft_stays_a_draft(client, store):
    store()

    client.post(reverse("catalog_seller:create_product"), filled(make_category(), publish="0"))

    assert Product.objects.get().status == ProductStatus.DRAFT


def test_two_products_of_one_name_have_two_addresses(client, store):
    store()
    category = make_category()
    for _ in range(2):
        client.post(reverse("catalog_seller:create_product"), filled(category))

    assert len(set(Product.objects.values_list("slug", flat=True))) == 2


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"variant-price": "0"}, "price"),
        ({"variant-price": "-1"}, "price"),
        ({"variant-price": "NaN"}, "price"),
        ({"variant-price": "12.50"}, "price"),
        ({"variant-price": "9" * 30}, "price"),
        ({"variant-on_hand": "ten"}, "on_hand"),
        ({"variant-on_hand": "-1"}, "on_hand"),
        ({"variant-on_hand": "99999999999"}, "on_hand"),
        ({"variant-compare_price": "4000"}, "compare_price"),
        ({"variant-options": "no colon"}, "options"),
        ({"name": ""}, "name"),
        ({"name": "x" * 501}, "name"),
        ({"name": "nul\x00"}, "name"),
        ({"category": "999999"}, "category"),
        ({"category": "abc"}, "category"),
        ({"tax_class": "MZ_GENERAL_16"}, "tax_class"),
        ({"attributes": "without a colon"}, "attributes"),
        ({"nutrition_fat": "lots"}, "nutrition_fat"),
        ({"allergens": ["poison"]}, "allergens"),
        ({"language": "xx"}, "language"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(client, store, wrong, field):
    store()
    response = client.post(reverse("catalog_seller:create_product"), filled(make_category()) | wrong)

    assert response.status_code == 422
    errors = response.context["form"].errors | response.context["variant_form"].errors
    assert list(errors) == [field]
    assert "Muy rojos" in response.content.decode()
    assert not Product.objects.exists()


def test_another_product_of_the_store_keeps_its_item_number(client, store):
    seller = store()
    taken = make_product(seller=seller).variants.get().sku

    response = client.post(
        reverse("catalog_seller:create_product"), filled(make_category()) | {"variant-sku": taken}
    )

    assert response.status_code == 422
    assert "sku" in response.context["variant_form"].errors


def test_editing_keeps_the_address_and_the_live_version_up(client, store):
    seller = store("mz")
    product = make_product(seller=seller, name="Velho")
    slug = product.slug

    response = client.post(
        reverse("catalog_seller:edit_product", args=[product.pk]), filled(product.category, name="Novo")
    )

    product.refresh_from_db()
    assert response.status_code == 302
    assert (product.name, product.slug, product.is_listed) == ("Novo", slug, True)
    assert ProductEvent.objects.filter(product=product, kind="revised").exists()


def test_a_rejected_product_goes_back_into_the_queue_when_it_changes():
    product = make_product(seller=make_seller(market_code="mz"))
    staff = make_user()
    moderation.reject(product=product, by=staff, reason="Blurred")
    product.refresh_from_db()
    assert (product.is_listed, product.review_reason) == (False, "Blurred")

    selling.revise(product=product, by=staff, changes={"name": "Better"})

    product.refresh_from_db()
    assert product.review == "pending"


def test_what_staff_refused_never_passes_by_itself():
    product = make_product()
    user = make_user()
    moderation.reject(product=product, by=user, reason="Forbidden")
    product.refresh_from_db()
    selling.revise(product=product, by=user, changes={"name": "The same again"})
    selling.pause(product=product, by=user)
    selling.offer(product=product, by=user)

    product.refresh_from_db()
    assert (product.review, product.is_listed) == ("pending", False)


def test_pausing_archiving_and_coming_back(client, store):
    product = make_product(seller=store())

    def press(action):
        client.post(reverse("catalog_seller:change_status", args=[product.pk, action]))
        product.refresh_from_db()
        return product.status, product.is_listed, bool(product.deleted_at)

    assert press("pause") == ("inactive", False, False)
    assert press("offer") == ("active", True, False)
    assert press("archive") == ("archived", False, True)
    assert press("offer") == ("archived", False, True)
    assert press("restore") == ("inactive", False, False)


def test_the_last_variant_cannot_be_taken_away(client, store):
    product = make_product(seller=store())
    first = product.variants.get()
    second = make_variant(product, price=90_000, options={"Talla": "L"})

    for variant in (first, second):
        client.post(reverse("catalog_seller:withdraw_variant", args=[variant.pk]))

    product.refresh_from_db()
    assert list(Variant.objects.filter(is_active=True)) == [second]
    assert product.price == Decimal(90_000)


def test_a_variant_is_added_and_changed(client, store):
    product = make_product(seller=store())
    values = {"price": "70000", "on_hand": "2", "low_stock_at": "1", "options": "Talla: M, Color: Azul"}

    client.post(reverse("catalog_seller:create_variant", args=[product.pk]), values)
    variant = product.variants.get(price=70_000)
    client.post(
        reverse("catalog_seller:edit_variant", args=[variant.pk]), values | {"price": "75000", "on_hand": "9"}
    )

    variant.refresh_from_db()
    assert (variant.label, variant.price) == ("Azul · M", Decimal(75_000))
    assert variant.stock_items.get().on_hand == 9


def test_a_count_left_as_the_editor_showed_it_does_not_bring_back_what_was_sold(client, store):
    variant = make_product(seller=store(), on_hand=10).variants.get()
    url = reverse("catalog_seller:edit_variant", args=[variant.pk])
    shown = client.get(url).context["form"]
    StockItem.objects.update(on_hand=8)
    values = {name: shown[name].value() for name in ("on_hand", "seen_on_hand", "low_stock_at")}

    response = client.post(url, values | {"price": "75000"})

    assert response.status_code == 302
    variant.refresh_from_db()
    assert (variant.price, StockItem.objects.get().on_hand) == (Decimal(75_000), 8)


@pytest.mark.parametrize("size", [1, 3, 30])
def test_the_list_costs_the_same_for_any_number(client, store, django_assert_max_num_queries, size):
    seller = store()
    for _ in range(size):
        make_product(seller=seller)

    client.get(reverse("catalog_seller:list_products"))

    with django_assert_max_num_queries(7):  # session, user, store, tabs, count, products, variants
        assert client.get(reverse("catalog_seller:list_products")).status_code == 200


def test_tabs_and_words_find_products(client, store):
    seller = store()
    make_product(seller=seller, name="Low one", on_hand=1)
    make_product(seller=seller, name="Draft one", listed=False)

    def names(**query):
        response = client.get(reverse("catalog_seller:list_products"), query)
        return sorted(product.name for product in response.context["page"])

    assert names() == ["Draft one", "Low one"]
    assert names(tab="low") == ["Low one"]
    assert names(tab="draft") == ["Draft one"]
    assert names(tab="nonsense", page="abc") == ["Draft one", "Low one"]
    assert names(q="low") == ["Low one"]
    assert names(q="SKU-") == ["Draft one", "Low one"]
