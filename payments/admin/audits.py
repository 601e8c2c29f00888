"""What the nightly audits found."""

from django.contrib import admin

from payments.admin.base import ReadOnly
from payments.models import Audit


@admin.register(Audit)
class AuditAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("started_at", "ended_at", "is_clean")
    list_filter = ("is_clean", "started_at")
    fields = readonly_fields = ("started_at", "ended_at", "is_clean", "findings")
