"""How the payment companies do, for machines that watch the site (MS-PAY-14)."""

from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.paying import Health
from payments import health

_RANKS = [Health.OK, Health.SHAKY, Health.DOWN]


@never_cache
@require_safe
def show_health(request: HttpRequest) -> JsonResponse:
    """The state of every company and of what it carries; 200 always, nobody should stop serving for it."""
    companies: dict[str, dict[str, object]] = {}
    for each in health.overview(failures=0):
        one = companies.setdefault(
            each.gateway, {"state": Health.OK, "resting": not each.is_up, "methods": {}}
        )
        one["methods"][f"{each.market.code}.{each.method.code}"] = each.health  # type: ignore[index]
        one["state"] = max(one["state"], each.health, key=_RANKS.index)  # type: ignore[type-var, arg-type]
    worst = max((one["state"] for one in companies.values()), key=_RANKS.index, default=Health.OK)  # type: ignore[arg-type]
    return JsonResponse({"status": worst, "gateways": companies})
