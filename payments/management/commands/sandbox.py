"""manage.py sandbox: become the server of the pretend payment companies."""

import os
import sys
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

_WOMPI = ("public_key", "private_key", "events_secret", "integrity_secret")
_PAYOUTS = ("api_key", "user_principal_id", "account_id", "events_secret")
_MPESA = ("api_key", "service_provider_code", "origin", "initiator_identifier", "security_credential")
_PAYU = ("api_login", "api_key", "merchant_id", "account_id")
_EMOLA = ("username", "password", "partner_code", "key")


class Command(BaseCommand):
    help = "Serve the pretend payment companies (development and tests only)."
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Replaces this process, so that whoever supervises it keeps the same process id."""
        if not settings.SANDBOX_URL:
            raise CommandError("There are no pretend companies in production.")
        os.execve(sys.executable, [sys.executable, "-m", "payments.sandbox"], environment())  # noqa: S606


def environment() -> dict[str, str]:
    """The keys this shop uses, under the names the sandbox reads."""
    given: dict[str, str] = {}
    for prefix, names, known in (
        ("WOMPI_", _WOMPI, settings.GATEWAY_CREDENTIALS["wompi"]),
        ("WOMPI_PAYOUTS_", _PAYOUTS, settings.RAIL_CREDENTIALS["wompi_payouts"]),
        ("MPESA_", _MPESA, settings.GATEWAY_CREDENTIALS["mpesa"]),
        ("PAYU_", _PAYU, settings.GATEWAY_CREDENTIALS["payu"]),
        ("EMOLA_", _EMOLA, settings.GATEWAY_CREDENTIALS["emola"]),
    ):
        given |= {f"{prefix}{name.upper()}": known[name] for name in names}
    given |= {
        "DJANGO_SETTINGS_MODULE": "payments.sandbox.settings",
        "SANDBOX_PORT": os.environ.get("SANDBOX_PORT") or str(urlsplit(settings.SANDBOX_URL).port),
        "SANDBOX_STATE": os.environ.get("SANDBOX_STATE") or str(settings.VAR / "sandbox" / "sandbox.sqlite3"),
    }
    return dict(os.environ) | given
