"""What staff read beside a field: names in words, attached when the site starts, not in 300 definitions."""

from collections.abc import Mapping
from typing import Any

from django.apps import AppConfig
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

# Of fields that several apps have; each app's `labels.py` holds its own.
COMMON: dict[str, Promise | str] = {
    "market_code": pgettext_lazy("back office", "country"),
    "created_at": pgettext_lazy("back office", "created"),
    "updated_at": pgettext_lazy("back office", "last changed"),
    "currency": pgettext_lazy("back office", "currency"),
    "status": pgettext_lazy("back office", "status"),
    "kind": pgettext_lazy("back office", "kind"),
    "at": pgettext_lazy("back office", "when"),
    "by": pgettext_lazy("back office", "person"),
    "actor": pgettext_lazy("back office", "who acted"),
    "note": pgettext_lazy("back office", "note"),
    "number": pgettext_lazy("back office", "number"),
    "seller": pgettext_lazy("back office", "store"),
    "reason": pgettext_lazy("back office", "reason"),
    "language": pgettext_lazy("back office", "language"),
    "ip": pgettext_lazy("back office", "IP address"),
    "user": pgettext_lazy("back office", "person"),
    "user_agent": pgettext_lazy("back office", "browser"),
    "position": pgettext_lazy("back office", "position"),
    "name": pgettext_lazy("back office", "name"),
    "slug": pgettext_lazy("back office", "name in the address"),
    "city": pgettext_lazy("back office", "city"),
    "email": pgettext_lazy("back office", "email"),
    "phone": pgettext_lazy("back office", "phone"),
    "product": pgettext_lazy("back office", "product"),
    "category": pgettext_lazy("back office", "category"),
    "expires_at": pgettext_lazy("back office", "expires"),
    "payment": pgettext_lazy("back office", "payment"),
    "amount": pgettext_lazy("back office", "amount"),
    "total": pgettext_lazy("back office", "total"),
    "tax": pgettext_lazy("back office", "tax"),
    "tax_rate": pgettext_lazy("back office", "tax rate"),
    "tax_class": pgettext_lazy("back office", "tax class"),
    "commission": pgettext_lazy("back office", "commission"),
    "commission_tax": pgettext_lazy("back office", "tax on the commission"),
    "commission_rate": pgettext_lazy("back office", "commission rate"),
    "quantity": pgettext_lazy("back office", "quantity"),
    "price": pgettext_lazy("back office", "price"),
    "rating_average": pgettext_lazy("back office", "average rating"),
    "rating_count": pgettext_lazy("back office", "number of reviews"),
    "sales_count": pgettext_lazy("back office", "units sold"),
    "sku": pgettext_lazy("back office", "SKU"),
    "description": pgettext_lazy("back office", "description"),
    "photo": pgettext_lazy("back office", "picture"),
    "variant": pgettext_lazy("back office", "variant"),
    "approved_at": pgettext_lazy("back office", "approved on"),
    "approved_by": pgettext_lazy("back office", "approved by"),
    "cancelled_at": pgettext_lazy("back office", "cancelled on"),
    "tags": pgettext_lazy("back office", "tags"),
    "is_active": pgettext_lazy("back office", "active"),
    "options": pgettext_lazy("back office", "options"),
    "created_by": pgettext_lazy("back office", "created by"),
    "rail": pgettext_lazy("back office", "way of paying out"),
    "masked": pgettext_lazy("back office", "account (shortened)"),
    "order": pgettext_lazy("back office", "order"),
    "seller_order": pgettext_lazy("back office", "part of an order"),
    "line": pgettext_lazy("back office", "line"),
    "delivery": pgettext_lazy("back office", "delivery"),
    "discount": pgettext_lazy("back office", "discount"),
    "items_net": pgettext_lazy("back office", "goods without tax"),
    "method": pgettext_lazy("back office", "payment method"),
    "net": pgettext_lazy("back office", "amount without tax"),
    "paid_at": pgettext_lazy("back office", "paid on"),
    "secret": pgettext_lazy("back office", "secret of the link"),
    "cart": pgettext_lazy("back office", "cart"),
    "digest": pgettext_lazy("back office", "fingerprint"),
    "source": pgettext_lazy("back office", "origin"),
}


def attach(app: AppConfig, own: Mapping[str, Promise | str]) -> None:
    """Give every field that says nothing itself its label; migrations know nothing of it."""
    for model in app.get_models():
        fields: list[Any] = [*model._meta.local_fields, *model._meta.local_many_to_many]
        for field in fields:
            label = own.get(field.name) or COMMON.get(field.name)
            if label is not None and not isinstance(field.verbose_name, Promise):
                field.verbose_name = label
