"""The site for a WSGI server: pages and static files."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
_pages = get_wsgi_application()

from django.conf import settings  # noqa: E402
from django.contrib.staticfiles.handlers import StaticFilesHandler  # noqa: E402
from servestatic import ServeStatic  # noqa: E402

from marketplace import checks  # noqa: E402

checks.refuse_unsafe_start()
application = (
    StaticFilesHandler(_pages)
    if settings.DEVELOPMENT
    else ServeStatic(
        _pages, root=settings.STATIC_ROOT, prefix=settings.STATIC_URL, immutable_file_test=r"\.[0-9a-f]{12}\."
    )
)
