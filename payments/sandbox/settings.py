"""Settings of the sandbox server, which shares nothing with the marketplace but the keys."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent
PROJECT = BASE_DIR.parents[1]

SECRET_KEY = "pretend-companies-have-no-sessions-and-no-secrets"  # noqa: S105
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "payments.sandbox.urls"
INSTALLED_APPS: list[str] = []
MIDDLEWARE = ["payments.sandbox.faults.faults_middleware"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {"context_processors": ["payments.sandbox.console.page_context"]},
    }
]
USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = False
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Refusals are what this server is for; the console lists them.
LOGGING = {"version": 1, "loggers": {"django.request": {"level": "ERROR"}}}

# Where everything is remembered, so that a kill -9 loses nothing.
STATE = Path(
    os.environ.get("SANDBOX_STATE")
    or Path(os.environ.get("MARKET_VAR") or PROJECT / "var" / "run") / "sandbox" / "sandbox.sqlite3"
)
# Where the shop is: an empty address means that events are kept and not posted.
SHOP_URL = os.environ.get("SHOP_URL", f"http://localhost:{os.environ.get('PORT') or 8000}").rstrip("/")
EVENTS_URL = os.environ.get("WOMPI_EVENTS_URL", f"{SHOP_URL}/webhooks/wompi/")
PAYOUTS_EVENTS_URL = os.environ.get("WOMPI_PAYOUTS_EVENTS_URL", f"{SHOP_URL}/webhooks/wompi_payouts/")
MPESA_RESPONSE_URL = os.environ.get("MPESA_RESPONSE_URL", f"{SHOP_URL}/webhooks/mpesa/")
PAYU_EVENTS_URL = os.environ.get("PAYU_EVENTS_URL", f"{SHOP_URL}/webhooks/payu/")
EFECTY_CONFIRMATIONS_URL = os.environ.get(
    "EFECTY_CONFIRMATIONS_URL", f"{SHOP_URL}/webhooks/efecty/confirmations/"
)
EMOLA_CALLBACK_URL = os.environ.get("EMOLA_CALLBACK_URL", f"{SHOP_URL}/webhooks/emola/")
STRIPE_EVENTS_URL = os.environ.get("STRIPE_EVENTS_URL", f"{SHOP_URL}/webhooks/stripe/")
# Divides every waiting time (a PIN, a bank, an event).
SPEED = float(os.environ.get("SANDBOX_SPEED") or 1)
