"""What shoppers mean to buy: one cart per person and market, or per guest's session."""

import uuid
from collections.abc import Iterable
from datetime import datetime, timedelta

from celery import shared_task
from django.db import connection, transaction
from django.db.models import F, IntegerField, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.models import StockItem, Variant
from marketplace.accounts.models import User
from marketplace.http import Request
from marketplace.markets.base import Market
from orders.models import Cart, CartLine
from orders.models.cart import MAX_LINES, MAX_QUANTITY

SESSION_KEY = "carts"  # market code → id of the guest's cart
USER_LIFE = timedelta(days=90)
GUEST_LIFE = timedelta(days=14)


class CartFull(Exception):
    """The cart holds as many different things as it can."""


class NotEnough(Exception):
    """More than there is, or more than one may buy at once."""

    def __init__(self, available: int) -> None:
        super().__init__(available)
        self.available = available


def available(variant: str) -> Coalesce:
    """How many can be bought now, to annotate rows with; `variant` names their variant's id."""
    stock = StockItem.objects.filter(variant=OuterRef(variant)).order_by().values("variant")
    free = stock.annotate(free=Sum(F("on_hand") - F("reserved"))).values("free")
    return Coalesce(Subquery(free, output_field=IntegerField()), 0)


def find(request: Request) -> Cart | None:
    """The shopper's cart in this market. Costs no query for a guest who has none.

    The first look after signing in takes what the guest had put aside into the person's cart.
    """
    kept = request.session.get(SESSION_KEY, {}).get(request.market.code)
    if not request.user.is_authenticated:
        return _guest_cart(kept, request.market) if kept else None
    if kept:
        guest = _guest_cart(kept, request.market)
        _forget(request)
        if guest:
            return merge(guest=guest, user=request.user)
    return Cart.objects.filter(user=request.user, market_code=request.market.code).first()


def find_or_open(request: Request) -> Cart:
    if cart := find(request):
        return cart
    if request.user.is_authenticated:
        return _open(request.user, request.market)
    cart = Cart.objects.create(market_code=request.market.code, expires_at=timezone.now() + GUEST_LIFE)
    request.session[SESSION_KEY] = request.session.get(SESSION_KEY, {}) | {cart.market_code: str(cart.pk)}
    return cart


def open_for(user: User, market: Market) -> Cart:
    """The person's cart, made where there is none; two requests at once make one."""
    own = Cart.objects.filter(user=user, market_code=market.code)
    return own.first() or _open(user, market)


def _open(user: User, market: Market) -> Cart:
    cart = Cart(user=user, market_code=market.code, expires_at=timezone.now() + USER_LIFE)
    Cart.objects.bulk_create([cart], ignore_conflicts=True)
    return Cart.objects.get(user=user, market_code=market.code)


def restore(request: Request, cart_id: str) -> Cart | None:
    """Give a guest the cart back that a page of ours, signed, still names after the session has ended."""
    cart = _guest_cart(cart_id, request.market)
    if cart and not request.user.is_authenticated:
        request.session[SESSION_KEY] = request.session.get(SESSION_KEY, {}) | {cart.market_code: str(cart.pk)}
        return cart
    return None


def contents(cart: Cart | None) -> list[CartLine]:
    """The lines with product, seller, ways of delivery and `available`: two queries for any cart."""
    if cart is None:
        return []
    lines = cart.lines.select_related("variant__product__seller").annotate(available=available("variant"))
    return list(lines.prefetch_related("variant__product__seller__delivery_options"))


def count(request: Request) -> int:
    """How many things the cart holds, for the badge."""
    cart = find(request)
    return cart.lines.aggregate(count=Coalesce(Sum("quantity"), 0))["count"] if cart else 0


def add(cart: Cart, variant: Variant, quantity: int) -> int:
    """Put more of a variant (annotated with `available`) in; returns how many things the cart holds.

    One upsert, so that two clicks at once both count. Raises CartFull or NotEnough.
    """
    held = dict(cart.lines.values_list("variant_id", "quantity"))
    wanted = held.get(variant.pk, 0) + quantity
    _check(wanted, variant.available)  # type: ignore[attr-defined]
    if variant.pk not in held and len(held) >= MAX_LINES:
        raise CartFull
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO orders_cartline (cart_id, variant_id, quantity, seen_price, added_at)
            VALUES (%s, %s, %s, %s, now())
            ON CONFLICT (cart_id, variant_id) DO UPDATE SET seen_price = excluded.seen_price,
                quantity = least(orders_cartline.quantity + excluded.quantity, %s)
            """,
            [cart.pk, variant.pk, quantity, variant.price, MAX_QUANTITY],
        )
    _keep_alive(cart)
    return sum(held.values()) + quantity


def change(line: CartLine, quantity: int) -> None:
    """Set how many of a line (annotated with `available`) are wanted. Raises NotEnough."""
    _check(quantity, line.available)  # type: ignore[attr-defined]
    CartLine.objects.filter(pk=line.pk).update(quantity=quantity, seen_price=line.variant.price)


def accept_changes(cart: Cart) -> None:
    """Take the cart as it can be bought: drop what is gone, lower what is short, note today's prices."""
    for line in contents(cart):
        free = line.available if is_on_sale(line) else 0  # type: ignore[attr-defined]
        if free < 1:
            line.delete()
            continue
        CartLine.objects.filter(pk=line.pk).update(
            quantity=min(line.quantity, free), seen_price=line.variant.price
        )


def is_on_sale(line: CartLine) -> bool:
    return line.variant.is_active and line.variant.product.is_listed


@transaction.atomic
def merge(*, guest: Cart, user: User) -> Cart:
    """Take a guest's cart into the person's: quantities add up, capped at the stock and at 99 a line.

    Both rows are locked, so that merging twice at once happens once.
    """
    cart = open_for(user, guest.market)
    locked = Cart.objects.select_for_update().filter(pk__in=[guest.pk, cart.pk]).order_by("pk")
    if guest not in list(locked):
        return cart
    held = {line.variant_id: line for line in cart.lines.all()}
    new: list[CartLine] = []
    for line in guest.lines.annotate(available=available("variant")):
        mine = held.get(line.variant_id)
        limit = max(1, min(line.available, MAX_QUANTITY))  # type: ignore[attr-defined]
        if mine:
            mine.quantity = min(mine.quantity + line.quantity, limit)
        elif len(held) + len(new) < MAX_LINES:
            line.pk, line.cart, line.quantity = None, cart, min(line.quantity, limit)
            new.append(line)
    CartLine.objects.bulk_update(held.values(), ["quantity"])
    guest.delete()
    CartLine.objects.bulk_create(new)
    return cart


@shared_task
def drop_expired(now: datetime | None = None) -> int:
    """Delete carts nobody came back to (TX-CRT-04)."""
    return Cart.objects.filter(expires_at__lt=now or timezone.now()).delete()[1].get("orders.Cart", 0)


def variants_in(lines: Iterable[CartLine]) -> dict[int, int]:
    return {line.variant_id: line.quantity for line in lines}


def _check(quantity: int, free: int) -> None:
    if quantity > min(free, MAX_QUANTITY):
        raise NotEnough(max(0, min(free, MAX_QUANTITY)))


def _guest_cart(cart_id: str, market: Market) -> Cart | None:
    try:
        key = uuid.UUID(str(cart_id))
    except ValueError:
        return None
    alive = Cart.objects.filter(user=None, market_code=market.code, expires_at__gt=timezone.now())
    return alive.filter(pk=key).first()


def _forget(request: Request) -> None:
    carts = request.session.get(SESSION_KEY, {})
    request.session[SESSION_KEY] = {code: key for code, key in carts.items() if code != request.market.code}


def _keep_alive(cart: Cart) -> None:
    """Put the end of its life off, at most once a day."""
    expires_at = timezone.now() + (USER_LIFE if cart.user_id else GUEST_LIFE)
    if expires_at - cart.expires_at > timedelta(days=1):
        Cart.objects.filter(pk=cart.pk).update(expires_at=expires_at)
