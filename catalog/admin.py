"""Goods in the back office: decisions with reasons, the category tree; prices are the sellers' own."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext, pgettext_lazy

from catalog import categories, moderation
from catalog.forms import CategoryChoice, ReasonForm
from catalog.models import (
    Category,
    Photo,
    Product,
    ProductEvent,
    Review,
    ReviewStatus,
    StockMovement,
    Variant,
)
from catalog.models.category import MAX_DEPTH
from catalog.templatetags.pictures import rendition
from marketplace.back_office import InWords, NoBirthNoDeath, ReadOnly, said_by
from marketplace.lifecycle import IllegalTransition, StaleState
from marketplace.markets import MARKETS

KINDS = {
    "created": pgettext_lazy("a product", "Created"),
    "revised": pgettext_lazy("a product", "Revised"),
    "offered": pgettext_lazy("a product", "Put on sale"),
    "paused": pgettext_lazy("a product", "Paused"),
    "archived": pgettext_lazy("a product", "Archived"),
    "restored": pgettext_lazy("a product", "Restored"),
    "submitted": pgettext_lazy("a product", "Sent for review"),
    "approved": pgettext_lazy("a product", "Approved"),
    "rejected": pgettext_lazy("a product", "Rejected"),
    "featured": _("Shown on the home page"),
    "unfeatured": _("Taken off the home page"),
}


class VariantInline(ReadOnly, admin.TabularInline):
    model = Variant
    extra = 0
    fields = ("sku", "options", "price", "compare_price", "is_active")


class PhotoInline(ReadOnly, admin.TabularInline):
    model = Photo
    extra = 0
    fields = ("picture", "alt", "position", "ready_at", "failed")
    readonly_fields = ("picture",)

    @admin.display(description=_("Picture"))
    def picture(self, photo: Photo) -> SafeString:
        return format_html('<img src="{}" alt="{}" width="80" height="80">', rendition(photo, 160), photo.alt)


class EventInline(ReadOnly, admin.TabularInline):
    model = ProductEvent
    extra = 0
    words = ReadOnly.words | {"kind": said_by(KINDS)}
    fields = readonly_fields = ("at", "kind", "by", "reason")


@admin.register(Product)
class ProductAdmin(ReadOnly, admin.ModelAdmin):
    """Everything to read; words belong to the seller, statuses to the domain."""

    list_display = ("name", "seller", "category", "market_code", "status", "review", "price", "is_featured")
    list_filter = ("review", "status", "market_code", "is_featured", "is_listed")
    list_select_related = ("seller", "category")
    search_fields = ("name", "slug", "seller__business_name")
    show_full_result_count = False
    exclude = ("search",)
    inlines = (VariantInline, PhotoInline, EventInline)
    actions = ("approve", "reject", "feature", "unfeature")

    def has_moderate_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("catalog.change_product")

    @admin.action(description=_("Approve"), permissions=["moderate"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Product]) -> None:
        for product in chosen:
            try:
                moderation.approve(product=product, by=request.user)
            except (IllegalTransition, StaleState):
                self._refuse(request, product)
            else:
                self._confirm(request, product, _("approved"))

    @admin.action(description=_("Reject…"), permissions=["moderate"])
    def reject(self, request: HttpRequest, chosen: QuerySet[Product]) -> HttpResponse | None:
        """First ask for the reason that the sellers will read."""
        form = ReasonForm(request.POST if "reason" in request.POST else None)
        if not form.is_valid():
            context = {
                **self.admin_site.each_context(request),
                "title": _("Reject products"),
                "chosen": list(chosen),
                "form": form,
                "opts": self.model._meta,
            }
            return TemplateResponse(request, "admin/catalog/reject.html", context)
        for product in chosen:
            try:
                moderation.reject(product=product, by=request.user, reason=form.cleaned_data["reason"])
            except (IllegalTransition, StaleState):
                self._refuse(request, product)
            else:
                self._confirm(request, product, _("rejected"))
        return None

    @admin.action(description=_("Show on the home page"), permissions=["moderate"])
    def feature(self, request: HttpRequest, chosen: QuerySet[Product]) -> None:
        for product in chosen:
            moderation.feature(product=product, by=request.user, featured=True)

    @admin.action(description=_("Take off the home page"), permissions=["moderate"])
    def unfeature(self, request: HttpRequest, chosen: QuerySet[Product]) -> None:
        for product in chosen:
            moderation.feature(product=product, by=request.user, featured=False)

    def _confirm(self, request: HttpRequest, product: Product, done: Any) -> None:
        self.message_user(request, f"{product}: {done}", messages.SUCCESS)

    def _refuse(self, request: HttpRequest, product: Product) -> None:
        text = _("%(row)s: not possible in its present state.") % {"row": product}
        self.message_user(request, text, messages.ERROR)


class CategoryForm(ModelForm):
    """Three levels, one market, no circles."""

    parent = CategoryChoice(
        label=Category._meta.get_field("parent").verbose_name,
        queryset=Category.objects.select_related("parent").order_by("market_code", "level", "name_en"),
        required=False,
    )

    class Meta:
        model = Category
        fields = (
            "market_code", "parent", "slug", "name_en", "name_es", "name_pt",
            "description_en", "description_es", "description_pt", "icon", "image", "position", "is_active",
        )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        parent = values.get("parent")
        if parent and parent.market_code != values.get("market_code"):
            self.add_error("parent", _("It belongs to another country."))
        elif parent and parent.level + 1 >= MAX_DEPTH:
            self.add_error("parent", _("The tree has three levels at most."))
        elif "parent" in self.changed_data and self.instance.pk and self.instance.children.exists():
            self.add_error("parent", _("Move or remove what lies below it first."))
        elif parent and parent.pk == self.instance.pk:
            self.add_error("parent", _("It cannot lie below itself."))
        return values

    def clean_market_code(self) -> str:
        code: str = self.cleaned_data["market_code"]
        if code not in MARKETS:
            raise ValidationError(_("We do not trade in this country."))
        if self.instance.pk and code != self.instance.market_code and self.instance.products.exists():
            raise ValidationError(_("Its products belong to this country."))
        return code


@admin.register(Category)
class CategoryAdmin(InWords, admin.ModelAdmin):
    form = CategoryForm
    list_display = ("name_en", "market_code", "parent", "level", "position", "is_active")
    list_filter = ("market_code", "level", "is_active")
    list_select_related = ("parent",)
    search_fields = ("name_en", "name_es", "name_pt", "slug")
    prepopulated_fields = {"slug": ("name_en",)}

    def save_model(self, request: HttpRequest, obj: Category, form: ModelForm, change: bool) -> None:
        obj.level = obj.parent.level + 1 if obj.parent else 0
        super().save_model(request, obj, form, change)
        categories.changed(obj.market_code)

    def delete_model(self, request: HttpRequest, obj: Category) -> None:
        super().delete_model(request, obj)
        categories.changed(obj.market_code)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Category]) -> None:
        markets = set(queryset.values_list("market_code", flat=True))
        super().delete_queryset(request, queryset)
        for market_code in markets:
            categories.changed(market_code)


@admin.register(Review)
class ReviewAdmin(NoBirthNoDeath, admin.ModelAdmin):
    """Nobody edits what a shopper wrote: it is shown, or it is not."""

    list_display = ("product", "rating", "title", "author_name", "status", "created_at")
    list_filter = ("status", "rating", "language")
    list_select_related = ("product",)
    search_fields = ("title", "body", "product__name")
    actions = ("approve", "reject")
    fields = readonly_fields = (
        "product", "user", "author_name", "rating", "title", "body", "language", "status", "answer",
        "created_at",
    )  # fmt: skip

    @admin.action(description=_("Approve"), permissions=["change"])
    def approve(self, request: HttpRequest, chosen: QuerySet[Review]) -> None:
        self._judge(request, chosen, ReviewStatus.APPROVED)

    @admin.action(description=_("Reject"), permissions=["change"])
    def reject(self, request: HttpRequest, chosen: QuerySet[Review]) -> None:
        self._judge(request, chosen, ReviewStatus.REJECTED)

    def _judge(self, request: HttpRequest, chosen: QuerySet[Review], status: ReviewStatus) -> None:
        for review in chosen:
            moderation.judge_review(review=review, status=status)
        text = ngettext("%(count)d changed.", "%(count)d changed.", len(chosen)) % {"count": len(chosen)}
        self.message_user(request, text, messages.SUCCESS)


@admin.register(StockMovement)
class StockMovementAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("at", "kind", "quantity", "stock_item", "source")
    list_filter = ("kind",)
    list_select_related = ("stock_item",)
    show_full_result_count = False
