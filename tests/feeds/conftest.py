"""Sources over both kinds of database, with a fetcher that may reach the test's own site."""

from collections.abc import Iterator
from functools import partial

import pytest
from pytest_socket import disable_socket, enable_socket

from bot.broadcasts import pushes
from bot.broadcasts.agreement import Agreement
from bot.editors.rights import Rights
from bot.feeds.entries import Entries
from bot.feeds.poller import Poller
from bot.feeds.sources import Sources
from bot.stories.review.review import Review
from bot.stories.stories import Stories
from storage.database import Database
from tests.factories import MovableClock
from tests.feeds.feed_site import LIMITS, InProcess
from tests.sites import Site


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest) -> Iterator[None]:
    """Refuse any socket but a Unix one, except to tests that have a site on 127.0.0.1."""
    if "site" not in request.fixturenames:
        disable_socket(allow_unix_socket=True)
    yield
    enable_socket()


@pytest.fixture
def stories(database: Database, clock: MovableClock) -> Stories:
    """The use cases around Stories."""
    return Stories(database, clock, Rights())


@pytest.fixture
def review(database: Database, clock: MovableClock) -> Review:
    """The use cases around decisions about Stories."""
    return Review(database, clock, Rights(), partial(pushes.schedule_first, agreement=Agreement(Rights())))


@pytest.fixture
def poller(database: Database, clock: MovableClock, site: Site) -> Poller:
    """The poller of `sources`."""
    return Poller(database, site.fetcher(LIMITS), InProcess(), clock)


@pytest.fixture
def entries(database: Database, clock: MovableClock, site: Site, stories: Stories, review: Review) -> Entries:
    """What `sources` reads entries with; a trusted Source may push two Stories an hour."""
    fetcher, pool = site.fetcher(LIMITS), InProcess()
    return Entries(database, fetcher, pool, clock, stories=stories, review=review, pushes_per_hour=2)


@pytest.fixture
def sources(database: Database, clock: MovableClock, poller: Poller, entries: Entries) -> Sources:
    """The use cases around Sources."""
    return Sources(database, clock, poller=poller, entries=entries)
