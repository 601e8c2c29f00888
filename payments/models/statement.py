"""What companies say happened, line by line, and where our books differ (BY-03)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from marketplace.models import InMarket
from payments.models.payment import Payment
from payments.models.payout import Payout
from payments.models.refund import Refund


class LineKind(models.TextChoices):
    CHARGE = "charge", _("Payment")
    REFUND = "refund", _("Refund")
    PAYOUT = "payout", _("Payout")
    FEE = "fee", pgettext_lazy("statement line", "Fee")
    SETTLEMENT = "settlement", _("Transfer to our bank")
    RETURNED = "returned", _("Money that came back")
    OTHER = "other", _("Something else")


class Statement(InMarket):
    """One imported list of a company (gateway or rail). The same file twice is refused by its digest."""

    company = models.CharField(max_length=20)
    first_day = models.DateField()
    last_day = models.DateField()
    file_name = models.CharField(max_length=200, blank=True)
    digest = models.CharField(max_length=64)
    lines_count = models.PositiveIntegerField(default=0)
    imported_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    imported_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = pgettext_lazy("back office", "statement of a company")
        verbose_name_plural = pgettext_lazy("back office", "statements of companies")
        ordering = ["-imported_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["company", "digest"], name="statement_file_once"),
            models.CheckConstraint(
                name="statement_days_in_order", condition=Q(first_day__lte=models.F("last_day"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company} {self.first_day}"


class StatementLine(models.Model):
    """As the company wrote it. `amount` is positive for money it received, negative for money it sent."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="lines")
    row = models.PositiveIntegerField()
    kind = models.CharField(max_length=10, choices=LineKind)
    reference = models.CharField(max_length=80, blank=True)
    company_reference = models.CharField(max_length=80, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    fee = models.DecimalField(max_digits=14, decimal_places=2, default=0)
    currency = models.CharField(max_length=3)
    happened_at = models.DateTimeField()
    # What stands on an account in another money; without a rate, `amount` is nothing.
    settled_currency = models.CharField(max_length=3, blank=True, db_default="")
    settled_amount = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    settled_fee = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    exchange_rate = models.DecimalField(max_digits=18, decimal_places=9, null=True)
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="statement_lines")
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, related_name="statement_lines")
    payout = models.ForeignKey(Payout, models.PROTECT, null=True, related_name="statement_lines")
    is_matched = models.BooleanField(default=False)

    class Meta:
        verbose_name = pgettext_lazy("back office", "line of a statement")
        verbose_name_plural = pgettext_lazy("back office", "lines of statements")
        ordering = ["statement", "row"]
        indexes = [
            models.Index(fields=["company_reference"], name="statement_line_by_company"),
            models.Index(fields=["reference"], name="statement_line_by_reference"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["statement", "row"], name="statement_line_row_once"),
            models.CheckConstraint(name="statement_line_kind_known", condition=Q(kind__in=LineKind.values)),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id}:{self.row}"

    @property
    def has_no_rate(self) -> bool:
        """Settled in a money that nobody has exchanged: how much it is in ours cannot be said."""
        return bool(self.settled_currency) and self.exchange_rate is None


class DifferenceKind(models.TextChoices):
    MISSING_HERE = "missing_here", _("In the statement, not in our books")
    MISSING_THERE = "missing_there", _("In our books, not in the statement")
    AMOUNT = "amount", _("Another amount")
    FEE = "fee", _("Another fee than agreed")
    DUPLICATE = "duplicate", _("Twice in the statements")


class Difference(InMarket):
    """Something to explain; it closes with a posting or a note, by a person or by a later statement."""

    company = models.CharField(max_length=20)
    kind = models.CharField(max_length=15, choices=DifferenceKind)
    key = models.CharField(max_length=120, unique=True)  # the same finding is written down once
    day = models.DateField()
    line = models.ForeignKey(StatementLine, models.PROTECT, null=True, related_name="differences")
    payment = models.ForeignKey(Payment, models.PROTECT, null=True, related_name="+")
    refund = models.ForeignKey(Refund, models.PROTECT, null=True, related_name="+")
    payout = models.ForeignKey(Payout, models.PROTECT, null=True, related_name="+")
    expected = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    found = models.DecimalField(max_digits=14, decimal_places=2, null=True)
    currency = models.CharField(max_length=3)
    created_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=300, blank=True)
    posted = models.CharField(max_length=80, blank=True)  # the ledger source that closed it, or wrote it off

    class Meta:
        verbose_name = pgettext_lazy("back office", "difference")
        verbose_name_plural = pgettext_lazy("back office", "differences")
        ordering = ["-day", "-pk"]
        indexes = [
            models.Index(
                fields=["company", "day"], name="difference_open", condition=Q(closed_at__isnull=True)
            )
        ]
        constraints = [
            models.CheckConstraint(name="difference_kind_known", condition=Q(kind__in=DifferenceKind.values)),
            models.CheckConstraint(
                name="difference_closed_with_reason",
                condition=Q(closed_at__isnull=True) | ~Q(note="") | ~Q(posted=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.company} {self.day}: {self.get_kind_display()}"

    @property
    def is_in_suspense(self) -> bool:
        """Posted, and neither explained nor written off."""
        return self.posted.startswith("difference:")


class Audit(models.Model):
    """One nightly look at the whole ledger: each rule with how often it is broken, and examples."""

    started_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    is_clean = models.BooleanField(default=False)
    findings = models.JSONField(default=list, blank=True)  # [{"rule": "I-07", "count": 2, "examples": ["…"]}]

    class Meta:
        verbose_name = pgettext_lazy("back office", "audit")
        verbose_name_plural = pgettext_lazy("back office", "audits")
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d}"
