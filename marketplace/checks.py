"""What must hold before the site starts: in production no development value, no missing key (MS-SEC-07)."""

from collections.abc import Iterator, Sequence
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from celery import bootsteps
from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

from marketplace.companies import OPTIONAL
from marketplace.development import DEFAULTS
from marketplace.markets import MARKETS

MPESA_SANDBOX_HOST = "api.sandbox.vm.co.mz"
MPESA_SANDBOX_CODE = "171717"
_STRIPE_TEST_KEYS = ("sk_test_", "rk_test_")
_TEST_KEYS = ("pub_test_", "prv_test_", "test_events_", "test_integrity_")


def problems() -> Iterator[checks.CheckMessage]:
    """Everything that stands between these settings and a start."""
    if settings.DEVELOPMENT:
        return
    if settings.DEBUG:
        yield checks.Error("DEBUG is on in production", id="marketplace.E001")
    if settings.SECRET_KEY == DEFAULTS["SECRET_KEY"] or len(settings.SECRET_KEY) < 50:
        yield checks.Error("SECRET_KEY is the development one, or too short", id="marketplace.E002")
    if DEFAULTS["FIELD_ENCRYPTION_KEYS"] in settings.FIELD_ENCRYPTION_KEYS:
        yield checks.Error("FIELD_ENCRYPTION_KEYS holds the development key", id="marketplace.E003")
    if "*" in settings.ALLOWED_HOSTS:
        yield checks.Error("ALLOWED_HOSTS accepts any host", id="marketplace.E004")
    if settings.PAYOUT_HOLD_DAYS is not None:
        yield checks.Error("PAYOUT_HOLD_DAYS shortens the hold; only development may", id="marketplace.E010")
    yield from _company_problems()


def _company_problems() -> Iterator[checks.CheckMessage]:
    used = {
        ("gateway", gateway): settings.GATEWAY_CREDENTIALS
        for market in MARKETS.values()
        for method in market.payment_methods
        for gateway in (method.gateway, *method.fallbacks)
    } | {
        ("rail", rail.code): settings.RAIL_CREDENTIALS
        for market in MARKETS.values()
        for rail in market.payout_rails
    }
    for (kind, code), credentials in sorted(used.items()):
        values = credentials.get(code, {})
        missing = sorted(name for name, value in values.items() if not value and name not in OPTIONAL)
        if missing or not values:
            names = ", ".join(missing) or "everything"
            yield checks.Error(f"The {kind} {code} is offered, but lacks {names}", id="marketplace.E005")
        known = sorted(name for name, value in values.items() if value and value in _DEVELOPMENT_SECRETS)
        if known:
            names = ", ".join(known)
            yield checks.Error(f"The {kind} {code} uses development values: {names}", id="marketplace.E006")
        yield from _plain_addresses(kind, code, values)
    yield from _mpesa_mismatch(settings.GATEWAY_CREDENTIALS.get("mpesa", {}))
    yield from _wompi_mismatch(settings.GATEWAY_CREDENTIALS.get("wompi", {}))
    yield from _payu_mismatch(settings.GATEWAY_CREDENTIALS.get("payu", {}))
    if settings.GATEWAY_CREDENTIALS.get("stripe", {}).get("secret_key", "").startswith(_STRIPE_TEST_KEYS):
        yield checks.Error("STRIPE_SECRET_KEY is one of the test world", id="marketplace.E011")


_PUBLIC = {"MPESA_SERVICE_PROVIDER_CODE", "MPESA_ORIGIN"}  # Vodacom's own sandbox uses these values too
_DEVELOPMENT_SECRETS = {value for name, value in DEFAULTS.items() if name not in _PUBLIC}


def _plain_addresses(kind: str, code: str, values: dict[str, str]) -> Iterator[checks.CheckMessage]:
    for name, value in values.items():
        is_address = name in ("host", "url") or name.endswith("_url")
        if is_address and value and urlsplit(value).scheme != "https" and not _is_behind_vpn(name, value):
            yield checks.Error(f"The {kind} {code} is reached without TLS: {name}", id="marketplace.E007")


def _is_behind_vpn(name: str, value: str) -> bool:
    """Movitel is reached through a tunnel at a private address, where it may speak plain HTTP."""
    try:
        return name == "url" and ip_address(urlsplit(value).hostname or "").is_private
    except ValueError:
        return False


def _mpesa_mismatch(mpesa: dict[str, str]) -> Iterator[checks.CheckMessage]:
    """A sandbox code at the real company, or a real code at its sandbox, loses money silently."""
    if not mpesa.get("host") or not mpesa.get("service_provider_code"):
        return
    at_sandbox = urlsplit(mpesa["host"]).hostname == MPESA_SANDBOX_HOST
    with_sandbox_code = mpesa["service_provider_code"] == MPESA_SANDBOX_CODE
    if at_sandbox != with_sandbox_code:
        yield checks.Error(
            "MPESA_HOST and MPESA_SERVICE_PROVIDER_CODE do not fit together", id="marketplace.E008"
        )


def _payu_mismatch(payu: dict[str, str]) -> Iterator[checks.CheckMessage]:
    """In test mode PayU's test orders count as paid."""
    hosts = [
        urlsplit(payu.get(name, "")).hostname or "" for name in ("api_url", "reports_url", "checkout_url")
    ]
    if payu.get("test") == "1" or any(host.startswith("sandbox.") for host in hosts):
        yield checks.Error("PayU is in test mode, or at its sandbox", id="marketplace.E012")


def _wompi_mismatch(wompi: dict[str, str]) -> Iterator[checks.CheckMessage]:
    names = ("public_key", "private_key", "events_secret", "integrity_secret")
    kinds = {wompi.get(name, "").startswith(_TEST_KEYS) for name in names if wompi.get(name)}
    if len(kinds) > 1:
        yield checks.Error("Wompi keys of the test and the real world are mixed", id="marketplace.E009")


def check_start(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    return list(problems())


def refuse_unsafe_start() -> None:
    """For the web server and the worker: system checks are only run by management commands."""
    if found := list(problems()):
        raise ImproperlyConfigured("; ".join(str(problem.msg) for problem in found))


class StartCheck(bootsteps.Step):
    """Makes a Celery worker refuse as the web server does."""

    def __init__(self, worker: Any, **options: Any) -> None:
        super().__init__(worker, **options)
        refuse_unsafe_start()
