"""A reader who makes mistakes: three wrong tries, a restart in between, a search, and a letter by one tap."""

import pytest

from bot.config import Settings
from bot.i18n import in_language
from bot.sandbox.server import Sandbox
from tests.chats import EDITH, SEND, Chats, labels, says, speaker_of
from tests.factories import get_subscriber, published
from tests.running import running

# As each language calls Leipzig.
CITIES = {
    "en": "Leipzig",
    "uk": "Лейпциг",
    "pl": "Lipsk",
    "de": "Leipzig",
    "es": "Leipzig",
    "fr": "Leipzig",
}


@pytest.mark.parametrize(("language", "city"), CITIES.items())
async def test_three_wrong_tries_and_a_search(
    either: Settings, telegram: Sandbox, language: str, city: str
) -> None:
    """A dialogue outlives mistakes and a restart; then words are searched for, and a tap writes a letter."""
    chats, say = Chats(telegram.world), in_language(language).say
    person = speaker_of(telegram.world, language)
    async with running(either) as app:
        await published(app.services, "The bridge holds")
        await chats.ask(EDITH, "/start")
        await chats.ask(person, "/start")
        edited = len(chats.said(EDITH))
        when = await chats.tap(person, await chats.ask(person, "/preferences"), say("Timing"))
        menu = await chats.tap(person, when, say("Time zone"))
        [question] = await chats.press(person, menu, say("Type a city"))
        for typed in ("Xyzzyville", "8:30"):
            again = await chats.reply(person, question, typed)
            assert says(again)[-1] == say("Try again, or cancel: /cancel")
    async with running(either) as app:
        third = await chats.ask(person, "🌻")
        assert labels(third)[-1] == say("Never mind")
        assert city in (await chats.ask(person, city))["text"]
        assert (await get_subscriber(app.database, person)).zone == "Europe/Berlin"
        over = await chats.reply(person, question, "Paris")
        assert labels(over) == [say("Ask me again")]

        found = await chats.ask(person, "bridge")
        await chats.tap(person, found, "1")
        await chats.told()
        assert len(chats.said(EDITH)) == edited
        answer = await chats.ask(person, "Is it open to lorries?")
        headline = "The bridge holds"
        assert say(
            "If you send this to the editors, they will see which story it may be about: “{headline}”.",
            headline=headline,
        ) in says(answer)
        await chats.tap(person, answer, say(SEND))
        await chats.told()
    head, letter = chats.said(EDITH)[-2:]
    assert says(head) == ["Message from reader 1 today:", f"About story 1: {headline}"]
    assert letter["text"] == "Is it open to lorries?"
