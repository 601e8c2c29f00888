"""What attempts to pay have in common, as keyed hashes: nobody reads a phone or address out of them."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from ipaddress import ip_address

from django.db import connection
from django.utils.crypto import salted_hmac

from orders.models import Order
from payments.gateways.base import CardDetails

Mark = tuple[str, str]  # kind, digest

_SALT = "payments.fingerprints"
# The traits of a buyer that make two orders the same person's.
PERSONAL = ("phone", "email", "account", "document", "card")


def marks_of(order: Order, typed: Mapping[str, str], ip: str | None) -> set[Mark]:
    """Everything an attempt is recognised by before it is paid; what is empty leaves no mark."""
    address = order.shipping_address
    street = "".join(address.get(part, "") for part in ("street", "number", "complement"))
    place = f"{street}|{address.get('city', '')}|{address.get('region', '')}" if street else ""
    traits = [
        ("phone", order.phone),
        ("phone", typed.get("phone", "")),
        ("email", order.email),
        ("account", str(order.user_id or order.email)),
        ("ip", ip if ip and ip_address(ip).is_global else ""),
        ("address", place),
        ("document", typed.get("document_number", "")),
    ]
    return {mark(kind, _plain(text)) for kind, text in traits if _plain(text)}


def mark_of_card(card: CardDetails) -> Mark | None:
    """Four digits alone belong to thousands of cards; with the first six, or with brand and expiry, to few.

    The first six come first: Wompi and PayU both tell them, so a card is known at either.
    """
    if len(card.first_six) == 6 and card.last_four:
        return mark("card", f"{card.first_six}|{card.last_four}")
    if not (card.last_four and card.exp_month and card.exp_year):
        return None
    return mark("card", f"{card.brand}|{card.last_four}|{card.exp_month}|{card.exp_year}")


def mark(kind: str, text: str) -> Mark:
    return kind, salted_hmac(f"{_SALT}.{kind}", text, algorithm="sha256").hexdigest()


def queue_up(marks: Iterable[Mark]) -> None:
    """Attempts that share a mark are looked at one after another. Call with the order locked.

    Ends with the transaction; always in the same order, so that two never wait for each other.
    """
    keys = sorted(int(digest[:15], 16) for _kind, digest in marks)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(key) FROM unnest(%s::bigint[]) AS key", [keys])


def _plain(text: str) -> str:
    """Without capitals, accents and punctuation: "CRA. 7 #12-3" is "Cra 7 # 12 - 3", not "Cra 71 #2-3"."""
    letters = unicodedata.normalize("NFKD", text).casefold()
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return re.sub(r"[^\w@|]+", "-", bare).strip("-|")
