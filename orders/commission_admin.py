"""Commission rules in the back office: tried out first, then added, replaced or ended; never rewritten."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import ForeignKey
from django.forms import ModelChoiceField, ModelForm, model_to_dict
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from catalog.forms import CategoryChoice
from catalog.models import Category
from marketplace.back_office import InWords
from marketplace.markets import MARKETS
from orders import commission_rules
from orders.commission_forms import AMOUNTS, TARGETS, WHERE, CommissionRuleForm
from orders.models import CommissionRule

TERMS = (*WHERE, *TARGETS, "rate", *AMOUNTS, "starts_on")


@admin.register(CommissionRule)
class CommissionRuleAdmin(InWords, admin.ModelAdmin):
    form = CommissionRuleForm
    change_form_template = "admin/orders/commissionrule/change_form.html"
    list_display = (
        "name", "market_code", "position", "product", "category", "seller", "rate", "flat", "floor", "cap",
        "starts_on", "ends_on",
    )  # fmt: skip
    list_filter = ("market_code", "starts_on", ("ends_on", admin.EmptyFieldListFilter))
    search_fields = ("name", "seller__business_name", "product__name")
    list_select_related = ("product", "category", "seller")
    raw_id_fields = ("product", "seller")
    fieldsets = (
        (None, {"fields": ("market_code", "position", "name", "replaces")}),
        (gettext_lazy("What it is for"), {"fields": ("product", "category", "seller")}),
        (gettext_lazy("What it takes"), {"fields": ("rate", "flat", "floor", "cap")}),
        (gettext_lazy("When"), {"fields": ("starts_on", "ends_on")}),
    )

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(require_POST(self.show_preview))
        own = [
            path("preview/", view, name="orders_commissionrule_preview_new"),
            path("<int:rule_id>/preview/", view, name="orders_commissionrule_preview"),
        ]
        return [*own, *super().get_urls()]

    def get_object(
        self, request: HttpRequest, object_id: str, from_field: str | None = None
    ) -> CommissionRule | None:
        """Locked while it is being changed, so that no order is placed under it in between."""
        rule = super().get_object(request, object_id, from_field)
        if rule and request.method == "POST":
            return CommissionRule.objects.select_for_update(of=("self",)).get(pk=rule.pk)
        return rule

    def get_readonly_fields(self, request: HttpRequest, obj: CommissionRule | None = None) -> tuple[str, ...]:
        return TERMS if obj and commission_rules.last_use(obj) else ()

    def has_delete_permission(self, request: HttpRequest, obj: CommissionRule | None = None) -> bool:
        unused = obj is None or commission_rules.last_use(obj) is None
        return unused and super().has_delete_permission(request, obj)

    def formfield_for_foreignkey(
        self, db_field: ForeignKey, request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField | None:
        """The categories of all markets stand in one list, so each says which market it is of."""
        if db_field.name == "category":
            kwargs["form_class"] = CategoryChoice
            kwargs["queryset"] = Category.objects.select_related("parent").order_by(
                "market_code", "level", "name_en"
            )
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """A rule that follows another begins as its copy."""
        chosen = request.GET.get("replaces", "")
        old = (
            CommissionRule.objects.filter(pk=chosen).first()
            if chosen.isascii() and chosen.isdigit()
            else None
        )
        if old is None:
            return super().get_changeform_initial_data(request)
        used = commission_rules.last_use(old)
        start = max(filter(None, (commission_rules.today(old.market), used, old.starts_on)))
        fresh = {"replaces": old.pk, "starts_on": start + commission_rules.ONE_DAY, "ends_on": None}
        return model_to_dict(old) | fresh

    def save_model(self, request: HttpRequest, obj: CommissionRule, form: ModelForm, change: bool) -> None:
        old = form.cleaned_data.get("replaces")
        if old and not change:
            commission_rules.replace(old=old, new=obj)
        else:
            super().save_model(request, obj, form, change)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        is_known = object_id is not None and object_id.isascii() and object_id.isdigit()
        names = {"preview_url": reverse("admin:orders_commissionrule_preview_new")}
        if is_known:
            names["preview_url"] = reverse("admin:orders_commissionrule_preview", args=[object_id])
            names["replace_url"] = reverse("admin:orders_commissionrule_add") + f"?replaces={object_id}"
        return super().changeform_view(request, object_id, form_url, {**names, **(extra_context or {})})

    def show_preview(self, request: HttpRequest, rule_id: int | None = None) -> HttpResponse:
        """What this rule, as typed, would have earned on yesterday's lines. Nothing is saved."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        rule = get_object_or_404(CommissionRule, pk=rule_id) if rule_id else None
        form = self.get_form(request, rule, change=rule is not None)(request.POST, instance=rule)
        shown = None
        if form.is_valid():
            market = MARKETS[form.instance.market_code]
            yesterday = commission_rules.today(market) - commission_rules.ONE_DAY
            old = rule or form.cleaned_data.get("replaces")
            shown = commission_rules.preview(form.instance, day=yesterday, instead_of=old)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Preview"),
            "opts": self.model._meta,
            "form": form,
            "preview": shown,
        }
        template = "admin/orders/commissionrule/preview.html"
        return TemplateResponse(request, template, context, status=200 if shown else 422)
