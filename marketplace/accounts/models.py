"""People, their addresses, and the security events of their accounts."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace import markets
from marketplace.markets.base import Market
from marketplace.models import InMarket, Timed


class LowercaseEmailField(models.EmailField):
    """An address that is the same however its owner capitalises it today."""

    def to_python(self, value: Any) -> Any:
        value = super().to_python(value)
        return value.lower() if isinstance(value, str) else value

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value.lower() if isinstance(value, str) else value


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=email, **fields)
        user.set_password(password)
        user.full_clean(exclude=["password"])
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, **fields | {"is_staff": True, "is_superuser": True})


class User(Timed, AbstractBaseUser, PermissionsMixin):
    """A person. Buyer by default; seller by membership; support and staff by group."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = LowercaseEmailField(_("email"), unique=True)
    first_name = models.CharField(_("first name"), max_length=80, blank=True)
    last_name = models.CharField(_("last name"), max_length=80, blank=True)
    phone = models.CharField(
        _("phone"), max_length=16, blank=True, help_text=_("With country code: +573001234567")
    )
    phone_verified_at = models.DateTimeField(_("phone verified at"), null=True, blank=True)
    avatar = models.ImageField(_("picture"), upload_to="avatars/%Y/%m", blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    market_code = models.CharField(_("country"), max_length=2, blank=True)
    terms_version = models.CharField(_("terms version"), max_length=20, blank=True)
    terms_accepted_at = models.DateTimeField(_("terms accepted at"), null=True, blank=True)
    wants_email = models.BooleanField(_("wants news by email"), default=False)
    wants_sms = models.BooleanField(_("wants news by SMS"), default=False)
    is_active = models.BooleanField(_("active"), default=True, help_text=_("Off: cannot sign in."))
    is_staff = models.BooleanField(_("may enter the back office"), default=False)

    objects: ClassVar[UserManager] = UserManager()

    EMAIL_FIELD = "email"
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = pgettext_lazy("account", "person")
        verbose_name_plural = pgettext_lazy("account", "people")
        ordering = ("-created_at",)
        constraints = (
            models.CheckConstraint(name="user_email_lowercase", condition=Q(email=Lower("email"))),
            models.CheckConstraint(
                name="user_terms_version_iff_accepted",
                condition=(Q(terms_version="") & Q(terms_accepted_at__isnull=True))
                | (~Q(terms_version="") & Q(terms_accepted_at__isnull=False)),
            ),
        )

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.first_name or self.email

    @property
    def market(self) -> Market | None:
        return markets.get(self.market_code) if self.market_code in markets.MARKETS else None


class AddressKind(models.TextChoices):
    SHIPPING = "shipping", _("Delivery")
    BILLING = "billing", _("Billing")


SNAPSHOT_FIELDS = (
    "first_name", "last_name", "phone", "street", "number", "complement",
    "neighborhood", "city", "region", "postal_code", "market_code",
)  # fmt: skip


class Address(InMarket, Timed):
    """Where a person receives parcels or invoices; an order copies it and never points at it."""

    user = models.ForeignKey(
        User, on_delete=models.CASCADE, related_name="addresses", verbose_name=_("person")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=AddressKind, default=AddressKind.SHIPPING)
    first_name = models.CharField(_("first name"), max_length=80)
    last_name = models.CharField(_("last name"), max_length=80)
    phone = models.CharField(_("phone"), max_length=16)
    street = models.CharField(_("street"), max_length=160)
    number = models.CharField(pgettext_lazy("address", "number"), max_length=30, blank=True)
    complement = models.CharField(_("apartment, floor, landmark"), max_length=120, blank=True)
    neighborhood = models.CharField(_("neighbourhood"), max_length=80, blank=True)
    city = models.CharField(_("city"), max_length=80)
    region = models.CharField(_("region"), max_length=10)
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True)
    is_default = models.BooleanField(_("use by default"), default=False)

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ("-is_default", "-updated_at", "pk")
        constraints = (
            models.UniqueConstraint(
                name="address_one_default_per_kind",
                fields=("user", "market_code", "kind"),
                condition=Q(is_default=True),
            ),
            models.CheckConstraint(name="address_kind_known", condition=Q(kind__in=AddressKind.values)),
        )

    def __str__(self) -> str:
        return ", ".join(part for part in (f"{self.street} {self.number}".strip(), self.city) if part)

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def snapshot(self) -> dict[str, str]:
        """What an order keeps, so that later edits of the address cannot reach it."""
        return {name: getattr(self, name) for name in SNAPSHOT_FIELDS}


class SecurityEvent(models.Model):
    """Something that touched the safety of an account, for its owner and for staff."""

    class Kind(models.TextChoices):
        SIGNED_IN = "signed_in", _("Signed in")
        SIGN_IN_FAILED = "sign_in_failed", _("Sign-in failed")
        PASSWORD_CHANGED = "password_changed", _("Password changed")
        EMAIL_CHANGED = "email_changed", _("Email changed")
        PHONE_VERIFIED = "phone_verified", _("Phone verified")

    user = models.ForeignKey(
        User,
        on_delete=models.CASCADE,
        related_name="security_events",
        verbose_name=_("person"),
        null=True,
        blank=True,
    )
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    ip = models.GenericIPAddressField(_("IP address"), null=True, blank=True)
    agent = models.CharField(_("browser"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("when"), auto_now_add=True)

    class Meta:
        verbose_name = _("security event")
        verbose_name_plural = _("security events")
        ordering = ("-created_at", "-pk")
        indexes = (models.Index(name="securityevent_by_user", fields=("user", "-created_at")),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.created_at:%Y-%m-%d %H:%M}"
