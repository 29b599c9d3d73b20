"""Letters by their places: kept once, told in order, never twice, and not those of the muted."""

from datetime import timedelta

from bot.subscribers.feedback import A_DAY, Feedback, LetterReference, Reception
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.deliveries import leases, receipts
from storage.deliveries.receipts import Receipt
from storage.subscribers import letters, subscribers
from storage.subscribers.letters import LetterLocation
from storage.words import DeliveryState, SubscriberState
from tests.factories import NOON, MovableClock, add_subscribers, at_once, get_subscriber, running_broadcast

DAY = timedelta(days=1)


async def keep(database: Database, chat_id: int, message_id: int, *, album: str | None = None) -> None:
    async with database.transaction() as session:
        await letters.add(session, (chat_id, message_id), story_id=None, album=album, now=NOON)


async def test_a_letter_is_kept_and_counted_once(database: Database) -> None:
    """Also where its update is handled again after a kill; past the limit it is refused."""
    reader, editor = await add_subscribers(database, 2)
    service = Feedback(database, MovableClock())
    letter = LetterReference(reader, 2**40)
    for _ in range(2):
        assert await service.accept(letter, [editor]) is Reception.TAKEN
    assert await service.is_kept(letter)
    assert (await get_subscriber(database, reader)).feedback_count == 1
    for number in range(1, A_DAY):
        assert await service.accept(LetterReference(reader, number), [editor]) is Reception.TAKEN
    assert await service.accept(LetterReference(reader, 99), [editor]) is Reception.REFUSED
    assert await service.accept(LetterReference(reader, 98), [editor], counts=False) is Reception.TAKEN
    assert not await service.is_kept(LetterReference(reader, 99))


async def test_nobody_is_there_to_read_it(database: Database) -> None:
    """Neither who never wrote to us nor who shut us out; it does not count."""
    reader, editor = await add_subscribers(database, 2)
    service = Feedback(database, MovableClock())
    assert await service.accept(LetterReference(reader, 1), [7]) is Reception.NOBODY_THERE
    async with database.transaction() as session:
        await subscribers.change(session, editor, state=SubscriberState.BLOCKED)
    assert await service.accept(LetterReference(reader, 1), [7, editor]) is Reception.NOBODY_THERE
    assert (await get_subscriber(database, reader)).feedback_count == 0


async def test_each_editor_is_told_by_themselves(database: Database) -> None:
    """What one was told the other still is to be; what comes later is told to both."""
    reader, one, two = await add_subscribers(database, 3)
    service = Feedback(database, MovableClock())
    for message_id in (1, 2):
        await keep(database, reader, message_id)
    news = dict(await service.news([one, two, 7]))
    assert [(pile.number, pile.first_id, pile.last_id) for pile in news[one]] == [(2, 1, 2)]
    await service.told(one, news[one])
    assert [editor for editor, _ in await service.news([one, two])] == [two]
    await keep(database, reader, 3)
    await service.told(two, news[two])
    assert {editor: pile.number for editor, [pile] in await service.news([one, two])} == {one: 1, two: 1}


async def test_an_album_counts_as_one(database: Database) -> None:
    """And what a muted reader wrote as none."""
    reader, muted, editor = await add_subscribers(database, 3)
    service = Feedback(database, MovableClock())
    for message_id in (1, 2, 3):
        await keep(database, reader, message_id, album="a")
        await keep(database, muted, message_id)
    async with database.transaction() as session:
        await subscribers.change(session, muted, muted=True)
    [(_, [pile])] = await service.news([editor])
    assert (pile.number, pile.story_id) == (1, None)
    found = await service.between(pile.first_id, pile.last_id)
    assert [(one.reader, one.message_id) for one in found] == [(reader, 1), (reader, 2), (reader, 3)]


async def test_they_are_read_one_by_one(database: Database) -> None:
    """In the order in which they were written, with how many follow; an answered one says so."""
    reader, _ = await add_subscribers(database, 2)
    service = Feedback(database, MovableClock())
    for message_id in (1, 2):
        await keep(database, reader, message_id)
    await service.answered(LetterReference(reader, 2))
    assert await service.next_of(after=0, until=9) == (LetterLocation(1, reader, 1), 1)
    assert await service.next_of(after=1, until=9, story_ids=[None]) == (
        LetterLocation(2, reader, 2, True),
        0,
    )
    assert await service.next_of(after=2, until=9) == (None, 0)
    assert await service.next_of(after=0, until=9, story_ids=[1]) == (None, 0)


async def test_what_it_is_about(database: Database) -> None:
    """The push that it replies to, however old; else the latest one of the day, else nothing."""
    reader, other = await add_subscribers(database, 2)
    told: list[int] = []
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
            told.append(broadcast.story_id)
            await leases.close(session, lease)
    async with database.read() as session:
        about = [
            await letters.story_of(session, chat, replied=replied, since=since)
            for chat, replied, since in (
                (reader, 100, NOON + DAY),
                (reader, None, NOON),
                (reader, 7, NOON),
                (reader, None, NOON + DAY),
                (other, 100, NOON),
            )
        ]
    assert about == [told[0], told[1], told[1], None, None]


async def test_old_ones_are_forgotten(database: Database) -> None:
    """After a month; no number comes again, so that who was told of one is told of the next."""
    reader, editor = await add_subscribers(database, 2)
    clock = MovableClock()
    service = Feedback(database, clock)
    await keep(database, reader, 1)
    [(_, piles)] = await service.news([editor])
    await service.told(editor, piles)
    await service.forget_letters()
    assert await service.is_kept(LetterReference(reader, 1))
    clock.advance(days=31)
    await service.forget_letters()
    assert not await service.is_kept(LetterReference(reader, 1))
    await keep(database, reader, 2)
    assert len(await service.news([editor])) == 1


async def test_letters_at_once_are_numbered_as_they_are_seen(database: Database) -> None:
    """Of eight at one moment none is passed over: whoever sees one sees all before it."""
    reader, editor = await add_subscribers(database, 2)
    numbers = iter(range(1, 9))
    service, seen = Feedback(database, MovableClock()), 0

    await at_once(
        database,
        lambda session: letters.add(session, (reader, next(numbers)), story_id=None, now=NOON),
        times=8,
    )
    while news := await service.news([editor]):
        [(_, [pile])] = news
        seen += pile.number
        await service.told(editor, [pile])
    assert seen == 8
