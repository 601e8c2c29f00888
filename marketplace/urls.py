"""The table of contents of the site."""

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, include, path
from django.views.static import serve

from marketplace import health

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def show_media(request: HttpRequest, path: str) -> HttpResponseBase:
    """In development and tests; elsewhere the web server in front does this."""
    return serve(request, path, document_root=str(settings.MEDIA_ROOT))


urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    path("", include("marketplace.market_urls")),  # choose_market, set_language, outbox
    path("account/", include("marketplace.accounts.urls")),
    path("", include("catalog.urls")),  # home, c/, search/, p/, stores/, wishlist/
    path("", include("orders.urls")),  # cart/, checkout/, orders/, o/
    path("", include("payments.urls")),  # pay/, webhooks/
    path("sell/products/", include("catalog.seller_urls")),
    path("sell/orders/", include("orders.seller_urls")),
    path("sell/", include("payments.seller_urls")),  # balance/, payouts/
    path("sell/", include("sellers.urls")),  # the frame: dashboard, apply/, store/, delivery/, hours/
    path("", include("support.urls")),
]
handler400 = "marketplace.errors.bad_request"
handler403 = "marketplace.errors.permission_denied"
handler404 = "marketplace.errors.not_found"
handler500 = "marketplace.errors.server_error"

if settings.DEVELOPMENT:
    urlpatterns += [path("media/<path:path>", show_media)]
