"""Everything a journey needs: a country, companies over HTTP, a worker."""

import pytest

from marketplace.tests.journeys import world as worlds
from payments import company_lists


@pytest.fixture
def companies(worker, sandbox):
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
