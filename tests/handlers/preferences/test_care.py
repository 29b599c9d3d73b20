"""Muted words and warnings in the chat: /mute, /unmute and two screens of /preferences."""

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.subscribers.muted_words import MOST
from storage.words import WarnedStories
from tests.chats import ANNA, READERS, Chats, data_of, labels, says
from tests.factories import get_subscriber


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_words_are_muted_by_a_reply_and_unmuted_by_a_tap(
    chats: Chats, app: App, person: int, language: str
) -> None:
    """The screen asks for words, shows a button for each, and a tap removes one; “What” counts them."""
    texts = in_language(language)
    await chats.ask(person, "/start")
    what = await chats.tap(person, await chats.ask(person, "/preferences"), texts.say("Content"))
    screen = await chats.tap(person, what, texts.say("Muted words"))
    [question] = await chats.press(person, screen, texts.say("Mute a word"))
    answer = await chats.reply(person, question, "війна, Jane Smith")
    assert labels(answer)[:2] == ["✕ війна", "✕ Jane Smith"]
    assert (await get_subscriber(app.database, person)).muted_words == "війна\nJane Smith"
    left = await chats.tap(person, answer, "✕ війна")
    assert labels(left)[0] == "✕ Jane Smith"
    one = texts.count("{number} word is muted.", "{number} words are muted.", 1)
    assert one in says(left)
    assert one in says(await chats.tap(person, left, texts.say("‹ Back")))


async def test_what_is_no_word_is_asked_again(chats: Chats, app: App) -> None:
    """A single letter, as an answer or after /mute, brings the question again; the next words are muted."""
    await chats.ask(ANNA, "/start")
    [question] = await chats.press_old(ANNA, await chats.ask(ANNA, "/mute"), "prefs:askword:word")
    for again in (await chats.reply(ANNA, question, "x"), await chats.ask(ANNA, "/mute x")):
        assert says(again)[0] == "A muted word or name must have at least two letters. Send another one."
    assert labels(await chats.reply(ANNA, again, "rain"))[0] == "✕ rain"
    assert (await get_subscriber(app.database, ANNA)).muted_words == "rain"


async def test_a_full_list_ends_the_question(chats: Chats, app: App) -> None:
    """Where no more words can be muted, the answer says so, and nothing more is asked."""
    await chats.ask(ANNA, "/mute " + ", ".join(f"word {number}" for number in range(MOST)))
    [question] = await chats.press_old(ANNA, await chats.ask(ANNA, "/mute"), "prefs:askword:word")
    answer = await chats.reply(ANNA, question, "one more")
    assert says(answer) == ["You have muted 30 words, which is the limit. Unmute one first."]
    assert (await get_subscriber(app.database, ANNA)).open_prompt is None


async def test_commands_mute_and_unmute(chats: Chats, app: App) -> None:
    """/mute and /unmute take words; without any they show what is muted; an unknown word gets an answer."""
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
    """The screen has a tick at the choice, by default at “warning first”; “What” names another one."""
    say = in_language(language).say
    await chats.ask(person, "/start")
    what = await chats.tap(person, await chats.ask(person, "/preferences"), say("Content"))
    screen = await chats.tap(person, what, say("Warnings"))
    assert labels(screen)[0] == "✓ " + say("The warning first, the story after a tap")
    what = await chats.tap(person, screen, say("Only during the day"))
    assert say("Stories with a warning arrive only during the day.") in says(what)
    assert (await get_subscriber(app.database, person)).warned_stories is WarnedStories.BY_DAY
