"""From cart to doorstep."""

from orders.models.cart import Cart, CartLine
from orders.models.commission import CommissionRule
from orders.models.order import ORDER_TRANSITIONS, PAID_FOR, Order, OrderEvent, OrderStatus
from orders.models.seller_order import (
    REVIVED_TRANSITIONS,
    SELLER_ORDER_TRANSITIONS,
    Allocation,
    AllocationState,
    OrderLine,
    SellerOrder,
    SellerOrderStatus,
)

__all__ = [
    "ORDER_TRANSITIONS",
    "PAID_FOR",
    "REVIVED_TRANSITIONS",
    "SELLER_ORDER_TRANSITIONS",
    "Allocation",
    "AllocationState",
    "Cart",
    "CartLine",
    "CommissionRule",
    "Order",
    "OrderEvent",
    "OrderLine",
    "OrderStatus",
    "SellerOrder",
    "SellerOrderStatus",
]
