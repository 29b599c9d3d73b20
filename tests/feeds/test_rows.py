"""Queries on Sources and on the entries of their feeds, on both databases."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

import pytest

from storage.broadcasts import broadcasts
from storage.database import Database
from storage.models import Source, SourceEntry
from storage.stories import source_entries, sources, topics
from storage.stories.source_entries import NewEntry
from storage.stories.sources import SourceValues
from storage.words import BroadcastKind, EntryState, SourceState
from tests.factories import NOON, add_story, at_once

HOUR = timedelta(hours=1)


async def add(database: Database, address: str = "https://e.example/feed", **values: Any) -> int:
    """Store a Source with these columns."""
    given: dict[str, Any] = {"address": address, "title": "T", "next_poll_at": NOON, "added_at": NOON}
    async with database.transaction() as session:
        source_id = await sources.add(session, **(given | values))
    assert source_id is not None
    return source_id


async def get(database: Database, source_id: int) -> Source:
    """Return the Source, which must exist."""
    async with database.read() as session:
        source = await sources.get(session, source_id)
    assert source is not None
    return source


def entry(source_id: int, number: int, **values: Any) -> NewEntry:
    """Return an entry that waits to be read, with these columns."""
    given: dict[str, Any] = {
        "source_id": source_id,
        "key": f"{number:064}",
        "address": f"https://e.example/{number}",
        "headline": f"Story {number}",
        "content": None,
        "published": None,
        "seen_at": NOON,
        "state": EntryState.WAITING,
        "tries": 0,
        "due_at": NOON - timedelta(seconds=number),
    }
    return cast("NewEntry", given | values)


async def keep(database: Database, rows: Sequence[NewEntry]) -> None:
    """Store these entries."""
    async with database.transaction() as session:
        await source_entries.add(session, rows)


async def due(database: Database, source_id: int, now: datetime = NOON) -> Sequence[SourceEntry]:
    """Return the Source's entries that are due."""
    async with database.read() as session:
        return await source_entries.due(session, source_id, now=now, limit=300)


async def test_an_address_is_added_once(database: Database) -> None:
    """Of six transactions at once one adds an address; it is found with its Topics by name."""
    values = SourceValues(address="https://e.example/feed", title="T", next_poll_at=NOON, added_at=NOON)
    added = await at_once(database, lambda session: sources.add(session, **values))
    [source_id] = [one for one in added if one is not None]
    async with database.transaction() as session:
        about = await topics.ensure(session, {"war": "War", "people": "People"})
        await sources.add_topics(session, source_id, [topic.id for topic in about])
        await sources.add_topics(session, source_id, [topic.id for topic in about])
    async with database.read() as session:
        found = await sources.by_address(session, "https://e.example/feed")
        assert found is not None
        assert (found.id, found.state, found.trusted) == (source_id, SourceState.ACTIVE, False)
        assert [topic.slug for topic in found.topics] == ["people", "war"]
        assert await sources.has_address(session, "https://e.example/feed")
        assert not await sources.has_address(session, "https://e.example/other")
        assert await sources.by_address(session, "https://e.example/other") is None


async def test_only_active_sources_are_due_the_longest_first(database: Database) -> None:
    """Paused and gone Sources are never due; the longest overdue comes first."""
    late = await add(database, "https://e.example/1", next_poll_at=NOON - HOUR)
    now = await add(database, "https://e.example/2")
    await add(database, "https://e.example/3", next_poll_at=NOON + timedelta(seconds=1))
    for state in (SourceState.PAUSED, SourceState.GONE):
        await add(database, f"https://e.example/{state}", state=state, next_poll_at=NOON - HOUR)
    async with database.read() as session:
        assert [one.id for one in await sources.due(session, now=NOON, limit=9)] == [late, now]
        assert [one.id for one in await sources.due(session, now=NOON, limit=1)] == [late]
        assert len(await sources.every(session)) == 5


async def test_of_many_at_once_one_claims_a_source(database: Database) -> None:
    """Only one of six transactions that saw the same `next_poll_at` can change it."""
    source_id = await add(database)
    claim = partial(
        sources.change_if_due_at, source_id=source_id, seen=NOON, next_poll_at=NOON + HOUR, failures=3
    )
    assert sorted(await at_once(database, claim)) == [False] * 5 + [True]
    source = await get(database, source_id)
    assert (source.next_poll_at, source.failures) == (NOON + HOUR, 3)


async def test_a_removed_source_takes_its_entries_along_and_leaves_its_stories(database: Database) -> None:
    """Entries are deleted with their Source; its Stories stay without one."""
    source_id = await add(database)
    async with database.transaction() as session:
        story_id = await add_story(session, source_id=source_id)
    await keep(database, [entry(source_id, 1, story_id=story_id)])
    async with database.transaction() as session:
        assert await sources.remove(session, source_id)
    async with database.transaction() as session:
        assert not await sources.remove(session, source_id)
        assert not await sources.change(session, source_id, state=SourceState.PAUSED)
        assert await source_entries.count(session) == {}
        assert await sources.get(session, source_id) is None


async def test_entries_are_stored_once_and_known_again(database: Database) -> None:
    """Entries are known by key or address within their Source; storing one again changes nothing."""
    one, other = await add(database, "https://e.example/1"), await add(database, "https://e.example/2")
    await keep(database, [entry(one, number) for number in range(200)])
    await keep(
        database, [entry(one, 0, headline="Other", state=EntryState.PAST), entry(other, 0, address=None)]
    )
    async with database.read() as session:
        keys = [f"{number:064}" for number in (0, 199, 200)]
        found = await source_entries.known(
            session, one, keys, ["https://e.example/7", "https://e.example/999"]
        )
        assert found == (
            {keys[0], keys[1], f"{7:064}"},
            {"https://e.example/0", "https://e.example/199", "https://e.example/7"},
        )
        assert await source_entries.known(session, other, keys, []) == ({keys[0]}, set())
        assert await source_entries.known(session, other, [], []) == (set(), set())
        assert await source_entries.count(session) == {
            (one, EntryState.WAITING): 200,
            (other, EntryState.WAITING): 1,
        }
    assert (await due(database, one))[-1].headline == "Story 0"


async def test_what_waits_is_due_in_its_order(database: Database) -> None:
    """Settled and later entries are not due; a paused Source's are not read, a gone one's are."""
    ids = [await add(database, f"https://e.example/{state}", state=state) for state in SourceState]
    for source_id in ids:
        others = [state for state in EntryState if state is not EntryState.WAITING]
        rows = [entry(source_id, number) for number in (1, 3, 2)]
        rows += [entry(source_id, number, state=state) for number, state in enumerate(others, 20)]
        rows.append(entry(source_id, 4, due_at=NOON + HOUR))
        await keep(database, rows)
    active, paused, gone = ids
    assert [one.headline for one in await due(database, active)] == ["Story 3", "Story 2", "Story 1"]
    async with database.read() as session:
        waiting = await source_entries.sources_with_due(session, now=NOON, limit=9)
        assert [one.id for one in waiting] == [active, gone]
        assert await source_entries.sources_with_due(session, now=NOON - HOUR, limit=9) == []
    assert len(await due(database, paused, NOON + HOUR)) == 4


async def test_an_entry_is_settled_once(database: Database) -> None:
    """Of six transactions at once one settles an entry; then it no longer waits."""
    source_id = await add(database)
    await keep(database, [entry(source_id, 1)])
    settle = partial(
        source_entries.change, source_id=source_id, key=f"{1:064}", state=EntryState.REFUSED, reason="gone"
    )
    assert sorted(await at_once(database, settle)) == [False] * 5 + [True]
    assert await due(database, source_id) == []


async def test_entries_that_left_their_feed_are_deleted(database: Database) -> None:
    """Entries that the feed still has, and those that wait, are kept for ever."""
    source_id = await add(database)
    old = NOON - 100 * HOUR
    await keep(database, [entry(source_id, n, seen_at=old, state=EntryState.PAST) for n in (1, 2, 3)])
    await keep(database, [entry(source_id, 4, seen_at=old), entry(source_id, 5, state=EntryState.PAST)])
    keys = [f"{number:064}" for number in range(9)]
    async with database.transaction() as session:
        await source_entries.touch(session, source_id, keys[1:2] + keys[4:5], now=NOON, if_before=NOON - HOUR)
        await source_entries.touch(session, source_id, keys[2:3], now=NOON, if_before=old)
        await source_entries.prune(session, source_id, before=NOON - HOUR)
    async with database.read() as session:
        assert (await source_entries.known(session, source_id, keys, []))[0] == {keys[1], keys[4], keys[5]}
    assert (await due(database, source_id))[0].seen_at == old


@pytest.mark.parametrize(
    ("kind", "ago", "counted"),
    [
        (BroadcastKind.PUSH, timedelta(minutes=59), 1),
        (BroadcastKind.PUSH, HOUR, 0),
        (BroadcastKind.CORRECTION, timedelta(0), 0),
    ],
)
async def test_the_pushes_of_a_source_are_counted(
    database: Database, kind: BroadcastKind, ago: timedelta, counted: int
) -> None:
    """Pushes of the Source's own Stories count within the time asked for; corrections do not."""
    source_id, other = await add(database, "https://e.example/1"), await add(database, "https://e.example/2")
    async with database.transaction() as session:
        for of in (source_id, None):
            story_id = await add_story(session, source_id=of)
            broadcast = await broadcasts.add(session, story_id=story_id, now=NOON - ago)
            await broadcasts.change(session, broadcast.id, kind=kind)
    async with database.read() as session:
        assert await sources.pushes_since(session, source_id, NOON - HOUR) == counted
        assert await sources.pushes_since(session, other, NOON - HOUR) == 0
