"""Which question of a chat is open, on both databases."""

import pytest

from bot.subscribers.dialogues import AskedQuestion, Dialogues
from storage.database import Database
from tests.factories import MovableClock, add_subscribers, get_subscriber

CITY, DAY = {"what": "city"}, {"what": "day off"}


async def _open(database: Database, chat: int) -> int | None:
    return (await get_subscriber(database, chat)).open_prompt


async def test_a_newer_question_ends_the_older(database: Database) -> None:
    """Of two questions of a chat the newer one is open; a chat's question is none of another chat's."""
    chat, other = await add_subscribers(database, 2)
    dialogues = Dialogues(database, MovableClock())
    await dialogues.open(chat, 2**40, CITY)
    await dialogues.open(chat, 2**40 + 1, DAY, tries=2)
    now = await _open(database, chat)
    assert await dialogues.replied(chat, 2**40, open_prompt=now) == AskedQuestion(CITY, 0, is_open=False)
    assert await dialogues.replied(chat, 2**40 + 1, open_prompt=now) == AskedQuestion(DAY, 2, is_open=True)
    assert await dialogues.replied(other, 2**40, open_prompt=now) is None
    assert await dialogues.replied(chat, 7, open_prompt=now) is None
    await dialogues.close(chat)
    now = await _open(database, chat)
    assert now is None
    assert await dialogues.replied(chat, 2**40 + 1, open_prompt=now) == AskedQuestion(DAY, 2, is_open=False)


async def test_a_question_that_is_asked_again_stays_open(database: Database) -> None:
    """A reply to the first message of a dialogue counts, with the tries of the last one."""
    [chat] = await add_subscribers(database, 1)
    dialogues = Dialogues(database, MovableClock())
    for tries in (0, 1, 2):
        await dialogues.open(chat, 10 + tries, CITY, tries=tries)
    assert await dialogues.replied(chat, 10, open_prompt=12) == AskedQuestion(CITY, 2, is_open=True)


@pytest.mark.parametrize(
    ("minutes", "by_reply", "by_words"), [(14, True, True), (15, True, False), (24 * 60, False, False)]
)
async def test_how_long_an_answer_counts(
    database: Database, minutes: int, by_reply: bool, by_words: bool
) -> None:
    """Words without a reply count for a quarter of an hour, a reply for a day; then the question is over."""
    [chat] = await add_subscribers(database, 1)
    clock = MovableClock()
    dialogues = Dialogues(database, clock)
    await dialogues.open(chat, 10, CITY)
    clock.advance(minutes=minutes)
    asked = await dialogues.replied(chat, 10, open_prompt=10)
    assert asked == AskedQuestion(CITY, 0, is_open=by_reply)
    assert (await dialogues.typed(chat, open_prompt=10) is not None) is by_words


async def test_old_questions_are_forgotten(database: Database) -> None:
    """After a month a question is none any more, also where it is noted as the open one."""
    [chat] = await add_subscribers(database, 1)
    clock = MovableClock()
    dialogues = Dialogues(database, clock)
    await dialogues.open(chat, 10, CITY)
    clock.advance(days=31)
    await dialogues.forget()
    assert await dialogues.replied(chat, 10, open_prompt=10) is None
    assert await dialogues.typed(chat, open_prompt=10) is None
