"""The small pieces between the environment and Django."""

import environ
import pytest
from django.conf import settings
from django.contrib.sessions.backends.cached_db import SessionStore
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpResponse
from django.test import RequestFactory

from marketplace import translations
from marketplace.accounts.sessions import drop_expired
from marketplace.celery import MODULES, app
from marketplace.companies import Companies
from marketplace.connections import redis_urls
from marketplace.proxies import client_address_middleware
from marketplace.sessions import sliding_session_middleware


@pytest.mark.parametrize(
    ("given", "cache", "broker"),
    [
        ("redis://host:6379", "redis://host:6379/0", "redis://host:6379/1"),
        ("rediss://u:p@host/4?ssl_cert_reqs=none", "rediss://u:p@host/4?ssl_cert_reqs=none",
         "rediss://u:p@host/5?ssl_cert_reqs=none"),
        ("unix:///tmp/r.sock?db=2", "unix:///tmp/r.sock?db=2", "redis+socket:///tmp/r.sock?virtual_host=3"),
        ("redis+socket:///tmp/r.sock", "unix:///tmp/r.sock?db=0", "redis+socket:///tmp/r.sock?virtual_host=1"),
    ],
)  # fmt: skip
def test_each_library_gets_its_spelling_of_the_redis_address(given, cache, broker):
    assert redis_urls(given) == (cache, broker)


def address_seen(settings, hops, forwarded):
    settings.TRUSTED_PROXY_COUNT = hops
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded}, REMOTE_ADDR="10.0.0.1")
    return client_address_middleware(lambda request: HttpResponse(request.META["REMOTE_ADDR"]))(
        request
    ).content


def test_callers_cannot_claim_an_address(settings):
    assert address_seen(settings, 0, "1.2.3.4") == b"10.0.0.1"


def test_only_what_trusted_proxies_saw_counts(settings):
    assert address_seen(settings, 1, "6.6.6.6, 1.2.3.4") == b"1.2.3.4"
    assert address_seen(settings, 2, "6.6.6.6, 1.2.3.4, 5.5.5.5") == b"1.2.3.4"
    assert address_seen(settings, 2, "6.6.6.6") == b"10.0.0.1"


@pytest.mark.parametrize("told", ["unknown", "1.2.3.4:5678", "_hidden", "1.2.3.4\x00"])
def test_what_is_no_address_is_not_taken_for_one(settings, told):
    assert address_seen(settings, 1, told) == b"10.0.0.1"


def visit(session):
    request = RequestFactory().get("/")
    request.session = session
    session.modified = False
    sliding_session_middleware(lambda request: HttpResponse(request.session.get("who", "")))(request)
    return session.modified


def test_a_session_in_use_is_renewed_now_and_then_only(time_machine):
    session = SessionStore()
    session["who"] = "ana"
    time_machine.move_to("2026-11-01 10:00:00Z", tick=False)

    assert visit(session)
    assert not visit(session)
    time_machine.shift(13 * 3600)
    assert not visit(session)
    time_machine.shift(2 * 3600)
    assert visit(session)


def test_staff_sessions_are_renewed_by_minutes(time_machine):
    session = SessionStore()
    session["who"] = "staff"
    session.set_expiry(3600)
    time_machine.move_to("2026-11-01 10:00:00Z", tick=False)

    assert visit(session)
    time_machine.shift(301)
    assert visit(session)


def test_an_empty_session_is_never_written():
    assert not visit(SessionStore())


def companies(monkeypatch, *, development, **given):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return Companies(environ.Env(), sandbox_url="http://localhost:8001", development=development)


def test_without_a_word_everything_points_at_the_sandbox(monkeypatch):
    found = companies(monkeypatch, development=True)

    assert found.gateways()["wompi"]["api_url"] == "http://localhost:8001/wompi/v1"
    assert found.gateways()["mpesa"]["host"] == "http://localhost"
    assert found.gateways()["mpesa"]["c2b_port"] == "8001"


def test_another_server_stands_in_by_the_environment_alone(monkeypatch):
    found = companies(
        monkeypatch,
        development=True,
        WOMPI_API_URL="https://sandbox.wompi.co/v1/",
        MPESA_HOST="https://api.vm.co.mz",
    )

    assert found.gateways()["wompi"]["api_url"] == "https://sandbox.wompi.co/v1"
    assert found.gateways()["mpesa"]["c2b_port"] == "18352"
    assert found.rails()["mpesa_b2c"]["b2c_port"] == "18345"
    assert "https://sandbox.wompi.co" in found.origins()


def test_production_knows_no_company_it_was_not_told(monkeypatch):
    found = Companies(environ.Env(), sandbox_url="", development=False)

    assert found.gateways()["wompi"]["private_key"] == ""
    assert found.origins() == []


@pytest.mark.django_db
def test_sessions_that_have_ended_are_forgotten():
    for age in (-60, 60):
        session = SessionStore()
        session["carts"] = {}
        session.set_expiry(age)
        session.save()

    drop_expired()

    assert Session.objects.get().session_key == session.session_key


def test_translations_are_compiled_without_gettext_and_only_when_needed(tmp_path):
    folder = tmp_path / "es" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "django.po").write_text('msgid ""\nmsgstr ""\n\nmsgid "cart"\nmsgstr "carrito"\n')

    assert translations.compile_all(tmp_path) == [folder / "django.mo"]
    assert translations.compile_all(tmp_path) == []
    assert b"carrito" in (folder / "django.mo").read_bytes()


def test_pages_are_served_with_a_strict_policy(client):
    policy = client.get("/health/live")["Content-Security-Policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy


def test_the_clock_asks_only_for_work_that_exists():
    app.loader.import_default_modules()

    wanted = {entry["task"] for entry in app.conf.beat_schedule.values()}

    assert wanted <= set(app.tasks)


def test_the_worker_knows_every_module_that_holds_background_work():
    root = settings.BASE_DIR
    folders = ("marketplace", "sellers", "catalog", "orders", "payments", "support")
    found = {
        ".".join(path.relative_to(root).with_suffix("").parts)
        for folder in folders
        for path in (root / folder).rglob("*.py")
        if "tests" not in path.parts and "\n@shared_task" in path.read_text()
    }

    assert found == set(MODULES)


def test_media_are_shown_in_development_and_nothing_beside_them(client, settings, tmp_path):
    (tmp_path / "media").mkdir()
    (tmp_path / "media" / "photo.webp").write_bytes(b"picture")
    (tmp_path / "secret.txt").write_text("secret")
    settings.MEDIA_ROOT = tmp_path / "media"

    response = client.get("/media/photo.webp")

    assert b"".join(response.streaming_content) == b"picture"
    assert client.get("/media/../secret.txt").status_code == 400
    assert client.get("/media/%2e%2e/secret.txt").status_code == 400


def test_how_long_we_listen_and_whom_we_trust_is_the_environments_word(monkeypatch, tmp_path):
    bundle = tmp_path / "movitel.pem"
    bundle.write_text("")
    given = {"EMOLA_CA_BUNDLE": str(bundle), "MPESA_READ_SECONDS": "90", "STRIPE_CONNECT_SECONDS": "2.5"}
    found = companies(monkeypatch, development=True, **given)
    gateways, rails = found.gateways(), found.rails()
    assert gateways["emola"]["ca_bundle"] == rails["emola_b2c"]["ca_bundle"] == str(bundle)
    assert gateways["mpesa"]["read_seconds"] == rails["mpesa_b2c"]["read_seconds"] == "90"
    assert gateways["stripe"]["connect_seconds"] == "2.5"
    assert "read_seconds" not in gateways["payu"]


@pytest.mark.parametrize("given", [{"MPESA_READ_SECONDS": "131"}, {"PAYU_CA_BUNDLE": "/nowhere.pem"}])
def test_a_patience_beyond_the_clocks_and_a_missing_bundle_are_refused(monkeypatch, given):
    with pytest.raises(ImproperlyConfigured):
        companies(monkeypatch, development=True, **given).gateways()
