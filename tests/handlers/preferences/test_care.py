"""Muted words and warnings in the chat: /mute, /unmute and two screens of /preferences."""

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from storage.words import WarnedStories
from tests.chats import ANNA, READERS, Chats, data_of, labels, says
from tests.factories import get_subscriber


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_words_are_muted_by_a_reply_and_unmuted_by_a_tap(
    chats: Chats, app: App, person: int, language: str
) -> None:
    """The screen asks for words, shows a button for each, and a tap removes one; the overview counts them."""
    texts = in_language(language)
    await chats.ask(person, "/start")
    screen = await chats.tap(person, await chats.ask(person, "/preferences"), texts.say("Muted words"))
    [question] = await chats.press(person, screen, texts.say("Mute a word"))
    answer = await chats.reply(person, question, "війна, Jane Smith")
    assert labels(answer)[:2] == ["✕ війна", "✕ Jane Smith"]
    assert (await get_subscriber(app.database, person)).muted_words == "війна\nJane Smith"
    left = await chats.tap(person, answer, "✕ війна")
    assert labels(left)[0] == "✕ Jane Smith"
    one = texts.count("{number} word is muted.", "{number} words are muted.", 1)
    assert one in says(await chats.ask(person, "/preferences"))


async def test_commands_mute_and_unmute(chats: Chats, app: App) -> None:
    """/mute and /unmute take words; without any they show what is muted; an unknown word is told."""
    await chats.ask(ANNA, "/mute rain")
    assert labels(await chats.ask(ANNA, "/mute"))[0] == "✕ rain"
    answer = await chats.ask(ANNA, "/unmute snow")
    assert answer["text"] == "You have not muted “snow”. Your muted words: /mute"
    await chats.ask(ANNA, "/unmute RAIN")
    assert (await get_subscriber(app.database, ANNA)).muted_words == ""


async def test_an_old_button_of_a_word_does_no_harm(chats: Chats, app: App) -> None:
    """Tapped twice, a word's button removes that word once, and no other one."""
    screen = await chats.ask(ANNA, "/mute rain, snow")
    data = data_of(screen, "✕ rain")
    for _ in range(2):
        await chats.press_old(ANNA, screen, data)
    assert (await get_subscriber(app.database, ANNA)).muted_words == "snow"


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_how_warned_stories_come_is_chosen(chats: Chats, app: App, person: int, language: str) -> None:
    """The screen has a tick at the choice, by default at “warning first”; the overview names another one."""
    say = in_language(language).say
    await chats.ask(person, "/start")
    screen = await chats.tap(person, await chats.ask(person, "/preferences"), say("Warnings"))
    assert labels(screen)[0] == "✓ " + say("The warning first, the story after a tap")
    overview = await chats.tap(person, screen, say("Only during the day"))
    assert say("Stories with a warning arrive only during the day.") in says(overview)
    assert (await get_subscriber(app.database, person)).warned_stories is WarnedStories.BY_DAY
