"""A commission document as PDF."""

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from payments.earnings.commission_documents import items_of
from payments.earnings.paper import Paper
from payments.earnings.statement_paper import written
from payments.models import CommissionDocument


def pdf_of(document: CommissionDocument) -> bytes:
    """In the reader's language; who issues it, to whom, what for, and that it has been paid already."""
    market, seller = document.market, document.seller
    title = _("Credit note %(number)s") if document.total < 0 else _("Commission document %(number)s")
    with timezone.override(market.time_zone):
        month = date_format(document.month, "YEAR_MONTH_FORMAT")
        paper = Paper(market=market, title=title % {"number": document.number}, subtitle=month)
        identity = f"{seller.document_type} {seller.document_number}"
        paper.facts(
            [
                (_("Issued by"), f"{market.name}, {market.country}"),
                (pgettext("document", "For"), f"{seller.legal_name} ({seller.business_name})"),
                (_("Document"), identity),
                (_("Issued on"), date_format(timezone.localtime(document.issued_at), "SHORT_DATE_FORMAT")),
            ]
        )
        rows = [
            (
                date_format(timezone.localtime(item.day), "SHORT_DATE_FORMAT"),
                f"{item.label} · {item.reference}",
                written(item.net, market),
                written(item.tax, market),
                written(item.total, market),
            )
            for item in items_of(document)
        ]
        head = (_("Date"), _("What"), _("Commission"), market.tax_name, _("Total"))
        paper.table(head, rows, widths=(14, 46, 18, 18, 18), numbers=3)
        rate = f"{document.tax_rate * 100:.4f}".rstrip("0").rstrip(".")
        paper.sums(
            [
                (_("Commission"), written(document.net, market)),
                (f"{market.tax_name} ({rate} %)", written(document.tax, market)),
                (_("Total"), written(document.total, market)),
            ]
        )
        paper.note(_("It is already deducted from your balance; there is nothing to pay."))
    return paper.read()
