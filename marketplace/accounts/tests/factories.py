"""People for tests."""

from itertools import count
from typing import Any

from allauth.account.models import EmailAddress

from marketplace.accounts.models import Address, User

PASSWORD = "correct-horse-battery"  # noqa: S105
PHONES = {"co": "+573001234567", "mz": "+258841234567"}
_numbers = count(1)


def make_user(email: str = "", *, market_code: str = "co", verified: bool = True, **fields: Any) -> User:
    """A person with a confirmed address and the password above."""
    email = email or f"person{next(_numbers)}@example.com"
    defaults = {"first_name": "Ana", "last_name": "Gómez", "phone": PHONES[market_code], "language": ""}
    password = fields.pop("password", PASSWORD)
    user = User.objects.create_user(email, password, market_code=market_code, **defaults | fields)
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=verified)
    return user


def make_address(user: User, *, market_code: str = "co", **fields: Any) -> Address:
    places = {
        "co": {"street": "Calle 72", "number": "10-34", "city": "Bogotá", "region": "11"},
        "mz": {"street": "Avenida 24 de Julho", "number": "1250", "city": "Maputo", "region": "MPM"},
    }
    defaults = {"first_name": user.first_name, "last_name": user.last_name, "phone": PHONES[market_code]}
    return Address.objects.create(
        user=user, market_code=market_code, **places[market_code] | defaults | fields
    )
