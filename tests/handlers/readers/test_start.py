"""/start, /stop, /help, and the answers to anything else."""

from typing import get_args

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.samples import SampleKind, sample
from bot.services import Services
from handlers.routes import COMMANDS
from storage.words import SubscriberState
from tests.chats import ANNA, EDITH, EDITORS, NEIGHBOURS, READERS, TOM, Chats, says
from tests.factories import analysis, get_subscriber, published


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_start_welcomes_and_subscribes(chats: Chats, app: App, person: int, language: str) -> None:
    """/start answers in the language of the reader's app and subscribes the reader."""
    say = in_language(language).say
    answer = await chats.ask(person, "/start")
    assert answer["text"].startswith(say("Welcome to Comeback!"))
    assert say("Where are you?") in says(answer)
    kept = await get_subscriber(app.database, person)
    assert (kept.state, kept.language) == (SubscriberState.ACTIVE, language)


async def test_a_returning_reader_is_welcomed_back(chats: Chats) -> None:
    """A reader who only asked before is new; one who said /stop, or /start twice, is welcomed back."""
    await chats.ask(ANNA, "/help")
    assert (await chats.ask(ANNA, "/start"))["text"].startswith("Welcome to Comeback!")
    await chats.ask(ANNA, "/stop")
    assert (await chats.ask(ANNA, "/start"))["text"].startswith("Welcome back!")


async def test_asking_is_not_subscribing(chats: Chats, app: App) -> None:
    """A reader who only asks for something gets no pushes."""
    await chats.ask(TOM, "/help")
    assert (await get_subscriber(app.database, TOM)).state is SubscriberState.STOPPED


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_link_to_a_story_subscribes_nobody(
    chats: Chats, app: App, person: int, language: str
) -> None:
    """A link to a story opens it and offers a new reader to subscribe; a tap subscribes."""
    say = in_language(language).say
    story_id = await published(app.services, "The bridge holds")
    story, offer = await chats.say(person, f"/start story_{story_id}")
    assert story["text"].startswith("The bridge holds\n")
    assert (await get_subscriber(app.database, person)).state is SubscriberState.STOPPED
    await chats.tap(person, offer, say("Yes, get new stories"))
    assert (await get_subscriber(app.database, person)).state is SubscriberState.ACTIVE
    await chats.ask(person, f"/start story_{story_id}")  # a subscriber gets the story alone
    assert (await chats.ask(person, "/start latest"))["text"].startswith(say("Latest stories"))


async def test_a_link_to_a_topic_subscribes_to_it(chats: Chats, app: App) -> None:
    """A link to a topic gives a new reader that topic alone, and others that topic too."""
    await published(app.services, topics=["Food", "Schools", "Вода"])
    answer = await chats.ask(ANNA, "/start topic_food")
    assert answer["text"].startswith("You will get new stories on the topic “Food” from now on.")
    kept = await get_subscriber(app.database, ANNA)
    assert (kept.state, kept.all_topics) == (SubscriberState.ACTIVE, False)
    water = next(one for one in await app.services.subscriptions.choices(kept) if one.topic.name == "Вода")
    answer = await chats.ask(ANNA, f"/start topic_{water.topic.id}")
    assert answer["text"].startswith("You will get new stories on the topic “Вода”")
    chosen = {one.topic.name for one in await app.services.subscriptions.choices(kept) if one.chosen}
    assert chosen == {"Food", "Вода"}
    await chats.ask(TOM, "/start")
    await chats.ask(TOM, "/start topic_food")
    assert (await get_subscriber(app.database, TOM)).all_topics


async def test_links_that_name_nothing_do_no_harm(chats: Chats, app: App) -> None:
    """A link to a hidden story is refused in a sentence; any other payload is a plain /start."""
    added = await app.services.stories.add(analysis("A draft"), actor="test")
    for number in (added.story.id, 999):
        refusal = await chats.ask(ANNA, f"/start story_{number}")
        assert refusal["text"].startswith(f"There is no story {number}.")
    for payload in ("topic_nothing", "topic_", "story_x", "something-else"):
        assert "Welcome" in (await chats.ask(TOM, f"/start {payload}"))["text"]


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_stop_is_kept_until_start(chats: Chats, app: App, person: int, language: str) -> None:
    """/stop ends the pushes, and its button starts them again in the same message."""
    say = in_language(language).say
    await chats.ask(person, "/start")
    answer = await chats.ask(person, "/stop")
    assert answer["text"].startswith(say("You will get no more stories from me."))
    assert (await get_subscriber(app.database, person)).state is SubscriberState.STOPPED
    again = await chats.tap(person, answer, say("Start again"))
    assert say("You will get new stories from now on. To stop everything: /stop") in again["text"]
    assert (await get_subscriber(app.database, person)).state is SubscriberState.ACTIVE


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_help_lists_every_command(chats: Chats, person: int, language: str) -> None:
    """/help lists every command of readers in their language, with its dash, and none of the editors'."""
    answer = await chats.ask(person, "/help")
    say, dash = in_language(language).say, {"en": " – ", "uk": "\u00a0— "}[language]
    for command in COMMANDS:
        line = f"/{command.name}{dash}{say(command.description)}"
        assert (line in answer["text"].splitlines()) is not command.for_editors
    titles = [line for line in says(answer) if not line.startswith("/")]
    assert titles == [say("Read and help"), say("Choose what you get"), say("About you and this bot")]


async def test_help_lists_editors_commands(chats: Chats) -> None:
    """An editor's /help lists the editors' commands too."""
    answer = await chats.ask(EDITH, "/help")
    assert all(f"/{command.name} – " in answer["text"] for command in COMMANDS)
    assert "For editors" in says(answer)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_an_unknown_command_is_answered_with_the_nearest(
    chats: Chats, person: int, language: str
) -> None:
    """A misspelt command gets the most similar one; a strange one only the way to /help."""
    say = in_language(language).say
    near = await chats.ask(person, "/latst now")
    assert say("I do not know the command /{command}.", command="latst") in near["text"]
    assert say("Did you mean /{command}?", command="latest") in near["text"]
    strange = await chats.ask(person, "/xyzzy")
    assert strange["text"].splitlines()[1:] == [say("All commands: /help")]


async def test_editors_commands_are_not_suggested_to_readers(chats: Chats) -> None:
    """Readers do not get a command of editors as a suggestion."""
    assert "/review" not in (await chats.ask(ANNA, "/revie"))["text"]


async def test_commands_in_any_case_and_with_our_name(chats: Chats, services: Services) -> None:
    """Commands work in capitals and with the bot's name, as phones and groups write them."""
    await published(services)
    for spelled in ("/LATEST", "/Latest", f"/latest@{chats.world.bot.username}"):
        assert (await chats.ask(ANNA, spelled))["text"].startswith("Latest stories")


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_what_is_no_command_is_answered_helpfully(chats: Chats, person: int, language: str) -> None:
    """An editor's photo, sticker or voice gets one sentence that says what works instead."""
    say = in_language(language).say
    samples = set(get_args(SampleKind)) - {"document", "location"}  # they mean something
    assert samples
    for [answer] in [await chats.send(person, kind) for kind in samples]:
        assert answer["text"].startswith(say("Sorry, I only understand commands."))


async def test_an_edited_message_is_not_asked_again(chats: Chats) -> None:
    """An edited message sends no second answer."""
    await chats.ask(ANNA, "/help")
    chats.world.edit(ANNA, ANNA, chats.world.messages(ANNA)[0]["message_id"], "/donate")
    await chats.handled()
    assert len(chats.said(ANNA)) == 1


async def test_groups_get_no_unasked_answers(chats: Chats) -> None:
    """In a group, anything that is no command of the bot gets no answer."""
    ours = await chats.ask(ANNA, "/help", chat=NEIGHBOURS)
    for content in ({"text": "thanks!"}, sample("sticker", chats.world.files), {"text": "/xyzzy"}):
        chats.world.send_as(TOM, NEIGHBOURS, dict(content), reply_to=ours["message_id"])
    assert await chats.say(TOM, "/xyzzy", chat=NEIGHBOURS) == []
    assert chats.said(NEIGHBOURS) == [ours]


@pytest.mark.parametrize(
    "words",
    [
        "stop",
        "STOP!",
        "СТОП",
        "unsubscribe",
        "Відписатися",
        "wypisz mnie",
        "Bitte abmelden",
        "Darme de baja",
        "Arrêtez",
    ],
)
@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_reader_who_types_stop_is_offered_to_stop(
    chats: Chats, app: App, person: int, language: str, words: str
) -> None:
    """The word in any language gets a button that ends the pushes, and one that changes nothing.

    The editors are not bothered.
    """
    say = in_language(language).say
    await chats.ask(EDITH, "/start")
    await chats.ask(person, "/start")
    before = len(chats.said(EDITH))
    kept = await chats.tap(person, await chats.ask(person, words), say("No, keep them coming"))
    assert says(kept) == [say("All right. Nothing has changed.")]
    offer = await chats.ask(person, words)
    assert offer["text"].startswith(say("Should I stop sending you stories?"))
    assert (await get_subscriber(app.database, person)).state is SubscriberState.ACTIVE
    await chats.tap(person, offer, say("Yes, stop"))
    assert (await get_subscriber(app.database, person)).state is SubscriberState.STOPPED
    assert len(chats.said(EDITH)) == before
    assert (await chats.ask(person, words))["text"].startswith(say("You will get no more stories from me."))


async def test_an_editor_may_say_stop(chats: Chats) -> None:
    """The word of an editor is no request: it is answered as any other text."""
    await chats.ask(EDITH, "/start")
    assert "Should I stop" not in (await chats.ask(EDITH, "stop"))["text"]
