"""Colours of the drawn pictures: shades of one colour, and the papers they stand on."""

import colorsys
from hashlib import blake2b

# For every palette: pairs of wall and floor, chosen by the picture's name.
PALETTES: dict[str, tuple[tuple[str, str], ...]] = {
    "garden": (
        ("#e6f0dc", "#cfe0bd"), ("#f4efdc", "#e3d6b4"), ("#dfeee6", "#bcd9ca"), ("#fdf0d9", "#f2d9a8"),
        ("#eef3d4", "#d6e0a6"),
    ),
    "orchard": (
        ("#fdebd3", "#f6cf9f"), ("#fff3cf", "#f5dd92"), ("#fde4dc", "#f3c2b2"), ("#e4f3e4", "#bfe0c0"),
        ("#e2f1f4", "#b7dbe3"),
    ),
    "pantry": (
        ("#f6ecdc", "#e4cfae"), ("#efe6da", "#d5c1a4"), ("#f3e8d0", "#dcc596"), ("#e9ece2", "#c8cfb8"),
        ("#f7e6da", "#e6bfa4"),
    ),
    "dairy": (
        ("#e5f0f7", "#bfd9ea"), ("#f7f1e3", "#e6d8b7"), ("#ecebf6", "#cac8e4"), ("#e3f3ef", "#b8ddd3"),
    ),
    "spice": (
        ("#fbe3d2", "#eeb995"), ("#fae8c6", "#ecc778"), ("#f6dfd8", "#e0ab9b"), ("#eee8d8", "#d2c39d"),
    ),
    "care": (
        ("#f3e9f4", "#dcc3e0"), ("#e4f1ec", "#b9dccd"), ("#fbe8ea", "#f0c3ca"), ("#eceff3", "#c9d2dc"),
        ("#f6efe4", "#e3d3b8"),
    ),
    "tech": (
        ("#e4eaf6", "#bdcbe6"), ("#e9e6f5", "#c8c0e5"), ("#e1f0f3", "#b2d7df"), ("#eef0f3", "#cbd1da"),
        ("#f6e8e4", "#e7c3b8"),
    ),
    "fashion": (
        ("#f7e7df", "#e9c5b3"), ("#e8ecf0", "#c3cdd8"), ("#f3ead7", "#dfcb9f"), ("#e9e4f2", "#c9bce0"),
        ("#e2efe6", "#b5d6c0"), ("#fbe6ec", "#f0bfcd"),
    ),
    "home": (
        ("#f1ebe2", "#d9cab4"), ("#e6ece6", "#bfd0c0"), ("#f6e6da", "#e5bfa2"), ("#e5ebf1", "#bccbd9"),
        ("#f5eed8", "#e2d09a"),
    ),
    "sport": (
        ("#e0effa", "#afd3ee"), ("#e6f4e0", "#bbe0aa"), ("#fdecd4", "#f6cb90"), ("#fbe3e0", "#f0b3ab"),
        ("#e8eaf5", "#bfc5e6"),
    ),
    "play": (
        ("#fff1cc", "#fbd67e"), ("#e2f2fb", "#aedaf2"), ("#fde5ec", "#f7b5c8"), ("#e6f5e3", "#b5e0ad"),
        ("#eee6fa", "#cdb6f0"),
    ),
    "craft": (
        ("#fbe7d0", "#efc492"), ("#f4e3d8", "#dfb394"), ("#e7efe2", "#bdd0ae"), ("#e4ebf0", "#b6c9d6"),
        ("#f8e2e0", "#e6afa9"),
    ),
}  # fmt: skip


def seed(text: str) -> int:
    """A number that is the same for the same words on every machine."""
    return int.from_bytes(blake2b(text.encode(), digest_size=6).digest())


def shade(colour: str, *, lighter: float) -> str:
    """The same hue, lighter (0..1) or darker (-1..0)."""
    red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, light, full = colorsys.rgb_to_hls(red, green, blue)
    light = light + (1 - light) * lighter if lighter > 0 else light * (1 + lighter)
    return "#" + "".join(f"{round(part * 255):02x}" for part in colorsys.hls_to_rgb(hue, light, full))


def paper(palette: str, name: str) -> tuple[str, str]:
    pairs = PALETTES[palette]
    return pairs[seed(name) % len(pairs)]
