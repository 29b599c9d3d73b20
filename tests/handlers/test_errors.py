"""After an error people get a sentence in their language; the log has details, but no reader's words."""

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import sqlalchemy

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.server import Sandbox
from storage.engine.unavailable import DatabaseUnavailableError
from storage.words import SubscriberState
from tests.chats import ANNA, OLENA, READERS, TOM, Chats, data_of
from tests.factories import MovableClock, get_subscriber, published

NEUTRAL = "Something went wrong on our side. Please try again in a minute."


class BrokenError(Exception):
    """An error that nobody expects."""


def _break(monkeypatch: pytest.MonkeyPatch, app: App) -> None:
    """Make every search for stories fail from now on."""

    async def fail(*_given: object, **_named: object) -> Any:
        raise BrokenError("the cellar is under water")

    for name in ("latest", "read", "find"):
        monkeypatch.setattr(app.services.published, name, fail)


async def test_an_error_gets_a_neutral_sentence(
    chats: Chats, app: App, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader learns when to try again, and the error is logged once."""
    _break(monkeypatch, app)
    assert (await chats.ask(OLENA, "/latest"))["text"] == in_language("uk").say(NEUTRAL)
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], BrokenError)
    assert isinstance(vars(record)["update_id"], int)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_an_error_behind_a_button_is_shown_as_an_alert(
    chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch, person: int, language: str
) -> None:
    """The sentence comes as an alert, the message stays, and the button works again later."""
    await published(app.services)
    message = await chats.ask(person, "/summary")
    label = in_language(language).say("+ Longer")
    with monkeypatch.context() as broken:
        _break(broken, app)
        assert await chats.toast(person, message, label) == in_language(language).say(NEUTRAL)
    assert "Five sentences." in (await chats.tap(person, message, label))["text"]


def _deadlocks(monkeypatch: pytest.MonkeyPatch, app: App, number: int) -> list[int]:
    """Let the next changes of a Subscriber's state end in a deadlock; return the list of their chats."""
    tried: list[int] = []

    def failing(change: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
        async def changed(chat_id: int, *given: object) -> None:
            tried.append(chat_id)
            if len(tried) <= number:
                raise DatabaseUnavailableError("deadlock detected")
            await change(chat_id, *given)

        return changed

    people = app.services.subscribers
    for name in ("set_state", "unblocked"):
        monkeypatch.setattr(people, name, failing(getattr(people, name)))
    monkeypatch.setattr("bot.runtime.conversations._PAUSES_S", (0.0, 0.0))
    monkeypatch.setattr("bot.runtime.conversations._PAUSES_UNSEEN_S", (0.0,) * 5)
    return tried


async def test_what_a_deadlock_ended_is_done_again(
    chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader sees one answer, the right one."""
    await chats.ask(ANNA, "/start")
    tried = _deadlocks(monkeypatch, app, 2)
    told = await chats.say(ANNA, "/stop")
    assert tried == [ANNA] * 3
    assert [one["text"] for one in told if one["text"] == NEUTRAL] == []
    assert (await get_subscriber(app.database, ANNA)).state is SubscriberState.STOPPED


async def test_a_database_that_stays_away_is_told(
    chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the last try the reader is asked to try again, once."""
    await chats.ask(ANNA, "/start")
    tried = _deadlocks(monkeypatch, app, 9)
    told = await chats.say(ANNA, "/stop")
    assert tried == [ANNA] * 3
    assert [one["text"] for one in told] == [NEUTRAL]


async def _leave(chats: Chats) -> None:
    """Let Anna subscribe, and then block the bot."""
    await chats.ask(ANNA, "/start")
    chats.world.block(ANNA)
    await chats.handled()


async def test_an_unblocking_is_tried_for_longer(
    chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody would do it again: the reader would get nothing any more, and not know why."""
    await _leave(chats)
    tried = _deadlocks(monkeypatch, app, 5)
    chats.world.block(ANNA, blocked=False)
    await chats.handled()
    assert tried == [ANNA] * 6
    assert (await get_subscriber(app.database, ANNA)).state is SubscriberState.ACTIVE


async def test_nobody_is_told_of_an_unblocking_that_failed(
    chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody asked for an answer, and it may be night where the reader is."""
    await _leave(chats)
    tried, before = _deadlocks(monkeypatch, app, 9), len(chats.said(ANNA))
    chats.world.block(ANNA, blocked=False)
    await chats.handled()
    assert tried == [ANNA] * 6
    assert len(chats.said(ANNA)) == before


async def test_what_readers_write_is_not_logged(
    chats: Chats, app: App, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a refusal nor an error puts a reader's words into the log, at any level."""
    caplog.set_level(logging.DEBUG, logger="handlers")
    caplog.set_level(logging.INFO)
    await published(app.services)
    await chats.ask(ANNA, "/summary mysecretwords")
    await chats.ask(ANNA, "/subscribe mysecretwords")
    _break(monkeypatch, app)
    await chats.ask(ANNA, "/summary mysecretwords")
    assert "a handler failed" in caplog.text
    assert "mysecretwords" not in caplog.text


async def test_a_database_error_is_logged_without_its_statement(
    chats: Chats, app: App, caplog: pytest.LogCaptureFixture
) -> None:
    """The statement in an error of the database, with a reader's words, stays out of the log."""
    async with app.database.engine.begin() as connection:
        await connection.execute(sqlalchemy.text("ALTER TABLE stories RENAME TO lost"))
    assert (await chats.ask(ANNA, "/summary mysecretwords"))["text"] == NEUTRAL
    assert "a handler failed" in caplog.text
    assert "mysecretwords" not in caplog.text


async def test_the_bot_goes_on_after_an_error(
    chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an error the bot goes on, for the same reader and for others."""
    with monkeypatch.context() as broken:
        _break(broken, app)
        await chats.ask(ANNA, "/latest")
        assert "/latest" in (await chats.ask(TOM, "/help"))["text"]
    assert (await chats.ask(ANNA, "/latest"))["text"].startswith("There are no stories yet.")


async def test_a_reader_who_blocks_before_the_answer(
    chats: Chats, app: App, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader who blocks the bot before the answer causes no error in the log."""
    listing = app.services.published.latest

    async def block_first(**given: Any) -> Any:
        chats.world.block(ANNA)
        return await listing(**given)

    monkeypatch.setattr(app.services.published, "latest", block_first)
    await published(app.services)
    assert await chats.say(ANNA, "/latest") == []
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


async def test_an_answer_that_comes_too_late(
    chats: Chats,
    app: App,
    clock: MovableClock,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A tap that is too late to be answered still changes its message, and logs no error."""
    await published(app.services)
    message = await chats.ask(ANNA, "/summary")
    reading = app.services.published.read

    async def take_long(*which: Any) -> Any:
        clock.advance(seconds=200)
        return await reading(*which)

    monkeypatch.setattr(app.services.published, "read", take_long)
    press = {"message_id": message["message_id"], "data": data_of(message, "+ Longer"), "patience": 0.0}
    with pytest.raises(Exception, match="did not answer"):
        await chats.world.press(ANNA, ANNA, **press)
    await chats.handled()
    assert "Five sentences." in chats.now(message)["text"]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make retries happen at once."""
    monkeypatch.setattr("bot.telegram.limiter.PAUSES", (0, 0))


async def test_a_passing_error_is_not_seen(chats: Chats, sandbox: Sandbox, no_pauses: None) -> None:
    """An answer that surely did not reach Telegram is sent again, and comes once."""
    sandbox.faults.set({"fail": {"times": 2, "status": 500}, "methods": ["sendMessage"]})
    assert "/latest" in (await chats.ask(ANNA, "/help"))["text"]


async def test_telegram_fails_while_we_answer(
    chats: Chats, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, no_pauses: None
) -> None:
    """An answer that Telegram does not take is logged, and the next question is answered."""
    sandbox.faults.set({"fail": {"times": 6, "status": 500}, "methods": ["sendMessage"]})
    assert await chats.say(ANNA, "/help") == []
    assert "the answer did not get through" in caplog.text
    assert "/latest" in (await chats.ask(ANNA, "/help"))["text"]


async def test_a_flood_is_waited_for(chats: Chats, sandbox: Sandbox) -> None:
    """After a 429 the same answer comes once, when the pause is over."""
    sandbox.faults.set({"flood": {"times": 1, "retry_after": 1}, "methods": ["sendMessage"]})
    assert "/latest" in (await chats.ask(ANNA, "/help"))["text"]
    assert sandbox.api.calls["sendMessage"] == 2


async def test_a_refusal_speaks_the_language_that_was_chosen(chats: Chats) -> None:
    """A refusal is in the language that the reader chose, not in that of their app."""
    await chats.tap(ANNA, await chats.ask(ANNA, "/language"), "Українська")
    refusal = await chats.ask(ANNA, "/summary 999")
    assert refusal["text"] == in_language("uk").say(
        "There is no story {number}. See the latest stories: /latest", number=999
    )
