"""What editors see of an Appeal: its Stories, the chats that have them, clicks by day, namesakes."""

from datetime import timedelta

import pytest

from bot.appeals.appeals import Appeals
from bot.appeals.clicks import Clicks
from bot.appeals.namesakes import namesakes
from bot.editors.rights import Rights
from bot.errors import NotFoundError
from storage.database import Database
from storage.models import Appeal, Delivery
from storage.words import AppealState, DeliveryState, StoryState, SubscriberState
from tests.delivery.rows import ids_of
from tests.factories import NOON, MovableClock, add_story, add_subscribers, get_story, running_broadcast


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def service(database: Database, clock: MovableClock) -> Appeals:
    return Appeals(database, clock, Rights({1}))


async def _verified(service: Appeals) -> int:
    appeal = await service.propose(organisation="Fund", url="https://example.org/help", actor="test")
    return (await service.verify(appeal.id, actor="test")).id


async def _deliver(
    database: Database, story_id: int, chats: list[int], state: DeliveryState = DeliveryState.SENT
) -> None:
    """Store receipts of a new push of the Story."""
    push = await running_broadcast(database, story_id=story_id)
    async with database.transaction() as session:
        session.add_all(
            Delivery(
                broadcast_id=push,
                subscriber_id=one,
                state=state,
                message_id=7 if state is DeliveryState.SENT else None,
                settled_at=NOON,
            )
            for one in await ids_of(database, chats)
        )


async def test_it_names_its_stories_and_counts_their_chats(service: Appeals, database: Database) -> None:
    """A Translation without an Appeal of its own counts with its original; each chat counts once."""
    appeal_id, other = await _verified(service), await _verified(service)
    chats = await add_subscribers(database, 3)
    blocked = await add_subscribers(database, 1, state=SubscriberState.BLOCKED)
    async with database.transaction() as session:
        original = await add_story(session, appeal_id=appeal_id, state=StoryState.PUBLISHED, headline="One")
        translation = await add_story(
            session, translation_of=original, state=StoryState.PUBLISHED, headline="Eins", language="de"
        )
        own = await add_story(
            session, translation_of=original, appeal_id=other, state=StoryState.PUBLISHED, language="pl"
        )
        await add_story(session, appeal_id=appeal_id, state=StoryState.REJECTED)
    await _deliver(database, original, [*chats[:2], *blocked])
    await _deliver(database, translation, chats[1:])
    await _deliver(database, translation, chats, DeliveryState.SKIPPED)
    await _deliver(database, own, chats)
    found = await service.details(appeal_id)
    assert list(found.stories) == [(translation, "Eins"), (original, "One")]
    assert found.chats == 3
    assert (await service.details(other)).chats == 3
    empty = await service.details(await _verified(service))
    assert (list(empty.stories), empty.chats) == ([], 0)


async def test_it_counts_clicks_by_day(database: Database, service: Appeals, clock: MovableClock) -> None:
    """The last seven days have a number each, today's last; older clicks are left out."""
    appeal_id, counting = await _verified(service), Clicks(database, clock)
    await counting.follow(appeal_id, counted=True)
    clock.advance(days=6)
    for _ in range(2):
        await counting.follow(appeal_id, counted=True)
    assert [number for _, number in (await service.details(appeal_id)).clicks] == [1, 0, 0, 0, 0, 0, 2]
    clock.advance(days=1)
    found = (await service.details(appeal_id)).clicks
    assert [number for _, number in found] == [0, 0, 0, 0, 0, 2, 0]
    assert found[-1][0] == (NOON + timedelta(days=7)).date()


async def test_an_unknown_appeal(service: Appeals) -> None:
    """There is nothing to see of an Appeal that does not exist."""
    with pytest.raises(NotFoundError, match="no appeal 9"):
        await service.details(9)


async def test_a_story_with_a_plea_and_no_verified_appeal_is_found(
    service: Appeals, database: Database
) -> None:
    """It lacks an Appeal until one is verified, and once it is retired; without a plea it lacks none."""
    async with database.transaction() as session:
        pleading = await add_story(session, plea="Please bring boats")
        calm = await add_story(session)
    assert service.is_missing(await get_story(database, pleading))
    assert not service.is_missing(await get_story(database, calm))
    appeal = await service.propose(
        organisation="Fund", url="https://example.org/help", story_id=pleading, actor="test"
    )
    assert service.is_missing(await get_story(database, pleading))
    await service.verify(appeal.id, actor="test")
    assert not service.is_missing(await get_story(database, pleading))
    await service.retire(appeal.id, actor="test")
    assert service.is_missing(await get_story(database, pleading))


def _appeal(number: int, organisation: str, host: str, state: AppealState = AppealState.VERIFIED) -> Appeal:
    return Appeal(id=number, organisation=organisation, url=f"https://{host}/help", state=state)


@pytest.mark.parametrize(
    ("organisation", "host", "expected"),
    [
        ("Bridge Friends", "evil.example.net", ([1], [])),
        ("BRIDGE-FRIENDS", "evil.example.net", ([1], [])),
        ("Brіdge Frіends", "evil.example.net", ([1], [])),  # with Ukrainian letters і
        ("Bridge Friend", "evil.example.net", ([1], [])),
        ("River Nurses", "www.example.org", ([], [1])),
        ("Bridge Friends", "www.example.org", ([], [])),
        ("River Nurses", "example.net", ([], [])),
        ("Old Friends", "old.example.net", ([], [])),  # only a retired one is like it
    ],
)
def test_what_may_be_taken_for_one_another(
    organisation: str, host: str, expected: tuple[list[int], list[int]]
) -> None:
    """One name at two hosts, and one host of two names, are found, also behind letters that look alike."""
    known = _appeal(1, "Bridge Friends", "example.org")
    retired = _appeal(2, "Old Friends", "example.com", AppealState.RETIRED)
    asked = _appeal(3, organisation, host, AppealState.PROPOSED)
    found = namesakes(asked, [known, retired, asked])
    assert ([one.id for one in found.same_organisation], [one.id for one in found.same_host]) == expected
