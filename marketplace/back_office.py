"""What the admin screens of all apps share."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Any, ClassVar

from django.conf import settings
from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from marketplace.markets import MARKETS
from marketplace.templatetags.market import signed

Say = Callable[[str], Any]
MONEY = {
    "amount", "commission", "commission_tax", "delivery", "discount", "expected", "fee", "found", "items_net",
    "net", "price", "seller_amount", "tax", "total",
}  # fmt: skip
_ACTORS = {
    "buyer": _("the buyer"),
    "seller": _("the store"),
    "staff": _("our staff"),
    "system": _("the clock"),
    "gateway": _("the payment company"),
}


class BackOfficeConfig(AdminConfig):
    """Makes `admin.site` our own."""

    default_site = "marketplace.admin.BackOffice"


def said_by(words: Mapping[str, Any]) -> Say:
    """Look a code up; one that nobody has put into words is shown as it is."""
    return lambda code: words.get(code, code)


def _label_of(things: str) -> Say:
    """What the first country that knows such a thing calls it."""

    def say(code: str) -> Any:
        known = (thing for market in MARKETS.values() for thing in getattr(market, things))
        return next((thing.label for thing in known if thing.code == code), code)

    return say


@cache
def _column(model: type[Model], name: str, say: Say) -> Callable[[Any], Any]:
    """A column in words that still sorts, and is still called, like the field it stands for."""
    field: Any = model._meta.get_field(name)

    @admin.display(description=field.verbose_name, ordering=name)
    def column(row: Any) -> Any:
        value = getattr(row, name)
        return say(value) if value else "–"

    column.__name__ = name
    return column


@cache
def _money_column(model: type[Model], name: str) -> Callable[[Any], Any]:
    """An amount as the shop writes it, in its own money."""
    field: Any = model._meta.get_field(name)

    @admin.display(description=field.verbose_name, ordering=name)
    def column(row: Any) -> str:
        value = getattr(row, name)
        currency = row.currency if hasattr(row, "currency") else row.market.currency
        return "–" if value is None else signed(value, currency)

    column.__name__ = name
    return column


class CodeFilter(admin.AllValuesFieldListFilter):
    """A choice of codes, in the words of the column."""

    def __init__(
        self, field: Any, request: Any, params: Any, model: Any, model_admin: Any, field_path: str
    ) -> None:
        self._say: Say = model_admin.words[field_path]
        super().__init__(field, request, params, model, model_admin, field_path)

    def choices(self, changelist: Any) -> Iterator[Any]:
        for choice in super().choices(changelist):
            shown = choice["display"]
            yield {**choice, "display": (self._say(shown) or "–") if isinstance(shown, str) else shown}


class InWords:
    """Codes read as words, amounts as money: `words` says how. What may be edited stays as it is."""

    model: type[Model]
    words: ClassVar[dict[str, Say]] = {
        "actor": said_by(_ACTORS),
        "document_type": _label_of("identity_documents"),
        "language": lambda code: dict(settings.LANGUAGES).get(code, code),
        "market_code": lambda code: MARKETS[code].name if code in MARKETS else code,
        "method": _label_of("payment_methods"),
        "preferred_method": _label_of("payment_methods"),
        "rail": _label_of("payout_rails"),
        "tax_class": lambda code: next(
            (market.tax_classes[code].label for market in MARKETS.values() if code in market.tax_classes),
            code,
        ),
    }

    def _columns(self) -> dict[str, Callable[[Any], Any]]:
        names = {field.name for field in self.model._meta.concrete_fields if not field.choices}
        said = {name: _column(self.model, name, say) for name, say in self.words.items() if name in names}
        has_money = {"currency", "market_code"} & names
        return said | {name: _money_column(self.model, name) for name in MONEY & names if has_money}

    def response_action(self, request: HttpRequest, queryset: Any) -> Any:
        """What is no id at all chooses no row: the list comes back with the words for that."""
        key: Any = self.model._meta.pk
        try:
            for typed in request.POST.getlist(ACTION_CHECKBOX_NAME):
                key.to_python(typed)
        except ValidationError:
            request.POST = request.POST.copy()  # type: ignore[assignment]
            request.POST.setlist(ACTION_CHECKBOX_NAME, [])  # type: ignore[attr-defined]
        return super().response_action(request, queryset)  # type: ignore[misc]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        columns = self._columns()
        return [columns.get(name, name) for name in super().get_list_display(request)]  # type: ignore[misc]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        columns = self._columns()
        names = super().get_list_filter(request)  # type: ignore[misc]
        return [(name, CodeFilter) if name in columns else name for name in names]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[Any, ...]:
        names = tuple(super().get_readonly_fields(request, obj))  # type: ignore[misc]
        columns = self._columns()
        to_read = names if self.has_change_permission(request, obj) else columns  # type: ignore[attr-defined]
        return (*names, *(columns[name] for name in to_read if name in columns))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        to_read = [*self.get_readonly_fields(request, obj)]
        columns = {name: column for name, column in self._columns().items() if column in to_read}

        def said(names: Iterable[Any]) -> list[Any]:
            named = [name for name in names if name not in columns.values()]
            return [said(name) if isinstance(name, tuple) else columns.get(name, name) for name in named]

        sets = super().get_fieldsets(request, obj)  # type: ignore[misc]
        return [(title, {**options, "fields": said(options["fields"])}) for title, options in sets]


class NoBirthNoDeath(InWords):
    """Rows are made by the shop and never deleted; some columns may be corrected."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnly(NoBirthNoDeath):
    """Nothing is added, changed or deleted by hand."""

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
