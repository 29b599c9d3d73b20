"""The rows of the inbox: each update is stored once, has one owner, and is blank when it is done."""

from collections.abc import Sequence

from sqlalchemy import select

from storage.database import Database
from storage.inbox import inbox, receivers
from storage.inbox.inbox import NewUpdate, PendingJob, PendingUpdate
from storage.models import InboxUpdate
from tests.factories import NOON, at_once

CHAT, OTHER = 5_000_000_001, -1_001_000_000_002


async def register(database: Database) -> int:
    async with database.transaction() as session:
        return await receivers.add(session)


async def store(database: Database, receiver: int, *updates: NewUpdate) -> tuple[dict[int, int], bool]:
    async with database.transaction() as session:
        rows, owned = await inbox.add(session, updates, receiver_id=receiver, now=NOON)
        return dict(rows), owned


async def take_over(database: Database, receiver: int) -> Sequence[PendingUpdate]:
    async with database.transaction() as session:
        return await inbox.take_over(session, receiver_id=receiver)


async def test_an_update_is_stored_once(database: Database) -> None:
    """Of six that add it at once one does; its content comes back unchanged."""
    receiver = await register(database)
    given = '{"text": "\\u0000 \'\\" й 🌉"}'
    kept = await at_once(
        database,
        lambda session: inbox.add(session, [NewUpdate(2**62, CHAT, given)], receiver_id=receiver, now=NOON),
    )
    [row] = [row for rows, _ in kept for row in rows.values()]
    async with database.read() as session:
        assert await inbox.content(session, row, receiver_id=receiver) == given
        assert await inbox.content(session, row, receiver_id=receiver + 1) is None


async def test_many_updates_are_stored_in_their_order(database: Database) -> None:
    """The rows of a batch have ids in the order of the updates; known updates are left out."""
    receiver = await register(database)
    await store(database, receiver, NewUpdate(7, CHAT, "{}"))
    rows, owned = await store(
        database, receiver, *(NewUpdate(number, CHAT, "{}") for number in (9, 5, 7, 30, 6))
    )
    assert owned
    assert sorted(rows, key=rows.__getitem__) == [5, 6, 9, 30]


async def test_a_receiver_that_was_removed_owns_nothing(database: Database) -> None:
    """The rows that it adds have no owner, and it learns that; it takes over none either."""
    receiver, other = await register(database), await register(database)
    async with database.transaction() as session:
        await receivers.leave(session, receiver)
    rows, owned = await store(database, receiver, NewUpdate(1, CHAT, "{}"))
    assert not owned
    assert await take_over(database, receiver) == []
    assert await take_over(database, other) == [PendingUpdate(rows[1], CHAT)]


async def test_rows_without_an_owner_are_taken_over_by_one(database: Database) -> None:
    """Of six at once one gets them, in the order of arrival, with their jobs, without those that are done."""
    gone, heirs = await register(database), [await register(database) for _ in range(6)]
    rows, _ = await store(database, gone, *(NewUpdate(number, CHAT, "{}") for number in (1, 2, 3)))
    async with database.transaction() as session:
        await inbox.finish(session, [rows[1]])
        await inbox.replace_by_jobs(
            session, [PendingJob(rows[2], "slow", "[]"), PendingJob(rows[1], "slow", "[]")]
        )
        await receivers.leave(session, gone)
    heir = iter(heirs)
    taken = await at_once(database, lambda session: inbox.take_over(session, receiver_id=next(heir)))
    assert [one for one in taken if one] == [
        [PendingUpdate(rows[2], CHAT, "slow"), PendingUpdate(rows[3], CHAT)]
    ]


async def test_a_row_that_is_done_is_blank(database: Database) -> None:
    """Only its number, when it came, and its tries stay."""
    receiver = await register(database)
    rows, _ = await store(database, receiver, NewUpdate(1, CHAT, '{"text": "zebrafish"}'))
    async with database.transaction() as session:
        assert [await inbox.count_try(session, rows[1]) for _ in range(2)] == [1, 2]
        await inbox.finish(session, [rows[1]])
    async with database.read() as session:
        row = await session.scalar(select(InboxUpdate))
    assert row is not None
    kept = (row.update_id, row.seen_at, row.tries)
    assert kept == (1, NOON, 2)
    assert (row.chat_id, row.content, row.job, row.receiver_id) == (None, None, None, None)


async def test_the_first_row_elsewhere_is_found(database: Database) -> None:
    """The earliest row of each chat that another receiver or none owns; jobs do not count."""
    mine, other, gone = [await register(database) for _ in range(3)]
    first, _ = await store(database, other, NewUpdate(1, CHAT, "{}"), NewUpdate(2, CHAT, "{}"))
    orphan, _ = await store(database, gone, NewUpdate(3, OTHER, "{}"))
    job, _ = await store(database, other, NewUpdate(4, 7, "{}"))
    await store(
        database, mine, *(NewUpdate(10 + index, chat, "{}") for index, chat in enumerate((CHAT, OTHER, 7)))
    )
    async with database.transaction() as session:
        await receivers.leave(session, gone)
        await inbox.replace_by_jobs(session, [PendingJob(job[4], "slow", "{}")])
        elsewhere = await inbox.first_elsewhere(session, [CHAT, OTHER, 7, 8], receiver_id=mine)
    assert elsewhere == {CHAT: first[1], OTHER: orphan[3]}


async def test_a_receiver_that_beats_is_not_removed(database: Database) -> None:
    """One beats after the look and stays; one that stands still is removed, and learns it later."""
    lively, still = await register(database), await register(database)
    async with database.transaction() as session:
        seen = await receivers.beats(session)
    async with database.transaction() as session:
        assert await receivers.beat(session, lively)
    async with database.transaction() as session:
        for receiver, beat in seen.items():
            await receivers.remove(session, receiver, beat=beat)
        assert await receivers.beats(session) == {lively: 1}
        assert not await receivers.beat(session, still)
        await receivers.clear(session)
        assert await receivers.beats(session) == {}
    assert await register(database) > still  # no id is given twice
