"""Letters are stored once, announced in order and once to each editor, and not if the reader is muted."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from bot.subscribers.feedback import LETTERS_A_DAY, Feedback, LetterKey, Reception
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.deliveries import leases, receipts
from storage.deliveries.receipts import Receipt
from storage.models import Letter
from storage.subscribers import letters, subscribers
from storage.subscribers.letters import StoredLetter
from storage.words import DeliveryState, StoryState, SubscriberState
from tests.factories import (
    NOON,
    MovableClock,
    add_story,
    add_subscribers,
    at_once,
    get_subscriber,
    running_broadcast,
)

DAY = timedelta(days=1)


async def keep(database: Database, chat_id: int, message_id: int, *, album: str | None = None) -> None:
    async with database.transaction() as session:
        await letters.add(session, (chat_id, message_id), story_id=None, album=album, now=NOON)


async def test_a_letter_is_stored_and_counted_once(database: Database) -> None:
    """A letter whose update is handled again is stored and counted once; past the limit it is refused."""
    reader, editor = await add_subscribers(database, 2)
    service = Feedback(database, MovableClock())
    letter = LetterKey(reader, 2**40)
    for _ in range(2):
        assert await service.accept(letter, [editor]) is Reception.TAKEN
    assert await service.stored(letter)
    assert (await get_subscriber(database, reader)).feedback_count == 1
    for number in range(1, LETTERS_A_DAY):
        assert await service.accept(LetterKey(reader, number), [editor]) is Reception.TAKEN
    assert await service.accept(LetterKey(reader, 99), [editor]) is Reception.REFUSED
    assert await service.accept(LetterKey(reader, 98), [editor], counts=False) is Reception.TAKEN
    assert await service.stored(LetterKey(reader, 99)) is None


async def test_no_editor_can_be_reached(database: Database) -> None:
    """If no editor has a chat with the bot, a letter is neither stored nor counted."""
    reader, editor = await add_subscribers(database, 2)
    service = Feedback(database, MovableClock())
    assert await service.accept(LetterKey(reader, 1), [7]) is Reception.NOBODY_THERE
    async with database.transaction() as session:
        await subscribers.change(session, editor, state=SubscriberState.BLOCKED)
    assert await service.accept(LetterKey(reader, 1), [7, editor]) is Reception.NOBODY_THERE
    assert (await get_subscriber(database, reader)).feedback_count == 0


async def test_letters_are_announced_to_each_editor(database: Database) -> None:
    """What was announced to one editor is still announced to the other; later letters go to both."""
    reader, one, two = await add_subscribers(database, 3)
    service = Feedback(database, MovableClock())
    for message_id in (1, 2):
        await keep(database, reader, message_id)
    unannounced = dict(await service.unannounced([one, two, 7]))
    assert [(group.number, group.first_id, group.last_id) for group in unannounced[one]] == [(2, 1, 2)]
    await service.mark_announced(one, unannounced[one])
    assert [editor for editor, _ in await service.unannounced([one, two])] == [two]
    await keep(database, reader, 3)
    await service.mark_announced(two, unannounced[two])
    assert {editor: group.number for editor, [group] in await service.unannounced([one, two])} == {
        one: 1,
        two: 1,
    }


async def test_an_album_counts_as_one(database: Database) -> None:
    """An album counts as one letter, and letters of muted readers are left out."""
    reader, muted, editor = await add_subscribers(database, 3)
    service = Feedback(database, MovableClock())
    for message_id in (1, 2, 3):
        await keep(database, reader, message_id, album="a")
        await keep(database, muted, message_id)
    async with database.transaction() as session:
        await subscribers.change(session, muted, muted=True)
    [(_, [group])] = await service.unannounced([editor])
    assert (group.number, group.story_id) == (1, None)
    found = await service.between(group.first_id, group.last_id)
    assert [(one.reader, one.message_id) for one in found] == [(reader, 1), (reader, 2), (reader, 3)]


async def test_letters_are_read_one_by_one(database: Database) -> None:
    """Letters are read one by one in order, with the number that follow; answered ones say so."""
    reader, _ = await add_subscribers(database, 2)
    service = Feedback(database, MovableClock())
    for message_id in (1, 2):
        await keep(database, reader, message_id)
    await service.mark_answered(LetterKey(reader, 2))
    one = StoredLetter(1, reader, 1, answered=False, written_at=NOON, number=1, story_id=None, headline=None)
    two = replace(one, id=2, message_id=2, answered=True)
    assert await service.next_of(after=0, until=9) == (one, 1)
    assert await service.next_of(after=1, until=9, story_ids=[None]) == (two, 0)
    assert await service.next_of(after=2, until=9) == (None, 0)
    assert await service.next_of(after=0, until=9, story_ids=[1]) == (None, 0)


async def test_the_story_of_a_letter(database: Database) -> None:
    """The push that a letter replies to is found, however old; and the latest push since a moment."""
    reader, other = await add_subscribers(database, 2)
    pushed: list[int] = []
    for place in range(2):
        broadcast_id = await running_broadcast(database)
        async with database.transaction() as session:
            lease = await leases.claim(session, worker="w")
            assert lease is not None
            subscriber = await subscribers.by_chat(session, reader)
            assert subscriber is not None
            receipt = Receipt(subscriber.id, DeliveryState.SENT, message_id=100 + place)
            assert await receipts.write(session, lease, [receipt], now=NOON)
            broadcast = await broadcasts.get(session, broadcast_id)
            assert broadcast is not None
            assert broadcast.story_id is not None
            pushed.append(broadcast.story_id)
            await leases.close(session, lease)
    async with database.read() as session:
        replied = [
            await letters.pushed_as(session, chat, message)
            for chat, message in ((reader, 100), (reader, 101), (reader, 7), (reader, None), (other, 100))
        ]
        latest = [
            await letters.last_pushed(session, chat, since)
            for chat, since in ((reader, NOON), (reader, NOON + DAY), (other, NOON))
        ]
    assert replied == [*pushed, None, None, None]
    assert latest == [pushed[1], None, None]


async def test_old_letters_are_deleted(database: Database) -> None:
    """Letters are deleted after a month, and no id is used twice."""
    reader, editor = await add_subscribers(database, 2)
    clock = MovableClock()
    service = Feedback(database, clock)
    await keep(database, reader, 1)
    [(_, groups)] = await service.unannounced([editor])
    await service.mark_announced(editor, groups)
    await service.forget_letters()
    assert await service.stored(LetterKey(reader, 1))
    clock.advance(days=31)
    await service.forget_letters()
    assert await service.stored(LetterKey(reader, 1)) is None
    await keep(database, reader, 2)
    assert len(await service.unannounced([editor])) == 1


async def test_letters_at_once_have_ids_in_the_order_of_commits(database: Database) -> None:
    """Of letters at the same moment no editor misses one: a reader of the table sees ids in order."""
    reader, editor = await add_subscribers(database, 2)
    numbers = iter(range(1, 9))
    service, seen = Feedback(database, MovableClock()), 0

    await at_once(
        database,
        lambda session: letters.add(session, (reader, next(numbers)), story_id=None, now=NOON),
        times=8,
    )
    while unannounced := await service.unannounced([editor]):
        [(_, [group])] = unannounced
        seen += group.number
        await service.mark_announced(editor, [group])
    assert seen == 8


async def test_readers_are_numbered_anew_each_day(database: Database) -> None:
    """A reader has one number on a day (UTC), by the order of first letters; the next day begins at 1."""
    one, two, editor = await add_subscribers(database, 3)
    clock = MovableClock()
    service = Feedback(database, clock)
    written = ((one, 1), (two, 2), (one, 3))
    for reader, message in written:
        await service.accept(LetterKey(reader, message), [editor])
    clock.advance(hours=12)  # the day's first moment
    for reader, message in ((two, 4), (one, 5)):
        await service.accept(LetterKey(reader, message), [editor])
    found = [await service.stored(LetterKey(*key)) for key in (*written, (two, 4), (one, 5))]
    assert [letter.number if letter else None for letter in found] == [1, 2, 1, 1, 2]


async def test_first_letters_at_once_have_different_numbers(database: Database) -> None:
    """Of readers who write their first letters at the same moment no two get the same number."""
    readers = iter(await add_subscribers(database, 6))
    await at_once(
        database,
        lambda session: letters.add(session, (next(readers), 1), story_id=None, now=NOON),
        times=6,
    )
    async with database.read() as session:
        numbers = await session.scalars(select(Letter.reader_number))
        assert sorted(filter(None, numbers)) == [1, 2, 3, 4, 5, 6]


async def test_the_story_that_a_message_is_about(database: Database) -> None:
    """The story of the buttons comes first, then the one opened in the last hour; a hidden one is none."""
    reader, _ = await add_subscribers(database, 2)
    clock = MovableClock()
    service = Feedback(database, clock)
    async with database.transaction() as session:
        shown, named = [await add_story(session, state=StoryState.PUBLISHED) for _ in range(2)]
        draft = await add_story(session, state=StoryState.DRAFT)

    async def about(story_id: int | None = None) -> int | None:
        found = await service.story_of(reader, replied=None, named=story_id)
        return found.id if found else None

    assert await about() is None
    service.note_shown(reader, shown)
    assert [await about(), await about(named), await about(draft), await about(99)] == [
        shown,
        named,
        None,
        None,
    ]
    clock.advance(hours=1)
    assert await about() is None
