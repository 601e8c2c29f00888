"""Commission documents, to read and to print."""

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from payments.admin.base import ReadOnly
from payments.earnings import document_paper
from payments.models import CommissionDocument


@admin.register(CommissionDocument)
class CommissionDocumentAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("number", "seller", "month", "net", "tax", "total", "currency", "issued_at", "pdf")
    list_filter = ("market_code", "month")
    search_fields = ("number", "seller__business_name", "seller__legal_name")
    list_select_related = ("seller",)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.download)
        own = path("<int:document_id>/pdf/", view, name="payments_commissiondocument_pdf")
        return [own, *super().get_urls()]

    @admin.display(description="PDF")
    def pdf(self, document: CommissionDocument) -> SafeString:
        address = reverse("admin:payments_commissiondocument_pdf", args=[document.pk])
        return format_html('<a href="{}">PDF</a>', address)

    def download(self, request: HttpRequest, document_id: int) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        document = get_object_or_404(CommissionDocument.objects.select_related("seller"), pk=document_id)
        headers = {"Content-Disposition": f'attachment; filename="{document.number}.pdf"'}
        return HttpResponse(document_paper.pdf_of(document), content_type="application/pdf", headers=headers)
