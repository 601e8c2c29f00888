"""The people of the demo: shoppers, store owners, support and staff, all with one password."""

from dataclasses import dataclass, field
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.utils import timezone

from marketplace.accounts import roles
from marketplace.accounts.models import Address, User
from marketplace.demo.catalogue import Words

PASSWORD = "mercado-2026"  # printed for everybody; the command refuses to run in production
SUPERUSER, STAFF, SUPPORT = "admin@example.com", "staff@example.com", "support@example.com"
# Beginnings of the owners' numbers; in Mozambique they hold an M-Pesa wallet.
NUMBERS = {"co": "+5731055", "mz": "+2588450"}
TERMS_VERSION = "2026-11"


@dataclass
class Cast:
    """Everybody by e-mail address."""

    by_email: dict[str, User] = field(default_factory=dict)

    def __getitem__(self, email: str) -> User:
        return self.by_email[email]

    def shoppers(self, words: Words) -> list[User]:
        return [self[shopper["email"]] for shopper in words.shoppers]


def invite(worlds: list[Words]) -> Cast:
    """Make everybody with a confirmed address; the password is hashed once, for hashing is slow by design."""
    hashed = make_password(PASSWORD)
    people = [_user(SUPERUSER, "Alma", "Duarte", is_staff=True, is_superuser=True)]
    people += [_user(STAFF, "Samuel", "Pinto", is_staff=True), _user(SUPPORT, "Sara", "Nieto", is_staff=True)]
    for words in worlds:
        people += _of_market(words)
    for person in people:
        person.password = hashed
    User.objects.bulk_create(people)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=True, primary=True) for person in people
    )
    cast = Cast({person.email: person for person in people})
    for words in worlds:
        _settle_in(words, cast)
    roles.grant()
    Group.objects.get(name=roles.STAFF).user_set.add(cast[STAFF])
    Group.objects.get(name=roles.SUPPORT).user_set.add(cast[SUPPORT])
    return cast


def _of_market(words: Words) -> list[User]:
    market = {"market_code": words.market, "language": words.language}
    shoppers = [_user(row["email"], *row["name"], phone=row["phone"], **market) for row in words.shoppers]
    owners = [row["owner"] for row in [*words.sellers, *words.applicants]]
    owners += [member for row in words.sellers for member in row.get("members", [])]
    return shoppers + [
        _user(*owner, phone=f"{NUMBERS[words.market]}{rank * 101:05d}", **market)
        for rank, owner in enumerate(owners, start=1)
    ]


def _user(email: str, first_name: str, last_name: str, **fields: str | bool) -> User:
    now = timezone.now()
    return User(
        email=email,
        first_name=first_name,
        last_name=last_name,
        phone_verified_at=now if fields.get("phone") else None,
        terms_version=TERMS_VERSION,
        terms_accepted_at=now - timedelta(days=90),
        **fields,
    )


def _settle_in(words: Words, cast: Cast) -> None:
    """Where the shoppers live."""
    Address.objects.bulk_create(
        Address(
            user=cast[row["email"]],
            market_code=words.market,
            first_name=row["name"][0],
            last_name=row["name"][1],
            phone=row["phone"],
            is_default=True,
            **dict(
                zip(
                    ("street", "number", "complement", "neighborhood", "city", "region"),
                    row["address"],
                    strict=True,
                )
            ),
        )
        for row in words.shoppers
    )
