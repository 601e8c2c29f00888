"""The table of contents of the site."""

from importlib.util import find_spec

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.conf.urls.static import static
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from marketplace import health

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]


def _when_written(prefix: str, module: str) -> list[URLPattern | URLResolver]:
    return [path(prefix, include(module))] if find_spec(module) else []


urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.urls")),
    *_when_written("", "marketplace.market_urls"),  # choose_market, set_language, outbox
    *_when_written("account/", "marketplace.accounts.urls"),
    *_when_written("", "catalog.urls"),  # home, c/, search/, p/, stores/, wishlist/
    *_when_written("", "orders.urls"),  # cart/, checkout/, orders/, o/
    *_when_written("", "payments.urls"),  # pay/, webhooks/
    *_when_written("sell/products/", "catalog.seller_urls"),
    *_when_written("sell/orders/", "orders.seller_urls"),
    *_when_written("sell/", "payments.seller_urls"),  # balance/, payouts/
    *_when_written("sell/", "sellers.urls"),  # the frame: dashboard, apply/, store/, delivery/, hours/
    *_when_written("", "support.urls"),
]
handler400 = "marketplace.errors.bad_request"
handler403 = "marketplace.errors.permission_denied"
handler404 = "marketplace.errors.not_found"
handler500 = "marketplace.errors.server_error"

if settings.DEVELOPMENT:
    urlpatterns += static(settings.MEDIA_URL, document_root=settings.MEDIA_ROOT)
