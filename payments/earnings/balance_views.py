"""A seller's balance and its statement, month by month, on the page and as files."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_GET

from payments.disbursement import payable, payouts
from payments.earnings import (
    balances,
    commission_documents,
    document_paper,
    seller_statements,
    statement_files,
    statement_paper,
)
from payments.earnings.months import Month, read_month, this_month
from payments.earnings.seller_views import PER_PAGE, money_required
from payments.earnings.waiting_money import waiting_money
from payments.models import CommissionDocument
from sellers.access import SellerRequest


@money_required
@require_GET
def show_balance(request: SellerRequest) -> HttpResponse:
    seller = request.seller
    balance, releases = balances.balance_of(seller), balances.releases(seller)
    waiting = waiting_money(seller)
    context = {
        "balance": balance,
        "releases": releases,
        "waiting": waiting,
        "held_otherwise": balance.held - sum(release.amount for release in releases) - waiting.total,
        "destination": balances.destination_of(seller),
        "is_refused": balances.has_refused(seller),
        "next": payable.next_payout(seller),
        "hold_days": payouts.hold(seller.market).days,
        **_statement(request),
    }
    return render(request, "payments/balance.html", context)


def _statement(request: SellerRequest) -> dict[str, object]:
    """The chosen month, newest first, all kinds or one."""
    seller, month = request.seller, _month(request)
    kind = request.GET.get("kind", "")
    kind = kind if kind in seller_statements.KINDS else ""
    page = Paginator(seller_statements.entries_in(seller, month, kind), PER_PAGE)
    shown = page.get_page(request.GET.get("page"))
    return {
        "month": month,
        "is_this_month": month.first == this_month(seller.market).first,
        "summary": seller_statements.summary(seller, month),
        "kind": kind,
        "kinds": seller_statements.LABELS,
        "page": shown,
        "lines": seller_statements.lines(seller, list(shown.object_list), with_balance=not kind),
    }


def _month(request: SellerRequest) -> Month:
    return read_month(request.GET.get("month", ""), request.seller.market)


@money_required
@require_GET
def download_csv(request: SellerRequest) -> HttpResponse:
    month = _month(request)
    return _file(statement_files.csv_of(request.seller, month), "text/csv; charset=utf-8", f"{month}.csv")


@money_required
@require_GET
def download_pdf(request: SellerRequest) -> HttpResponse:
    month = _month(request)
    return _file(statement_paper.pdf_of(request.seller, month), "application/pdf", f"{month}.pdf")


@money_required
@require_GET
def list_documents(request: SellerRequest) -> HttpResponse:
    mine = CommissionDocument.objects.filter(seller=request.seller)
    page = Paginator(mine, PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "payments/documents.html", {"page": page})


@money_required
@require_GET
def show_document(request: SellerRequest, document_number: str) -> HttpResponse:
    document = get_object_or_404(CommissionDocument, seller=request.seller, number=document_number)
    context = {"document": document, "items": commission_documents.items_of(document)}
    return render(request, "payments/document.html", context)


@money_required
@require_GET
def download_document(request: SellerRequest, document_number: str) -> HttpResponse:
    document = get_object_or_404(CommissionDocument, seller=request.seller, number=document_number)
    return _file(document_paper.pdf_of(document), "application/pdf", f"{document.number}.pdf")


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type=content_type, headers=headers)
