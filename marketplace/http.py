"""What every view shares: the request it receives and the page or fragment it answers with."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.middleware import HtmxDetails

from marketplace.markets import MARKETS
from marketplace.markets.base import Market


class Request(HttpRequest):
    """What every view receives once the middleware has run."""

    htmx: HtmxDetails
    market: Market
    market_by_host: bool
    user: Any  # a User or AnonymousUser: the ground floor imports no app


def wants_fragment(request: Request) -> bool:
    """True for a swap into a page already on screen; false for navigation and history."""
    htmx = request.htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def page_or_fragment(
    request: Request, template: str, fragment: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    name = f"{template}#{fragment}" if wants_fragment(request) else template
    response = render(request, name, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def fragment_or_redirect(
    request: Request,
    template: str,
    fragment: str,
    context: dict[str, Any],
    *,
    to: str,
    args: tuple[Any, ...] = (),
) -> HttpResponse:
    """Finish a POST: swap the fragment in, or send browsers without htmx to `to`."""
    if wants_fragment(request):
        return render(request, f"{template}#{fragment}", context)
    return redirect(to, *args)


def own_address(request: HttpRequest, target: str) -> str:
    """The target if it leads to a page of this site, else nothing; a bare word would be taken for a view."""
    is_ours = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if is_ours and target.startswith(("/", "http://", "https://")) else ""


def client_ip(request: HttpRequest) -> str:
    """The caller's address as the configured proxies saw it (set by the proxy middleware)."""
    return request.META.get("REMOTE_ADDR", "")


def market_context(request: Request) -> dict[str, Any]:
    """Context processor: the market of this request and the others one may choose."""
    market = getattr(request, "market", None)
    return {"market": market, "markets": MARKETS.values()}
