"""What every test may ask for: files of its own, a worker, browsers, and an accessibility check."""

import os
from pathlib import Path

import pytest
from celery.contrib.testing.worker import start_worker
from django.db import connection
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from marketplace import browser as browsers
from marketplace.celery import app

pytest_plugins = ["payments.tests.sandbox_server"]

# A busy machine is no failure: no test looks at the clock on the wall.
hypothesis_settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("suite")

AXE = Path(__file__).parent / "marketplace" / "tests" / "vendor" / "axe.min.js"
PHONE = {"width": 360, "height": 780}
DESKTOP = {"width": 1280, "height": 900}
NO_BROWSER = "NO CHROMIUM OR CHROME COULD BE HAD: THE BROWSER TESTS DID NOT RUN"
CUT_SHORT = ("htmx:sendAbort", "htmx:afterRequest")  # lost connections say htmx:sendError besides
_browser_missing = False


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """Let committed tests empty the append-only ledger; at the end hang up on the threads of live servers
    and workers: a database in use cannot be dropped.
    """
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_ledgerentry DISABLE TRIGGER ledger_refuse_truncate")
    yield
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture(scope="session")
def _media_of_session(tmp_path_factory):
    return tmp_path_factory.mktemp("media")


@pytest.fixture(autouse=True)
def _own_media(settings, _media_of_session):
    settings.MEDIA_ROOT = str(_media_of_session)


@pytest.fixture
def worker(transactional_db):
    """A real Celery worker in a thread, with a broker of its own; only tests that commit can use one."""
    app.control.purge()
    app.loader.import_default_modules()
    options = {"pool": "threads", "concurrency": 2, "perform_ping_check": False, "shutdown_timeout": 30}
    with start_worker(app, **options) as running:
        yield running


@pytest.fixture(scope="session")
def browser_type_launch_args():
    path = browsers.find()
    if path is None and os.environ.get("CI") == "true":
        pytest.fail(NO_BROWSER)
    if path is None:
        pytest.skip(NO_BROWSER)
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright runs an event loop in the tests' thread.
    return {"executable_path": path, "args": browsers.ARGUMENTS}


@pytest.fixture
def open_page(browser):
    """`open_page(viewport=PHONE, javascript=False)`: a fresh window; console errors fail the test."""
    contexts, complaints = [], []

    def open_(*, viewport=None, javascript=True, dark=False, **options):
        context = browser.new_context(
            viewport=viewport or DESKTOP,
            java_script_enabled=javascript,
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        page.on("console", lambda message: _note(complaints, page, message))
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints


def _note(complaints, page, message):
    """A refused form answers 422 on purpose, and a newer question cuts an older one short; everything else
    the console calls an error is one.
    """
    expected = "status of 4" in message.text or message.text.startswith(CUT_SHORT)
    if message.type == "error" and not expected:
        complaints.append(f"{page.url}: {message.text}")


@pytest.fixture
def browser_page(open_page):
    return open_page()


@pytest.fixture
def phone_page(open_page):
    return open_page(viewport=PHONE, has_touch=True, is_mobile=True)


@pytest.fixture
def axe():
    """`axe(page)`: what axe calls serious or critical about the page as it stands (WCAG 2.2 AA).

    `preload=False` keeps it from copying imported stylesheets into the page, which our policy stops.
    """
    source = AXE.read_text()

    def examine(page, **options):
        page.evaluate(source)
        rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        found = page.evaluate("options => axe.run(options)", {"runOnly": rules, **options})
        return [
            f"{problem['id']}: {node['html'][:160]} ({node['failureSummary'][:200]})"
            for problem in found["violations"]
            if problem["impact"] in ("serious", "critical")
            for node in problem["nodes"]
        ]

    return examine


def pytest_runtest_logreport(report):
    global _browser_missing
    if report.skipped and NO_BROWSER in str(report.longrepr):
        _browser_missing = True


def pytest_terminal_summary(terminalreporter):
    if _browser_missing:
        terminalreporter.section(NO_BROWSER, red=True, bold=True)
