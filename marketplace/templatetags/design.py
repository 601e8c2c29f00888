"""The site's stylesheet and script, and small helpers of the design system."""

from collections.abc import Iterator
from itertools import pairwise

from django import template
from django.core.paginator import Page
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from marketplace.bundling import bundle

register = template.Library()


@register.simple_tag
def stylesheet() -> SafeString:
    """The link to the one stylesheet."""
    return format_html('<link rel="stylesheet" href="{}">', _bundle_url("css"))


@register.simple_tag
def scripts() -> SafeString:
    """htmx, and the one module with every behaviour of the site."""
    return format_html(
        '<script src="{}" defer></script><script type="module" src="{}"></script>',
        _bundle_url("htmx"),
        _bundle_url("js"),
    )


def _bundle_url(kind: str) -> str:
    _site, digest, _kind = bundle(kind).name.split(".")
    return reverse("bundle", args=[digest, kind])


@register.filter
def page_numbers(page: Page) -> Iterator[tuple[int, bool]]:
    """Numbers to show, each with whether it is far from here; 0 stands for a gap."""
    last, here = page.paginator.num_pages, page.number
    shown = sorted({1, last, *range(max(1, here - 2), min(last, here + 2) + 1)})
    for before, number in pairwise([0, *shown]):
        if number - before > 1:
            yield 0, True
        yield number, abs(number - here) > 1 and number not in (1, last)


@register.filter
def initials(name: str) -> str:
    """Up to two letters that stand for a name without a picture."""
    words = [word for word in str(name).split() if word[:1].isalnum()]
    return "".join(word[0] for word in words[:2])


@register.filter
def percent_off(price: object, compare: object) -> int:
    """How many per cent `price` lies below `compare`; 0 when it does not."""
    if not price or not compare or compare <= price:  # type: ignore[operator]
        return 0
    return round((1 - price / compare) * 100)  # type: ignore[operator]
