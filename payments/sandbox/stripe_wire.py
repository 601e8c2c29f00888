"""How one talks to the pretend Stripe: names in brackets, one key, one version, and answers given once."""

import hashlib
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl

from django.http import HttpRequest, HttpResponse, JsonResponse

from .keys import KEYS
from .memory import STORE, switch

API_VERSION = "2026-06-24.dahlia"
View = Callable[..., HttpResponse]
Params = dict[str, Any]


class Wrong(Exception):
    """A refusal in the envelope of Stripe. Nothing was executed, so nothing is remembered under the key."""

    def __init__(self, status: int, message: str, **error: object) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"type": "invalid_request_error", "message": message} | error


def invalid(param: str, message: str, code: str = "parameter_invalid") -> Wrong:
    return Wrong(400, message, param=param, code=code)


def missing(kind: str, key: str) -> Wrong:
    return Wrong(404, f"No such {kind}: '{key}'", code="resource_missing", param=kind)


def decode(text: str) -> Params:
    """`a[b][0][c]=1` as {"a": {"b": [{"c": "1"}]}}."""
    tree: Params = {}
    for name, value in parse_qsl(text, keep_blank_values=True, max_num_fields=500):
        if not re.fullmatch(r"\w+(\[\w*\])*", name):
            raise invalid(name, f"Invalid parameter name: {name}", "parameter_unknown")
        *path, last = [part or "0" for part in re.split(r"\[|\]\[|\]", name.removesuffix("]"))]
        place = tree
        for part in path:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise invalid(name, "Both a value and an object")
        if last in place:
            raise invalid(name, "Given twice")
        place[last] = value
    return {name: _with_lists(value) for name, value in tree.items()}


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    inside = {name: _with_lists(inner) for name, inner in value.items()}
    in_order = [str(number) for number in range(len(inside))]
    return [inside[name] for name in in_order] if sorted(inside) == sorted(in_order) else inside


def api(*methods: str) -> Callable[[View], View]:
    """Check the caller, decode the parameters (`view(request, params, …)`) and answer once per key."""

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapped(request: HttpRequest, **captured: str) -> HttpResponse:
            try:
                if request.method not in methods:
                    raise Wrong(404, f"Unrecognized request URL ({request.method}: {request.path})")
                _check_caller(request)
                is_post = request.method == "POST"
                params = decode(request.body.decode() if is_post else request.META["QUERY_STRING"])
                response = _once(request, lambda: view(request, params, **captured))
            except UnicodeDecodeError:
                response = JsonResponse({"error": {"type": "invalid_request_error"}}, status=400)
            except Wrong as wrong:
                response = JsonResponse({"error": wrong.error}, status=wrong.status)
            response["Request-Id"] = f"req_{secrets.token_hex(7)}"
            response["Stripe-Version"] = API_VERSION
            return response

        return wrapped

    return decorate


def _check_caller(request: HttpRequest) -> None:
    kind, _, key = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or key.strip() != KEYS.stripe_secret_key:
        raise Wrong(401, f"Invalid API Key provided: {key[:8]}***")
    if request.headers.get("Stripe-Version") != API_VERSION:
        raise Wrong(400, f"This sandbox speaks {API_VERSION} only", code="invalid_version")
    if request.method == "POST" and request.content_type != "application/x-www-form-urlencoded":
        raise Wrong(400, "Bodies are application/x-www-form-urlencoded")


def _once(request: HttpRequest, work: Callable[[], HttpResponse]) -> HttpResponse:
    """The same key and words: the first answer again. Other words: an error. At the same time: 409."""
    key = request.headers.get("Idempotency-Key", "")
    if request.method != "POST" or not key:
        return work()
    if len(key) > 255:
        raise Wrong(400, "Idempotency keys have 255 characters at most", type="idempotency_error")
    words = hashlib.sha256(request.path.encode() + b"\n" + request.body).hexdigest()
    with STORE.together():
        kept = STORE.get("stripe_key", key)
        if kept is None:
            STORE.put("stripe_key", key, {"words": words, "status": 0})
    if kept:
        return _again(kept, words)
    try:
        time.sleep(switch("stripe_thinks"))
        failed = {"error": {"type": "api_error", "message": "Something went wrong on Stripe's end."}}
        response = JsonResponse(failed, status=500) if switch("stripe_fails") else work()
    except Wrong:
        STORE.remove("stripe_key", key)
        raise
    kept = {"words": words, "status": response.status_code, "body": response.content.decode()}
    STORE.put("stripe_key", key, kept)
    return response


def _again(kept: Mapping[str, Any], words: str) -> HttpResponse:
    if kept["words"] != words:
        message = "Keys for idempotent requests can only be used with the same parameters."
        raise Wrong(400, message, type="idempotency_error")
    if not kept["status"]:
        raise Wrong(409, "Another request with this key is being processed", type="idempotency_error")
    response = HttpResponse(kept["body"], status=kept["status"], content_type="application/json")
    response["Idempotent-Replayed"] = "true"
    return response


def listed(request: HttpRequest, params: Params, found: list[dict[str, Any]]) -> HttpResponse:
    """A page of what was found, newest first."""
    created = params.get("created", {})
    if isinstance(created, dict):
        found = [each for each in found if _is_within(each["created"], created)]
    if after := params.get("starting_after"):
        ids = [each["id"] for each in found]
        found = found[ids.index(after) + 1 :] if after in ids else []
    limit = int(params.get("limit", 10))
    page = {"object": "list", "url": request.path, "has_more": len(found) > limit, "data": found[:limit]}
    return HttpResponse(json.dumps(page), content_type="application/json")


def _is_within(moment: int, bounds: Mapping[str, str]) -> bool:
    tests = {
        "gt": lambda bound: moment > bound,
        "gte": lambda bound: moment >= bound,
        "lt": lambda bound: moment < bound,
        "lte": lambda bound: moment <= bound,
    }
    return all(tests[name](int(bound)) for name, bound in bounds.items())
