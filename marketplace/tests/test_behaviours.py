"""The custom elements, tried in a real browser; and pages on the narrowest phone."""

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NARROW = {"width": 320, "height": 640}
COUNT = (
    "([where, type]) => { window.counted = 0;"
    " document.querySelector(where).addEventListener(type, () => window.counted++) }"
)
SHOW = "html => { document.querySelector('main').innerHTML = html }"


@pytest.fixture
def page(open_page, live_server):
    page = open_page()
    page.goto(f"{live_server.url}/help/")
    return page


def test_the_stepper_counts_within_its_limits_and_tells_the_form(page):
    page.evaluate(
        SHOW,
        '<quantity-stepper less="One less" more="One more"><input type="number" min="1" max="3" value="1">'
        "</quantity-stepper>",
    )
    page.evaluate(COUNT, ["main", "change"])

    page.get_by_role("button", name="One more").click()
    page.get_by_role("button", name="One more").click()

    assert page.locator("main input").input_value() == "3"
    assert page.get_by_role("button", name="One more").is_disabled()
    assert page.evaluate("window.counted") == 2


def test_an_impatient_double_click_sends_a_form_once(page):
    page.evaluate(SHOW, '<busy-form><form method="dialog"><button>Pay</button></form></busy-form>')
    page.evaluate(COUNT, ["main form", "submit"])

    page.get_by_role("button", name="Pay").dblclick()

    assert page.evaluate("window.counted") == 1
    assert page.locator("main button").get_attribute("aria-busy") == "true"


def test_a_form_stopped_by_another_script_can_be_sent_again(page):
    page.evaluate(SHOW, '<busy-form><form method="dialog"><button>Pay</button></form></busy-form>')
    page.evaluate("() => { document.querySelector('main form').onsubmit = event => event.preventDefault() }")

    page.get_by_role("button", name="Pay").click()

    page.wait_for_selector("main button:not([aria-busy])")


def test_a_form_can_be_sent_once_its_question_is_answered_or_lost(page):
    page.evaluate(SHOW, '<busy-form><form method="dialog"><input><button>Pay</button></form></busy-form>')
    page.evaluate(COUNT, ["main form", "submit"])
    ask = "kind => document.querySelector('main input').dispatchEvent(new Event(kind, { bubbles: true }))"

    page.evaluate(ask, "htmx:beforeRequest")
    page.get_by_role("button", name="Pay").click(force=True)
    page.evaluate(ask, "htmx:afterRequest")
    page.get_by_role("button", name="Pay").click()

    assert page.evaluate("window.counted") == 1


def test_a_lost_connection_is_told_and_the_note_can_be_closed(page):
    page.evaluate("document.body.dispatchEvent(new CustomEvent('htmx:sendError', { bubbles: true }))")

    note = page.locator("toast-stack .alert")
    assert note.inner_text().strip()
    note.get_by_role("button").click()
    assert note.count() == 0


def test_the_drop_down_closes_on_escape_and_gives_the_focus_back(page):
    summary = page.locator("drop-down summary").first
    summary.click()
    assert page.locator("drop-down details[open]").count() == 1

    page.keyboard.press("Escape")

    assert page.locator("drop-down details[open]").count() == 0
    assert summary.evaluate("element => element === document.activeElement")


def test_a_thumbnail_shows_its_photo_and_the_photo_opens_large(page, live_server):
    picture = f"{live_server.url}/static/img/placeholder.svg"
    page.evaluate(
        SHOW,
        f'<photo-gallery><a class="gallery__main" href="{picture}"><img src="{picture}" alt="One"></a>'
        f'<div class="gallery__thumbs"><a href="{picture}?2" data-src="{picture}?2"><img src="{picture}" '
        'alt="Two" width="68" height="68"></a></div><dialog><button data-close>Close</button><img alt="">'
        "</dialog></photo-gallery>",
    )

    page.locator(".gallery__thumbs a").click()
    assert page.locator(".gallery__main img").get_attribute("src") == f"{picture}?2"

    page.locator(".gallery__main").click()
    assert page.locator("dialog[open] img").get_attribute("alt") == "Two"
    page.get_by_role("button", name="Close").click()
    assert page.locator("dialog[open]").count() == 0


def test_the_countdown_tells_minutes_and_seconds(page):
    page.evaluate(
        "() => { const end = new Date(Date.now() + 90500).toISOString();"
        "document.querySelector('main').innerHTML = `<count-down until='${end}'><b></b></count-down>` }"
    )

    assert page.locator("count-down b").inner_text() in ("1:30", "1:31", "1:29")


def test_dark_is_chosen_by_a_button_and_stays(page, live_server):
    page.locator("drop-down summary").first.click()
    page.locator("drop-down button[value=dark]").click()
    page.wait_for_selector("html[data-theme=dark]")

    page.goto(f"{live_server.url}/cart/")

    assert page.locator("html").get_attribute("data-theme") == "dark"


@pytest.mark.parametrize("market", ["co", "mz"])
def test_no_page_is_wider_than_the_narrowest_phone(open_page, live_server, market):
    page = open_page(viewport=NARROW)
    page.context.add_cookies([{"name": "market", "value": market, "url": live_server.url}])
    wide = []
    for path in ("/", "/search/", "/stores/", "/cart/", "/help/", "/accounts/login/", "/accounts/signup/"):
        page.goto(live_server.url + path)
        if page.evaluate("document.documentElement.scrollWidth") > NARROW["width"]:
            wide.append(path)

    assert wide == []
