"""Typing is searching: what is no command is looked up, and goes to nobody unasked."""

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.services import Services
from storage.words import SubscriberState
from tests.chats import ANNA, EDITH, MARTA, READERS, SEND, Chats, labels, numbered, says
from tests.factories import get_subscriber, published

NOT_FOUND = "I found no matching stories."


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_typed_words_find_stories(chats: Chats, services: Services, person: int, language: str) -> None:
    """Stories with the words are listed as by /search, above the button that writes to the editors."""
    say = in_language(language).say
    await chats.ask(EDITH, "/start")
    await published(services, "Balakliya rebuilds")
    before = len(chats.said(EDITH))
    found = await chats.ask(person, "balakliya")
    assert says(found)[0] == say("Results for: {words}", words="balakliya")
    assert labels(found) == ["1 · Balakliya rebuilds", say(SEND)]
    assert says(await chats.tap(person, found, "1"))[0] == "Balakliya rebuilds"
    await chats.told()
    assert len(chats.said(EDITH)) == before


async def test_a_question_finds_the_story_of_its_longest_word(chats: Chats, services: Services) -> None:
    """A whole sentence that no story has finds those with its longest word, and says which word that was."""
    await published(services, "Balakliya rebuilds its bridge")
    await published(services, "Something else")
    found = await chats.ask(ANNA, "Is the bridge in Balakliya open for lorries?")
    assert (says(found)[0], numbered(found)[0]) == ("Results for: balakliya", "1")


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_nothing_found(chats: Chats, person: int, language: str) -> None:
    """Words that no story has get a sentence, the way to the latest stories, and the way to the editors."""
    say = in_language(language).say
    answer = await chats.ask(person, "Who are you? Where is the water?")
    assert says(answer) == [say(NOT_FOUND)]
    assert labels(answer) == [say("Latest stories"), say(SEND)]


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_topic_is_offered(chats: Chats, app: App, person: int, language: str) -> None:
    """A topic, also with a typing error, is subscribed to by one tap; one that comes already is shown so."""
    say = in_language(language).say
    await published(app.services, topics=["Schools", "Food", "x" * 64])
    offered = await chats.ask(person, "Scools")
    await chats.tap(person, offered, say("Get new stories: {topic}", topic="Schools"))
    assert (await get_subscriber(app.database, person)).state is SubscriberState.ACTIVE
    assert "✓ Schools" in labels(await chats.ask(person, "schools"))
    assert not any("Food" in label for label in labels(await chats.ask(person, "schools")))


@pytest.mark.parametrize(("person", "language"), READERS)
@pytest.mark.parametrize(
    "case",
    [
        ("/sumary 1", "/summary 1", "The bridge holds"),
        ("/story 1", "/summary 1", "The bridge holds"),
        ("/latst now", "/latest now", "Latest stories"),
        ("news", "/latest", "Latest stories"),
        ("Prefernces", "/preferences", "Your preferences"),
        ("допомога", "/help", "Read and help"),
    ],
)
async def test_a_command_with_a_typing_error(
    chats: Chats, services: Services, person: int, language: str, case: tuple[str, str, str]
) -> None:
    """What looks like a command is offered as a button that does it, with the words behind it."""
    say, (typed, command, opens) = in_language(language).say, case
    await published(services, "The bridge holds")
    answer = await chats.ask(person, typed)
    assert say("Did you mean /{command}?", command=command[1:].split(maxsplit=1)[0]) in says(answer)
    assert says(await chats.tap(person, answer, command))[0].startswith(say(opens))


async def test_follow_offers_to_subscribe(chats: Chats, app: App) -> None:
    """/follow is no command, and its button subscribes."""
    await chats.tap(ANNA, await chats.ask(ANNA, "/follow"), "/subscribe")
    assert (await get_subscriber(app.database, ANNA)).state is SubscriberState.ACTIVE


async def test_made_up_buttons_do_nothing(chats: Chats) -> None:
    """A button with an editors' command, or with none, is refused in a sentence."""
    for person in (ANNA, EDITH):
        help_ = await chats.ask(person, "/help")
        for data in ("do:review:", "do:new:https://example.org/", "do:xyzzy:", "do::", "do:"):
            assert "This button no longer works." in await chats.toast_of(person, help_, data)


@pytest.mark.parametrize("person", [EDITH, MARTA])
async def test_editors_search_too(chats: Chats, services: Services, person: int) -> None:
    """An editor's words are looked up, without a button that sends them to the editors."""
    await published(services, "The bridge holds")
    assert labels(await chats.ask(person, "bridge")) == ["1 · The bridge holds"]


@pytest.mark.parametrize(
    "rubbish", ["x" * 4096, "🌻", "\u202e\u200f", "\N{NO-BREAK SPACE}x", "%s {words}", "؟ מתי"]
)
async def test_rubbish_gets_one_answer(chats: Chats, rubbish: str) -> None:
    """Whatever is typed gets one answer, with the button that sends it to the editors."""
    await chats.ask(EDITH, "/start")
    before = len(chats.said(EDITH))
    assert SEND in labels(await chats.ask(ANNA, rubbish))
    await chats.told()
    assert len(chats.said(EDITH)) == before


async def test_a_reply_to_somebody_elses_message(chats: Chats, services: Services) -> None:
    """A reply to the reader's own message is looked up as any words."""
    await published(services, "The bridge holds")
    await chats.ask(ANNA, "/help")
    own = chats.world.messages(ANNA)[0]
    assert "from_bot" not in own
    assert says(await chats.reply(ANNA, own, "bridge"))[0] == "Results for: bridge"
