"""The tools the other tests lean on."""

import threading

import pytest
from celery import shared_task
from django.contrib.contenttypes.models import ContentType

done = threading.Event()


@shared_task
def count_and_tell():
    assert ContentType.objects.count()
    done.set()


def test_a_worker_does_what_is_queued(worker):
    done.clear()

    count_and_tell.delay()

    assert done.wait(20)


@pytest.mark.browser
def test_a_browser_reads_a_page(live_server, browser_page):
    browser_page.goto(f"{live_server.url}/health/live")

    assert '"ok"' in browser_page.content()


@pytest.mark.browser
def test_axe_finds_a_picture_without_words(browser_page, axe):
    browser_page.set_content(
        "<!doctype html><html lang=en><title>t</title><main><h1>t</h1><img src=x></main>"
    )

    assert any(problem.startswith("image-alt") for problem in axe(browser_page))
