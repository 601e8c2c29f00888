"""What shoppers say and wish."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from catalog.models.product import Product


class ReviewStatus(models.TextChoices):
    PENDING = "pending", _("Pending")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")


class Review(models.Model):
    """A shopper's opinion; `order_line_id` is the proof of purchase (CF-12)."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="reviews")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="reviews")
    order_line_id = models.BigIntegerField(null=True, blank=True, unique=True)
    author_name = models.CharField(max_length=80)
    rating = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    title = models.CharField(max_length=120, blank=True)
    body = models.TextField(max_length=3000, blank=True)
    language = models.CharField(max_length=2)
    status = models.CharField(max_length=10, choices=ReviewStatus, default=ReviewStatus.PENDING)
    answer = models.TextField(max_length=2000, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = pgettext_lazy("back office", "review")
        verbose_name_plural = pgettext_lazy("back office", "reviews")
        ordering = ["-created_at", "-pk"]
        indexes = [models.Index(fields=["product", "status", "-created_at"], name="review_by_product")]
        constraints = [
            models.CheckConstraint(name="review_rating_1_to_5", condition=Q(rating__gte=1, rating__lte=5)),
            models.CheckConstraint(name="review_status_known", condition=Q(status__in=ReviewStatus.values)),
        ]

    def __str__(self) -> str:
        return f"{self.rating} ★ {self.title}"

    @property
    def is_verified(self) -> bool:
        """Written by somebody who bought it."""
        return self.order_line_id is not None


class Wish(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="wishes")
    product = models.ForeignKey(Product, models.CASCADE, related_name="wishes")
    added_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-added_at"]
        constraints = [models.UniqueConstraint(fields=["user", "product"], name="wish_once")]

    def __str__(self) -> str:
        return f"{self.user_id} ♥ {self.product_id}"
