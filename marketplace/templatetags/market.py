"""Money, icons and small conveniences for templates."""

from decimal import Decimal
from functools import lru_cache

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from lucide.templatetags.lucide import lucide

from marketplace.money import Money, format_money

register = template.Library()


@register.filter
def money(amount: Decimal | Money | None, currency: str = "") -> str:
    """`{{ line.total|money:order.currency }}`; a Money needs no currency beside it."""
    if amount is None or amount == "":
        return ""
    if not isinstance(amount, Money):
        amount = Money(amount, currency)
    return format_money(amount, get_language() or "en")


@register.filter
def signed(amount: Decimal, currency: str) -> str:
    """Like `money`, but below zero with the sign in front: `−$ 5.000`."""
    return f"\N{MINUS SIGN}{money(-amount, currency)}" if amount < 0 else money(amount, currency)


@register.simple_tag
@lru_cache(maxsize=256)
def icon(name: str, size: int = 20) -> SafeString:
    """One Lucide drawing as inline SVG, hidden from screen readers: the text beside it speaks."""
    return mark_safe(lucide(str(name), size=size, **{"aria-hidden": "true", "class": "icon"}))  # noqa: S308
