"""Draw every picture of the demo anew: `python -m marketplace.demo.studio.compose icons.json [name…]`.

`icons.json` comes from the npm package @iconify-json/fluent-emoji (Microsoft Fluent Emoji, MIT).
A Chromium is needed (variable CHROMIUM); the results are committed, so nobody else needs either.
"""

import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from marketplace.demo import catalogue
from marketplace.demo.studio import scenes
from marketplace.demo.studio.props import Props

PICTURES = Path(__file__).parents[1] / "pictures"
QUALITY = 76


def pictures(props: Props) -> Iterator[tuple[str, str, tuple[int, int]]]:
    """Name, SVG and size of every picture."""
    for market in ("co", "mz"):
        words = catalogue.read(market)
        for item in words.items:
            palette = words.shelves[item.shelf].palette
            svg = scenes.compose(item.scene, palette=palette, name=item.picture, props=props)
            yield item.picture, svg, (1000, 1000)
            if item.close_up:
                yield item.close_up, scenes.closer(svg), (1000, 1000)
        for seller in words.sellers:
            slug = seller["slug"]
            yield (
                f"logo-{slug}",
                scenes.logo(seller["mark"], colour=seller["colour"], props=props),
                (512, 512),
            )
            svg = scenes.banner(
                seller["banner"], palette=seller["palette"], name=slug, props=props, size=(1600, 420)
            )
            yield f"banner-{slug}", svg, (1600, 420)
        for shelf in words.shelves.values():
            if shelf.picture:
                name = f"category-{market}-{shelf.slug}"
                svg = scenes.compose(f"one {shelf.picture}", palette=shelf.palette, name=name, props=props)
                yield name, svg, (1000, 1000)


def photograph(page: Page, svg: str, size: tuple[int, int]) -> Image.Image:
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.set_content(f'<body style="margin:0">{svg}</body>')
    return Image.open(io.BytesIO(page.screenshot(type="png"))).convert("RGB")


def main(icons: str, *wanted: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    props = Props(Path(icons))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--disable-dev-shm-usage"],
        )
        page = browser.new_page()
        for name, svg, size in pictures(props):
            if wanted and not any(part in name for part in wanted):
                continue
            image = photograph(page, svg, size)
            if name.startswith("category-"):
                image = image.resize((480, 480), Image.Resampling.LANCZOS)
            image.save(PICTURES / f"{name}.webp", "WEBP", quality=QUALITY, method=6)
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
