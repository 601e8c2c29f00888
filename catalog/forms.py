"""What sellers fill in about their goods; forms validate, they never save."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog import photos
from catalog.categories import Tree
from catalog.models import Product, Variant
from catalog.product_page import ALLERGENS, NUTRITION
from marketplace.markets.base import Market
from marketplace.money import COINS
from sellers.models import Seller

MAX_TAGS, MAX_ATTRIBUTES, MAX_OPTIONS = 12, 20, 4
MAX_STOCK = 1_000_000
SKU_TAKEN = _("Another of your products has this item number.")
LANGUAGES = {"es": _("Spanish"), "pt": _("Portuguese"), "en": _("English")}


class PriceField(forms.DecimalField):
    """An amount in the market's coins."""

    def __init__(self, *, currency: str, **kwargs: Any) -> None:
        self.currency = currency
        super().__init__(max_digits=14, decimal_places=2, max_value=Decimal("999999999"), **kwargs)
        self.widget.attrs |= {"inputmode": "decimal", "step": str(COINS[currency])}

    def clean(self, value: Any) -> Decimal | None:
        amount = super().clean(value)
        if amount is not None and amount % COINS[self.currency]:
            raise forms.ValidationError(
                _("Only whole amounts: %(currency)s has no cents.") % {"currency": self.currency}
            )
        return amount


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class PicturesField(forms.FileField):
    """Several pictures, each judged before it is decoded."""

    def __init__(self, **kwargs: Any) -> None:
        accepted = "image/jpeg,image/png,image/webp,image/avif"
        kwargs.setdefault("widget", ManyFilesInput(attrs={"multiple": True, "accept": accepted}))
        kwargs.setdefault("help_text", _("JPEG, PNG, WebP or AVIF, up to 10 MB and 25 megapixels each"))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        given = data if isinstance(data, list | tuple) else [data]
        files = [super(PicturesField, self).clean(each, initial) for each in given] if any(given) else []
        if self.required and not files:
            raise forms.ValidationError(self.error_messages["required"], code="required")
        if len(files) > photos.MAX_PHOTOS:
            raise forms.ValidationError(_("At most %(most)s pictures.") % {"most": photos.MAX_PHOTOS})
        problems = []
        for file in files:
            try:
                photos.check(file)
            except photos.UnusablePicture as problem:
                problems.append(f"{file.name}: {problem}")
        if problems:
            raise forms.ValidationError(problems, code="unusable_picture")
        return files


class ProductForm(forms.ModelForm):
    tags = forms.CharField(
        label=_("Tags"), required=False, max_length=500, help_text=_("Separated by commas")
    )
    attributes = forms.CharField(
        label=_("Attributes"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("One per line, such as “Material: cotton”"),
    )
    allergens = forms.MultipleChoiceField(
        label=_("Allergens"),
        required=False,
        choices=list(ALLERGENS.items()),
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Product
        fields = (
            "name", "category", "short_description", "description", "language", "tags", "unit", "attributes",
            "is_organic", "is_gluten_free", "is_vegan", "allergens", "tax_class",
        )  # fmt: skip
        labels = {
            "name": _("Name"),
            "category": _("Category"),
            "short_description": _("In one sentence"),
            "description": _("Description"),
            "unit": pgettext_lazy("of a product", "Unit"),
            "is_organic": _("Organic"),
            "is_gluten_free": _("Gluten-free"),
            "is_vegan": _("Vegan"),
        }
        widgets = {"description": forms.Textarea(attrs={"rows": 6})}

    def __init__(self, *args: Any, market: Market, tree: Tree, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.market = market
        branches = [branch for root in tree.roots for branch in root.with_descendants()]
        self.fields["category"] = forms.TypedChoiceField(
            label=_("Category"),
            choices=[("", _("Choose…"))] + [(b.id, " › ".join(s.name for s in b.path)) for b in branches],
            coerce=int,
        )
        self.fields["language"] = forms.ChoiceField(
            label=_("Language of the text"),
            choices=[(code, LANGUAGES[code]) for code in market.languages],
            initial=market.search_language,
        )
        self.fields["tax_class"] = forms.ChoiceField(
            label=_("Tax"),
            choices=[(tax.code, tax.label) for tax in market.tax_classes.values()],
            initial=market.default_tax_class,
        )
        for key, label, unit, _part in NUTRITION:
            self.fields[f"nutrition_{key}"] = forms.DecimalField(
                label=f"{label} ({unit})", required=False, min_value=0, max_value=9000, decimal_places=1
            )
        self._fill_from_instance()

    def _fill_from_instance(self) -> None:
        product = self.instance
        if product._state.adding:
            return
        self.initial["category"] = product.category_id
        self.initial["tags"] = ", ".join(product.tags)
        self.initial["attributes"] = "\n".join(f"{row['name']}: {row['value']}" for row in product.attributes)
        for key, *_rest in NUTRITION:
            self.initial[f"nutrition_{key}"] = product.nutrition.get(key)

    @property
    def nutrition(self) -> list[forms.BoundField]:
        return [self[f"nutrition_{key}"] for key, *_rest in NUTRITION]

    def clean_tags(self) -> list[str]:
        tags = list(
            dict.fromkeys(tag.strip().lower() for tag in self.cleaned_data["tags"].split(",") if tag.strip())
        )
        if len(tags) > MAX_TAGS or any(len(tag) > 40 for tag in tags):
            raise forms.ValidationError(_("At most %(most)s tags of 40 characters.") % {"most": MAX_TAGS})
        return tags

    def clean_attributes(self) -> list[dict[str, str]]:
        rows = [line.partition(":") for line in self.cleaned_data["attributes"].splitlines() if line.strip()]
        if len(rows) > MAX_ATTRIBUTES or any(
            not name.strip() or not value.strip() for name, _colon, value in rows
        ):
            raise forms.ValidationError(_("Write each attribute on its own line as “Name: value”."))
        return [{"name": name.strip()[:60], "value": value.strip()[:200]} for name, _colon, value in rows]

    def _post_clean(self) -> None:
        """The domain writes the row; its constraints are checked there, the fields here."""

    def values(self) -> dict[str, Any]:
        """What the domain takes: columns of Product."""
        columns = {
            name: value for name, value in self.cleaned_data.items() if not name.startswith("nutrition_")
        }
        columns["category_id"] = columns.pop("category")
        columns["nutrition"] = {
            key: float(amount)
            for key, *_rest in NUTRITION
            if (amount := self.cleaned_data.get(f"nutrition_{key}")) is not None
        }
        return columns


class StockForm(forms.Form):
    """Says how many there are; a count left as it was shown changes nothing, for sales go on meanwhile."""

    on_hand = forms.IntegerField(label=_("Stock"), min_value=0, max_value=MAX_STOCK)
    seen_on_hand = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        seen = values.pop("seen_on_hand", None)
        if seen is not None and values.get("on_hand") == seen:
            values["on_hand"] = None
        return values


class VariantForm(StockForm):
    """One thing to buy; the first variant of a simple product needs no options."""

    options = forms.CharField(
        label=_("Options"), required=False, max_length=200, help_text=_("Such as “Size: M, Colour: blue”")
    )
    price = forms.DecimalField()
    compare_price = forms.DecimalField()
    cost_price = forms.DecimalField()
    sku = forms.CharField(
        label=_("Item number (SKU)"), required=False, max_length=100, help_text=_("Left empty, we make one.")
    )
    barcode = forms.CharField(label=_("Barcode"), required=False, max_length=50)
    weight_kg = forms.DecimalField(
        label=_("Weight in kg"), required=False, min_value=0, max_digits=8, decimal_places=3
    )
    low_stock_at = forms.IntegerField(label=_("Warn me at"), min_value=0, max_value=MAX_STOCK, initial=3)

    def __init__(self, *args: Any, seller: Seller, variant: Variant | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.seller, self.variant = seller, variant
        currency = seller.market.currency
        self.fields["price"] = PriceField(
            label=_("Price"),
            currency=currency,
            min_value=COINS[currency],
            help_text=_("What shoppers pay, tax included"),
        )
        self.fields["compare_price"] = PriceField(
            label=_("Price before"),
            currency=currency,
            required=False,
            min_value=0,
            help_text=_("Shown struck through"),
        )
        self.fields["cost_price"] = PriceField(
            label=_("Your cost"),
            currency=currency,
            required=False,
            min_value=0,
            help_text=_("Only you see this"),
        )

    def clean_sku(self) -> str:
        sku = self.cleaned_data["sku"].strip()
        others = Variant.objects.filter(seller=self.seller, sku=sku)
        if sku and others.exclude(pk=self.variant and self.variant.pk).exists():
            raise forms.ValidationError(SKU_TAKEN)
        return sku or (self.variant.sku if self.variant else "")

    def clean_options(self) -> dict[str, str]:
        pairs = [pair.partition(":") for pair in self.cleaned_data["options"].split(",") if pair.strip()]
        options = {name.strip()[:40]: value.strip()[:60] for name, _colon, value in pairs}
        if (
            len(options) != len(pairs)
            or len(pairs) > MAX_OPTIONS
            or not all(k and v for k, v in options.items())
        ):
            raise forms.ValidationError(_("Write the options as “Size: M, Colour: blue”."))
        return options

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        price, before = values.get("price"), values.get("compare_price")
        if price is not None and before is not None and before <= price:
            self.add_error("compare_price", _("The price before must be higher than the price."))
        return values


class QuickForm(StockForm):
    """Price and stock, in the list itself."""

    price = forms.DecimalField()

    def __init__(self, *args: Any, currency: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["price"] = PriceField(label=_("Price"), currency=currency, min_value=COINS[currency])


class PicturesForm(forms.Form):
    pictures = PicturesField(label=_("Pictures"))


class AltForm(forms.Form):
    alt = forms.CharField(label=_("What the picture shows"), required=False, max_length=160)


class CategoryChoice(forms.ModelChoiceField):
    """The categories of all markets stand in one list, so each says which market it is of."""

    def label_from_instance(self, obj: Any) -> str:
        above = [obj.parent.name] if obj.parent else []
        return " · ".join((obj.market.name, *above, obj.name))


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))
