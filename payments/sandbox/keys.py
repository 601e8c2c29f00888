"""Who may talk to the pretend companies: the same variables the shop reads, or the development values."""

import os
from dataclasses import dataclass, fields

from marketplace.development import DEFAULTS, MPESA_SANDBOX_PRIVATE_KEY


@dataclass(frozen=True, kw_only=True)
class Keys:
    """One field for each environment variable, in lower case."""

    wompi_public_key: str
    wompi_private_key: str
    wompi_events_secret: str
    wompi_integrity_secret: str
    wompi_payouts_api_key: str
    wompi_payouts_user_principal_id: str
    wompi_payouts_account_id: str
    wompi_payouts_events_secret: str
    mpesa_api_key: str
    mpesa_service_provider_code: str
    mpesa_origin: str
    mpesa_initiator_identifier: str
    mpesa_security_credential: str
    payu_api_login: str
    payu_api_key: str
    payu_merchant_id: str
    payu_account_id: str
    efecty_agent_secrets: str
    stripe_secret_key: str
    stripe_webhook_secrets: str
    emola_username: str
    emola_password: str
    emola_partner_code: str
    emola_key: str
    mpesa_sandbox_private_key: str = MPESA_SANDBOX_PRIVATE_KEY


def _from_environment() -> Keys:
    names = [field.name.upper() for field in fields(Keys)]
    usual = DEFAULTS | {"MPESA_SANDBOX_PRIVATE_KEY": MPESA_SANDBOX_PRIVATE_KEY}
    return Keys(**{name.lower(): os.environ.get(name) or usual[name] for name in names})


KEYS = _from_environment()
# While the shop changes its events secret it lists two; the company signs with the first.
EVENTS_SECRET = KEYS.wompi_events_secret.replace(",", " ").split()[0]
PAYOUTS_EVENTS_SECRET = KEYS.wompi_payouts_events_secret.replace(",", " ").split()[0]
