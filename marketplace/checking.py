"""`dev.py check`: style, templates, architecture, types, migrations, deployment settings; two at a time."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from cryptography.fernet import Fernet

from marketplace import services, translations

ROOT = services.ROOT


# Every company, with keys that open nothing.
COMPANIES_OF_PRODUCTION = {
    "WOMPI_PUBLIC_KEY": "pub_prod_check",
    "WOMPI_PRIVATE_KEY": "prv_prod_check",
    "WOMPI_EVENTS_SECRET": "prod_events_check",
    "WOMPI_INTEGRITY_SECRET": "prod_integrity_check",
    "WOMPI_PAYOUTS_API_KEY": "check",
    "WOMPI_PAYOUTS_USER_PRINCIPAL_ID": "check",
    "WOMPI_PAYOUTS_ACCOUNT_ID": "check",
    "WOMPI_PAYOUTS_EVENTS_SECRET": "check",
    "WOMPI_API_URL": "https://production.wompi.co/v1",
    "WOMPI_CHECKOUT_URL": "https://checkout.wompi.co/p",
    "WOMPI_PAYOUTS_API_URL": "https://api.payouts.wompi.co/v1",
    "PAYU_API_URL": "https://api.payulatam.com/payments-api/4.0/service.cgi",
    "PAYU_REPORTS_URL": "https://api.payulatam.com/reports-api/4.0/service.cgi",
    "PAYU_CHECKOUT_URL": "https://checkout.payulatam.com/ppp-web-gateway-payu",
    "PAYU_API_LOGIN": "check",
    "PAYU_API_KEY": "check",
    "PAYU_MERCHANT_ID": "100200",
    "PAYU_ACCOUNT_ID": "100201",
    "EFECTY_CODE_SECRET": "check",
    "EFECTY_AGREEMENT": "check",
    "EFECTY_AGENT_SECRETS": "check",
    "SLIP_SIGNING_KEY": "check",
    "MPESA_API_KEY": "check",
    "MPESA_PUBLIC_KEY": "check",
    "MPESA_INITIATOR_IDENTIFIER": "check",
    "MPESA_SECURITY_CREDENTIAL": "check",
    "MPESA_HOST": "https://api.vm.co.mz",
    "MPESA_SERVICE_PROVIDER_CODE": "901901",
    "MPESA_ORIGIN": "shop.example.com",
    "EMOLA_USERNAME": "check",
    "EMOLA_PASSWORD": "check",
    "EMOLA_PARTNER_CODE": "check",
    "EMOLA_KEY": "check",
    "EMOLA_URL": "https://emola.example.com:8520/BCCSGateway",
    "STRIPE_API_URL": "https://api.stripe.com",
    "STRIPE_SECRET_KEY": "sk_live_check",
    "STRIPE_WEBHOOK_SECRETS": "whsec_check",
    "BANK_FILE_ACCOUNT": "check",
}


def environment_of_production() -> dict[str, str]:
    """What a production machine would bring, with values that open nothing."""
    return COMPANIES_OF_PRODUCTION | {
        "SECRET_KEY": "for-the-check-only-" + "x1Y2z3" * 10,
        "FIELD_ENCRYPTION_KEYS": Fernet.generate_key().decode(),
        "ENVIRONMENT": "production",
        "ENV_FILE": os.devnull,
        "ALLOWED_HOSTS": "shop.example.com",
        "DATABASE_URL": "postgresql://market@database.example.com/market",
        "REDIS_URL": "redis://redis.example.com/0",
        "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
    }


def _templates() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob("templates/**/*.html"))]


def steps() -> dict[str, tuple[list[str], dict[str, str]]]:
    """Each step's command and what it changes in the environment; the slow ones first."""
    python = sys.executable
    tools = Path(python).parent
    manage = [python, str(ROOT / "manage.py")]
    production = environment_of_production()
    budgets = "marketplace/tests/test_budgets.py"
    return {
        "types": ([python, "-m", "mypy"], {}),
        "architecture": ([str(tools / "lint-imports")], {"PYTHONPATH": str(ROOT)}),
        "style": ([python, "-m", "ruff", "check", "."], {}),
        "format": ([python, "-m", "ruff", "format", "--check", "--quiet", "."], {}),
        "templates": ([str(tools / "djade"), "--check", "--target-version", "5.2", *_templates()], {}),
        "migrations": ([*manage, "makemigrations", "--check", "--dry-run"], {}),
        "deployment": ([*manage, "check", "--deploy", "--fail-level", "WARNING"], production),
        "budgets": ([python, "-m", "pytest", "-q", "-n0", budgets], {}),
    }


def _perform(name: str, command: list[str], changes: dict[str, str]) -> bool:
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=os.environ | changes,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    good = done.returncode == 0
    print(f"{'ok    ' if good else 'FAILED'} {name} ({time.monotonic() - started:.0f} s)", flush=True)
    if not good:
        print(done.stdout, flush=True)
    return good


def main() -> int:
    services.ensure()
    translations.compile_all()
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda step: _perform(step[0], *step[1]), steps().items()))
    failed = results.count(False)
    print(f"{failed} of {len(results)} checks failed" if failed else f"all {len(results)} checks passed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
