"""The table of commands: its menu, its texts, and every button that can be reached from it."""

import logging
import re

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from bot.i18n import CATALOGUE, LOCALES, in_language
from bot.runtime.app import App
from bot.sandbox.world import history
from bot.sandbox.world.world import buttons
from handlers import editors
from handlers.routes import BUTTONS, COMMANDS, name_of_button
from tests.chats import ANNA, EDITH, MARTA, NOBODY, OLENA, Chats, told
from tests.factories import analysis, published
from tests.languages import COMPLETE


@pytest.mark.parametrize(
    ("person", "language", "editor"),
    [(ANNA, "en", False), (OLENA, "uk", False), (EDITH, "en", True), (MARTA, "uk", True)],
)
async def test_the_menu_is_set_at_the_start(chats: Chats, person: int, language: str, editor: bool) -> None:
    """The menu is set in each person's language; editors see their commands too."""
    say = in_language(language).say
    assert chats.world.commands_for(person, person) == [
        {"command": command.name, "description": say(command.description)}
        for command in COMMANDS
        if editor or not command.for_editors
    ]


async def test_the_menu_of_a_language_without_texts_is_english(chats: Chats) -> None:
    """A reader whose language is missing gets menu and answers in English."""
    reader = chats.world.add_person("Kenji", "ja-JP")
    assert chats.world.commands_for(reader.id, reader.id)[0]["description"] == COMMANDS[0].description
    assert (await chats.ask(reader.id, "/start"))["text"].startswith("Welcome to Comeback!")


@pytest.mark.parametrize("language", COMPLETE)
def test_every_command_is_described_in_every_language(language: str) -> None:
    """Each line of the menu is translated, and within Telegram's limits (Bot API, BotCommand)."""
    for one in COMMANDS:
        assert re.fullmatch(r"[a-z0-9_]{1,32}", one.name)
        told = in_language(language).say(one.description)
        assert told != one.description
        assert 1 <= len(told) <= 256


def test_every_command_of_handlers_editors_is_for_editors_alone() -> None:
    """The flag that guards a command is set for each whose handler lies in handlers/editors/."""
    of_editors = {one.name for one in COMMANDS if one.handler.__module__.startswith(editors.__name__)}
    assert of_editors == {one.name for one in COMMANDS if one.for_editors}


@pytest.fixture
def two_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make two pages of /latest out of three stories: fewer buttons, and one of each kind."""
    monkeypatch.setattr("bot.rendering.lists.STORIES_A_PAGE", 2)


async def _filled(app: App) -> None:
    """Publish stories with topics and a help link, and add a draft."""
    for number in range(2):
        await published(app.services, f"Story {number}", ["Food", "Schools"])
    story_id = await published(app.services, "Story with help")
    appeal = await app.services.appeals.propose(
        organisation="Bridge Friends", url="https://example.org/help", story_id=story_id, actor="test"
    )
    await app.services.appeals.verify(appeal.id, actor="verifier")
    await app.services.stories.add(analysis("A draft"), actor="test")


async def _tap_all(chats: Chats, person: int, first: history.Message) -> int:
    """Tap every button that can be reached from a message once, and return how many there were.

    A button on another version or length of a story counts as the same, and so does another hour or zone.
    Buttons that ask for a reply, and those of a test, send a message, and are left out.
    """
    todo, tapped = [first], set[str]()
    while todo:
        message = todo.pop()
        for button in buttons(message):
            data = button.get("callback_data")
            if data is None or ":ask" in data or data.startswith("draft:test:"):
                continue
            what = re.sub(r"^(review:[a-z]+:\d+):\d+:\w+:", r"\1:", data)
            what = re.sub(r"^(prefs:(?:quiet|quietuntil|rhythm|zone|told|rest):[hd]?)[\w/:-]*$", r"\1", what)
            what = re.sub(r"^(welcome:place:)\d+$", r"\1", what)
            if what in tapped:
                continue
            tapped.add(what)
            count = len(chats.said(person))
            await chats.world.press_old(person, message, data)
            await chats.handled()
            assert len(chats.said(person)) == count, f"{button['text']} sent a new message"
            todo.append(chats.now(message))
    return len(tapped)


@pytest.mark.parametrize(("person", "language"), [(EDITH, "en"), (MARTA, "uk")])
@pytest.mark.usefixtures("two_a_page")
async def test_every_button_changes_its_message(
    chats: Chats, app: App, caplog: pytest.LogCaptureFixture, person: int, language: str
) -> None:
    """Every button that is reached from any command changes its message; none fails or sends a new one."""
    await _filled(app)
    tapped = 0
    for command in COMMANDS:
        answer = await chats.ask(person, f"/{command.name}")
        sentence = "I do not know the command /{command}."
        assert in_language(language).say(sentence, command=command.name) not in told(answer)
        await app.services.preferences.set_language(person, language)
        tapped += await _tap_all(chats, person, chats.now(answer))
        await app.services.preferences.set_language(person, language)
    assert tapped > 60
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("language", COMPLETE)
async def test_every_answer_is_in_the_readers_language(chats: Chats, app: App, language: str) -> None:
    """No English sentence is in what a reader of another language gets."""
    await _filled(app)
    reader = chats.world.add_person("Reader", language).id
    english = {message.id for message in _catalogue(language) if message.string != message.id}
    for command in COMMANDS:
        for answer in await chats.say(reader, f"/{command.name}"):
            shown = {*told(answer).splitlines(), *(button["text"] for button in buttons(answer))}
            assert not shown & english


async def test_an_owner_whom_telegram_does_not_know(app: App, chats: Chats) -> None:
    """The start goes on although an owner has no chat in which a menu could be set."""
    assert NOBODY in app.settings.owner_ids
    assert chats.world.people.find(NOBODY) is None
    assert chats.world.commands_for(MARTA, MARTA) != chats.world.commands_for(OLENA, OLENA)


def _catalogue(language: str) -> list[Message]:
    """Return the sentences of a language, without the catalogue's head."""
    with (LOCALES / language / CATALOGUE).open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]


def test_the_names_under_which_time_is_measured_are_few() -> None:
    """Whatever is tapped: the family of a button, and nothing of what it carries."""
    names = {name_of_button(pattern) for pattern, _ in BUTTONS}
    assert all(re.fullmatch(r"button(?: [a-z]+|, outdated)", name) for name in names)
    assert 20 < len(names) < 50
