"""Choices that hold for the whole site, and the outbox of development."""

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_GET, require_POST

from marketplace import mail, markets
from marketplace.accounts import languages, profiles
from marketplace.http import Request, own_address
from marketplace.mailing.models import OutgoingMessage
from marketplace.markets.middleware import MARKET_COOKIE

A_YEAR = 365 * 24 * 3600
THEME_COOKIE = "theme"
THEMES = ("light", "dark")


def _back(request: Request) -> str:
    """Where the person came from, when that is a page of this site."""
    return own_address(request, request.POST.get("next", "")) or reverse("home")


@require_POST
def choose_market(request: Request) -> HttpResponse:
    """Another country: by its own host name where this host is bound to one, by cookie elsewhere."""
    code = request.POST.get("market", "")
    if code not in markets.MARKETS:
        return HttpResponseBadRequest(_("We do not trade in this country."))
    chosen = markets.get(code)
    if request.market_by_host and chosen != request.market:
        return redirect(mail.site_url(chosen) + reverse("home"))
    response = redirect("home" if chosen != request.market else _back(request))
    response.set_cookie(
        MARKET_COOKIE, code, max_age=A_YEAR, samesite="Lax", secure=request.is_secure(), httponly=True
    )
    return response


@require_POST
def set_language(request: Request) -> HttpResponse:
    language = request.POST.get("language", "")
    if language not in request.market.languages:
        return HttpResponseBadRequest(_("This shop does not speak this language."))
    if request.user.is_authenticated:
        profiles.prefer_language(user=request.user, language=language)
    response = redirect(_back(request))
    languages.remember(response, language)
    return response


@require_POST
def set_theme(request: Request) -> HttpResponse:
    """Light, dark, or as the device has it (then the cookie goes)."""
    theme = request.POST.get("theme", "")
    response = redirect(_back(request))
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=A_YEAR, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(THEME_COOKIE)
    return response


@require_GET
def outbox(request: Request) -> HttpResponse:
    """Development: what would have left the house, newest first."""
    if not settings.DEBUG:
        raise Http404
    sent = OutgoingMessage.objects.all()
    recipient = request.GET.get("to", "").replace("\x00", "").strip()
    if recipient:
        sent = sent.filter(recipient__icontains=recipient)
    return render(request, "accounts/outbox.html", {"sent": sent[:50], "recipient": recipient})


@require_GET
@xframe_options_sameorigin
@csp_replace(  # type: ignore[arg-type]
    {"default-src": [NONE], "style-src": [UNSAFE_INLINE], "sandbox": True, "frame-ancestors": [SELF]}
)
def outbox_message(request: Request, message_id: int) -> HttpResponse:
    """Development: one e-mail as its reader sees it, locked away in a sandbox."""
    if not settings.DEBUG:
        raise Http404
    message = get_object_or_404(OutgoingMessage.objects.exclude(html=""), pk=message_id)
    return HttpResponse(message.html)
