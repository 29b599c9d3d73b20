"""The inbox's rows: kept once, in one hand at a time, and blank once they are done."""

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


async def keep(database: Database, receiver: int, *arrivals: NewUpdate) -> tuple[dict[int, int], bool]:
    async with database.transaction() as session:
        rows, ours = await inbox.add(session, arrivals, receiver_id=receiver, now=NOON)
        return dict(rows), ours


async def take_over(database: Database, receiver: int) -> Sequence[PendingUpdate]:
    async with database.transaction() as session:
        return await inbox.take_over(session, receiver_id=receiver)


async def test_an_update_is_kept_once(database: Database) -> None:
    """Of six that bring it at once one keeps it; its words come back as they were."""
    receiver = await register(database)
    words = '{"text": "\\u0000 \'\\" й 🌉"}'
    kept = await at_once(
        database,
        lambda session: inbox.add(session, [NewUpdate(2**62, CHAT, words)], receiver_id=receiver, now=NOON),
    )
    [row] = [row for rows, _ in kept for row in rows.values()]
    async with database.read() as session:
        assert await inbox.content(session, row, receiver_id=receiver) == words
        assert await inbox.content(session, row, receiver_id=receiver + 1) is None


async def test_many_are_kept_in_their_order(database: Database) -> None:
    """The rows of a batch are numbered as the updates are; the known ones in it are left out."""
    receiver = await register(database)
    await keep(database, receiver, NewUpdate(7, CHAT, "{}"))
    rows, ours = await keep(
        database, receiver, *(NewUpdate(number, CHAT, "{}") for number in (9, 5, 7, 30, 6))
    )
    assert ours
    assert sorted(rows, key=rows.__getitem__) == [5, 6, 9, 30]


async def test_a_receiver_that_was_removed_holds_nothing(database: Database) -> None:
    """What it keeps is in nobody's hand, and it learns that; it takes over nothing either."""
    receiver, other = await register(database), await register(database)
    async with database.transaction() as session:
        await receivers.leave(session, receiver)
    rows, ours = await keep(database, receiver, NewUpdate(1, CHAT, "{}"))
    assert not ours
    assert await take_over(database, receiver) == []
    assert await take_over(database, other) == [PendingUpdate(rows[1], CHAT)]


async def test_what_is_in_nobodys_hand_is_taken_by_one(database: Database) -> None:
    """Of six at once, in the order of arrival, with what is left of it; what is done is nobody's any more."""
    gone, heirs = await register(database), [await register(database) for _ in range(6)]
    rows, _ = await keep(database, gone, *(NewUpdate(number, CHAT, "{}") for number in (1, 2, 3)))
    async with database.transaction() as session:
        await inbox.finish(session, [rows[1]])
        await inbox.leave(session, [PendingJob(rows[2], "slow", "[]"), PendingJob(rows[1], "slow", "[]")])
        await receivers.leave(session, gone)
    heir = iter(heirs)
    taken = await at_once(database, lambda session: inbox.take_over(session, receiver_id=next(heir)))
    assert [one for one in taken if one] == [
        [PendingUpdate(rows[2], CHAT, "slow"), PendingUpdate(rows[3], CHAT)]
    ]


async def test_what_is_done_says_nothing(database: Database) -> None:
    """Its number, when it came, and how often it was begun are left."""
    receiver = await register(database)
    rows, _ = await keep(database, receiver, NewUpdate(1, CHAT, '{"text": "zebrafish"}'))
    async with database.transaction() as session:
        assert [await inbox.begin_again(session, rows[1]) for _ in range(2)] == [1, 2]
        await inbox.finish(session, [rows[1]])
    async with database.read() as session:
        row = await session.scalar(select(InboxUpdate))
    assert row is not None
    kept = (row.update_id, row.seen_at, row.tries)
    assert kept == (1, NOON, 2)
    assert (row.chat_id, row.content, row.errand, row.receiver_id) == (None, None, None, None)


async def test_what_others_have_to_do_first(database: Database) -> None:
    """The earliest row of these chats in another's or in nobody's hand; errands hold up nobody."""
    mine, other, gone = [await register(database) for _ in range(3)]
    first, _ = await keep(database, other, NewUpdate(1, CHAT, "{}"), NewUpdate(2, CHAT, "{}"))
    orphan, _ = await keep(database, gone, NewUpdate(3, OTHER, "{}"))
    errand, _ = await keep(database, other, NewUpdate(4, 7, "{}"))
    await keep(
        database, mine, *(NewUpdate(10 + place, chat, "{}") for place, chat in enumerate((CHAT, OTHER, 7)))
    )
    async with database.transaction() as session:
        await receivers.leave(session, gone)
        await inbox.leave(session, [PendingJob(errand[4], "slow", "{}")])
        elsewhere = await inbox.first_elsewhere(session, [CHAT, OTHER, 7, 8], receiver_id=mine)
    assert elsewhere == {CHAT: first[1], OTHER: orphan[3]}


async def test_a_receiver_that_shows_itself_is_not_removed(database: Database) -> None:
    """It beat after somebody had looked; one that stood still is gone, and knows it at its next beat."""
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
    assert await register(database) > still  # no number is given twice
