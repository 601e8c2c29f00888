"""Who among the staff changed what: django-auditlog, where staff work and nowhere else."""

from collections.abc import Callable

from auditlog.middleware import AuditlogMiddleware
from django.http import HttpRequest, HttpResponse


def staff_audit_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Name the actor on changes made in the back office; shop pages are spared the look-up of the user."""
    audited = AuditlogMiddleware(get_response)

    def middleware(request: HttpRequest) -> HttpResponse:
        return (audited if request.path.startswith("/admin/") else get_response)(request)

    return middleware
