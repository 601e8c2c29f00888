"""Write one e-mail in the reader's language and the market's name, and see that it leaves."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.template import Context
from django.template.loader import get_template
from django.utils import timezone, translation

from marketplace.mailing.delivery import deliver
from marketplace.mailing.models import OutgoingMessage
from marketplace.markets.base import Market


def site_url(market: Market) -> str:
    """The address of a market's site, without a slash at the end: `https://mestore.example`."""
    configured = (host for host, code in settings.MARKET_HOSTS.items() if code == market.code)
    host = next(configured, "")
    if not host:
        host = f"{market.hosts[0]}:{settings.PORT}" if settings.DEVELOPMENT else market.hosts[0]
    return f"{settings.SITE_SCHEME}://{host}"


def send(
    *,
    template: str,
    to: str,
    language: str,
    market: Market,
    context: Mapping[str, Any] | None = None,
    about: str = "",
    after: timedelta = timedelta(0),
) -> OutgoingMessage:
    """Render `templates/emails/<template>.txt` and `.html` and send them after this transaction.

    The first line of the text is the subject. Rendered now, so the message shows the figures
    of the transaction that owes it; sent by a worker, as often as it takes. `about` is the number of
    what it tells of, such as an order's. So long as `after` says it is held back, for the clock to send
    unless call_back() is faster.
    """
    if language not in market.languages:
        language = market.language
    values = {"market": market, "language": language, "site_url": site_url(market), **(context or {})}
    with translation.override(language), timezone.override(market.time_zone):
        source = get_template(f"emails/{template}.txt").template  # type: ignore[attr-defined]
        written = source.render(Context(values, autoescape=False))
        subject, _, text = written.strip().partition("\n")
        html = get_template(f"emails/{template}.html").render(values | {"subject": subject.strip()})
    message = OutgoingMessage.objects.create(
        kind=OutgoingMessage.Kind.EMAIL,
        recipient=to,
        market_code=market.code,
        language=language,
        template=template,
        about=about,
        subject=subject.strip()[:250],
        text=text.strip() + "\n",
        html=html,
        next_try_at=timezone.now() + after,
    )
    if not after:
        deliver.delay_on_commit(message.pk)
    return message


@transaction.atomic
def call_back(about: Iterable[str]) -> int:
    """What is still held back about these numbers need not be said any more. How many that were."""
    held = OutgoingMessage.objects.filter(
        about__in=about, sent_at=None, attempts=0, next_try_at__gt=timezone.now()
    )
    found = list(held.select_for_update().values_list("pk", flat=True))
    return OutgoingMessage.objects.filter(pk__in=found).delete()[0] if found else 0
