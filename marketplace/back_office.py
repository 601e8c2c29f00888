"""What the admin screens of all apps share."""

from django.contrib.admin.apps import AdminConfig
from django.db.models import Model
from django.http import HttpRequest


class BackOfficeConfig(AdminConfig):
    """Makes `admin.site` our own."""

    default_site = "marketplace.admin.BackOffice"


class ReadOnly:
    """Nothing is added, changed or deleted by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class NoBirthNoDeath:
    """Rows are made by the shop and never deleted; some columns may be corrected."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False
