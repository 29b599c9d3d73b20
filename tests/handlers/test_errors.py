"""Whatever goes wrong: people get a sentence in their language, the log gets the rest, and no secrets."""

import logging
from typing import Any

import pytest
import sqlalchemy

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.server import Sandbox
from tests.chats import ANNA, OLENA, READERS, TOM, Chats, data_of
from tests.factories import MovableClock, published

NEUTRAL = "Something went wrong on our side. Please try again in a minute."


class BrokenError(Exception):
    """A fault of ours that nobody foresaw."""


def _break(monkeypatch: pytest.MonkeyPatch, app: App) -> None:
    """Let whatever looks for stories fail from now on."""

    async def fail(*_given: object, **_named: object) -> Any:
        raise BrokenError("the cellar is under water")

    for place, name in (
        (app.services.stories, "latest"),
        (app.services.stories, "read"),
        (app.services.search, "find"),
    ):
        monkeypatch.setattr(place, name, fail)


async def test_a_fault_gets_a_neutral_sentence(
    chats: Chats, app: App, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader learns that it is our fault and when to try again; the log has the fault, once."""
    _break(monkeypatch, app)
    assert (await chats.ask(OLENA, "/latest"))["text"] == in_language("uk").say(NEUTRAL)
    [record] = [record for record in caplog.records if record.levelname == "ERROR"]
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], BrokenError)
    assert isinstance(vars(record)["update_id"], int)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_fault_behind_a_button_is_told_there(
    chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch, person: int, language: str
) -> None:
    """The sentence comes as an alert, the message stays as it was, and the button works again later."""
    await published(app.services)
    message = await chats.ask(person, "/summary")
    label = in_language(language).say("+ Longer")
    with monkeypatch.context() as broken:
        _break(broken, app)
        assert await chats.toast(person, message, label) == in_language(language).say(NEUTRAL)
    assert "Five sentences." in (await chats.tap(person, message, label))["text"]


async def test_what_readers_write_is_not_logged(
    chats: Chats, app: App, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither what was refused nor what failed puts a reader's words into the log, at any level."""
    caplog.set_level(logging.DEBUG, logger="handlers")
    caplog.set_level(logging.INFO)
    await published(app.services)
    await chats.ask(ANNA, "/summary mysecretwords")
    await chats.ask(ANNA, "/subscribe mysecretwords")
    _break(monkeypatch, app)
    await chats.ask(ANNA, "/summary mysecretwords")
    assert "a handler failed" in caplog.text
    assert "mysecretwords" not in caplog.text


async def test_a_database_fault_does_not_quote_what_was_asked(
    chats: Chats, app: App, caplog: pytest.LogCaptureFixture
) -> None:
    """SQLAlchemy's errors name the statement; what a reader wrote into it stays out of the log."""
    async with app.database.engine.begin() as connection:
        await connection.execute(sqlalchemy.text("ALTER TABLE stories RENAME TO lost"))
    assert (await chats.ask(ANNA, "/summary mysecretwords"))["text"] == NEUTRAL
    assert "a handler failed" in caplog.text
    assert "mysecretwords" not in caplog.text


async def test_one_readers_fault_is_not_the_next_ones(
    chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a fault the bot goes on, for the same reader and for others."""
    with monkeypatch.context() as broken:
        _break(broken, app)
        await chats.ask(ANNA, "/latest")
        assert "/latest" in (await chats.ask(TOM, "/help"))["text"]
    assert (await chats.ask(ANNA, "/latest"))["text"].startswith("There is no story yet.")


async def test_a_reader_who_blocks_before_the_answer(
    chats: Chats, app: App, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is left to answer: that is no error of ours."""
    listing = app.services.stories.latest

    async def block_first(**given: Any) -> Any:
        chats.world.block(ANNA)
        return await listing(**given)

    monkeypatch.setattr(app.services.stories, "latest", block_first)
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
    """A tap that Telegram no longer lets us answer still changes its message, and is no error."""
    await published(app.services)
    message = await chats.ask(ANNA, "/summary")
    reading = app.services.stories.read

    async def take_long(*which: Any) -> Any:
        clock.advance(seconds=200)
        return await reading(*which)

    monkeypatch.setattr(app.services.stories, "read", take_long)
    press = {"message_id": message["message_id"], "data": data_of(message, "+ Longer"), "patience": 0.0}
    with pytest.raises(Exception, match="did not answer"):
        await chats.world.press(ANNA, ANNA, **press)
    await chats.handled()
    assert "Five sentences." in chats.now(message)["text"]
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tried again is tried at once."""
    monkeypatch.setattr("bot.telegram.limiter.PAUSES", (0, 0))


async def test_a_passing_fault_is_not_seen(chats: Chats, sandbox: Sandbox, no_pauses: None) -> None:
    """One that surely kept the answer from Telegram: it is sent again, and comes once."""
    sandbox.faults.set({"fail": {"times": 2, "status": 500}, "methods": ["sendMessage"]})
    assert "/latest" in (await chats.ask(ANNA, "/help"))["text"]


async def test_telegram_fails_while_we_answer(
    chats: Chats, sandbox: Sandbox, caplog: pytest.LogCaptureFixture, no_pauses: None
) -> None:
    """Neither the answer nor the sorry gets through: it is logged, and the next question is answered."""
    sandbox.faults.set({"fail": {"times": 6, "status": 500}, "methods": ["sendMessage"]})
    assert await chats.say(ANNA, "/help") == []
    assert "the answer did not get through" in caplog.text
    assert "/latest" in (await chats.ask(ANNA, "/help"))["text"]


async def test_a_flood_is_waited_for(chats: Chats, sandbox: Sandbox) -> None:
    """After a 429 the same answer comes once the pause is over; the reader sees one message."""
    sandbox.faults.set({"flood": {"times": 1, "retry_after": 1}, "methods": ["sendMessage"]})
    assert "/latest" in (await chats.ask(ANNA, "/help"))["text"]
    assert sandbox.api.calls["sendMessage"] == 2


async def test_a_refusal_speaks_the_language_that_was_chosen(chats: Chats) -> None:
    """What a reader chose goes before what their app says."""
    await chats.tap(ANNA, await chats.ask(ANNA, "/language"), "Українська")
    refusal = await chats.ask(ANNA, "/summary 999")
    assert refusal["text"] == in_language("uk").say(
        "There is no story {number}. See what there is: /latest", number=999
    )
