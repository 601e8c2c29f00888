"""Every setting of the site, read from the environment; what is missing fails here, loudly."""

from decimal import Decimal
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from marketplace import logs
from marketplace.companies import Companies
from marketplace.connections import redis_urls
from marketplace.development import DEFAULTS
from marketplace.markets import MARKETS
from marketplace.markets.limits import limited

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))

# --- Where we run -----------------------------------------------------------------------------------------

ENVIRONMENT = env.str("ENVIRONMENT", default="production")
DEVELOPMENT = ENVIRONMENT == "development"
TESTING = DEVELOPMENT and env.bool("TESTING", default=False)
DEBUG = env.bool("DEBUG", default=DEVELOPMENT and not TESTING)
PORT = env.int("PORT", default=8000)
VAR = Path(env.str("MARKET_VAR", default=str(BASE_DIR / "var" / ("test" if TESTING else "run"))))

if ENVIRONMENT not in ("development", "production"):
    raise ImproperlyConfigured("ENVIRONMENT is either development or production")
if DEBUG and not DEVELOPMENT:
    raise ImproperlyConfigured("DEBUG shows visitors our insides: it is refused in production")


def secret(name: str) -> str:
    """A value that production must bring; development has a known one, which checks.py refuses elsewhere."""
    return env.str(name, default=DEFAULTS[name]) if DEVELOPMENT else env.str(name)


SECRET_KEY = secret("SECRET_KEY")
FIELD_ENCRYPTION_KEYS = secret("FIELD_ENCRYPTION_KEYS").split(",")

# --- Who may call, and how far we trust what stands in between --------------------------------------------

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"]) if DEVELOPMENT else env.list("ALLOWED_HOSTS")
MARKET_HOSTS = env.dict("MARKET_HOSTS", default={})
DEFAULT_MARKET = env.str("DEFAULT_MARKET", default="co")
SITE_SCHEME = env.str("SITE_SCHEME", default="http" if DEVELOPMENT else "https")
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
# A forwarded port (an editor's tunnel, a cloud shell) speaks https outside and http inside.
CSRF_TRUSTED_ORIGINS = env.list(
    "CSRF_TRUSTED_ORIGINS",
    default=["https://*.github.dev", "https://*.gitpod.io", "https://*.ngrok-free.app"]
    if DEVELOPMENT
    else [],
)
if DEVELOPMENT or TRUSTED_PROXY_COUNT:
    USE_X_FORWARDED_HOST = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# --- The parts --------------------------------------------------------------------------------------------

ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SILENCED_SYSTEM_CHECKS = [
    "django_ratelimit.W001",  # Redis works; the library lists only what it tests.
]

INSTALLED_APPS = [
    "marketplace.mailing",
    "marketplace.accounts",
    "sellers",
    "catalog",
    "orders",
    "payments",
    "support",
    "marketplace",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "django_htmx",
    "template_partials",
    "auditlog",
    "csp",
    "marketplace.back_office.BackOfficeConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.contrib.sitemaps",
]

MIDDLEWARE = [
    "marketplace.proxies.client_address_middleware",
    "marketplace.logs.request_id_middleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.gzip.GZipMiddleware",  # a page is 80 kB plain and 13 kB packed
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "marketplace.sessions.sliding_session_middleware",
    "marketplace.markets.middleware.market_middleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "marketplace.auditing.staff_audit_middleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "marketplace.http.market_context",
                "catalog.categories.menu_context",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
INSTALLED_APPS.append("django.forms")

# --- Database, cache, sessions, background work -----------------------------------------------------------

DATABASES = {"default": env.db("DATABASE_URL")}
DATABASES["default"]["OPTIONS"] = {
    **DATABASES["default"].get("OPTIONS", {}),
    "connect_timeout": 10,
    "options": env.str("DATABASE_TIMEOUTS", default="-c lock_timeout=15s -c statement_timeout=60s"),
}
if TESTING:
    DATABASES["default"]["TEST"] = {"TEMPLATE": env.str("TEST_DATABASE_TEMPLATE", default="") or None}
else:
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL_SIZE", default=10),
        "timeout": 10,
    }

# The cache takes Redis database n, the broker n + 1, so that clearing one leaves the other alone.
CACHE_URL, BROKER_URL = redis_urls(env.str("REDIS_URL"))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": env.str("CACHE_PREFIX", default="market"),
        "OPTIONS": {"health_check_interval": 30, "socket_connect_timeout": 2, "socket_timeout": 5},
    }
}
SESSION_ENGINE = "marketplace.sessions"  # cached_db that goes on without Redis
SESSION_COOKIE_AGE = 7 * 24 * 3600  # sliding, see marketplace/sessions.py (CF-07)
STAFF_SESSION_AGE = 3600
SESSION_COOKIE_SAMESITE = "Lax"
MESSAGE_STORAGE = "django.contrib.messages.storage.fallback.FallbackStorage"

CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 2, "interval_start": 0, "interval_step": 0.2}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,  # a task of a dead worker is given to another after this many seconds
    "socket_keepalive": True,
    "health_check_interval": 30,
}
CELERY_TIMEZONE = "UTC"

# --- People -----------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",  # 12 rounds (CF-17)
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.ScryptPasswordHasher",
]
if TESTING:
    PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_ADAPTER = "marketplace.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "marketplace.accounts.forms.LoginForm",
    "signup": "marketplace.accounts.forms.SignupForm",
    "confirm_email_verification_code": "marketplace.accounts.forms.EmailCodeForm",
    "confirm_password_reset_code": "marketplace.accounts.forms.PasswordCodeForm",
    "verify_phone": "marketplace.accounts.forms.PhoneCodeForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone*", "password1*"]
ACCOUNT_SIGNUP_FORM_HONEYPOT_FIELD = "company_fax"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 5
ACCOUNT_PHONE_VERIFICATION_MAX_ATTEMPTS = 5
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = 5
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_MAX_ATTEMPTS = 5
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_REDIRECT_URL = "home"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/300s/key",
    "confirm_email": "1/60s/key,5/h/key",
    "verify_phone": "1/60s/key,5/h/key,20/h/ip",
}
ALLAUTH_USER_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}

# Asked at checkout how well each method of a market works, which only an app above can know.
METHOD_HEALTH = "payments.health.of_market"
# Told in the same transaction when a store opens or closes, so that apps above need not be imported below.
SELLER_STATUS_HOOKS = ["catalog.cards.refresh_seller"]

AUDITLOG_INCLUDE_TRACKING_MODELS = (
    {"model": "accounts.User", "exclude_fields": ["password", "last_login", "updated_at"]},
    {"model": "sellers.Seller", "exclude_fields": ["document_number", "updated_at"]},
    "sellers.Member",
    "orders.CommissionRule",
)

# --- Languages and forms of writing -----------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish")), ("pt", _("Portuguese"))]
LOCALE_PATHS = [BASE_DIR / "marketplace" / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
FORMAT_MODULE_PATH = "marketplace.formats"
USE_TZ = True
TIME_ZONE = "UTC"
USE_THOUSAND_SEPARATOR = False  # Money has its own writing; a page number must not read 1.000.

# --- Files ------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR / "media")))
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Uploads as they came (places and cameras still inside); no URL leads here.
    "private": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": env.str("PRIVATE_ROOT", default=str(VAR / "private"))},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEVELOPMENT and not env.bool("STATIC_MANIFEST", default=False)
        else "servestatic.storage.CompressedManifestStaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # form fields and webhook bodies; files are counted apart
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

# --- Messages out of the house ----------------------------------------------------------------------------

if DEVELOPMENT and not env.str("EMAIL_URL", default=""):
    EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"  # the table behind /outbox/ keeps them
else:
    globals().update(env.email_url("EMAIL_URL"))
    EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="no-reply@localhost")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
SMS_BACKEND = env.str(
    "SMS_BACKEND", default="marketplace.sms." + ("OutboxBackend" if DEVELOPMENT else "HttpBackend")
)
SMS_API_URL = env.str("SMS_API_URL", default="")
SMS_API_KEY = env.str("SMS_API_KEY", default="")
SMS_SENDER = env.str("SMS_SENDER", default="")
KEEP_SENT_MESSAGES = DEVELOPMENT  # elsewhere the words go once they have left: they may hold codes

# --- Payment companies ------------------------------------------------------------------------------------

SANDBOX_URL = env.str("SANDBOX_URL", default=f"http://localhost:{PORT + 1}") if DEVELOPMENT else ""
MARKETS.update(limited(MARKETS, env.dict("PAYMENT_LIMITS", default={})))
COMPANIES = Companies(env, sandbox_url=SANDBOX_URL, development=DEVELOPMENT)
GATEWAY_CREDENTIALS = COMPANIES.gateways()
RAIL_CREDENTIALS = COMPANIES.rails()
# Development releases sellers' money at delivery, to see a payout arrive; production keeps the market's hold.
PAYOUT_HOLD_DAYS = env.int("PAYOUT_HOLD_DAYS", default=0 if DEVELOPMENT and not TESTING else None)
PAYOUT_AT_ONCE = env.bool("PAYOUT_AT_ONCE", default=DEVELOPMENT and not TESTING)
# Cash against our own codes: who may report it, from what amount on two people look, and the key of slips.
EFECTY_AGENT_SECRETS = secret("EFECTY_AGENT_SECRETS").split(",")
CASH_SECOND_PERSON_FROM = Decimal(env.str("CASH_SECOND_PERSON_FROM", default="500000"))
SLIP_SIGNING_KEY = secret("SLIP_SIGNING_KEY")
PAYOUT_WAIT_HOURS = env.int("PAYOUT_WAIT_HOURS", default=24)
BANK_FILE_COLUMNS = env.dict("BANK_FILE_COLUMNS", default={})

# Points (0 to 100, payments/risk/screening_rules.py) from which staff look at an attempt, or it is refused.
SCREENING_REVIEW = env.int("SCREENING_REVIEW", default=60)
SCREENING_BLOCK = env.int("SCREENING_BLOCK", default=90)
SCREENING_KEEP_DAYS = env.int("SCREENING_KEEP_DAYS", default=90)

# --- What browsers are told -------------------------------------------------------------------------------

# Card numbers go from the browser straight to the company; bank pages are reached by redirected forms.
_companies = COMPANIES.origins()
# The country selector is a form that leads to another host.
_markets = [f"{SITE_SCHEME}://{host}" for host in MARKET_HOSTS]
if DEVELOPMENT:
    _markets += [f"{SITE_SCHEME}://{host}:{PORT}" for market in MARKETS.values() for host in market.hosts]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "connect-src": [SELF, *_companies],
        "form-action": [SELF, *_companies, *_markets, *env.list("CSP_FORM_ACTION", default=[])],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "frame-ancestors": [NONE],
    },
}
CSRF_FAILURE_VIEW = "marketplace.errors.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = not DEVELOPMENT
SECURE_SSL_REDIRECT = not DEVELOPMENT and env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^health/"]
SECURE_HSTS_SECONDS = 0 if DEVELOPMENT else env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEVELOPMENT

# --- Records of what happens ------------------------------------------------------------------------------

LOGGING_CONFIG = None
logs.configure(json=not DEVELOPMENT, level=env.str("LOG_LEVEL", default="WARNING" if TESTING else "INFO"))
