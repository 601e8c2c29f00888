"""The header by which the pretend Stripe signs what it posts, spoilt as the switches say."""

import hashlib
import hmac
import time

from .keys import KEYS
from .memory import switch

# While the shop rolls its secret it lists two; the company signs with the first.
SECRET = KEYS.stripe_webhook_secrets.replace(",", " ").split()[0]


def headers_for(body: str) -> dict[str, str]:
    """Made anew for every try, as Stripe does."""
    headers = {"Content-Type": "application/json; charset=utf-8"}
    if switch("unsigned_events"):
        return headers
    moment = int(time.time()) + switch("stripe_clock")
    secret = f"{SECRET}-wrong" if switch("wrong_checksum") else SECRET
    signatures = [f"v1={_sign(secret, moment, body)}", "v0=" + "0" * 64]
    if switch("stripe_two_signatures"):
        signatures.insert(0, f"v1={_sign('whsec_rolled_out', moment, body)}")
    return headers | {"Stripe-Signature": f"t={moment},{','.join(signatures)}"}


def _sign(secret: str, moment: int, body: str) -> str:
    return hmac.new(secret.encode(), f"{moment}.{body}".encode(), hashlib.sha256).hexdigest()
