"""What a first visit costs on a telephone: words, looks, behaviour, and the pictures above the fold."""

import gzip
from urllib.parse import urlsplit

import pytest

from catalog.models import Product
from conftest import PHONE
from marketplace.demo import loading

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_BYTES = 150_000
COMPRESSED = ("text/", "javascript", "svg", "json")  # by the web process or the proxy before it
ABOVE_THE_FOLD = """() => [...document.images]
    .filter(image => { const box = image.getBoundingClientRect()
        return box.top < window.innerHeight && box.bottom > 0 && box.width > 0 })
    .map(image => image.currentSrc)"""


@pytest.fixture
def demo(transactional_db):
    """The shops as a newcomer sees them, with fewer things on the shelves."""
    return loading.everything(report=lambda *_told: None, limit=30)


def weigh(page, address):
    """Bytes by kind of everything a browser with an empty cache must have before it can show the page."""
    answers = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(address, wait_until="load")
    page.wait_for_load_state("networkidle")
    shown = set(page.evaluate(ABOVE_THE_FOLD))
    weights = {}
    for answer in answers:
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if answer.status != 200 or kind.startswith("image/") and answer.url not in shown | icons(page):
            continue
        weights[urlsplit(answer.url).path] = transferred(answer, kind)
    return weights


def icons(page):
    return set(page.evaluate("[...document.querySelectorAll('link[rel=icon]')].map(link => link.href)"))


def transferred(answer, kind):
    body = answer.body()
    return len(gzip.compress(body, 6)) if any(word in kind for word in COMPRESSED) else len(body)


def test_first_visits_are_light(demo, live_server, open_page):
    heavy, figures = [], {}
    for code in ("mz", "co"):
        base = live_server.url.replace("localhost", f"{code}.localhost")
        listed = Product.objects.filter(market_code=code, is_listed=True, in_stock=True)
        product = listed.exclude(photo={}).select_related("category").order_by("-sales_count").first()
        pages = {
            "home": "/",
            "category": f"/c/{product.category.slug}/",
            "product": product.get_absolute_url(),
        }
        for name, address in pages.items():
            page = open_page(viewport=PHONE, device_scale_factor=2, is_mobile=True, has_touch=True)
            weights = weigh(page, base + address)
            assert any(path.endswith(".css") for path in weights), weights
            assert name == "home" or any(path.startswith("/media/") for path in weights), (name, weights)
            figures[f"{code} {name}"] = sum(weights.values())
            if sum(weights.values()) > MOST_BYTES:
                heavy.append((code, name, sum(weights.values()), weights))
    print(figures)
    assert heavy == []
