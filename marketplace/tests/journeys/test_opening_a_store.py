"""A newcomer becomes a seller: application, account, approval, first product, first look by a shopper."""

import re
from io import BytesIO

import pytest
from django.contrib.auth.models import Group
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog.models import Photo, Product
from catalog.tests.factories import make_category, make_product
from marketplace.accounts import roles
from marketplace.accounts.tests.factories import PASSWORD, make_user
from marketplace.mailing.models import OutgoingMessage
from marketplace.tests.journeys import steps
from marketplace.tests.visitor import Visitor
from orders.models import CartLine
from sellers.models import Seller
from sellers.tests.factories import make_seller

pytestmark = pytest.mark.django_db(transaction=True)
STORE = {"business_name": "Quinta da Rosa", "description": "Verduras.", "street": "Rua 1", "number": "5"}
PLACES = {
    "co": {"phone": "300 123 4567", "region": "11", "city": "Bogotá"},
    "mz": {"phone": "84 123 4567", "region": "MPM", "city": "Maputo"},
}
PAPERS = {
    "co": {"document_type": "NIT", "document_number": "830.140.299-6"},
    "mz": {"document_type": "NUIT", "document_number": "400 123 456"},
}
PERSON = {"first_name": "Rosa", "last_name": "Nhaca", "email": "rosa@example.com"}


def picture():
    written = BytesIO()
    Image.new("RGB", (900, 700), "tomato").save(written, "JPEG")
    return SimpleUploadedFile("alface.jpg", written.getvalue(), content_type="image/jpeg")


def code_from_the_outbox(reader, email, settings):
    """What the development outbox shows to somebody who looks for the mail."""
    settings.DEBUG = True
    reader.visit("/outbox/").send("/outbox/", {"to": email}, field="to")
    settings.DEBUG = False
    return re.search(r"\b\d{6}\b", reader.page.text)[0]


def sign_up(visitor, market_code, settings):
    visitor.send(
        "/accounts/signup/",
        PERSON | {"phone": PLACES[market_code]["phone"], "password1": PASSWORD, "terms": "on"},
        field="password1",
    )
    code = code_from_the_outbox(Visitor(market_code), PERSON["email"], settings)
    return visitor.send("/confirm-email/", {"code": code}, field="code")


def apply(visitor, market_code, settings):
    """What a stranger typed waits until the account is there."""
    visitor.visit("/").follow("/sell/apply/")
    told = STORE | PLACES[market_code] | PAPERS[market_code]
    visitor.send(
        "/sell/apply/",
        told | {"email": PERSON["email"], "legal_name": "Rosa Nhaca", "terms": "on"},
        field="business_name",
    )
    assert visitor.path == "/accounts/signup/"
    sign_up(visitor, market_code, settings)
    if visitor.path != "/sell/apply/":
        visitor.visit("/sell/apply/")
    assert visitor.form("/sell/apply/", field="business_name").values["business_name"] == ["Quinta da Rosa"]
    visitor.send("/sell/apply/", {"terms": "on"}, field="business_name")
    assert visitor.path == "/sell/"
    return Seller.objects.get(business_name="Quinta da Rosa")


def create_product(visitor, category):
    visitor.visit("/sell/").follow("/sell/products/")
    visitor.follow("/sell/products/new/")
    values = {
        "name": "Alface crespa",
        "category": category.pk,
        "short_description": "Colhida hoje",
        "variant-price": "60",
        "variant-on_hand": "12",
    }
    visitor.send("/new/", values, field="variant-price", button="publish", files={"pictures": [picture()]})
    assert visitor.status == 200 and visitor.path != "/sell/products/new/", visitor.page.text
    steps.until(lambda: Photo.objects.filter(ready_at__isnull=False).exists())
    return Product.objects.get(name="Alface crespa")


def moderator():
    roles.grant()
    person = make_user("staff@example.com", is_staff=True)
    person.groups.add(Group.objects.get(name=roles.STAFF))
    return Visitor("mz").sign_in(person)


def assert_shoppers_find(product, market_code):
    shopper = Visitor(market_code)
    shopper.visit("/search/?q=alface").follow(product.get_absolute_url())
    assert "Quinta da Rosa" in shopper.page.text and "/media/photos/" in shopper.html
    assert default_storage.exists(f"{Photo.objects.get().base}-640.webp")
    shopper.send("/cart/add/", {"quantity": "1"}, field="quantity")
    assert "Alface crespa" in shopper.page.text


def test_in_mozambique_staff_look_at_the_store_and_at_its_first_product(worker, settings):
    category = make_category("Verduras", market_code="mz")
    rosa = Visitor("mz")
    seller = apply(rosa, "mz", settings)
    assert seller.status == "pending"

    office = moderator()
    office.visit("/admin/").follow("/admin/sellers/seller/")
    office.follow(f"/admin/sellers/seller/{seller.pk}/change/").follow("/decide/approve/")
    office.send("/decide/approve/")
    seller.refresh_from_db()
    assert seller.status == "approved"
    assert OutgoingMessage.objects.filter(template="sellers/approved", language="pt").exists()

    product = create_product(rosa, category)
    assert not product.is_listed
    assert Visitor("mz").visit(product.get_absolute_url()).status == 404
    office.visit("/admin/catalog/product/")
    chosen = {"action": "approve", "_selected_action": str(product.pk)}
    office.send("/admin/catalog/product/", chosen, field="_selected_action", button="index")
    assert_shoppers_find(product, "mz")


def test_in_colombia_store_and_product_are_open_at_once(worker, settings):
    category = make_category("Verduras")
    rosa = Visitor("co")
    seller = apply(rosa, "co", settings)
    assert seller.status == "approved"
    assert_shoppers_find(create_product(rosa, category), "co")


def test_who_signs_up_keeps_the_cart_and_later_carts_are_joined(worker, settings):
    market = make_seller(market_code="mz")
    first = make_product(seller=market, name="Batata doce", price=40)
    second = make_product(seller=market, name="Couve tronchuda", price=30)
    visitor = Visitor("mz")
    steps.put_in_cart(visitor, first, 2)
    visitor.visit("/accounts/signup/")
    sign_up(visitor, "mz", settings)
    assert "Batata doce" in visitor.visit("/cart/").page.text

    phone = Visitor("mz")
    steps.put_in_cart(phone, first)
    steps.put_in_cart(phone, second)
    phone.visit("/accounts/login/")
    phone.send("/accounts/login/", {"login": PERSON["email"], "password": PASSWORD}, field="password")
    phone.visit("/cart/")

    held = {line.variant.product.name: line.quantity for line in CartLine.objects.all()}
    assert held == {"Batata doce": 3, "Couve tronchuda": 1}
    assert "Couve tronchuda" in visitor.visit("/cart/").page.text
