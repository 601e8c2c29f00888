"""What a picture is put together from: illustrations by name, and drawings of our own in a chosen colour."""

import base64
import json
from functools import cache
from pathlib import Path

from .colours import shade

DRAWINGS = Path(__file__).parent / "drawings"
SVG = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
WORDS_ON_LABELS = "DejaVu Serif, Georgia, serif"


class Props:
    """Illustrations from an icon collection (JSON of the npm package) and from our own drawings."""

    def __init__(self, collection: Path) -> None:
        self._icons = json.loads(collection.read_text())["icons"]
        self._own = {path.stem: path.read_text() for path in DRAWINGS.glob("*.svg")}
        self.used: set[str] = set()

    def image(self, name: str, x: float, y: float, size: float, *, turn: float = 0, hue: int = 0) -> str:
        """`name` (`name#rrggbb` for a drawing, `name~15` turns the hue) in a square whose middle is at x, y."""
        name, _, own_hue = name.partition("~")
        hue = hue or int(own_hue or 0)
        extra = f' transform="rotate({turn:.1f} {x:.0f} {y:.0f})"' if turn else ""
        if hue:
            extra += f' style="filter:hue-rotate({hue}deg)"'
        corner = f'x="{x - size / 2:.0f}" y="{y - size / 2:.0f}" width="{size:.0f}" height="{size:.0f}"'
        return f'<image href="{self._address(name)}" {corner}{extra}/>'

    @cache  # noqa: B019 - lives as long as the one process that composes
    def _address(self, name: str) -> str:
        name, _, colour = name.partition("#")
        if name in self._own:
            svg = _coloured(self._own[name], f"#{colour or 'c9834e'}")
        else:
            self.used.add(name)
            svg = f'<svg {SVG} viewBox="0 0 32 32">{self._icons[name]["body"]}</svg>'
        return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _coloured(svg: str, colour: str) -> str:
    shades = {"{main}": colour, "{dark}": shade(colour, lighter=-0.35), "{light}": shade(colour, lighter=0.4)}
    for mark, value in shades.items():
        svg = svg.replace(mark, value)
    return svg


def crate(x: float, y: float, width: float) -> tuple[str, str]:
    """The back and the front of a wooden crate that stands on y."""
    height, left = width * 0.36, x - width / 2
    slat = height * 0.29
    boards = "".join(
        f'<rect x="{left:.0f}" y="{y - height + i * (slat + height * 0.065):.0f}" width="{width:.0f}" '
        f'height="{slat:.0f}" rx="8" fill="{("#d9a066", "#cf955b", "#c48a51")[i]}"/>'
        f'<path d="M{left + 30:.0f} {y - height + i * (slat + height * 0.065) + slat * 0.45:.0f}h{width * 0.36:.0f}'
        f'm{width * 0.1:.0f} {slat * 0.2:.0f}h{width * 0.3:.0f}" stroke="#9a6433" stroke-opacity=".35" '
        'stroke-width="5" stroke-linecap="round"/>'
        for i in range(3)
    )
    posts = "".join(
        f'<rect x="{px:.0f}" y="{y - height - 8:.0f}" width="46" height="{height + 8:.0f}" rx="8" fill="#b97c45"/>'
        f'<circle cx="{px + 23:.0f}" cy="{y - height + 22:.0f}" r="6" fill="#6f4522"/>'
        f'<circle cx="{px + 23:.0f}" cy="{y - 26:.0f}" r="6" fill="#6f4522"/>'
        for px in (left + 12, left + width - 58)
    )
    back = (
        f'<rect x="{left + 16:.0f}" y="{y - height - 26:.0f}" width="{width - 32:.0f}" height="{height:.0f}" '
        'rx="10" fill="#8a5a30"/>'
    )
    return back, boards + posts


def bowl(x: float, y: float, width: float, colour: str) -> tuple[str, str]:
    """The back and the front of a bowl that stands on y."""
    height, half = width * 0.42, width / 2
    dark, light = shade(colour, lighter=-0.35), shade(colour, lighter=0.35)
    back = (
        f'<ellipse cx="{x}" cy="{y - height:.0f}" rx="{half:.0f}" ry="{width * 0.1:.0f}" fill="{dark}"/>'
        f'<ellipse cx="{x}" cy="{y - height:.0f}" rx="{half:.0f}" ry="{width * 0.1:.0f}" fill="#000" opacity=".25"/>'
    )
    front = (
        f'<defs><linearGradient id="bowl" x1="0" x2="1"><stop offset="0" stop-color="{dark}"/>'
        f'<stop offset=".3" stop-color="{light}"/><stop offset=".75" stop-color="{colour}"/>'
        f'<stop offset="1" stop-color="{dark}"/></linearGradient></defs>'
        f'<path d="M{x - half:.0f} {y - height:.0f}a{half:.0f} {width * 0.1:.0f} 0 0 0 {width:.0f} 0'
        f"c0 {height * 0.62:.0f} {-width * 0.18:.0f} {height:.0f} {-width * 0.32:.0f} {height:.0f}"
        f"h{-width * 0.36:.0f}c{-width * 0.14:.0f} 0 {-width * 0.32:.0f} {-height * 0.38:.0f} "
        f'{-width * 0.32:.0f} {-height:.0f}z" fill="url(#bowl)"/>'
        f'<path d="M{x - half:.0f} {y - height:.0f}a{half:.0f} {width * 0.1:.0f} 0 0 0 {width:.0f} 0" '
        f'stroke="{light}" stroke-width="9" fill="none"/>'
    )
    return back, front


def basket(x: float, y: float, width: float) -> tuple[str, str]:
    """The back and the front of a woven basket that stands on y."""
    height, left = width * 0.4, x - width / 2
    shape = (
        f"M{left:.0f} {y - height:.0f}h{width:.0f}l{-width * 0.09:.0f} {height * 0.86:.0f}"
        f"q-6 {height * 0.14:.0f} -40 {height * 0.14:.0f}h{-(width * 0.82 - 80):.0f}"
        f"q-34 0 -40 {-height * 0.14:.0f}z"
    )
    back = f'<ellipse cx="{x}" cy="{y - height:.0f}" rx="{width / 2 - 8:.0f}" ry="44" fill="#6f4522"/>'
    front = (
        '<defs><pattern id="weave" width="56" height="40" patternUnits="userSpaceOnUse">'
        '<rect width="56" height="40" fill="#c98f50"/><rect x="2" y="3" width="26" height="15" rx="7" fill="#e6b577"/>'
        '<rect x="30" y="23" width="26" height="15" rx="7" fill="#e6b577"/>'
        '<rect x="30" y="3" width="24" height="15" rx="7" fill="#b67a3f"/>'
        '<rect x="2" y="23" width="24" height="15" rx="7" fill="#b67a3f"/></pattern>'
        '<linearGradient id="round" x1="0" x2="1"><stop offset="0" stop-color="#000" stop-opacity=".28"/>'
        '<stop offset=".3" stop-color="#fff" stop-opacity=".14"/>'
        '<stop offset="1" stop-color="#000" stop-opacity=".3"/></linearGradient></defs>'
        f'<path d="{shape}" fill="url(#weave)"/><path d="{shape}" fill="url(#round)"/>'
        f'<rect x="{left - 14:.0f}" y="{y - height - 22:.0f}" width="{width + 28:.0f}" height="44" rx="22" fill="#a96e38"/>'
        f'<path d="M{left + 10:.0f} {y - height:.0f}h{width - 20:.0f}" stroke="#e6b577" stroke-width="10" '
        'stroke-dasharray="24 14" stroke-linecap="round"/>'
    )
    return back, front


def label(x: float, y: float, width: float, height: float, *, picture: str, word: str, colour: str) -> str:
    """A paper label with a small picture and the word of what is inside."""
    size = min(width / max(len(word), 4) * 1.35, width * 0.2)
    text = (
        f'<text x="{x}" y="{y + height * 0.385:.0f}" font-family="{WORDS_ON_LABELS}" font-weight="bold" '
        f'font-size="{size:.0f}" text-anchor="middle" fill="{shade(colour, lighter=-0.45)}">{word}</text>'
        if word
        else ""
    )
    return (
        f'<rect x="{x - width / 2:.0f}" y="{y - height / 2:.0f}" width="{width:.0f}" height="{height:.0f}" rx="18" '
        'fill="#fffaf0"/>'
        f'<rect x="{x - width / 2 + 9:.0f}" y="{y - height / 2 + 9:.0f}" width="{width - 18:.0f}" '
        f'height="{height - 18:.0f}" rx="12" fill="none" stroke="{colour}" stroke-width="4"/>{picture}{text}'
    )
