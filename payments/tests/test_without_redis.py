"""Redis is gone: paying goes on, and nothing is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone
from kombu import Connection

from payments import availability, company_lists, polling
from payments.collecting import start
from payments.models import PaymentStatus
from payments.tests.factories import make_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def no_redis(settings):
    """The address of a cache where nobody listens."""
    nowhere = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"}
    settings.CACHES = {"default": nowhere}


def test_a_task_that_cannot_be_queued_is_no_error():
    with Connection("redis://127.0.0.1:9/0", transport_options={"max_retries": 0}) as nowhere:
        assert start.apply_async([1], connection=nowhere, retry=False) is None


def test_a_payment_that_could_not_be_queued_is_found_by_the_clock():
    payment = make_payment(started=False)
    assert payment.status == PaymentStatus.CREATED
    assert polling.poll_pending(timezone.now() + timedelta(minutes=1)) == 1


def test_companies_count_as_working_and_lists_as_being_fetched(no_redis):
    assert availability.is_up("wompi")
    availability.note_failure("wompi")
    assert company_lists.choices("wompi", "pse") is None
    assert not availability.may_ask(1)
