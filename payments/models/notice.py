"""Webhooks, stored as they came (MS-PAY-36)."""

from django.db import models
from django.utils.translation import pgettext_lazy


class GatewayNotice(models.Model):
    """A notice proves nothing: it tells us which charge to ask about. `body` holds no personal data."""

    gateway = models.CharField(max_length=20)
    event_id = models.CharField(max_length=160)
    event = models.CharField(max_length=60, blank=True)
    reference = models.CharField(max_length=80, blank=True)
    company_reference = models.CharField(max_length=80, blank=True)
    body = models.JSONField(default=dict)
    received_at = models.DateTimeField(auto_now_add=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=60, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "notice of a company")
        verbose_name_plural = pgettext_lazy("back office", "notices of companies")
        ordering = ["-received_at", "-pk"]
        indexes = [
            models.Index(
                fields=["received_at"], name="notice_unhandled", condition=models.Q(handled_at__isnull=True)
            )
        ]
        constraints = [models.UniqueConstraint(fields=["gateway", "event_id"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.gateway} {self.event_id}"
