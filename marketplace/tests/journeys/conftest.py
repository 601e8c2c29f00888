"""Everything a journey needs: a country, companies over HTTP, a worker."""

from threading import Event, Thread

import pytest

from marketplace.tests.journeys import world as worlds
from payments import company_lists, polling

EVERY = 1  # second: the clock of development comes by every five


@pytest.fixture
def clock(worker):
    """Queues the questions about open payments, as the clock does: what a notice missed is found so."""
    over = Event()

    def tick():
        while not over.wait(EVERY):
            polling.poll_pending.delay()

    thread = Thread(target=tick, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.fixture
def companies(worker, clock, sandbox):
    """The pretend companies, their lists fetched, and a worker who talks to them."""
    company_lists.refresh_all()
    return sandbox


@pytest.fixture
def mz(transactional_db):
    return worlds.build("mz")


@pytest.fixture
def co(transactional_db):
    return worlds.build("co")


@pytest.fixture
def site(live_server, companies):
    """`site("co")`: the address of a country in a running server with everything behind it."""
    companies.post_events_to(live_server.url)
    return lambda code: live_server.url.replace("localhost", f"{code}.localhost")
