"""One stylesheet, one script and htmx for the whole site, packed once and named by their content."""

import gzip
import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import brotli
from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

LAYERS = "@layer reset,tokens,base,layout,components,utilities;"
TYPES = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "htmx": "text/javascript; charset=utf-8",
}
HTMX = "django_htmx/htmx-2.min.js"
FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class Bundle:
    name: str
    content: bytes
    encoded: dict[str, bytes]


def bundle(kind: str) -> Bundle:
    """The current bundle of a kind (of TYPES); while developing, a saved file makes a new one."""
    sources = _sources(kind)
    stamp = sum(path.stat().st_mtime_ns for path in sources) if settings.DEBUG else 0
    return _join(kind, sources, stamp)


def _sources(kind: str) -> tuple[Path, ...]:
    return _list_sources(kind) if settings.DEBUG else _known_sources(kind)


def _list_sources(kind: str) -> tuple[Path, ...]:
    if kind == "htmx":
        return (Path(str(finders.find(HTMX))),)
    return tuple(sorted((settings.BASE_DIR / "static" / kind).glob(f"*.{kind}")))


_known_sources = lru_cache(maxsize=2)(_list_sources)


@lru_cache(maxsize=4)
def _join(kind: str, sources: tuple[Path, ...], stamp: int) -> Bundle:
    shrink = SHRINK.get(kind, str)
    text = (LAYERS if kind == "css" else "") + "".join(shrink(path.read_text()) for path in sources)
    content = text.encode()
    digest = hashlib.sha256(content).hexdigest()[:12]
    encoded = {"br": brotli.compress(content), "gzip": gzip.compress(content, mtime=0)}
    return Bundle(name=f"site.{digest}.{kind}", content=content, encoded=encoded)


def shrink_css(text: str) -> str:
    """Without comments and needless blanks; strings and selectors stay as they are."""
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    text = re.sub(r"\s+", " ", text)
    return re.sub(r" ?([{};,]) ?", r"\1", text).replace(";}", "}").strip()


def with_plain_colours(css: str) -> str:
    """The light colour first, for browsers from before light-dark() (2024); the others read the rest."""
    plain = re.sub(r"light-dark\(([^,()]+(?:\([^()]*\))?),\s*[^,()]+(?:\([^()]*\))?\)", r"\1", css)
    if plain == css:
        return css
    return f"{plain}@supports (color: light-dark(red,red)){{{css}}}"


def shrink_js(text: str) -> str:
    """Without comment lines and indentation: compression does the rest."""
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//")) + "\n"


def _pack_css(text: str) -> str:
    return with_plain_colours(shrink_css(text))


SHRINK = {"css": _pack_css, "js": shrink_js}


@require_safe
def serve_bundle(request: HttpRequest, kind: str, digest: str) -> HttpResponse:
    """The bundle; under an outdated name (a page opened before a release) the current one, not to be kept."""
    if kind not in TYPES:
        raise Http404
    current = bundle(kind)
    accepted = request.headers.get("Accept-Encoding", "")
    encoding = next((name for name in current.encoded if name in accepted), None)
    body = current.encoded[encoding] if encoding else current.content
    response = HttpResponse(body, content_type=TYPES[kind])
    if encoding:
        response["Content-Encoding"] = encoding
    is_current = current.name == f"site.{digest}.{kind}"
    response["Cache-Control"] = FOREVER if is_current else "no-cache"
    response["Vary"] = "Accept-Encoding"
    return response
