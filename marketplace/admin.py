"""The back-office site: what waits for a person, then the sections in the order of the business."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from typing import Any

from django.contrib.admin import AdminSite
from django.core.exceptions import BadRequest
from django.db.models import Model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from catalog.models import Product, ProductReview, ProductStatus
from marketplace.mailing.models import OutgoingMessage
from orders.models import SellerOrder, SellerOrderStatus
from payments.company_views import show_companies
from payments.disbursement import bank_files
from payments.models import (
    Attention,
    Correction,
    Difference,
    GatewayNotice,
    Payment,
    PaymentStatus,
    Payout,
    PayoutFile,
    PayoutStatus,
    ProposalStatus,
    Refund,
    RefundRequest,
    RefundStatus,
    Screening,
    Verdict,
    WriteOff,
)
from sellers.models import Seller, SellerStatus

SECTIONS = (
    "sellers",
    "catalog",
    "orders",
    "payments",
    "support",
    "accounts",
    "account",
    "mailing",
    "auth",
    "auditlog",
)


def _days_ago() -> str:
    """Whatever a company has not answered by then, nobody is likely to answer by itself."""
    return f"{timezone.now() - timedelta(days=3):%Y-%m-%dT00:00:00Z}"


def _is_unreadable(name: str, value: str) -> bool:
    is_year = name.endswith("__year")
    return "\0" in name + value or (is_year and not re.fullmatch(r"[0-9]{1,4}", value))


# Label, rows, and the filter under which the list shows exactly these rows.
_WAITING: tuple[tuple[Promise | str, type[Model], Mapping[str, Any]], ...] = (
    (_("Stores to approve"), Seller, {"status__exact": SellerStatus.PENDING}),
    (
        _("Products to review"),
        Product,
        {"review__exact": ProductReview.PENDING, "status__exact": ProductStatus.ACTIVE},
    ),
    (_("Orders to send"), SellerOrder, {"status__exact": SellerOrderStatus.CONFIRMED}),
    (_("Payments being checked"), Payment, {"status__exact": PaymentStatus.UNKNOWN}),
    (_("Payments in another amount"), Payment, {"attention__exact": Attention.WRONG_AMOUNT}),
    (_("Refunds being checked"), Refund, {"status__exact": RefundStatus.UNKNOWN}),
    (_("Refunds for staff to pay back"), Refund, {"status__exact": RefundStatus.NEEDS_STAFF}),
    (_("Refunds without an account"), Refund, {"status__exact": RefundStatus.NEEDS_ACCOUNT}),
    (
        _("Orders held for a look"),
        Screening,
        {"verdict__exact": Verdict.REVIEW, "order__held_at__isnull": False},
    ),
    (_("Refund requests to decide"), RefundRequest, {"needs_staff__exact": 1}),
    (_("Notices not followed up"), GatewayNotice, {"handled_at__isnull": True}),
    (_("Corrections to approve"), Correction, {"status__exact": ProposalStatus.WAITING}),
    (_("Write-offs to approve"), WriteOff, {"status__exact": ProposalStatus.WAITING}),
    (_("Payouts to approve"), Payout, {"status__exact": PayoutStatus.APPROVAL}),
    (
        _("Lists for banks to let go"),
        PayoutFile,
        {"approved_at__isnull": True, "called_off_at__isnull": True},
    ),
    (
        _("Payouts that no bank list carries yet"),
        Payout,
        {"status__exact": PayoutStatus.SENDING, "rail__exact": bank_files.RAIL, "file__isnull": True},
    ),
    (
        _("Payouts under way for more than three days"),
        Payout,
        {"status__exact": PayoutStatus.SENDING, "sent_at__lt": _days_ago},
    ),
    (_("Stores whose payouts are frozen"), Seller, {"payouts_frozen_at__isnull": False}),
    (_("Payouts being checked"), Payout, {"status__exact": PayoutStatus.UNKNOWN}),
    (_("Differences to explain"), Difference, {"closed_at__isnull": True}),
    (_("Posted, and in suspense until it is explained"), Difference, {"posted__startswith": "difference:"}),
    (_("Messages not sent"), OutgoingMessage, {"sent_at__isnull": True}),
)


@dataclass(frozen=True)
class Waiting:
    label: Promise | str
    count: int
    url: str


class BackOffice(AdminSite):
    site_header = _("Back office")
    site_title = _("Back office")
    index_title = _("What waits for a person")
    index_template = "admin/dashboard.html"
    site_url = "/"

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().index(request, {**(extra_context or {}), "waiting": self._waiting(request)})

    def _waiting(self, request: HttpRequest) -> list[Waiting]:
        """Only what this person may look at, and only lists that exist."""
        found = []
        for label, model, filters in _WAITING:
            screen = self._registry.get(model)
            if screen is None or not screen.has_view_permission(request):
                continue
            address = reverse(
                f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist", current_app=self.name
            )
            chosen = {name: value() if callable(value) else value for name, value in filters.items()}
            query = "&".join(f"{name}={value}" for name, value in chosen.items())
            count = model._default_manager.filter(**chosen).count()
            found.append(Waiting(label, count, f"{address}?{query}"))
        return found

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., HttpResponse]:
        """Filters reach the database as they stand in the address: what it cannot read is a bad request."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def readable(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if any(_is_unreadable(name, value) for name, all_ in request.GET.lists() for value in all_):
                raise BadRequest
            return guarded(request, *args, **kwargs)

        return readable

    def get_urls(self) -> list[Any]:
        companies = path("payment-companies/", self.admin_view(show_companies), name="payment_companies")
        return [companies, *super().get_urls()]

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        apps = super().get_app_list(request, app_label)
        known = {label: place for place, label in enumerate(SECTIONS)}
        return sorted(apps, key=lambda app: known.get(app["app_label"], len(known)))

    def password_change(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One page for everybody's password, with its limits and its messages."""
        return redirect("account_change_password")
