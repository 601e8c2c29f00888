"""The calls of Stripe's API that the shop makes, and those by which one looks after its books."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from . import stripe, stripe_refunds
from .memory import STORE
from .stripe_checks import check_session
from .stripe_events import missed
from .stripe_wire import Params, Wrong, api, invalid, listed, missing


def _shown(thing: stripe.Thing, expand: Iterable[str] = ()) -> dict[str, Any]:
    """As the API shows it; `expand` puts objects in the place of their ids."""
    found = stripe.public(thing)
    for path in expand:
        _expand(found, path.split("."))
    return found


def _expand(found: dict[str, Any], path: list[str]) -> None:
    kinds = {
        "payment_intent": ("stripe_intent",),
        "latest_charge": ("stripe_charge",),
        "charge": ("stripe_charge",),
        "balance_transaction": ("stripe_txn",),
        "source": ("stripe_charge", "stripe_refund", "stripe_dispute"),
    }
    name, *rest = path
    if name not in kinds:
        raise invalid("expand", f"This property cannot be expanded ({name}).")
    inner = found.get(name)
    if isinstance(inner, str):
        things = (STORE.get(kind, inner) for kind in kinds[name])
        if thing := next(filter(None, things), None):
            inner = found[name] = stripe.public(thing)
    if rest and isinstance(inner, dict):
        _expand(inner, rest)


def _answer(thing: stripe.Thing, params: Params) -> HttpResponse:
    return JsonResponse(_shown(thing, params.get("expand", [])))


@api("GET", "POST")
def sessions(request: HttpRequest, params: Params) -> HttpResponse:
    if request.method == "POST":
        check_session(params)
        opened = stripe.open_session(params, request.build_absolute_uri("/stripe/pay/"))
        return _answer(opened, params)
    wanted = {"payment_intent": params["payment_intent"]} if "payment_intent" in params else {}
    return listed(request, params, [_shown(each) for each in STORE.find("stripe_session", **wanted)])


@api("GET")
def show_session(request: HttpRequest, params: Params, key: str) -> HttpResponse:
    return _answer(_get("checkout.session", "stripe_session", key), params)


@api("POST")
def expire_session(request: HttpRequest, params: Params, key: str) -> HttpResponse:
    _get("checkout.session", "stripe_session", key)
    expired = stripe.expire(key)
    if expired is None:
        raise Wrong(400, "Only Checkout Sessions with a status of open can be expired.")
    return _answer(expired, params)


@api("GET")
def show_intent(request: HttpRequest, params: Params, key: str) -> HttpResponse:
    return _answer(_get("payment_intent", "stripe_intent", key), params)


@api("GET", "POST")
def refunds(request: HttpRequest, params: Params) -> HttpResponse:
    if request.method == "POST":
        return _answer(stripe_refunds.refund(params), params)
    wanted = {name: params[name] for name in ("payment_intent", "charge") if name in params}
    return listed(request, params, [_shown(each) for each in STORE.find("stripe_refund", **wanted)])


@api("GET")
def show_refund(request: HttpRequest, params: Params, key: str) -> HttpResponse:
    return _answer(_get("refund", "stripe_refund", key), params)


@api("GET")
def events(request: HttpRequest, params: Params) -> HttpResponse:
    found = STORE.find("stripe_event", **({"type": params["type"]} if "type" in params else {}))
    if params.get("delivery_success") == "false":
        lost = missed()
        found = [each for each in found if each["id"] in lost]
    return listed(request, params, found)


@api("GET")
def balance_transactions(request: HttpRequest, params: Params) -> HttpResponse:
    paths = params.get("expand", [])
    if not all(path.startswith("data.") for path in paths):
        raise invalid("expand", "Properties of a list are expanded as data.*")
    inside = [path.removeprefix("data.") for path in paths]
    return listed(request, params, [_shown(each, inside) for each in STORE.find("stripe_txn")])


def _get(name: str, kind: str, key: str) -> stripe.Thing:
    found = STORE.get(kind, key)
    if found is None:
        raise missing(name, key)
    return found
