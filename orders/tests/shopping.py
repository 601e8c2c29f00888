"""Go through the checkout page the way a browser does."""

import re

from django.urls import reverse

from catalog.tests.factories import make_product

URL = "/checkout/"
PEOPLE = {
    "co": {"phone": "300 123 4567", "place": "11:Bogotá", "street": "Calle 72 # 10-34", "method": "pse"},
    "mz": {"phone": "84 123 4567", "place": "MPM:Maputo", "street": "Av. 24 de Julho", "method": "mpesa"},
}


def fill_cart(shop, *products):
    for product in products or (make_product(),):
        variant = product.variants.get()
        assert shop.post(f"/cart/add/{variant.pk}/", {"quantity": 1}).status_code == 302


def hidden(html, name):
    return re.search(rf'name="{name}" value="([^"]*)"', html)[1]


def form_of(shop, market_code="co", **changes):
    """What a shopper sends who fills in the page as it is shown."""
    html = shop.get(URL).content.decode()
    found = {name: hidden(html, name) for name in ("token", "cart", "agreed_total")}
    person = {"email": "Ana@Example.com", "first_name": "Ana", "last_name": "Gómez", "terms": "on"}
    return found | person | PEOPLE[market_code] | changes


def pay_url(order):
    return reverse("payments:choose", args=[order.number])
