"""Addresses of a product's pictures, and the <img> that lets the browser choose one."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from catalog.models import Photo
from catalog.photos import SIZES

register = template.Library()
WIDTHS = (160, 320, 640, 1280)


def shape(photo: Photo | Mapping[str, Any] | None) -> Mapping[str, Any]:
    """`{"base", "w", "h", "alt"}` as a product's card keeps it; empty while there is no picture."""
    if isinstance(photo, Photo):
        if not photo.ready_at:
            return {}
        return {"base": photo.base, "w": photo.width, "h": photo.height, "alt": photo.alt}
    return photo or {}


@register.filter
def rendition(photo: Photo | Mapping[str, Any] | None, size: str | int) -> str:
    """`{{ photo|rendition:320 }}`: the address of one size, or of the placeholder."""
    known = shape(photo)
    if not known.get("base") or str(size) not in SIZES:
        return static("img/placeholder.svg")
    return f"{settings.MEDIA_URL}{known['base']}-{size}.webp"


@register.filter
def srcset(photo: Photo | Mapping[str, Any] | None) -> str:
    """Each size with its real width: small originals are not blown up."""
    known = shape(photo)
    if not known.get("base"):
        return ""
    longest = max(known["w"], known["h"])
    out: dict[int, str] = {}
    for side in WIDTHS:
        width = max(round(known["w"] * min(side / longest, 1)), 1)
        out.setdefault(width, f"{rendition(known, side)} {width}w")
    return ", ".join(out.values())


@register.simple_tag
def picture(
    photo: Photo | Mapping[str, Any] | None, *, size: int, sizes: str, alt: str = "", loading: str = "lazy"
) -> SafeString:
    """`{% picture product.photo size=320 sizes="45vw" alt=product.name %}`; `loading="first"` hurries."""
    known = shape(photo)
    extra = {"first": mark_safe(' fetchpriority="high"'), "eager": ""}.get(
        loading, mark_safe(' loading="lazy"')
    )
    if not known.get("base"):
        blank = static("img/placeholder.svg")
        return format_html('<img src="{}" width="{}" height="{}" alt="{}"{}>', blank, size, size, alt, extra)
    scale = min(size / max(known["w"], known["h"]), 1)
    return format_html(
        '<img src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}" decoding="async"{}>',
        rendition(known, size),
        srcset(known),
        sizes,
        max(round(known["w"] * scale), 1),
        max(round(known["h"] * scale), 1),
        known.get("alt") or alt,
        extra,
    )
