"""Buy the same things again."""

from catalog.models import Variant
from orders import carts
from orders.models import Cart, Order, OrderLine


def fill(cart: Cart, order: Order) -> list[str]:
    """Add what an order held to a cart, at today's prices; returns the names of what fell short."""
    missing: list[str] = []
    lines = OrderLine.objects.filter(seller_order__order=order)
    on_sale = Variant.objects.on_sale(cart.market).annotate(available=carts.available("pk"))
    variants = on_sale.in_bulk([line.variant_id for line in lines if line.variant_id])
    for line in lines:
        variant = variants.get(line.variant_id)
        if variant is None or not _add(cart, variant, line.quantity):
            missing.append(line.product_name)
    return missing


def _add(cart: Cart, variant: Variant, quantity: int) -> bool:
    """True when all of it fits; else as many as there are."""
    try:
        carts.add(cart, variant, quantity)
    except carts.NotEnough as shortage:
        held = cart.lines.filter(variant=variant).values_list("quantity", flat=True).first() or 0
        if shortage.available > held:
            carts.add(cart, variant, shortage.available - held)
        return False
    except carts.CartFull:
        return False
    return True
