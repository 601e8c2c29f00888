"""The category tree of each market."""

from __future__ import annotations

from django.db import models
from django.urls import reverse
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from marketplace.models import InMarket

MAX_DEPTH = 3


class Category(InMarket):
    """A node of the tree, three levels at most; `level` 0 is a main category."""

    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    level = models.PositiveSmallIntegerField(default=0)
    slug = models.SlugField(max_length=80)
    name_en = models.CharField(max_length=80)
    name_es = models.CharField(max_length=80, blank=True)
    name_pt = models.CharField(max_length=80, blank=True)
    description_en = models.TextField(blank=True)
    description_es = models.TextField(blank=True)
    description_pt = models.TextField(blank=True)
    icon = models.CharField(max_length=40, blank=True, help_text=_("Name of a Lucide icon"))
    image = models.ImageField(upload_to="categories/", blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "category")
        verbose_name_plural = pgettext_lazy("back office", "categories")
        ordering = ["position", "name_en"]
        constraints = [
            models.UniqueConstraint(fields=["market_code", "slug"], name="category_slug_once_per_market"),
            models.CheckConstraint(name="category_depth", condition=models.Q(level__lt=MAX_DEPTH)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return getattr(self, f"name_{get_language() or 'en'}", "") or self.name_en

    @property
    def description(self) -> str:
        return getattr(self, f"description_{get_language() or 'en'}", "") or self.description_en

    def get_absolute_url(self) -> str:
        return reverse("catalog:show_category", args=[self.slug])
