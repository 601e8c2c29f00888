"""What the checkout page shows and what it has been told, kept through every error (I-13)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.core import signing
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import get_language

from marketplace.accounts.models import Address, AddressKind
from marketplace.http import Request
from marketplace.markets.base import City
from orders import carts, paying, problems
from orders.checkout import Contact
from orders.forms import AddressForm, ContactForm, OrderForm
from orders.models import Cart, CartLine
from orders.paying import MethodOffer
from orders.problems import Problem
from orders.quoting import Quote, quote

DRAFT_KEY = "checkout"
NEW = "new"
_CART_SALT = "orders.checkout.cart"
_NOT_KEPT = {"csrfmiddlewaretoken", "terms", "agreed_total", "token", "cart", "update"}
_LONGEST = 1000
_DELIVERY = re.compile(r"delivery-([0-9]{1,18})")


@dataclass
class CheckoutPage:
    """One showing of the page. `is_sent`: the shopper wants to order, so fields are validated."""

    request: Request
    cart: Cart
    values: Mapping[str, str]
    is_sent: bool = False

    @cached_property
    def language(self) -> str:
        return get_language() or self.request.market.language

    @cached_property
    def lines(self) -> list[CartLine]:
        return carts.contents(self.cart)

    @cached_property
    def line_problems(self) -> list[Problem]:
        return problems.of_lines(self.lines, market=self.request.market, language=self.language)

    @cached_property
    def problems(self) -> list[Problem]:
        return [*self.line_problems, *problems.of_quote(self.quote, language=self.language)]

    @property
    def is_blocked(self) -> bool:
        """Something must be solved in the cart first."""
        return not self.lines or any(problem.blocks for problem in self.line_problems)

    @cached_property
    def quote(self) -> Quote:
        """What is chosen comes to; where that cannot be had, with the next best delivery."""
        wished = self._quote(self.deliveries)
        possible = {parcel.seller.pk: parcel.chosen.kind for parcel in wished.parcels if parcel.chosen}
        return wished if len(possible) == len(wished.parcels) else self._quote(possible)

    def _quote(self, wanted: Mapping[int, str]) -> Quote:
        return quote(
            market=self.request.market,
            lines=problems.buyable(self.lines, self.line_problems),
            day=timezone.localdate(),
            city=self.city,
            wanted=wanted,
        )

    @cached_property
    def deliveries(self) -> dict[int, str]:
        """What was chosen for each seller, from the fields `delivery-<seller>`."""
        named = ((_DELIVERY.fullmatch(name), kind) for name, kind in self.values.items())
        return {int(match[1]): kind for match, kind in named if match}

    @cached_property
    def offers(self) -> list[MethodOffer]:
        return paying.offers(
            market=self.request.market,
            total=self.quote.total,
            sellers=self.quote.sellers,
            language=self.language,
        )

    @cached_property
    def method(self) -> str:
        """The chosen method, or the only sensible one to start with."""
        offered = [offer.method.code for offer in self.offers if offer.is_offered]
        chosen = self.values.get("method", "")
        return chosen if chosen in offered or self.is_sent else next(iter(offered), "")

    @cached_property
    def addresses(self) -> list[Address]:
        """The addresses a signed-in shopper has saved in this market."""
        if not self.request.user.is_authenticated:
            return []
        own = self.request.user.addresses.filter(market_code=self.request.market.code)
        return list(own.filter(kind=AddressKind.SHIPPING)[:20])

    @cached_property
    def saved(self) -> Address | None:
        """The saved address in use; None: a new one is being typed."""
        wanted = self.values.get("address", "")
        if wanted == NEW or not self.addresses:
            return None
        return next((item for item in self.addresses if str(item.pk) == wanted), self.addresses[0])

    @cached_property
    def city(self) -> City | None:
        region, _colon, name = self.values.get("place", "").partition(":")
        if self.saved:
            region, name = self.saved.region, self.saved.city
        return self.request.market.city(region, name)

    @cached_property
    def contact_form(self) -> ContactForm:
        return ContactForm(**self._binding(), market=self.request.market)

    @cached_property
    def address_form(self) -> AddressForm:
        return AddressForm(**self._binding(), market=self.request.market)

    @cached_property
    def order_form(self) -> OrderForm:
        return OrderForm(**self._binding())

    @property
    def forms(self) -> list[Any]:
        return [self.contact_form, *([] if self.saved else [self.address_form]), self.order_form]

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in self.forms])

    @property
    def error_fields(self) -> list[Any]:
        return [field for form in self.forms for field in form if field.errors]

    @property
    def contact(self) -> Contact:
        told = self.contact_form.cleaned_data
        name = f"{told['first_name']} {told['last_name']}"[:160]
        return Contact(email=told["email"], full_name=name, phone=told["phone"])

    @property
    def address(self) -> dict[str, str]:
        """The snapshot that the order keeps."""
        if self.saved:
            return self.saved.snapshot()
        told, typed = self.contact_form.cleaned_data, self.address_form.cleaned_data
        names = ("street", "complement", "neighborhood", "city", "region", "postal_code")
        return {name: typed[name] for name in names} | {
            "number": "",
            "first_name": told["first_name"],
            "last_name": told["last_name"],
            "phone": told["phone"],
            "market_code": self.request.market.code,
        }

    @cached_property
    def token(self) -> UUID:
        """Drawn for a fresh page, kept when the page comes back with errors."""
        try:
            return UUID(self.values.get("token", ""))
        except ValueError:
            return uuid4()

    @property
    def agreed_total(self) -> Decimal | None:
        """The total the shopper has seen; what cannot be read agrees to nothing."""
        told = self.values.get("agreed_total", "")
        return Decimal(told) if re.fullmatch(r"[0-9]{1,12}(\.[0-9]{1,2})?", told) else None

    @property
    def cart_token(self) -> str:
        return signing.dumps(str(self.cart.pk), salt=_CART_SALT)

    def _binding(self) -> dict[str, Any]:
        return {"data": self.values} if self.is_sent else {"initial": self.values}


def opening_values(request: Request) -> dict[str, str]:
    """What the page starts with: what was typed before, else what the account knows."""
    if draft := request.session.get(DRAFT_KEY, {}).get(request.market.code):
        return draft
    user = request.user
    if not user.is_authenticated:
        return {}
    names = {"email": user.email, "first_name": user.first_name, "last_name": user.last_name}
    return names | {"phone": user.phone}


def keep_draft(request: Request) -> None:
    """Remember what was typed: an error, an ended session or a sign-in in between loses nothing."""
    typed = {name: value[:_LONGEST] for name, value in request.POST.items() if name not in _NOT_KEPT}
    drafts = request.session.get(DRAFT_KEY, {})
    request.session[DRAFT_KEY] = drafts | {request.market.code: dict(list(typed.items())[:100])}


def drop_draft(request: Request) -> None:
    drafts = request.session.get(DRAFT_KEY, {})
    if drafts.pop(request.market.code, None) is not None:
        request.session[DRAFT_KEY] = drafts


def signed_cart(text: str) -> str:
    """The cart id a checkout page of ours carries; empty when it is not ours."""
    try:
        return signing.loads(text, salt=_CART_SALT, max_age=14 * 24 * 3600)
    except signing.BadSignature:
        return ""
