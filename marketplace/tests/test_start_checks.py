"""A production start is refused, loudly, while something of development is left (MS-SEC-07)."""

import copy
import os
import subprocess
import sys

import pytest
from django.core.exceptions import ImproperlyConfigured

from marketplace import checking, checks, services
from marketplace.development import DEFAULTS

PRODUCTION = checking.environment_of_production()


WEB = ["-c", "import marketplace.wsgi"]
WORKER = ["-m", "celery", "-A", "marketplace", "worker", "--pool", "solo"]


def start(program=WEB, **changes):
    """Start a program of ours in a production environment; None removes a variable."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    wanted = {name: value for name, value in (kept | PRODUCTION | changes).items() if value is not None}
    command = [sys.executable, *program]
    return subprocess.run(
        command, env=wanted, cwd=services.ROOT, capture_output=True, text=True, check=False, timeout=120
    )


def test_a_complete_environment_starts():
    done = start()

    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"DEBUG": "1"}, "DEBUG"),
        ({"SECRET_KEY": None}, "SECRET_KEY"),
        ({"SECRET_KEY": DEFAULTS["SECRET_KEY"]}, "SECRET_KEY"),
        ({"DATABASE_URL": None}, "DATABASE_URL"),
        ({"WOMPI_PRIVATE_KEY": None}, "wompi is offered, but lacks private_key"),
        ({"ENVIRONMENT": "staging"}, "ENVIRONMENT"),
    ],
)
def test_a_start_is_refused(changes, complaint):
    done = start(**changes)

    assert done.returncode != 0
    assert "ImproperlyConfigured" in done.stderr
    assert complaint in done.stderr


def test_a_worker_is_refused_too():
    done = start(WORKER, WOMPI_PRIVATE_KEY=None)

    assert done.returncode != 0
    assert "wompi is offered, but lacks private_key" in done.stderr + done.stdout


@pytest.fixture
def production(settings):
    """The settings of a sound production site."""
    settings.DEVELOPMENT = False
    settings.DEBUG = False
    settings.SECRET_KEY = PRODUCTION["SECRET_KEY"]
    settings.FIELD_ENCRYPTION_KEYS = [PRODUCTION["FIELD_ENCRYPTION_KEYS"]]
    settings.ALLOWED_HOSTS = ["shop.example.com"]
    settings.GATEWAY_CREDENTIALS = copy.deepcopy(settings.GATEWAY_CREDENTIALS)
    settings.RAIL_CREDENTIALS = copy.deepcopy(settings.RAIL_CREDENTIALS)
    for credentials in (*settings.GATEWAY_CREDENTIALS.values(), *settings.RAIL_CREDENTIALS.values()):
        for name in credentials:
            credentials[name] = (
                "https://company.example" if name == "host" or "url" in name else f"real-{name}"
            )
    return settings


def ids():
    return [problem.id for problem in checks.problems()]


def test_a_sound_site_has_no_problems(production):
    assert ids() == []
    checks.refuse_unsafe_start()


def test_each_missing_key_of_an_offered_company_is_named(production):
    production.GATEWAY_CREDENTIALS["wompi"]["integrity_secret"] = ""
    production.RAIL_CREDENTIALS["mpesa_b2c"]["api_key"] = ""

    with pytest.raises(ImproperlyConfigured) as refusal:
        checks.refuse_unsafe_start()

    assert "gateway wompi is offered, but lacks integrity_secret" in str(refusal.value)
    assert "rail mpesa_b2c is offered, but lacks api_key" in str(refusal.value)


def test_the_published_development_keys_are_refused(production):
    production.GATEWAY_CREDENTIALS["wompi"]["private_key"] = DEFAULTS["WOMPI_PRIVATE_KEY"]

    assert "marketplace.E006" in ids()


def test_the_development_encryption_key_is_refused_even_as_an_old_one(production):
    production.FIELD_ENCRYPTION_KEYS.append(DEFAULTS["FIELD_ENCRYPTION_KEYS"])

    assert ids() == ["marketplace.E003"]


def test_any_host_is_refused(production):
    production.ALLOWED_HOSTS = ["*"]

    assert ids() == ["marketplace.E004"]


def test_a_company_without_tls_is_refused(production):
    production.GATEWAY_CREDENTIALS["wompi"]["api_url"] = "http://company.example"

    assert ids() == ["marketplace.E007"]


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://company.example/BCCSGateway", []),
        ("http://10.1.2.3:8520/BCCSGateway", []),
        ("http://company.example/BCCSGateway", ["marketplace.E007"]),
        ("http://41.220.1.2:8520/BCCSGateway", ["marketplace.E007"]),
    ],
)
def test_emola_may_speak_plainly_within_a_tunnel_only(production, url, found):
    production.GATEWAY_CREDENTIALS["emola"]["url"] = url

    assert ids() == found


def test_a_private_address_excuses_no_other_company(production):
    production.GATEWAY_CREDENTIALS["wompi"]["api_url"] = "http://10.1.2.3/v1"

    assert ids() == ["marketplace.E007"]


def test_without_a_right_of_reversal_mpesa_is_offered_nevertheless(production):
    production.GATEWAY_CREDENTIALS["mpesa"] |= {"initiator_identifier": "", "security_credential": ""}

    assert ids() == []


@pytest.mark.parametrize(
    ("host", "code"),
    [("https://api.vm.co.mz", "171717"), ("https://api.sandbox.vm.co.mz", "901901")],
)
def test_mpesa_host_and_short_code_must_fit(production, host, code):
    production.GATEWAY_CREDENTIALS["mpesa"] |= {"host": host, "service_provider_code": code}

    assert ids() == ["marketplace.E008"]


def test_wompi_keys_of_two_worlds_are_refused(production):
    production.GATEWAY_CREDENTIALS["wompi"]["public_key"] = "pub_test_0123456789"

    assert ids() == ["marketplace.E009"]


@pytest.mark.parametrize("key", ["sk_test_0123456789", "rk_test_0123456789"])
def test_a_stripe_key_of_the_test_world_is_refused(production, key):
    production.GATEWAY_CREDENTIALS["stripe"]["secret_key"] = key

    assert ids() == ["marketplace.E011"]


@pytest.mark.parametrize(
    "changes", [{"test": "1"}, {"api_url": "https://sandbox.api.payulatam.com/payments-api/4.0/service.cgi"}]
)
def test_payu_in_test_mode_is_refused(production, changes):
    production.GATEWAY_CREDENTIALS["payu"] |= changes

    assert ids() == ["marketplace.E012"]


def test_payus_published_merchant_is_refused(production):
    production.GATEWAY_CREDENTIALS["payu"]["merchant_id"] = DEFAULTS["PAYU_MERCHANT_ID"]

    assert ids() == ["marketplace.E006"]
