"""Inline mode offers story cards for any chat."""

from typing import Any

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.runtime.build import open_services
from bot.services import Services
from storage.subscribers import subscribers
from storage.words import StoryState
from tests.chats import ANNA, NEIGHBOURS, OLENA, READERS, TOM, Chats, labels, links
from tests.factories import MovableClock, add_story, analysis, published

BOT = "https://t.me/comeback_sandbox_bot"


async def _titles(chats: Chats, person: int, words: str, offset: str = "") -> list[str]:
    answer = await chats.world.inline_query(person, words, offset)
    return [result["title"] for result in answer["results"]]


async def test_people_whom_the_bot_never_met_see_what_is_there_now(
    chats: Chats, app: App, services: Services, clock: MovableClock
) -> None:
    """Stories that readers saw are in memory; one that the command line withdrew is offered to nobody."""
    story_id = await published(services, "The bridge holds")
    await chats.ask(ANNA, f"/summary {story_id}")
    assert await _titles(chats, OLENA, "bridge") == ["The bridge holds"]
    async with open_services(app.settings, clock) as command_line:
        await command_line.corrections.withdraw(story_id, actor="test")
    assert await _titles(chats, OLENA, "bridge") == []
    answers = await chats.say(TOM, f"/start story_{story_id}")
    assert answers[0]["text"] == "This story was withdrawn."


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_card_is_sent_to_any_chat(
    chats: Chats, services: Services, person: int, language: str
) -> None:
    """A card has the Summary, a help button that is a link, and a link that opens the story in the bot."""
    say = in_language(language).say
    story_id = await published(services, "The bridge holds")
    appeal = await services.appeals.propose(
        organisation="Bridge Friends", url="https://example.org/help", story_id=story_id, actor="test"
    )
    await chats.world.inline_query(person, "bridge")
    plain = chats.world.choose(person, NEIGHBOURS, f"story_{story_id}")
    assert links(plain) == [f"{BOT}?start=story_{story_id}"]  # not verified yet
    await services.appeals.verify(appeal.id, actor="test")
    answer = await chats.world.inline_query(person, "bridge")
    assert answer["is_personal"] is True
    sent = chats.world.choose(person, NEIGHBOURS, f"story_{story_id}")
    assert sent["text"].startswith("The bridge holds\n")
    assert "Three sentences." in sent["text"]
    assert labels(sent) == [
        "❤ " + say("Help {organisation}", organisation="Bridge Friends"),
        say("Open in the bot"),
    ]
    assert links(sent) == ["https://example.org/help", f"{BOT}?start=story_{story_id}"]


async def test_without_words_the_newest(chats: Chats, services: Services) -> None:
    """Without words the newest published stories are offered, and no other ones."""
    for headline in ("First", "Second"):
        await published(services, headline)
    await services.stories.add(analysis("A draft"), actor="test")
    gone = await published(services, "Gone")
    await services.corrections.withdraw(gone, actor="test")
    assert await _titles(chats, ANNA, "") == ["Second", "First"]
    assert await _titles(chats, ANNA, "draft") == []
    assert await _titles(chats, ANNA, "gone") == []


async def test_a_stranger_can_ask(chats: Chats, app: App) -> None:
    """A stranger gets cards, and nothing about them is stored."""
    await published(app.services, "The bridge holds")
    stranger = chats.world.add_person("Jean", "fr")
    assert await _titles(chats, stranger.id, "bridge") == ["The bridge holds"]
    async with app.database.read() as session:
        assert await subscribers.by_chat(session, stranger.id) is None


async def test_the_chosen_language_counts(chats: Chats, app: App) -> None:
    """A reader who chose another language than their app's gets the cards in that language."""
    story_id = await published(app.services, "The bridge holds")
    await chats.ask(ANNA, "/start")
    await app.services.preferences.set_language(ANNA, "uk")
    await chats.world.inline_query(ANNA, "bridge")
    sent = chats.world.choose(ANNA, NEIGHBOURS, f"story_{story_id}")
    assert labels(sent) == [in_language("uk").say("Open in the bot")]


async def test_pages(chats: Chats, app: App) -> None:
    """Twenty cards come at once; scrolling brings each further story once."""
    async with app.database.transaction() as session:
        for number in range(45):
            given: dict[str, Any] = {"state": StoryState.PUBLISHED, "released_at": app.clock()}
            await add_story(session, headline=f"Story {number}", **given)
    offset, seen, pages = "", list[str](), 0
    while pages == 0 or offset:
        answer = await chats.world.inline_query(TOM, "", offset)
        seen += [result["id"] for result in answer["results"]]
        offset, pages = answer["next_offset"], pages + 1
    assert (pages, len(seen), len(set(seen))) == (3, 45, 45)


@pytest.mark.parametrize("words", ["?!", "x", "😀" * 60, "a" * 256, "' OR 1=1 --", "\u202e\u0000", '%_*"(('])
async def test_rubbish_is_fine(chats: Chats, services: Services, words: str) -> None:
    """Any text is answered; a made-up offset begins again."""
    await published(services, "The bridge holds")
    assert await _titles(chats, OLENA, words) == []
    assert await _titles(chats, OLENA, "", offset="-1") == ["The bridge holds"]
