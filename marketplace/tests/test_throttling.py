"""Limits: counted per person or address, answered with 429, and open when Redis is gone."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse

from marketplace import markets, throttling


@pytest.fixture
def calls(rf, monkeypatch):
    monkeypatch.setitem(throttling.LIMITS, "write", "2/m")
    view = throttling.throttle("write")(lambda request: HttpResponse("done"))

    def call(method="post", address="10.0.0.1"):
        request = getattr(rf, method)("/", REMOTE_ADDR=address)
        request.user, request.market = AnonymousUser(), markets.get("co")
        return view(request)

    return call


def test_who_exceeds_the_limit_is_told_when_to_come_back(calls):
    assert [calls().status_code for _ in range(3)] == [200, 200, 429]
    assert 0 < int(calls().headers["Retry-After"]) <= 60


def test_other_addresses_and_readers_are_not_concerned(calls):
    for _ in range(2):
        calls()

    assert calls(address="10.0.0.2").status_code == 200
    assert calls("get").status_code == 200


def test_without_redis_everyone_passes(calls, settings):
    nobody = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "nobody": nobody}
    settings.RATELIMIT_USE_CACHE = "nobody"

    assert [calls().status_code for _ in range(3)] == [200, 200, 200]
