"""Compose one picture: paper, light, shadow, and the things on it.

A picture is described in one line: an arrangement, what it shows (`name`, `name#colour`, joined by `+`),
and options: `@120` turns the hue, `%word` is printed on a label.
"""

import random
from dataclasses import dataclass

from .colours import paper, seed, shade
from .props import Props, basket, bowl, crate, label

FLOOR = 800
# Where the label of a package sits: middle above the floor, width, height; all as parts of the package's size.
PACKAGES = {
    "pouch": (0.42, 0.44, 0.46), "jar": (0.36, 0.46, 0.40), "bottle": (0.26, 0.37, 0.36),
    "sack": (0.42, 0.44, 0.46), "carton": (0.46, 0.28, 0.36), "tin": (0.45, 0.46, 0.44),
    "box": (0.37, 0.44, 0.42), "tube": (0.6, 0.24, 0.36), "dropper": (0.3, 0.42, 0.34),
}  # fmt: skip
OFF_CENTRE = {"carton": -0.06, "box": -0.06, "bottle": 0, "tube": 0}


@dataclass(frozen=True)
class Scene:
    arrangement: str
    things: tuple[str, ...]
    hue: int = 0
    word: str = ""
    colour: str = ""

    @classmethod
    def read(cls, line: str) -> "Scene":
        line, _, word = line.partition("%")
        arrangement, things, *options = line.split()
        hue = next((int(option[1:]) for option in options if option.startswith("@")), 0)
        colour = next((option for option in options if option.startswith("#")), "")
        return cls(arrangement, tuple(things.split("+")), hue, word.strip(), colour)


def compose(line: str, *, palette: str, name: str, props: Props) -> str:
    """The SVG of a product picture, 1000 × 1000."""
    scene = Scene.read(line)
    wall, floor = paper(palette, name)
    chance = random.Random(seed(name))
    draw = _Draw(scene, props, chance, wall, floor)
    flat = scene.arrangement == "flat"
    ground = _ground(wall, floor, style=chance.randrange(4), flat=flat)
    return _svg(1000, 1000, ground + getattr(draw, _METHODS.get(scene.arrangement, scene.arrangement))())


def closer(svg: str) -> str:
    """The same scene from nearer, for the gallery."""
    return svg.replace('viewBox="0 0 1000 1000"', 'viewBox="190 270 600 600"', 1)


def banner(things: str, *, palette: str, name: str, props: Props, size: tuple[int, int]) -> str:
    """A wide strip of many things on one floor, for the head of a store."""
    width, height = size
    wall, floor = paper(palette, name)
    chance = random.Random(seed(name))
    names = things.split("+")
    floor_y, parts = height * 0.83, []
    start, step = width * 0.38, width * 0.53 / max(len(names) - 1, 1)
    for i, thing in enumerate(names):
        tall = height * (0.62 if i % 2 else 0.5) * chance.uniform(0.92, 1.06)
        x, y = start + i * step, floor_y + (0 if i % 2 else height * 0.07)
        parts.append((y, _shadow(x, y, tall * 0.42) + props.image(thing, x, y - tall * 0.47, tall)))
    circle = (
        f'<circle cx="{width * 0.72:.0f}" cy="{height * 0.42:.0f}" r="{height * 0.62:.0f}" fill="#fff" opacity=".28"/>'
        f'<circle cx="{width * 0.16:.0f}" cy="{height * 1.1:.0f}" r="{height * 0.7:.0f}" fill="{floor}" opacity=".55"/>'
    )
    ground = (
        _gradient("wall", shade(wall, lighter=0.25), shade(wall, lighter=-0.04))
        + f'<rect width="{width}" height="{height}" fill="url(#wall)"/>{circle}'
        f'<rect y="{height * 0.7:.0f}" width="{width}" height="{height * 0.3:.0f}" fill="{floor}" opacity=".8"/>'
    )
    return _svg(width, height, ground + "".join(part for _, part in sorted(parts)))


def logo(thing: str, *, colour: str, props: Props) -> str:
    """A store's mark: one illustration on a coloured medallion."""
    light = shade(colour, lighter=0.82)
    return _svg(
        512,
        512,
        _gradient("m", shade(colour, lighter=0.22), shade(colour, lighter=-0.12))
        + f'<rect width="512" height="512" fill="url(#m)"/><circle cx="256" cy="256" r="204" fill="{light}"/>'
        f'<circle cx="256" cy="256" r="186" fill="none" stroke="{colour}" stroke-width="5" stroke-dasharray="3 15" '
        f'stroke-linecap="round"/>{_shadow(256, 386, 84)}{props.image(thing, 256, 254, 246)}',
    )


class _Draw:
    def __init__(self, scene: Scene, props: Props, chance: random.Random, wall: str, floor: str) -> None:
        self.scene, self.props, self.chance, self.wall, self.floor = scene, props, chance, wall, floor

    def put(self, x: float, size: float, *, floor: float = FLOOR, turn: float = 0, index: int = 0) -> str:
        """One thing that stands on the floor, with its shadow."""
        thing = self.scene.things[index % len(self.scene.things)]
        image = self.props.image(thing, x, floor - size * 0.46, size, turn=turn, hue=self.scene.hue)
        return _shadow(x, floor, size * 0.38) + image

    def one(self) -> str:
        return self.put(
            500, self.chance.choice((620, 650, 670)), floor=830, turn=self.chance.choice((0, 0, -5, 5))
        )

    def two(self) -> str:
        tilt = self.chance.uniform(4, 10)
        return self.put(360, 430, floor=745, turn=-tilt) + self.put(610, 500, floor=830, turn=tilt, index=1)

    def trio(self) -> str:
        tilt = self.chance.uniform(8, 18)
        return (
            self.put(320, 370, floor=730, turn=-tilt, index=1)
            + self.put(690, 380, floor=745, turn=tilt, index=2)
            + self.put(505, 470, floor=840)
        )

    def heap(self) -> str:
        size = 250
        rows = ((860, 4), (700, 3), (545, 2), (395, 1))
        parts = ['<ellipse cx="500" cy="866" rx="400" ry="46" fill="#000" opacity=".2" filter="url(#soft)"/>']
        for floor, count in reversed(rows):
            for i in range(count):
                x = 500 + (i - (count - 1) / 2) * 190 + self.chance.uniform(-10, 10)
                turn = self.chance.uniform(-24, 24)
                parts.append(self._loose(x, floor - 120, size, turn))
        return "".join(parts)

    def crate(self) -> str:
        return self._filled(*crate(500, 850, 720), top=850 - 720 * 0.36, half=300, width=380)

    def basket(self) -> str:
        return self._filled(*basket(500, 850, 640), top=850 - 640 * 0.4, half=250, width=330)

    def bowl(self) -> str:
        colour = self.scene.colour or self.chance.choice(
            ("#7f9c8a", "#c98a5b", "#6f8fae", "#d9b26a", "#b97a72")
        )
        return self._filled(*bowl(500, 850, 660, colour), top=850 - 660 * 0.42, half=230, width=310)

    def package(self) -> str:
        """A package with a label, and a little of its contents in front of it."""
        scene = self.scene
        up, wide, high = PACKAGES[scene.arrangement]
        inside, beside = scene.things[0], scene.things[-1]
        size, x, floor = 700, 460, 850
        colour = scene.colour or self.chance.choice(("#c9834e", "#7c9a5c", "#b5653f", "#d8a548", "#6b8a99"))
        middle_x, middle_y = x + size * OFF_CENTRE.get(scene.arrangement, 0), floor - size * (up + 0.02)
        width, height = size * wide, size * high
        inner = min(width, height) * (0.56 if scene.word else 0.74)
        picture = self.props.image(inside, middle_x, middle_y - (height * 0.1 if scene.word else 0), inner)
        small = "" if beside == "-" else self._loose(756, 826, 210, 12) + self._loose(880, 856, 170, -22)
        return (
            _shadow(x, floor, size * 0.36)
            + self.props.image(f"{scene.arrangement}{colour}", x, floor - size * 0.47, size)
            + label(middle_x, middle_y, width, height, picture=picture, word=scene.word, colour=colour)
            + small
        )

    def group(self) -> str:
        """Different things that belong together, the biggest in the middle."""
        places = ((500, 480, 760), (255, 350, 800), (745, 360, 810), (390, 260, 885), (620, 250, 890))
        order = sorted(range(len(self.scene.things)), key=lambda i: places[i][2])
        return "".join(self.put(*places[i][:2], floor=places[i][2], index=i) for i in order)

    def flat(self) -> str:
        """Seen from above, lying on cloth."""
        turn = self.chance.choice((-8, -4, 5, 9))
        image = self.props.image(self.scene.things[0], 500, 500, 640, turn=turn, hue=self.scene.hue)
        more = "".join(
            f'<g filter="url(#drop)">{self.props.image(thing, x, y, 210, turn=-turn * 2)}</g>'
            for thing, (x, y) in zip(self.scene.things[1:], ((835, 815), (165, 830)), strict=False)
        )
        return f'<g filter="url(#drop)">{image}</g>{more}'

    def _loose(self, x: float, y: float, size: float, turn: float) -> str:
        thing = self.scene.things[self.chance.randrange(len(self.scene.things))]
        if self.scene.arrangement in PACKAGES:
            thing = self.scene.things[-1]
        image = self.props.image(thing, x, y, size, turn=turn, hue=self.scene.hue)
        return f'<g filter="url(#near)">{image}</g>'

    def _filled(self, back: str, front: str, *, top: float, half: float, width: float) -> str:
        """A vessel with a pile that shows above its edge."""
        parts = [_shadow(500, 852, width), back]
        for row, (lift, count) in enumerate(((190, 2), (105, 3), (20, 4))):
            spread = half * (0.45, 0.78, 1.0)[row]
            for i in range(count):
                x = 500 - spread + i * 2 * spread / (count - 1) + self.chance.uniform(-14, 14)
                parts.append(self._loose(x, top - lift, 230, self.chance.uniform(-28, 28)))
        return "".join(parts) + front


_METHODS = dict.fromkeys(PACKAGES, "package")


def _svg(width: int, height: int, body: str) -> str:
    filters = (
        '<filter id="soft" x="-60%" y="-200%" width="220%" height="500%"><feGaussianBlur stdDeviation="22"/></filter>'
        '<filter id="near" x="-30%" y="-30%" width="160%" height="160%"><feDropShadow dx="0" dy="10" '
        'stdDeviation="9" flood-color="#3a2a1a" flood-opacity=".28"/></filter>'
        '<filter id="drop" x="-30%" y="-30%" width="160%" height="160%"><feDropShadow dx="14" dy="26" '
        'stdDeviation="20" flood-color="#2a2230" flood-opacity=".3"/></filter>'
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><defs>{filters}</defs>{body}</svg>'
    )


def _gradient(name: str, top: str, bottom: str) -> str:
    return (
        f'<defs><linearGradient id="{name}" x1="0" y1="0" x2="0" y2="1"><stop offset="0" stop-color="{top}"/>'
        f'<stop offset="1" stop-color="{bottom}"/></linearGradient></defs>'
    )


def _shadow(x: float, y: float, radius: float) -> str:
    return (
        f'<ellipse cx="{x:.0f}" cy="{y:.0f}" rx="{radius:.0f}" ry="{radius * 0.17:.0f}" fill="#2a1f14" opacity=".3" '
        'filter="url(#soft)"/>'
        f'<ellipse cx="{x:.0f}" cy="{y - 2:.0f}" rx="{radius * 0.72:.0f}" ry="{radius * 0.07:.0f}" fill="#2a1f14" '
        'opacity=".22"/>'
    )


def _ground(wall: str, floor: str, *, style: int, flat: bool) -> str:
    light, deep = shade(wall, lighter=0.35), shade(floor, lighter=-0.06)
    sweep = _gradient("wall", light, wall) + '<rect width="1000" height="1000" fill="url(#wall)"/>'
    if flat:
        return sweep + f'<circle cx="500" cy="500" r="{400 + style * 22}" fill="{floor}" opacity=".7"/>'
    table = _gradient("table", floor, deep) + '<rect y="690" width="1000" height="310" fill="url(#table)"/>'
    shapes = (
        "",
        f'<circle cx="500" cy="450" r="350" fill="{floor}" opacity=".75"/>',
        f'<path d="M190 690V440a310 310 0 0 1 620 0v250z" fill="{floor}" opacity=".7"/>',
        '<path d="M0 120L620 690H900L0 -140z" fill="#fff" opacity=".3"/><path d="M380 0L1000 590V380L600 0z" '
        'fill="#fff" opacity=".2"/>',
    )
    return sweep + shapes[style] + table
