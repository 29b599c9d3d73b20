"""Who a push is for, and in which words: followers of a Thread, readers of a Translation, nobody twice."""

from collections.abc import Sequence
from typing import Any

import pytest

from bot.config import Settings
from bot.i18n import in_language, languages
from bot.runtime.build import build_services
from bot.services import Services
from bot.stories.analysis import reading_pool
from storage.broadcasts import broadcasts
from storage.broadcasts.broadcasts import Audience, Variant
from storage.database import Database
from storage.deliveries import leases, receipts, recipients
from storage.deliveries.receipts import Receipt
from storage.models import Broadcast
from storage.stories import stories, threads, topics
from storage.stories.translations import language_for
from storage.subscribers import subscribers
from storage.words import DeliveryState, Length, StoryState
from tests.factories import NOON, MovableClock, add_story, add_subscribers, get_subscriber


@pytest.fixture
def services(settings: Settings, database: Database, clock: MovableClock) -> Services:
    return build_services(settings, database, reading_pool(1), clock)


async def tell(database: Database, headline: str, **values: object) -> int:
    """A published Story with Summaries that say its headline."""
    given = {"state": StoryState.PUBLISHED, "released_at": NOON, "headline": headline} | values
    async with database.transaction() as session:
        story_id = await add_story(session, **given)
        await stories.set_summaries(session, story_id, dict.fromkeys(Length, f"{headline}."))
    return story_id


async def make_thread(database: Database) -> int:
    async with database.transaction() as session:
        return await threads.make(session, title="The bridge", now=NOON)


async def interested(database: Database, number: int, slugs: Sequence[str], **values: object) -> list[int]:
    """So many Subscribers who chose these Topics alone: their ids."""
    chats = await add_subscribers(database, number, all_topics=False, **values)
    ids = [(await get_subscriber(database, chat)).id for chat in chats]
    async with database.transaction() as session:
        chosen = await topics.ensure(session, {slug: slug for slug in slugs})
        for one in ids:
            await subscribers.set_topics(session, one, [topic.id for topic in chosen])
    return ids


async def push(services: Services, story_id: int, **asked: Any) -> Broadcast:
    """Start its push; what was frozen."""
    broadcast_id = await services.broadcasts.schedule(story_id, actor="test", **asked)
    assert await services.broadcasts.start_due() == [broadcast_id]
    return (await services.broadcasts.status(broadcast_id)).broadcast


async def deliver(
    database: Database, broadcast_id: int, to: Sequence[int] | None = None, state: DeliveryState | None = None
) -> list[int]:
    """Let the next open Range of this Broadcast be sent (to some of them): who was due in it."""
    async with database.transaction() as session:
        lease = await leases.claim(session, worker="w")
        assert lease is not None
        assert lease.broadcast_id == broadcast_id
        due = [one.subscriber_id for one in await recipients.due(session, lease, after_id=0, limit=999)]
        reached = due if to is None else to
        written = [Receipt(one, state or DeliveryState.SENT, message_id=1) for one in reached]
        await receipts.write(session, lease, written, now=NOON)
        if to is None:
            await leases.close(session, lease)
            await broadcasts.finish(session, broadcast_id, now=NOON)
        else:
            await leases.release(session, lease)
    return due


async def test_followers_get_the_next_story_outside_their_topics(
    services: Services, database: Database
) -> None:
    """Who follows the Thread is in, once, also where the Story has no Topic; who does not is out."""
    thread = await make_thread(database)
    follower, both, _ = await interested(database, 3, ["food"])
    await interested(database, 1, [])
    async with database.transaction() as session:
        for one in (follower, both):
            await threads.follow(session, subscriber_id=one, thread_id=thread)
        await topics.ensure(session, {"schools": "schools"})
        school = await topics.by_slugs(session, ["schools"])
        await subscribers.set_topics(session, both, [topic.id for topic in school])
    without_topics = await tell(database, "No topic", thread_id=thread)
    with_topic = await tell(database, "Schools", thread_id=thread)
    async with database.transaction() as session:
        await stories.add_topics(session, with_topic, [topic.id for topic in school])
    for story in (without_topics, with_topic):
        assert await services.broadcasts.reach(story) == 2
        broadcast = await push(services, story)
        assert broadcast.expected == 2
        assert await deliver(database, broadcast.id) == [follower, both]
    assert await services.broadcasts.reach(await tell(database, "Another")) == 0
    assert await services.broadcasts.reach(with_topic, topics=["food"]) == 3


async def test_who_stopped_following_gets_no_more(services: Services, database: Database) -> None:
    """Also where the push runs already."""
    thread = await make_thread(database)
    [person] = await interested(database, 1, [])
    async with database.transaction() as session:
        await threads.follow(session, subscriber_id=person, thread_id=thread)
    broadcast = await push(services, await tell(database, "Next", thread_id=thread))
    async with database.transaction() as session:
        await threads.unfollow(session, subscriber_id=person, thread_id=thread)
    assert await deliver(database, broadcast.id) == []


async def test_each_language_gets_its_translation_or_the_original(
    services: Services, database: Database
) -> None:
    """One push, two Bodies: the Ukrainian one is the Translation; without it the note says the language."""
    original = await tell(database, "The bridge holds")
    await tell(database, "Міст стоїть", language="uk", translation_of=original)
    await tell(database, "Die Brücke hält", language="de", translation_of=original)
    lonely = await tell(database, "Le pont tient", language="fr")
    bodies = await frozen(database, (await push(services, original)).id)
    assert bodies["en", Length.BRIEF]["text"].startswith("The bridge holds\n")
    assert bodies["uk", Length.BRIEF]["text"].startswith("Міст стоїть\n")
    assert "Language" not in str(bodies)
    assert has_button(bodies, "Show the original") == {"uk", "de"}
    bodies = await frozen(database, (await push(services, lonely)).id)
    assert "In the original: French" in bodies["en", Length.LONG]["text"]
    assert "французька" in bodies["uk", Length.LONG]["text"]


async def frozen(database: Database, broadcast_id: int) -> dict[tuple[str, Length], dict[str, Any]]:
    """What readers get who chose no languages to read in and are due for an Appeal."""
    async with database.read() as session:
        kept = await broadcasts.bodies(session, broadcast_id)
        broadcast = await broadcasts.get(session, broadcast_id)
    assert broadcast is not None
    told_in = Audience.load(broadcast.audience).told_in
    return {
        (language, length): kept[Variant(language, length, language_for(told_in, language, ""))]
        for language, length in {variant[:2] for variant in kept}
    }


def has_button(bodies: dict[tuple[str, Length], dict[str, Any]], label: str) -> set[str]:
    """The languages whose Bodies have this button, in their own words."""
    return {
        language
        for (language, _), body in bodies.items()
        for row in body["reply_markup"]["inline_keyboard"]
        if in_language(language).say(label) in [button["text"] for button in row]
    }


async def test_a_draft_translation_is_sent_to_nobody(services: Services, database: Database) -> None:
    """The Body of its language is the original's, with the note."""
    original = await tell(database, "The bridge holds")
    await tell(database, "Міст", language="uk", translation_of=original, state=StoryState.DRAFT)
    bodies = await frozen(database, (await push(services, original)).id)
    assert bodies["uk", Length.BRIEF]["text"].startswith("The bridge holds\n")
    assert "англійська" in bodies["uk", Length.BRIEF]["text"]


async def test_a_story_of_a_thread_has_the_button_to_follow(services: Services, database: Database) -> None:
    """In every Body, and what happened before once there is a before; a Translation has it as well."""
    thread = await make_thread(database)
    first = await tell(database, "First", thread_id=thread)
    bodies = await frozen(database, (await push(services, first)).id)
    assert has_button(bodies, "Follow this story") == set(languages())
    assert has_button(bodies, "What happened before") == set()
    second = await tell(database, "Second", thread_id=thread)
    await tell(database, "Друга", translation_of=second, language="uk")
    bodies = await frozen(database, (await push(services, second)).id)
    assert has_button(bodies, "Follow this story") == set(languages())
    assert has_button(bodies, "What happened before") == set(languages())
    alone = await frozen(database, (await push(services, await tell(database, "Alone"))).id)
    assert has_button(alone, "Follow this story") == set()


async def test_a_later_translation_goes_to_its_readers_who_have_nothing_yet(
    services: Services, database: Database
) -> None:
    """Neither to readers of other languages, nor to who was sent the original; who was not reached is in."""
    await add_subscribers(database, 2)
    reached, failed = await interested(database, 2, ["food"], language="uk")
    original = await tell(database, "The bridge holds")
    async with database.transaction() as session:
        food = await topics.by_slugs(session, ["food"])
        await stories.add_topics(session, original, [topic.id for topic in food])
    first = await push(services, original)
    await deliver(database, first.id, [reached])
    await deliver(database, first.id, [failed], DeliveryState.FAILED)
    translation = await tell(database, "Міст стоїть", language="uk", translation_of=original)
    assert await services.broadcasts.reach(translation) == 1
    await services.broadcasts.cancel(first.id, actor="test")
    second = await push(services, translation)
    assert second.expected == 1
    assert await deliver(database, second.id) == [failed]
    assert (await frozen(database, second.id))["uk", Length.BRIEF]["text"].startswith("Міст стоїть")


async def test_the_original_after_its_translation_leaves_out_who_has_it(
    services: Services, database: Database
) -> None:
    """A second push of the very same Story, though, is what the editor asked for."""
    chats = await add_subscribers(database, 2)
    [ukrainian] = await add_subscribers(database, 1, language="uk")
    english = [(await get_subscriber(database, chat)).id for chat in chats]
    reader = (await get_subscriber(database, ukrainian)).id
    original = await tell(database, "The bridge holds")
    translation = await tell(database, "Міст стоїть", language="uk", translation_of=original)
    assert await deliver(database, (await push(services, translation)).id) == [reader]
    assert await deliver(database, (await push(services, original)).id) == english
    assert await deliver(database, (await push(services, original, seen=1)).id) == english
    assert await services.broadcasts.reach(translation) == 1


async def test_a_translation_pushed_meanwhile_is_not_followed_by_the_original(
    services: Services, database: Database
) -> None:
    """The original's push still runs: its readers of that language get one of the two."""
    chats = await add_subscribers(database, 3, language="uk")
    one, two, three = [(await get_subscriber(database, chat)).id for chat in chats]
    original = await tell(database, "The bridge holds")
    first = await push(services, original)
    await deliver(database, first.id, [one])
    translation = await tell(database, "Міст стоїть", language="uk", translation_of=original)
    second = await push(services, translation)
    await services.broadcasts.pause(first.id, actor="test")
    assert await deliver(database, second.id, [two]) == [two, three]
    await services.broadcasts.pause(second.id, actor="test")
    await services.broadcasts.resume(first.id, actor="test")
    assert await deliver(database, first.id) == [three]
    await services.broadcasts.resume(second.id, actor="test")
    assert await deliver(database, second.id) == []


async def test_a_broadcast_of_before_there_were_threads_goes_on(
    services: Services, database: Database
) -> None:
    """Its row has no such keys: everybody in its Audience is still due."""
    await add_subscribers(database, 2)
    broadcast = await push(services, await tell(database, "Old"))
    old = {key: broadcast.audience[key] for key in ("topics", "languages", "kinds", "highest_id")}
    async with database.transaction() as session:
        await broadcasts.change(session, broadcast.id, audience=old)
    assert len(await deliver(database, broadcast.id)) == 2
