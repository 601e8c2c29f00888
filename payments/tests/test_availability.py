"""A company that fails rests, alone and for all processes; then one caller tries whether it is back."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
from django.conf import settings as django_settings
from redis import Redis

from payments import availability
from payments.availability import FAILURES_BEFORE_REST, MISCONFIGURED_REST, REST, is_up, note_failure, watched
from payments.gateways.base import GatewayUnavailable, Misconfigured, NotSent, Reason, Refused

COMPANY = "wompi"


def fail(company=COMPANY, times=FAILURES_BEFORE_REST):
    for _ in range(times):
        note_failure(company)


def rested(seconds, company=COMPANY):
    """As if it had been opened so much earlier."""
    redis = Redis.from_url(django_settings.CACHES["default"]["LOCATION"])
    redis.decrby(
        f"{django_settings.CACHES['default']['KEY_PREFIX']}:breaker:{company}:pybreaker:opened_at", seconds
    )


def talk(error=None, company=COMPANY):
    with watched(company):
        if error:
            raise error


def test_one_company_rests_and_the_others_go_on():
    fail()
    assert not is_up(COMPANY)
    assert is_up("mpesa")
    talk(company="mpesa")


@pytest.mark.parametrize("error", [GatewayUnavailable("x"), NotSent("x")])
def test_failures_of_the_company_count_and_reach_the_caller(error):
    for _ in range(FAILURES_BEFORE_REST):
        with pytest.raises(type(error)):
            talk(error)
    assert not is_up(COMPANY)


def test_a_refusal_is_an_answer_and_ends_the_row():
    fail(times=FAILURES_BEFORE_REST - 1)
    with pytest.raises(Refused):
        talk(Refused(Reason.INVALID_PHONE))
    note_failure(COMPANY)
    assert is_up(COMPANY)


def test_while_it_rests_nobody_calls():
    fail()
    called = []
    with pytest.raises(NotSent), watched(COMPANY):
        called.append(1)
    assert not called


def test_after_the_rest_one_caller_tries_and_the_others_wait():
    fail()
    rested(REST + 1)
    assert is_up(COMPANY)
    inside, done = Event(), Event()

    def long_call():
        with watched(COMPANY):
            inside.set()
            done.wait(10)

    with ThreadPoolExecutor(1) as pool:
        trying = pool.submit(long_call)
        assert inside.wait(10)
        assert not is_up(COMPANY)
        with pytest.raises(NotSent):
            talk()
        done.set()
        trying.result()
    assert is_up(COMPANY)
    talk()


def test_of_many_who_come_at_once_one_tries():
    fail()
    rested(REST + 1)
    barrier, hold = Barrier(6), Event()
    called = []

    def attempt():
        barrier.wait(10)
        try:
            with watched(COMPANY):
                called.append(1)
                hold.wait(1)
        except NotSent:
            pass

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: attempt(), range(6)))
    assert len(called) == 1


def test_a_failed_try_means_another_rest():
    fail()
    rested(REST + 1)
    note_failure(COMPANY)
    assert not is_up(COMPANY)
    rested(REST + 1)
    talk()
    fail(times=FAILURES_BEFORE_REST - 1)
    assert is_up(COMPANY), "after a good try the row begins anew"


def test_wrong_keys_rest_longer():
    with pytest.raises(Misconfigured):
        talk(Misconfigured("wrong key"))
    assert not is_up(COMPANY)
    rested(REST + 1)
    assert not is_up(COMPANY)
    rested(MISCONFIGURED_REST - REST)
    assert is_up(COMPANY)


def test_two_long_talks_in_one_process_do_not_wait_for_each_other():
    both = Barrier(2)

    def hold_the_line():
        with watched(COMPANY):
            both.wait(10)

    with ThreadPoolExecutor(2) as pool:
        for each in [pool.submit(hold_the_line) for _ in range(2)]:
            each.result()


def test_another_process_knows_of_it():
    fail()
    availability._company_at.cache_clear()  # what a process that has just begun knows
    assert not is_up(COMPANY)
    assert is_up("payu")


def test_without_redis_every_conversation_takes_place(settings):
    nowhere = {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:9/0"}
    settings.CACHES = {"default": nowhere}
    fail()
    assert is_up(COMPANY)
    talk()
    with pytest.raises(GatewayUnavailable):
        talk(GatewayUnavailable("x"))
    assert not availability.may_ask(1)


def test_redis_going_away_during_a_talk_hurts_nobody(settings, monkeypatch):
    known = availability._company(COMPANY)
    gone = Redis.from_url("redis://127.0.0.1:9/0")
    monkeypatch.setattr(known, "_redis", gone)
    monkeypatch.setattr(known._storage, "_redis", gone)
    assert is_up(COMPANY)
    with pytest.raises(GatewayUnavailable):
        talk(GatewayUnavailable("x"))
    fail()
    talk()
