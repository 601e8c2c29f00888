"""Orders in the back office: figures to read, actions that call the domain, no status by hand."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from marketplace.back_office import ReadOnly, said_by
from marketplace.lifecycle import IllegalTransition, StaleState
from orders import lifecycle
from orders.commission_admin import CommissionRuleAdmin
from orders.models import Cart, CartLine, Order, OrderEvent, OrderLine, OrderStatus, SellerOrder
from orders.own_words import in_words
from orders.timeline import KINDS

__all__ = ["CartAdmin", "CommissionRuleAdmin", "OrderAdmin", "SellerOrderAdmin"]


def _columns(model: type[Model], *hidden: str) -> tuple[str, ...]:
    return tuple(field.name for field in model._meta.concrete_fields if field.name not in hidden)


class LineInline(ReadOnly, admin.TabularInline):
    model = OrderLine
    extra = 0
    fields = readonly_fields = _columns(OrderLine, "id", "seller_order", "variant", "photo")


class EventInline(ReadOnly, admin.TabularInline):
    model = OrderEvent
    extra = 0
    # Buyers are not told of the release.
    words = ReadOnly.words | {
        "kind": said_by({**KINDS, "released": _("Money released to the store")}),
        "note": in_words,
    }
    fields = readonly_fields = ("at", "kind", "seller_order", "actor", "by", "note")


class SellerOrderInline(ReadOnly, admin.TabularInline):
    model = SellerOrder
    extra = 0
    fields = readonly_fields = (
        "number",
        "seller",
        "status",
        "delivery_kind",
        "total",
        "commission",
        "commission_tax",
    )
    show_change_link = True


def _each(
    request: HttpRequest, rows: QuerySet[Any], act: Callable[[Any], None], model_admin: admin.ModelAdmin
) -> None:
    """Call a domain function for every chosen row and say how it went."""
    done = 0
    for row in rows:
        try:
            act(row)
        except (IllegalTransition, StaleState):
            text = _("%(row)s: not possible in its present state.") % {"row": row}
            model_admin.message_user(request, text, messages.ERROR)
        else:
            done += 1
    if done:
        text = ngettext("%(count)d changed.", "%(count)d changed.", done) % {"count": done}
        model_admin.message_user(request, text, messages.SUCCESS)


@admin.register(Order)
class OrderAdmin(ReadOnly, admin.ModelAdmin):
    list_display = (
        "number",
        "market_code",
        "status",
        "full_name",
        "total",
        "currency",
        "placed_at",
        "paid_at",
    )
    list_filter = ("market_code", "status", "placed_at")
    search_fields = ("number", "email", "full_name", "phone")
    date_hierarchy = "placed_at"
    list_select_related = ("user",)
    fields = readonly_fields = _columns(Order, "secret", "checkout_token")
    inlines = (SellerOrderInline, EventInline)
    actions = ("cancel_unpaid",)
    show_full_result_count = False

    @admin.action(description=_("Cancel (unpaid only)"), permissions=["cancel"])
    def cancel_unpaid(self, request: HttpRequest, rows: QuerySet[Order]) -> None:
        _each(
            request,
            rows.filter(status=OrderStatus.PENDING),
            lambda order: lifecycle.cancel(order, by=request.user, actor="staff"),  # type: ignore[arg-type]
            self,
        )

    def has_cancel_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.change_order")


@admin.register(SellerOrder)
class SellerOrderAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("number", "seller", "status", "delivery_kind", "total", "shipped_at", "delivered_at")
    list_filter = ("market_code", "status", "delivery_kind")
    search_fields = ("number", "seller__business_name", "tracking_number")
    list_select_related = ("seller", "order")
    fields = readonly_fields = _columns(SellerOrder)
    inlines = (LineInline, EventInline)
    actions = ("take_as_delivered",)
    show_full_result_count = False

    @admin.action(description=_("Take as delivered"), permissions=["deliver"])
    def take_as_delivered(self, request: HttpRequest, rows: QuerySet[SellerOrder]) -> None:
        _each(
            request,
            rows,
            lambda row: lifecycle.deliver(row, by=request.user, actor="staff"),  # type: ignore[arg-type]
            self,
        )

    def has_deliver_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("orders.change_sellerorder")


class CartLineInline(ReadOnly, admin.TabularInline):
    model = CartLine
    extra = 0


@admin.register(Cart)
class CartAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("id", "market_code", "user", "updated_at", "expires_at")
    list_filter = ("market_code",)
    list_select_related = ("user",)
    inlines = (CartLineInline,)
