"""Carts and orders for tests, made the way shoppers make them."""

from decimal import Decimal
from itertools import count
from typing import Any

from django.utils import timezone

from catalog.models import Product, Variant
from catalog.tests.factories import make_product
from marketplace import markets
from marketplace.accounts.models import User
from orders import carts, checkout, lifecycle
from orders.checkout import Contact
from orders.models import Cart, CartLine, Order, OrderStatus, SellerOrder
from orders.quoting import Quote, quote
from sellers.models import DeliveryOption, Seller

ADDRESSES: dict[str, dict[str, str]] = {
    "co": {"street": "Calle 72 # 10-34", "city": "Bogotá", "region": "11", "phone": "+573001234567"},
    "mz": {"street": "Av. 24 de Julho 1250", "city": "Maputo", "region": "MPM", "phone": "+258841234567"},
}
_names = {"number": "", "complement": "", "neighborhood": "", "postal_code": ""}
_numbers = count(1)


def make_address(market_code: str = "co", **fields: str) -> dict[str, str]:
    """The snapshot an order keeps."""
    person = {"first_name": "Ana", "last_name": "Gómez", "market_code": market_code}
    return _names | person | ADDRESSES[market_code] | fields


def set_deliveries(seller: Seller, **kinds: dict[str, Any]) -> None:
    """`set_deliveries(seller, pickup={}, shipping={"fee": 7000})`: these ways of delivery and no other."""
    seller.delivery_options.all().delete()
    for kind, fields in kinds.items():
        DeliveryOption.objects.create(seller=seller, kind=kind, **fields)


def make_cart(*products: Product | Variant, user: User | None = None, quantity: int = 1) -> Cart:
    """A cart with one line per product; without products it holds one of its own."""
    chosen = products or (make_product(),)
    variants = [item if isinstance(item, Variant) else item.variants.get() for item in chosen]
    code = variants[0].product.market_code
    cart = Cart.objects.create(market_code=code, user=user, expires_at=timezone.now() + carts.GUEST_LIFE)
    CartLine.objects.bulk_create(
        CartLine(cart=cart, variant=variant, quantity=quantity, seen_price=variant.price)
        for variant in variants
    )
    return cart


def quote_of(cart: Cart, city: str = "", **fields: Any) -> Quote:
    address = ADDRESSES[cart.market_code]
    place = cart.market.city(fields.pop("region", address["region"]), city or address["city"])
    fields = {"day": timezone.now().date()} | fields
    return quote(market=cart.market, lines=carts.contents(cart), city=place, **fields)


def place(cart: Cart, **fields: Any) -> Order:
    """Order a cart at the total it has right now."""
    code = cart.market_code
    defaults: dict[str, Any] = {
        "contact": Contact(
            email=f"buyer{next(_numbers)}@example.com", full_name="Ana Gómez", phone=ADDRESSES[code]["phone"]
        ),
        "address": make_address(code),
        "deliveries": {},
        "method": markets.get(code).payment_methods[0],
        "language": markets.get(code).language,
        "now": timezone.now(),
        "user": cart.user,
    }
    if "agreed_total" not in fields:
        fields["agreed_total"] = quote_of(cart, wanted=fields.get("deliveries")).total
    return checkout.place_order(cart=cart, **defaults | fields)


def make_order(
    *products: Product | Variant,
    seller: Seller | None = None,
    user: User | None = None,
    quantity: int = 1,
    price: Decimal | str | int = "50000",
    **fields: Any,
) -> Order:
    """An order that awaits payment. `deliveries` given as a kind means that kind for every seller."""
    if seller is not None and not products:
        products = (make_product(seller=seller, price=price),)
    cart = make_cart(*products, quantity=quantity)
    if isinstance(fields.get("deliveries"), str):
        sellers = {line.variant.seller_id for line in cart.lines.select_related("variant")}
        fields["deliveries"] = dict.fromkeys(sellers, fields["deliveries"])
    return place(cart, user=user, **fields)


def make_paid_order(*products: Product | Variant, **fields: Any) -> Order:
    order = make_order(*products, **fields)
    lifecycle.mark_paid(order, timezone.now())
    return order


def make_seller_order(status: str = "confirmed", **fields: Any) -> SellerOrder:
    """The only part of an order, brought to a status by the domain's own steps."""
    order = make_order(**fields)
    if status != "pending":
        if status == "cancelled":
            lifecycle.cancel(order, by=None, actor="buyer")
        else:
            lifecycle.mark_paid(order, timezone.now())
    part = order.seller_orders.select_related("order", "seller").get()
    for step, reached in (
        (lifecycle.process, ("processing", "shipped", "delivered")),
        (lifecycle.ship, ("shipped", "delivered")),
    ):
        if status in reached:
            step(part, by=None)
    if status == "delivered":
        lifecycle.deliver(part, by=None, actor="buyer")
    return part


def expired(order: Order) -> Order:
    lifecycle.expire(order, timezone.now())
    assert order.status == OrderStatus.EXPIRED
    return order
