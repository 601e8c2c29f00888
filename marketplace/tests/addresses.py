"""Every address of the site, filled in with things that belong to somebody."""

from dataclasses import dataclass

from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from catalog.tests.factories import make_category, make_photo, make_product
from marketplace.accounts.tests.factories import make_address, make_user
from marketplace.bundling import bundle
from orders.tests.factories import make_cart, make_order
from payments.disbursement import payouts
from payments.tests.factories import make_available, make_destination, make_document, make_payment
from payments.tests.refunds import give_back, sell
from payments.tests.requests import make_part, make_request
from sellers.payout_destinations import dispute_token
from sellers.tests.factories import make_member, make_seller

MEDIA = "media/<path:path>"  # has no name; in development alone


@dataclass(frozen=True)
class Address:
    name: str
    parameters: tuple[str, ...]


def addresses(*, back_office=False):
    """All addresses of the URL map, the admin's apart (whose old and unknown ones have no name)."""
    found = {address.name: address for address in _walk(get_resolver())}
    if back_office:
        return [each for name, each in found.items() if name.startswith("admin:") and "<" not in name]
    return [each for name, each in found.items() if not name.startswith("admin:")]


def _walk(resolver, names=(), above=()):
    for pattern in resolver.url_patterns:
        parameters = (*above, *pattern.pattern.converters, *pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLPattern):
            name = ":".join((*names, pattern.name or str(pattern.pattern)))
            yield Address(name, tuple(dict.fromkeys(parameters)))
        else:
            inner = (*names, pattern.namespace) if pattern.namespace else names
            yield from _walk(pattern, inner, parameters)


class Belongings:
    """One buyer's cart, order and address; one store's product, order and payout. All in Colombia."""

    def __init__(self):
        self.buyer = make_user("buyer@example.com")
        self.other = make_user("other@example.com")
        self.owner = make_user("owner@example.com")
        self.rival = make_user("rival@example.com")
        self.helper = make_user("helper@example.com")
        self.seller = make_seller(owner=self.owner)
        make_destination(self.seller)
        make_member(self.seller, self.helper)
        make_product(seller=make_seller(owner=self.rival))
        self.category = make_category("Mercado")
        self.product = make_product(seller=self.seller, category=self.category, price=80000)
        self.variant = self.product.variants.get()
        self.photo = make_photo(self.product)
        self.cart = make_cart(self.product, user=self.buyer)
        self.address = make_address(self.buyer)
        make_available(self.seller)
        self.payout = payouts.pay_available(self.seller.pk)
        self.document = make_document(self.seller)
        self.request = make_request(make_part(seller=self.seller, user=self.buyer))
        self.refund = give_back(sell(self.product))
        self.order = make_order(self.product, user=self.buyer)
        self.part = self.order.seller_orders.get()
        self.payment = make_payment(self.order)
        assert self.payout and self.order.expires_at > timezone.now()

    def values(self, address):
        slugs = {
            "catalog:show_category": self.category.slug,
            "catalog:show_store": self.seller.slug,
        }
        is_payout = address.name == "payments_seller:show_payout"
        known = {
            "slug": slugs.get(address.name, self.product.slug),
            "number": self.order.number,
            "reference": (self.payout if is_payout else self.payment).reference,
            "pk": self.part.pk if address.name.startswith("orders_seller:") else self.product.pk,
            "seller_order_id": self.part.pk,
            "document_number": self.document.number,
            "request_number": self.request.number,
            "variant_id": self.variant.pk,
            "photo_id": self.photo.pk,
            "product_id": self.product.pk,
            "line_id": self.cart.lines.get().pk,
            "address_id": self.address.pk,
            "secret": (self.refund if address.name == "payments:show_refund" else self.order).secret,
            "token": dispute_token(self.seller.payout_destinations.get()),
            "gateway": "wompi",
            "action": "pause",
            "message_id": 1,
            "digest": bundle("css").name.split(".")[1],
            "kind": "css",
            "path": "photos/none.webp",
        }
        return {name: known[name] for name in address.parameters}

    def url(self, address):
        if address.name == MEDIA:
            return "/media/photos/none.webp"
        return reverse(address.name, kwargs=self.values(address))
