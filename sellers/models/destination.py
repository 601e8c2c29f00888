"""Where a store's money goes."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.encryption import EncryptedTextField
from sellers.models.seller import Seller


class PayoutDestination(models.Model):
    """Where a seller's money goes; the newest active row counts, older ones stay as history."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seller = models.ForeignKey(Seller, models.CASCADE, related_name="payout_destinations")
    rail = models.CharField(max_length=20)
    holder_name = models.CharField(max_length=160)
    # JSON text with the rail's own fields (phone, or bank_code, account_type, account_number, document…).
    account = EncryptedTextField()
    masked = models.CharField(max_length=40, help_text=_("What people may see, such as ••••4567"))
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    # A changed account waits, so that an owner who did not change it can say so in time.
    usable_from = models.DateTimeField(default=timezone.now)
    disputed_at = models.DateTimeField(null=True, blank=True)  # "this was not me", once
    refused_at = models.DateTimeField(null=True, blank=True)  # closed or wrong: nothing is sent here again
    is_active = models.BooleanField(default=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "payout destination")
        verbose_name_plural = pgettext_lazy("back office", "payout destinations")
        constraints = [
            models.UniqueConstraint(
                fields=["seller"], condition=Q(is_active=True), name="payout_destination_one_active"
            )
        ]

    def __str__(self) -> str:
        return f"{self.rail} {self.masked}"

    @property
    def is_waiting(self) -> bool:
        return self.usable_from > timezone.now()
