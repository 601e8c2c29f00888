"""The people, places, hours and ways of delivering of a store."""

from __future__ import annotations

from datetime import time

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from sellers.models.seller import Seller


class MemberRole(models.TextChoices):
    OWNER = "owner", _("Owner")
    MANAGER = "manager", _("Manager")
    STAFF = "staff", _("Staff")


class Member(models.Model):
    """One person's place in a store."""

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=MemberRole, default=MemberRole.STAFF)
    since = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "member")
        verbose_name_plural = pgettext_lazy("back office", "members")
        constraints = [models.UniqueConstraint(fields=["seller", "user"], name="member_once_per_store")]

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    @property
    def handles_money(self) -> bool:
        """Owners and managers; staff of the store pack parcels."""
        return self.role in (MemberRole.OWNER, MemberRole.MANAGER)


class Location(models.Model):
    """A place where a seller keeps stock."""

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="locations")
    name = models.CharField(max_length=80)
    city = models.CharField(max_length=80, blank=True)
    is_default = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("name"), F("seller"), name="location_name_once"),
            models.UniqueConstraint(
                fields=["seller"], condition=Q(is_default=True), name="location_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class OpeningHours(models.Model):
    """When a store is open on one weekday; no row: closed."""

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="hours")
    weekday = models.PositiveSmallIntegerField(help_text=_("0 is Monday"))
    opens = models.TimeField(default=time(8))
    closes = models.TimeField(default=time(18))

    class Meta:
        ordering = ["weekday"]
        constraints = [
            models.UniqueConstraint(fields=["seller", "weekday"], name="hours_once_per_weekday"),
            models.CheckConstraint(name="hours_weekday_known", condition=Q(weekday__lte=6)),
            models.CheckConstraint(name="hours_open_before_close", condition=Q(opens__lt=F("closes"))),
        ]

    def __str__(self) -> str:
        return f"{self.weekday} {self.opens}-{self.closes}"


class DeliveryKind(models.TextChoices):
    PICKUP = "pickup", _("Pick up at the store")
    LOCAL = "local_delivery", _("Local delivery")
    SHIPPING = "shipping", _("Shipping")


class DeliveryOption(models.Model):
    """One way a store hands over its goods; empty amounts mean the market's rule."""

    seller = models.ForeignKey(Seller, models.CASCADE, related_name="delivery_options")
    kind = models.CharField(max_length=20, choices=DeliveryKind)
    fee = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    free_from = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    radius_km = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["kind"]
        constraints = [
            models.UniqueConstraint(fields=["seller", "kind"], name="delivery_option_once_per_kind"),
            models.CheckConstraint(
                name="delivery_option_kind_known", condition=Q(kind__in=DeliveryKind.values)
            ),
            models.CheckConstraint(
                name="delivery_option_fee_not_negative", condition=Q(fee__isnull=True) | Q(fee__gte=0)
            ),
            models.CheckConstraint(
                name="delivery_option_local_has_radius",
                condition=~Q(kind=DeliveryKind.LOCAL) | Q(radius_km__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()
