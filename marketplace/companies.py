"""Where the payment companies are and what they know us by, as the environment says."""

from pathlib import Path
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from marketplace.development import DEFAULTS

Credentials = dict[str, dict[str, str]]
LONGEST_LISTENING = 130  # seconds
# M-Pesa without a right of reversal pays buyers back as it pays sellers.
OPTIONAL = frozenset({"initiator_identifier", "security_credential"})


class Companies:
    """Reads addresses and keys; in development whatever is not given points at the sandbox."""

    def __init__(self, env: environ.Env, *, sandbox_url: str, development: bool) -> None:
        self.env, self.sandbox_url, self.development = env, sandbox_url.rstrip("/"), development

    def _key(self, name: str) -> str:
        return self.env.str(name, default=DEFAULTS[name] if self.development else "")

    def _url(self, name: str, path_at_sandbox: str) -> str:
        default = self.sandbox_url + path_at_sandbox if self.development else ""
        return self.env.str(name, default=default).rstrip("/")

    def _listening(self, company: str) -> dict[str, str]:
        """How long we wait for a company, and whose certificates we trust; what is not set is its adapter's.

        No exchange may outlast what the clock takes for a worker that died (payments/schedule.py).
        """
        names = ("connect_seconds", "read_seconds", "ca_bundle")
        found = {name: self.env.str(f"{company}_{name.upper()}", default="") for name in names}
        if sum(float(found[name] or 0) for name in names[:2]) > LONGEST_LISTENING:
            raise ImproperlyConfigured(f"{company}: at most {LONGEST_LISTENING} seconds for one exchange")
        if found["ca_bundle"] and not Path(found["ca_bundle"]).is_file():
            raise ImproperlyConfigured(f"{company}_CA_BUNDLE names no file")
        return {name: value for name, value in found.items() if value}

    def _mpesa_port(self, name: str, usual: int) -> str:
        """Each M-Pesa operation has a port of its own; the sandbox serves them all on one."""
        at_sandbox = self.development and not self.env.str("MPESA_HOST", default="")
        return self.env.str(name, default=str(urlsplit(self.sandbox_url).port if at_sandbox else usual))

    def _mpesa(self) -> dict[str, str]:
        sandbox = urlsplit(self.sandbox_url)
        default_host = f"{sandbox.scheme}://{sandbox.hostname}" if self.development else ""
        return {
            "host": self.env.str("MPESA_HOST", default=default_host).rstrip("/"),
            "c2b_port": self._mpesa_port("MPESA_C2B_PORT", 18352),
            "b2c_port": self._mpesa_port("MPESA_B2C_PORT", 18345),
            "query_port": self._mpesa_port("MPESA_QUERY_PORT", 18353),
            "reversal_port": self._mpesa_port("MPESA_REVERSAL_PORT", 18354),
            "api_key": self._key("MPESA_API_KEY"),
            "public_key": self._key("MPESA_PUBLIC_KEY"),
            "service_provider_code": self._key("MPESA_SERVICE_PROVIDER_CODE"),
            "origin": self._key("MPESA_ORIGIN"),
            "initiator_identifier": self._key("MPESA_INITIATOR_IDENTIFIER"),
            "security_credential": self._key("MPESA_SECURITY_CREDENTIAL"),
            "reversal_amount_field": self.env.str("MPESA_REVERSAL_AMOUNT_FIELD", "input_ReversalAmount"),
        } | self._listening("MPESA")

    def _emola(self) -> dict[str, str]:
        return {
            "url": self._url("EMOLA_URL", "/BCCSGateway"),
            "username": self._key("EMOLA_USERNAME"),
            "password": self._key("EMOLA_PASSWORD"),
            "partner_code": self._key("EMOLA_PARTNER_CODE"),
            "key": self._key("EMOLA_KEY"),
            "maximum": str(int(self.env.str("EMOLA_MAXIMUM", default="") or 99999)),
        } | self._listening("EMOLA")

    def _wompi(self) -> dict[str, str]:
        return {
            "api_url": self._url("WOMPI_API_URL", "/wompi/v1"),
            "checkout_url": self._url("WOMPI_CHECKOUT_URL", "/wompi/checkout/p"),
            "public_key": self._key("WOMPI_PUBLIC_KEY"),
            "private_key": self._key("WOMPI_PRIVATE_KEY"),
            "events_secret": self._key("WOMPI_EVENTS_SECRET"),
            "integrity_secret": self._key("WOMPI_INTEGRITY_SECRET"),
        } | self._listening("WOMPI")

    def _stripe(self) -> dict[str, str]:
        return {
            "api_url": self._url("STRIPE_API_URL", "/stripe"),
            "secret_key": self._key("STRIPE_SECRET_KEY"),
            "webhook_secrets": self._key("STRIPE_WEBHOOK_SECRETS"),
        } | self._listening("STRIPE")

    def _payu(self) -> dict[str, str]:
        at_sandbox = self.development and not self.env.str("PAYU_API_URL", default="")
        return (
            {
                "api_url": self._url("PAYU_API_URL", "/payu/payments-api/4.0/service.cgi"),
                "reports_url": self._url("PAYU_REPORTS_URL", "/payu/reports-api/4.0/service.cgi"),
                "checkout_url": self._url("PAYU_CHECKOUT_URL", "/payu/checkout"),
                "api_login": self._key("PAYU_API_LOGIN"),
                "api_key": self._key("PAYU_API_KEY"),
                "merchant_id": self._key("PAYU_MERCHANT_ID"),
                "account_id": self._key("PAYU_ACCOUNT_ID"),
                "test": self.env.str("PAYU_TEST", default="0"),
            }
            | self._listening("PAYU")
            | ({"refund_wait_seconds": "10", "patience_seconds": "20"} if at_sandbox else {})
        )

    def gateways(self) -> Credentials:
        """By gateway code: what each way of taking money needs."""
        return {
            "wompi": self._wompi(),
            "mpesa": self._mpesa(),
            "emola": self._emola(),
            "stripe": self._stripe(),
            "payu": self._payu(),
            "efecty": {
                "code_secret": self._key("EFECTY_CODE_SECRET"),
                "agreement": self._key("EFECTY_AGREEMENT"),
            },
        }

    def rails(self) -> Credentials:
        """By rail code: what each way of paying sellers needs."""
        wompi_payouts = {
            "api_url": self._url("WOMPI_PAYOUTS_API_URL", "/wompi-payouts/v1"),
            "api_key": self._key("WOMPI_PAYOUTS_API_KEY"),
            "user_principal_id": self._key("WOMPI_PAYOUTS_USER_PRINCIPAL_ID"),
            "account_id": self._key("WOMPI_PAYOUTS_ACCOUNT_ID"),
            "events_secret": self._key("WOMPI_PAYOUTS_EVENTS_SECRET"),
        } | self._listening("WOMPI_PAYOUTS")
        return {
            "wompi_payouts": wompi_payouts,
            "mpesa_b2c": self._mpesa(),
            "emola_b2c": self._emola(),
            "bank_file": {"account": self._key("BANK_FILE_ACCOUNT")},
        }

    def origins(self) -> list[str]:
        """Where a shopper's browser may send a card number or be led from a form."""
        wompi, payu = self._wompi(), self._payu()
        urls = (self.sandbox_url, wompi["api_url"], wompi["checkout_url"], payu["checkout_url"])
        parts = [urlsplit(url) for url in urls if url]
        return sorted({f"{part.scheme}://{part.netloc}" for part in parts})
