"""/privacy, /mydata and /forgetme tell, hand over and delete what is stored."""

import json
import logging
from typing import Any

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.services import Services
from storage.subscribers import subscribers
from storage.words import Length, SubscriberState
from tests.chats import ANNA, NEIGHBOURS, OLENA, READERS, Chats, labels
from tests.factories import get_subscriber, published


def _file(chats: Chats, message: Message) -> dict[str, Any]:
    """Return the contents of the file that a message brought."""
    found = chats.world.files.find(message["document"]["file_id"])
    assert found is not None
    read: dict[str, Any] = json.loads(chats.world.files.read(found) or b"")
    return read


async def _is_kept(app: App, chat_id: int) -> bool:
    async with app.database.read() as session:
        return await subscribers.by_chat(session, chat_id) is not None


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_privacy_names_the_ways_to_data_and_deletion(chats: Chats, person: int, language: str) -> None:
    """/privacy names the commands to get the data and to have it deleted."""
    answer = await chats.ask(person, "/privacy")
    assert answer["text"].startswith(in_language(language).say("Your privacy"))
    assert "/mydata" in answer["text"]
    assert "/forgetme" in answer["text"]
    assert len(answer["text"]) < 800


async def test_mydata_is_a_file_with_all_that_is_stored(chats: Chats, services: Services) -> None:
    """/mydata sends what was chosen a moment ago, and nobody's name."""
    await published(services, "The bridge holds", ["Food"])
    await chats.ask(ANNA, "/start")
    await services.preferences.set_length(ANNA, Length.LONG)
    [answer] = await chats.say(ANNA, "/mydata")
    assert answer["document"]["file_name"] == "comeback-mydata.json"
    kept = _file(chats, answer)
    assert (kept["subscriber"]["chat_id"], kept["subscriber"]["length"]) == (ANNA, "long")
    assert "Anna" not in json.dumps(kept)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_forgetme_asks_and_deletes(chats: Chats, app: App, person: int, language: str) -> None:
    """/forgetme asks once; after yes nothing is stored, and the answer replaces the question."""
    say = in_language(language).say
    await chats.ask(person, "/start")
    question = await chats.ask(person, "/forgetme")
    assert labels(question) == [say("Yes, forget this chat"), say("No, keep my data")]
    answer = await chats.tap(person, question, say("Yes, forget this chat"))
    assert answer["text"].startswith(say("I have forgotten this chat."))
    assert labels(answer) == []
    assert not await _is_kept(app, person)


async def test_forgetme_can_be_left(chats: Chats, app: App) -> None:
    """After "No" everything is as before."""
    await chats.ask(ANNA, "/start")
    answer = await chats.tap(ANNA, await chats.ask(ANNA, "/forgetme"), "No, keep my data")
    assert answer["text"] == "Nothing was deleted."
    assert (await get_subscriber(app.database, ANNA)).state is SubscriberState.ACTIVE


async def test_a_forgotten_reader_begins_again(chats: Chats, app: App) -> None:
    """After /forgetme, /start welcomes a new reader with default preferences."""
    await chats.ask(ANNA, "/start")
    await app.services.preferences.set_length(ANNA, Length.LONG)
    await chats.tap(ANNA, await chats.ask(ANNA, "/forgetme"), "Yes")
    assert (await chats.ask(ANNA, "/start"))["text"].startswith("Welcome to Comeback!")
    assert (await get_subscriber(app.database, ANNA)).length is Length.SHORT


async def test_in_a_group_only_its_admins(chats: Chats, app: App) -> None:
    """Only the owner of a group can get the group's file or have the group forgotten."""
    refusal = "Only admins of this group can change what it gets."
    await chats.ask(OLENA, "/start", chat=NEIGHBOURS)
    for command in ("/mydata", "/forgetme"):
        answer = await chats.ask(ANNA, command, chat=NEIGHBOURS)
        assert answer["text"] == in_language("uk").say(refusal)
    question = await chats.ask(OLENA, "/forgetme", chat=NEIGHBOURS)
    yes = in_language("uk").say("Yes, forget this chat")
    assert await chats.toast(ANNA, question, yes) == in_language("uk").say(refusal)
    assert await _is_kept(app, NEIGHBOURS)
    await chats.tap(OLENA, question, yes)
    assert not await _is_kept(app, NEIGHBOURS)


async def test_the_log_holds_no_names_and_no_texts(
    chats: Chats, services: Services, caplog: pytest.LogCaptureFixture
) -> None:
    """No line of the log quotes what a reader wrote or says who wrote it."""
    caplog.set_level(logging.DEBUG)
    await published(services, "The bridge holds")
    said = [
        "/start",
        "/search zebrafish",
        "/summary zebrafish",
        "/zebrafish",
        "zebrafish",
        "/subscribe zebrafish",
    ]
    for words in [*said, "/donate", "/mydata", "/forgetme"]:
        await chats.say(ANNA, words)
    await chats.toast_of(ANNA, chats.said(ANNA)[-1], "zebrafish")
    ours = [one for one in caplog.records if one.name.partition(".")[0] in {"bot", "handlers", "storage"}]
    # Not when and where: their figures may be anything.
    of_the_line = {"created", "msecs", "relativeCreated", "thread", "process", "pathname", "lineno"}
    lines = [
        str({name: value for name, value in vars(one).items() if name not in of_the_line})
        for one in ours
        if not one.name.startswith("bot.sandbox")
    ]
    assert lines
    assert not [
        line for line in lines if any(word in line for word in ("zebrafish", "Anna", "anna", str(ANNA)))
    ]
