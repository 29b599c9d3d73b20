"""Clicks on help links are counted by Appeal and day; on both databases."""

from datetime import timedelta

import pytest

from bot.appeals.appeals import Appeals
from bot.appeals.clicks import ClickCounts, Clicks
from bot.appeals.help_links import HelpLinks, open_links
from bot.editors.rights import Rights
from bot.errors import NotFoundError, RefusedError
from storage.appeals import clicks
from storage.database import Database
from storage.models import Appeal, Base
from tests.factories import NOON, MovableClock, at_once


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def appeals(database: Database, clock: MovableClock) -> Appeals:
    return Appeals(database, clock, Rights({1}))


@pytest.fixture
def counting(database: Database, clock: MovableClock) -> Clicks:
    return Clicks(database, clock)


async def _verified(appeals: Appeals, url: str = "https://example.org/help") -> Appeal:
    appeal = await appeals.propose(organisation="Bridge Friends", url=url, actor="test")
    return await appeals.verify(appeal.id, actor="test")


async def test_each_click_counts_once(database: Database, appeals: Appeals, counting: Clicks) -> None:
    """Of eight clicks at the same moment none is lost."""
    appeal = await _verified(appeals)
    await at_once(database, lambda session: clicks.count(session, appeal.id, day=NOON.date()), times=8)
    assert await counting.counts() == {appeal.id: ClickCounts(8, 8)}


async def test_counts_by_day(appeals: Appeals, counting: Clicks, clock: MovableClock) -> None:
    """The last seven days are counted separately; an Appeal without clicks has no count."""
    appeal, other = await _verified(appeals), await _verified(appeals)
    await counting.follow(appeal.id, counted=True)
    clock.advance(days=6)
    await counting.follow(appeal.id, counted=True)
    assert await counting.counts() == {appeal.id: ClickCounts(2, 2)}
    clock.advance(days=1)
    await counting.follow(appeal.id, counted=False)
    assert await counting.counts() == {appeal.id: ClickCounts(2, 1)}
    assert other.id not in await counting.counts()


async def test_only_a_verified_appeal_leads_anywhere(
    appeals: Appeals, counting: Clicks, clock: MovableClock
) -> None:
    """A proposed, retired, expired or unknown Appeal has no address, and no click is counted."""
    proposed = await appeals.propose(organisation="A", url="https://example.org/a", actor="test")
    retired = await _verified(appeals)
    await appeals.retire(retired.id, actor="test")
    day = clock() + timedelta(days=1)
    past = await appeals.propose(organisation="B", url="https://example.org/b", valid_until=day, actor="test")
    await appeals.verify(past.id, actor="test")
    assert await counting.follow(past.id, counted=False) == "https://example.org/b"
    clock.advance(days=2)
    for number in (proposed.id, retired.id, past.id):
        with pytest.raises(RefusedError):
            await counting.follow(number, counted=True)
    with pytest.raises(NotFoundError):
        await counting.follow(999, counted=True)
    assert await counting.counts() == {}


async def test_no_row_can_name_a_person() -> None:
    """The table has columns for Appeal, day and count, and no others."""
    assert set(Base.metadata.tables["clicks"].columns.keys()) == {"appeal_id", "day", "count"}


async def test_the_key_is_made_once(database: Database, appeals: Appeals) -> None:
    """A second start makes the same addresses; without PUBLIC_URL they are direct and no key is made."""
    appeal = await _verified(appeals)
    assert (await open_links(database, "")).address(appeal) == "https://example.org/help"
    async with database.read() as session:
        assert (await session.execute(Base.metadata.tables["secrets"].select())).all() == []
    made = [(await open_links(database, "https://bot.example")).address(appeal) for _ in range(2)]
    assert made[0] == made[1]
    assert made[0].startswith(f"https://bot.example/h/{appeal.id}-")


@pytest.mark.parametrize(
    "name", ["", "1", "1-", "1-000000000000", "x", "٣-000000000000", "1-" + "f" * 64, "../1", "0001-0"]
)
def test_a_forged_name_is_refused(name: str) -> None:
    """A guessed, cut or rewritten name is unknown."""
    with pytest.raises(NotFoundError):
        HelpLinks("https://bot.example", b"key").read(name)


def test_a_name_fits_its_own_appeal_alone() -> None:
    """A signature is valid for one Appeal and one database."""
    links = HelpLinks("https://bot.example", b"key")
    name = links.address(Appeal(id=7)).rpartition("/")[2]
    assert links.read(name) == 7
    for forged in ("8" + name[1:], "07" + name[1:], name.upper() + " "):
        with pytest.raises(NotFoundError):
            links.read(forged)
    with pytest.raises(NotFoundError):
        HelpLinks("https://bot.example", b"other").read(name)
