"""Groups, sharing, what readers write, and what is kept of them: over HTTP, by polling and by webhook."""

import json
from functools import partial

import pytest

from bot.cli.check import examine
from bot.config import Settings
from bot.i18n import in_language
from bot.sandbox.server import Sandbox
from storage.subscribers import subscribers
from tests.chats import EDITH, READERS, TOM, Chats, labels, links, says, told
from tests.factories import analysis, published
from tests.running import running

HEADLINE = "The bridge holds"
both_languages = pytest.mark.parametrize(("person", "language"), READERS)


def _has_push(chats: Chats, chat: int) -> bool:
    """The story was pushed to this chat."""
    return any(HEADLINE in told(one) for one in chats.said(chat))


@both_languages
async def test_a_reader_has_their_data_and_is_forgotten(
    either: Settings, telegram: Sandbox, person: int, language: str
) -> None:
    """The file comes as a file; after yes nothing is kept, and an import leaves them out."""
    chats, say = Chats(telegram.world), in_language(language).say
    async with running(either) as app:
        await chats.ask(person, "/start")
        [sent] = await chats.say(person, "/mydata")
        file = telegram.world.files.find(sent["document"]["file_id"])
        assert file is not None
        kept = json.loads(telegram.world.files.read(file) or b"")
        assert (kept["subscriber"]["chat_id"], kept["subscriber"]["language"]) == (person, language)
        question = await chats.ask(person, "/forgetme")
        await chats.tap(person, question, say("Yes, forget this chat"))
        [tally] = [one async for one in app.services.csv.load(["chat_id\n", f"{person}\n"])]
        assert (tally.added, tally.forgotten) == (0, 1)
        async with app.database.read() as session:
            assert await subscribers.by_chat(session, person) is None


@both_languages
async def test_a_reader_and_an_editor_write_to_each_other(
    either: Settings, telegram: Sandbox, person: int, language: str
) -> None:
    """The question reaches the editor, and the answer the reader, also after a restart in between."""
    chats, say = Chats(telegram.world), in_language(language).say
    async with running(either):
        await chats.ask(EDITH, "/start")
        answer = await chats.write(person, "Is the bridge open?", language)
        assert says(answer)[0] == say("The editors have your message. If they answer, you will see it here.")
        await chats.told()
    copy = chats.said(EDITH)[-1]
    async with running(either):
        telegram.world.say(EDITH, EDITH, "Since Monday.", reply_to=copy["message_id"])
        await chats.handled()
    head, words = chats.said(person)[-2:]
    assert (head["text"], words["text"]) == (say("The editors answer:"), "Since Monday.")


@both_languages
async def test_a_story_is_shared_and_opened_by_somebody_new(
    either: Settings, telegram: Sandbox, person: int, language: str
) -> None:
    """By a card out of inline mode and the picture of /share: the link opens it, and subscribes nobody."""
    chats, say = Chats(telegram.world), in_language(language).say
    world = telegram.world
    async with running(either) as app:
        story = await published(app.services, HEADLINE)
        await world.inline_query(person, "bridge")
        group = world.add_group("Street", [person, TOM]).id
        card = world.choose(person, group, f"story_{story}")
        assert labels(card) == [say("Open in the bot")]
        poster = await chats.ask(person, f"/share {story}")
        assert poster["photo"]
        [link] = links(card)
        assert link in told(poster)
        stranger = world.add_person("Jean", language).id
        opened, offer = await chats.say(stranger, f"/start {link.partition('=')[2]}")
        assert opened["text"].startswith(f"{HEADLINE}\n")
        assert labels(offer) == [say("Yes, get new stories")]


@both_languages
async def test_a_forum_and_a_channel_get_a_push(
    either: Settings, telegram: Sandbox, person: int, language: str
) -> None:
    """The forum in the topic where /start was said, the channel in its own name, each in its language."""
    chats, say, world = Chats(telegram.world), in_language(language).say, telegram.world
    async with running(either) as app:
        forum = world.add_group("Street", [person, TOM], forum=True).id
        topic = world.add_topic(forum, "Help").id
        channel = world.add_group("The Bridge", [person], kind="channel").id
        await chats.handled()
        assert says(chats.said(forum)[0])[0] == say("Hello!")
        await chats.say(person, "/start", chat=forum, topic=topic)
        for chat in (forum, channel):  # whatever the hour is while this test runs
            await app.services.preferences.set_quiet(chat, None, None)
        added = await app.services.stories.add(analysis(HEADLINE), actor="test")
        await app.services.review.publish(added.story.id, actor="test", push=True)
        for chat in (forum, channel):
            await world.until(partial(_has_push, chats, chat))
    assert chats.said(forum)[-1]["message_thread_id"] == topic
    assert chats.said(channel)[-1]["sender_chat"]["id"] == channel
    assert say("Full story") in labels(chats.said(channel)[-1])


async def test_check_tells_whether_stories_can_be_shared(polling: Settings, telegram: Sandbox) -> None:
    """The report says how inline mode stands, which only BotFather can change, and where help links go."""
    plain = polling.model_copy(update={"public_url": "http://bot.example"})
    said = {finding.sentence.partition(":")[0]: finding.ok async for finding in examine(plain)}
    assert said["Inline mode is on"]
    assert not said["PUBLIC_URL should begin with https"]
    secure = polling.model_copy(update={"public_url": "https://bot.example"})
    assert "PUBLIC_URL: help links go through https://bot.example and are counted" in [
        finding.sentence async for finding in examine(secure)
    ]
