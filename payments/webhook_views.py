"""Where payment companies call: weigh the body, check who speaks, write it down, answer."""

import structlog
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments import notices
from payments.gateways.base import ForgedNotice, UnreadableNotice

log = structlog.get_logger(__name__)

LARGEST_BODY = 256 * 1024


@csrf_exempt
@require_POST
def webhook(request: HttpRequest, gateway: str) -> HttpResponse:
    """Too large: 413, before a byte is read. Forged: 400. Broken: 400, or as the company wants. Else: 200."""
    if body_length(request) > LARGEST_BODY:
        log.warning("notice_refused", gateway=gateway[:20], why="too large")
        return HttpResponse("too large", status=413, content_type="text/plain")
    try:
        reply = notices.accept(gateway, request.headers, request.body)
    except notices.UnknownGateway:
        raise Http404 from None
    except ForgedNotice as error:
        log.warning("notice_refused", gateway=gateway, why=f"forged: {error}")
        return HttpResponseBadRequest("bad signature", content_type="text/plain")
    except UnreadableNotice as error:
        log.warning("notice_refused", gateway=gateway, why=f"unreadable: {error}")
        if error.reply:
            return JsonResponse(dict(error.reply))
        return HttpResponseBadRequest("not understood", content_type="text/plain")
    return JsonResponse(dict(reply or {}))


def body_length(request: HttpRequest) -> int:
    """What the caller says it sends; whatever is no number is too much."""
    text = request.META.get("CONTENT_LENGTH") or "0"
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else LARGEST_BODY + 1
