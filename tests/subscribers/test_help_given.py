"""“I helped”: a reader's own word, which they can take back, and which editors never see."""

from datetime import UTC, datetime

import pytest

from bot.appeals.appeals import Appeals
from bot.editors.rights import Rights
from bot.errors import InvalidInputError, RefusedError
from bot.subscribers.help_given import GivenHelp, HelpGiven
from storage.database import Database
from storage.words import ChatKind, SuspensionReason
from tests.factories import MovableClock, add_subscribers, get_subscriber


@pytest.fixture
def given(database: Database, clock: MovableClock) -> HelpGiven:
    return HelpGiven(database, clock)


@pytest.fixture
def appeals(database: Database, clock: MovableClock) -> Appeals:
    return Appeals(database, clock, Rights())


async def _verified(appeals: Appeals, organisation: str = "Bridge Friends") -> int:
    made = await appeals.propose(organisation=organisation, url="https://example.org/help", actor="test")
    await appeals.verify(made.id, actor="verifier")
    return made.id


async def _said(given: HelpGiven, database: Database, chat: int) -> tuple[datetime | None, list[str]]:
    found: GivenHelp = await given.of(await get_subscriber(database, chat))
    return found.until, [one.organisation for one in found.appeals]


async def test_a_reader_says_it_and_takes_it_back(
    given: HelpGiven, appeals: Appeals, database: Database, clock: MovableClock
) -> None:
    """It holds until the local midnight of the day three months on, and nothing is left after erasing."""
    (chat, other) = await add_subscribers(database, 2, zone="Europe/Kyiv")
    await given.declare(chat, months=3, appeal_id=await _verified(appeals))
    until = datetime(2027, 2, 21, 22, 0, tzinfo=UTC)
    assert await _said(given, database, chat) == (until, ["Bridge Friends"])
    assert await _said(given, database, other) == (None, [])
    clock.now = until
    assert await _said(given, database, chat) == (None, ["Bridge Friends"])
    await given.erase(chat)
    assert await _said(given, database, chat) == (None, [])
    assert (await get_subscriber(database, chat)).helped_until is None


async def test_the_month_of_a_short_february(
    given: HelpGiven, database: Database, clock: MovableClock
) -> None:
    """A month after January 31 is the last day of February."""
    clock.now = datetime(2027, 1, 31, 12, tzinfo=UTC)
    (chat,) = await add_subscribers(database, 1, zone="UTC")
    await given.declare(chat, months=1, appeal_id=None)
    assert (await get_subscriber(database, chat)).helped_until == datetime(2027, 2, 28, tzinfo=UTC)


async def test_saying_it_twice_changes_only_the_time(
    given: HelpGiven, appeals: Appeals, database: Database
) -> None:
    """A second tap on the same Appeal is one entry, and the last choice of months holds."""
    (chat,) = await add_subscribers(database, 1, zone="UTC")
    appeal_id = await _verified(appeals)
    for months in (12, 1):
        await given.declare(chat, months=months, appeal_id=appeal_id)
    assert await _said(given, database, chat) == (
        datetime(2026, 12, 22, tzinfo=UTC),
        ["Bridge Friends"],
    )


async def test_only_an_appeal_that_was_verified_can_be_helped(
    given: HelpGiven, appeals: Appeals, database: Database
) -> None:
    """A made-up button cannot bring the name of an unverified organisation before a reader."""
    (chat,) = await add_subscribers(database, 1)
    proposed = await appeals.propose(organisation="Evil", url="https://evil.example/", actor="test")
    for appeal_id, months in ((proposed.id, 3), (999, 3), (None, 5), (None, -1)):
        with pytest.raises(InvalidInputError):
            await given.declare(chat, months=months, appeal_id=appeal_id)
    assert await _said(given, database, chat) == (None, [])


@pytest.mark.parametrize("ended", ["retired", "suspended"])
async def test_who_helped_before_it_ended_can_say_so(
    given: HelpGiven, appeals: Appeals, database: Database, ended: str
) -> None:
    """A card that is still open names an Appeal that has ended since: the tap counts, for its Report."""
    (chat,) = await add_subscribers(database, 1)
    appeal_id = await _verified(appeals)
    if ended == "retired":
        await appeals.retire(appeal_id, actor="test")
    else:
        await appeals.suspend(appeal_id, reason=SuspensionReason.EDITOR, actor="test")
    await given.declare(chat, months=3, appeal_id=appeal_id)
    assert (await _said(given, database, chat))[1] == ["Bridge Friends"]


@pytest.mark.parametrize("kind", [ChatKind.GROUP, ChatKind.CHANNEL])
async def test_a_group_cannot_say_it(given: HelpGiven, database: Database, kind: ChatKind) -> None:
    """It is about one person."""
    (chat,) = await add_subscribers(database, 1, kind=kind)
    with pytest.raises(RefusedError):
        await given.declare(chat, months=3, appeal_id=None)
    assert (await get_subscriber(database, chat)).helped_until is None
