"""Readers who give no sign of life: when they were seen is stored once a day, and each is asked once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from bot.subscribers import silence as use_cases
from bot.subscribers.silence import Silence
from storage.database import Database
from storage.subscribers import silence as rows
from storage.subscribers import subscribers
from storage.words import ChatKind, SubscriberState
from tests.factories import MovableClock, add_subscribers, get_subscriber

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TODAY = NOW.date()
LONG_AGO = TODAY - timedelta(days=60)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock(NOW)


@pytest.fixture
def silence(database: Database, clock: MovableClock) -> Silence:
    return Silence(database, clock, "UTC")


async def _asked(silence: Silence) -> list[int]:
    """The chats of a turn, each of which was claimed."""
    return [one.chat_id for one in await silence.to_ask() if await silence.claim(one)]


async def test_a_sign_of_life_is_stored_once_a_day(
    database: Database, silence: Silence, clock: MovableClock
) -> None:
    """However often a reader taps, one row is written, and none where the day is known already."""
    (chat,) = await add_subscribers(database, 1)
    written: list[str] = []
    event.listen(
        database.engine.sync_engine,
        "before_cursor_execute",
        lambda _conn, _cursor, statement, *_: written.append(statement),
    )
    for day in range(2):
        for _ in range(5):
            silence.seen(await get_subscriber(database, chat))
            await silence.write()
        assert (await get_subscriber(database, chat)).seen_on == TODAY + timedelta(days=day)
        assert sum(statement.startswith("UPDATE subscribers") for statement in written) == day + 1
        clock.advance(days=1)


async def test_a_sign_keeps_its_day_until_it_is_written(
    database: Database, silence: Silence, clock: MovableClock
) -> None:
    """A process that stood still between a tap and the write does not make the reader seen months later."""
    early, late = await add_subscribers(database, 2)
    silence.seen(await get_subscriber(database, early))
    clock.advance(days=60)
    silence.seen(await get_subscriber(database, late))
    await silence.write()
    assert (await get_subscriber(database, early)).seen_on == TODAY
    assert (await get_subscriber(database, late)).seen_on == TODAY + timedelta(days=60)


async def test_a_group_gives_no_sign(database: Database, silence: Silence) -> None:
    """What somebody taps in a group says nothing about a reader."""
    (chat,) = await add_subscribers(database, 1, kind=ChatKind.GROUP)
    silence.seen(await get_subscriber(database, chat))
    await silence.write()
    assert (await get_subscriber(database, chat)).seen_on is None


async def test_a_reader_is_asked_once_after_sixty_days(
    database: Database, silence: Silence, clock: MovableClock
) -> None:
    """Not before, and never again, however long the silence lasts."""
    (chat,) = await add_subscribers(database, 1, seen_on=LONG_AGO + timedelta(days=1))
    assert await _asked(silence) == []
    clock.advance(days=1)
    assert await _asked(silence) == [chat]
    clock.advance(days=90)
    assert await _asked(silence) == []


async def test_two_processes_ask_once(database: Database, silence: Silence) -> None:
    """Of two that found the same reader, one claims it."""
    await add_subscribers(database, 1, seen_on=LONG_AGO)
    [found] = await silence.to_ask()
    assert [await silence.claim(found), await silence.claim(found)] == [True, False]
    await silence.give_back(found)  # Telegram refused it because of a flood
    assert await silence.claim(found)


@pytest.mark.parametrize(
    "columns",
    [
        {"state": SubscriberState.STOPPED},
        {"state": SubscriberState.BLOCKED},
        {"kind": ChatKind.GROUP},
        {"away_until": NOW + timedelta(days=1)},
        {"quiet_from": 11, "quiet_until": 13},
        {"rest_days": 0b100_0000},
    ],
)
async def test_some_are_not_asked_now(
    database: Database, silence: Silence, columns: dict[str, object]
) -> None:
    """Not those who stopped or left, no group, nobody on a day off, in quiet hours or on a rest day."""
    await add_subscribers(database, 1, seen_on=LONG_AGO, **columns)
    assert await _asked(silence) == []


async def test_those_who_sleep_do_not_keep_others_waiting(
    database: Database, silence: Silence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A turn reads a few rows, the next one goes on behind them, and after the last one starts again."""
    monkeypatch.setattr(use_cases, "_LOOKED_AT", 3)
    asleep = await add_subscribers(database, 4, seen_on=LONG_AGO, quiet_from=11, quiet_until=13)
    awake = await add_subscribers(database, 2, seen_on=LONG_AGO)
    asked = [chat for _ in range(3) for chat in await _asked(silence)]
    assert asked == awake
    async with database.transaction() as session:
        await subscribers.change(session, asleep[0], quiet_until=12)
    assert [chat for _ in range(3) for chat in await _asked(silence)] == asleep[:1]


async def test_a_turn_asks_only_some(
    database: Database, silence: Silence, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others follow in the next turns, each once."""
    monkeypatch.setattr(use_cases, "AT_ONCE", 2)
    chats = await add_subscribers(database, 5, seen_on=LONG_AGO)
    turns = [await _asked(silence) for _ in range(4)]
    assert [len(turn) for turn in turns] == [2, 2, 1, 0]
    assert sorted(chat for turn in turns for chat in turn) == chats


async def test_silence_begins_to_count_when_nobody_knows(
    database: Database, silence: Silence, clock: MovableClock
) -> None:
    """A reader who was imported, or was here before days were stored, is asked 60 days from now."""
    (chat,) = await add_subscribers(database, 1)
    assert await _asked(silence) == []
    assert (await get_subscriber(database, chat)).seen_on == TODAY
    clock.advance(days=60)
    assert await _asked(silence) == [chat]


async def test_the_question_reads_no_table(database: Database) -> None:
    """Both statements of the duty go by the index, also among many Subscribers."""
    await add_subscribers(database, 3000, seen_on=TODAY)
    explain = "EXPLAIN QUERY PLAN" if database.is_sqlite else "EXPLAIN"
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        statements.append((statement, parameters))

    async with database.transaction() as session:
        if not database.is_sqlite:
            await session.execute(text("ANALYZE subscribers"))
        connection = await session.connection()
        event.listen(connection.sync_connection, "before_cursor_execute", note)
        await rows.begin(session, TODAY, limit=10)
        await rows.silent(session, until=LONG_AGO, after=(date(2026, 1, 1), 5), limit=10)
        event.remove(connection.sync_connection, "before_cursor_execute", note)
        plans = [
            str(list(await connection.exec_driver_sql(f"{explain} {statement}", parameters)))
            for statement, parameters in statements
        ]
    assert ["ix_subscribers_seen_on" in plan for plan in plans] == [True, True], plans
