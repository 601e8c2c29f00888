"""The site for an ASGI server; nothing streams yet, so the WSGI door is the one in use."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")
application = get_asgi_application()
