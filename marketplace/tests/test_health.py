import time

import pytest
from django.core.cache import cache

from marketplace import health


def test_live_answers_without_database_or_worker(client):
    response = client.get("/health/live")

    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


@pytest.mark.django_db
def test_ready_names_the_worker_that_has_fallen_silent(client):
    cache.set(health.HEARTBEAT, time.time() - health.MAXIMUM_SILENCE - 1)

    response = client.get("/health/ready")

    assert response.status_code == 503
    assert response.json() == {"status": "failing", "database": "ok", "redis": "ok", "worker": "failing"}


@pytest.mark.django_db
def test_ready_once_a_worker_has_left_its_mark(client):
    health.beat()

    response = client.get("/health/ready")

    assert response.status_code == 200
    assert response.json()["worker"] == "ok"
