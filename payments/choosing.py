"""What the page with the ways to pay shows: each method, its form, or why it cannot be used."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from orders.models import Order
from orders.paying import MethodOffer
from payments import company_lists, gateways, methods
from payments.forms import MethodForm, form_for
from payments.gateways.base import Agreement, Choice, Gateway
from payments.typed import Typed


@dataclass(frozen=True, kw_only=True)
class Option:
    """One method on the page. While its lists are being fetched it cannot be chosen yet."""

    offer: MethodOffer
    form: MethodForm | None
    is_loading: bool
    is_chosen: bool
    browser: Mapping[str, str]

    @property
    def code(self) -> str:
        return self.offer.method.code

    @property
    def template(self) -> str:
        """How this method's fields are laid out."""
        return "payments/_card_fields.html" if self.browser else "payments/_method_fields.html"


def options(
    order: Order,
    language: str,
    posted: Mapping[str, Any] | None = None,
    suggested: str = "",
    typed: Typed | None = None,
) -> list[Option]:
    """All methods of the order's market, the chosen one with what was typed.

    `typed` is what the last tries of this order were made with.
    """
    offers = methods.offers(order, language)
    usable = [offer.method.code for offer in offers if offer.is_offered]
    preferred = suggested if suggested in usable else order.preferred_method
    wish = posted.get("method", "") if posted is not None else preferred
    chosen = wish if wish in usable else (usable[0] if usable and posted is None else "")
    known = typed or {}
    return [_option(order, offer, chosen, posted, known.get(offer.method.code, {})) for offer in offers]


def _option(
    order: Order,
    offer: MethodOffer,
    chosen: str,
    posted: Mapping[str, Any] | None,
    typed: Mapping[str, str],
) -> Option:
    method = offer.method
    is_chosen = method.code == chosen
    if not offer.is_offered:
        return Option(offer=offer, form=None, is_loading=False, is_chosen=False, browser={})
    company = gateways.get(method.gateway)
    browser = company.browser_values(method.code)
    form_class = form_for(method, in_browser=bool(browser))
    agreements, choices = _agreements(company), _choices(company, method.code, form_class)
    is_loading = agreements is None or choices is None
    form = form_class(
        posted if is_chosen else None,
        order=order,
        method=method,
        agreements=agreements,
        choices=choices,
        initial=_as_typed(order, typed),
    )
    return Option(offer=offer, form=form, is_loading=is_loading, is_chosen=is_chosen, browser=browser)


def _as_typed(order: Order, typed: Mapping[str, str]) -> dict[str, str]:
    """A phone without the country's own number, as people write it."""
    if "phone" not in typed:
        return dict(typed)
    return {**typed, "phone": order.market.phone.national(typed["phone"])}


def _agreements(company: Gateway) -> list[Agreement] | None:
    """Only companies that have texts of their own are asked for them."""
    has_some = type(company).agreements is not Gateway.agreements
    return company_lists.agreements(company.code) if has_some else []


def _choices(company: Gateway, method: str, form_class: type[MethodForm]) -> list[Choice] | None:
    return company_lists.choices(company.code, method) if form_class.needs_choices else []
