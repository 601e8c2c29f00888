"""Stores, and what happened to them."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.encryption import EncryptedTextField
from marketplace.lifecycle import Transitions
from marketplace.markets.base import City, Market
from marketplace.models import InMarket, Timed

# With its tax, a commission must stay below what the seller earns.
MAX_COMMISSION = Decimal("0.5")


class SellerStatus(models.TextChoices):
    PENDING = "pending", _("In review")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    SUSPENDED = "suspended", _("Suspended")


TRANSITIONS: Transitions = {
    SellerStatus.PENDING: frozenset({SellerStatus.APPROVED, SellerStatus.REJECTED}),
    SellerStatus.APPROVED: frozenset({SellerStatus.SUSPENDED}),
    SellerStatus.REJECTED: frozenset({SellerStatus.PENDING}),
    SellerStatus.SUSPENDED: frozenset({SellerStatus.APPROVED}),
}


class PayoutSchedule(models.TextChoices):
    DAILY = "daily", _("Every day")
    WEEKLY = "weekly", _("Once a week")
    MONTHLY = "monthly", _("Once a month")
    REQUEST = "request", _("When I ask for it")


class SellerQuerySet(models.QuerySet["Seller"]):
    def open(self, market: Market) -> SellerQuerySet:
        """The stores a shopper of this market may see."""
        return self.filter(market_code=market.code, status=SellerStatus.APPROVED)


class Seller(InMarket, Timed):
    """A store. Its people are its members; its public address is its slug."""

    slug = models.SlugField(max_length=80, unique=True)
    business_name = models.CharField(max_length=120)
    tagline = models.CharField(max_length=160, blank=True)
    description = models.TextField(max_length=4000, blank=True)
    tags = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    logo = models.ImageField(upload_to="stores/", blank=True)
    banner = models.ImageField(upload_to="stores/", blank=True)

    email = models.EmailField()
    phone = models.CharField(max_length=16)
    website = models.URLField(blank=True)
    street = models.CharField(max_length=120)
    number = models.CharField(max_length=20, blank=True)
    complement = models.CharField(max_length=80, blank=True)
    neighborhood = models.CharField(max_length=80, blank=True)
    city = models.CharField(max_length=80)
    region = models.CharField(max_length=5)
    postal_code = models.CharField(max_length=10, blank=True)

    legal_name = models.CharField(max_length=160)
    document_type = models.CharField(max_length=10)
    document_number = EncryptedTextField()
    charges_tax = models.BooleanField(
        default=True, help_text=_("Off for small sellers under a simplified regime, who charge no tax.")
    )
    terms_version = models.CharField(max_length=20)
    terms_accepted_at = models.DateTimeField()

    status = models.CharField(max_length=10, choices=SellerStatus, default=SellerStatus.PENDING)
    status_reason = models.TextField(blank=True)
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    commission_rate = models.DecimalField(
        max_digits=5,
        decimal_places=4,
        null=True,
        blank=True,
        validators=[MinValueValidator(0), MaxValueValidator(MAX_COMMISSION)],
        help_text=_("0.10 is ten percent; empty: the market's rate."),
    )
    minimum_payout = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    payout_schedule = models.CharField(max_length=10, choices=PayoutSchedule, default=PayoutSchedule.DAILY)
    payout_day = models.PositiveSmallIntegerField(
        default=1,
        help_text=_("Weekly: 0 is Monday. Monthly: the day; a shorter month ends with its last."),
    )
    # Somebody says that the new account is not theirs: no money leaves until staff have looked.
    payouts_frozen_at = models.DateTimeField(null=True, blank=True)
    # Methods the seller accepts (TX-SEL-11); empty: all of the market.
    payment_methods = ArrayField(models.CharField(max_length=20), default=list, blank=True)

    rating_average = models.DecimalField(max_digits=3, decimal_places=2, default=0)
    rating_count = models.PositiveIntegerField(default=0)
    sales_count = models.PositiveIntegerField(default=0)

    objects = SellerQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("back office", "store")
        verbose_name_plural = pgettext_lazy("back office", "stores")
        ordering = ["business_name"]
        indexes = [models.Index("market_code", "status", name="seller_by_market")]
        constraints = [
            models.CheckConstraint(name="seller_status_known", condition=Q(status__in=SellerStatus.values)),
            models.CheckConstraint(
                name="seller_approved_at_if_approved",
                condition=~Q(status=SellerStatus.APPROVED) | Q(approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="seller_commission_rate_is_share",
                condition=Q(commission_rate__isnull=True)
                | Q(commission_rate__gte=0, commission_rate__lte=MAX_COMMISSION),
            ),
            models.CheckConstraint(
                name="seller_payout_schedule_known", condition=Q(payout_schedule__in=PayoutSchedule.values)
            ),
            models.CheckConstraint(
                name="seller_payout_day_fits",
                condition=Q(payout_schedule="weekly", payout_day__lte=6)
                | Q(payout_schedule="monthly", payout_day__gte=1, payout_day__lte=31)
                | Q(payout_schedule__in=["daily", "request"]),
            ),
        ]

    def __str__(self) -> str:
        return self.business_name

    @property
    def is_open_for_business(self) -> bool:
        return self.status == SellerStatus.APPROVED

    @property
    def place(self) -> City | None:
        return self.market.city(self.region, self.city)

    @property
    def commission(self) -> Decimal:
        return self.market.commission_rate if self.commission_rate is None else self.commission_rate

    def accepts(self, method: str) -> bool:
        return not self.payment_methods or method in self.payment_methods


class SellerEvent(models.Model):
    """What happened to a store's status, who did it and why."""

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="events")
    kind = models.CharField(max_length=20)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    reason = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "event")
        verbose_name_plural = pgettext_lazy("back office", "events")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.seller_id} {self.kind}"
