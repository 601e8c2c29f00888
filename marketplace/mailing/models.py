"""One e-mail or text message, from the moment it is owed until it has left."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace import markets
from marketplace.markets.base import Market

GIVE_UP_AFTER = 12


class MessageQuerySet(models.QuerySet["OutgoingMessage"]):
    def due(self) -> "MessageQuerySet":
        """Not sent yet, not being sent right now, and not hopeless."""
        return self.filter(sent_at=None, next_try_at__lte=timezone.now(), attempts__lt=GIVE_UP_AFTER)


class OutgoingMessage(models.Model):
    """Written in the transaction that owes it, so a message can be late but never lost."""

    class Kind(models.TextChoices):
        EMAIL = "email", _("Email")
        SMS = "sms", _("SMS")

    kind = models.CharField(_("kind"), max_length=5, choices=Kind)
    recipient = models.CharField(_("recipient"), max_length=254)
    market_code = models.CharField(_("country"), max_length=2, blank=True)
    language = models.CharField(_("language"), max_length=5, blank=True)
    template = models.CharField(_("template"), max_length=80, blank=True)
    # The number of the order, payment, refund or payout: the audit looks here for every message owed (I-14).
    about = models.CharField(_("number it is about"), max_length=60, blank=True, db_default="")
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    text = models.TextField(_("text"), blank=True)
    html = models.TextField("HTML", blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    next_try_at = models.DateTimeField(_("next try at"), default=timezone.now)
    last_error = models.CharField(_("last error"), max_length=200, blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ("-pk",)
        indexes = (
            models.Index(name="message_due", fields=("next_try_at",), condition=Q(sent_at__isnull=True)),
            models.Index(name="message_by_time", fields=("created_at",)),
            models.Index(name="message_by_subject", fields=("about",), condition=~Q(about="")),
        )

    def __str__(self) -> str:
        return f"{self.template or self.get_kind_display()} {self.pk}"

    @property
    def market(self) -> Market | None:
        return markets.get(self.market_code) if self.market_code in markets.MARKETS else None
