"""The Audience and the Bodies of a push: followers of a Thread, readers of a Translation, nobody twice."""

from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import update

from bot.config import Settings
from bot.i18n import in_language, languages
from bot.runtime.build import build_services
from bot.services import Services
from bot.stories.intake.analysis import analysis_pool
from storage.broadcasts import bodies, broadcasts
from storage.broadcasts.audience import Audience
from storage.broadcasts.bodies import Variant
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
    return build_services(settings, database, analysis_pool(1), clock)


async def tell(database: Database, headline: str, **values: object) -> int:
    """Add a published Story whose Summaries contain its headline. Return its id."""
    given = {"state": StoryState.PUBLISHED, "released_at": NOON, "headline": headline} | values
    async with database.transaction() as session:
        story_id = await add_story(session, **given)
        await stories.set_summaries(session, story_id, dict.fromkeys(Length, f"{headline}."))
    return story_id


async def make_thread(database: Database) -> int:
    async with database.transaction() as session:
        return await threads.make(session, title="The bridge", now=NOON)


async def interested(database: Database, number: int, slugs: Sequence[str], **values: object) -> list[int]:
    """Add so many Subscribers with these Topics alone. Return their ids."""
    chats = await add_subscribers(database, number, all_topics=False, **values)
    ids = [(await get_subscriber(database, chat)).id for chat in chats]
    async with database.transaction() as session:
        chosen = await topics.ensure(session, {slug: slug for slug in slugs})
        for one in ids:
            await subscribers.set_topics(session, one, [topic.id for topic in chosen])
    return ids


async def push(services: Services, story_id: int, **asked: Any) -> Broadcast:
    """Start a push of the Story. Return the Broadcast as it was frozen."""
    broadcast_id = await services.broadcasts.schedule(story_id, actor="test", **asked)
    assert await services.broadcasts.start_due() == [broadcast_id]
    return (await services.broadcasts.status(broadcast_id)).broadcast


async def deliver(
    database: Database, broadcast_id: int, to: Sequence[int] | None = None, state: DeliveryState | None = None
) -> list[int]:
    """Send the next open Range of this Broadcast, to all or to some. Return who was due in it."""
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
    """A follower of the Thread gets it once, also without a Topic; others do not."""
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


async def test_a_change_of_followers_counts_in_a_running_push(services: Services, database: Database) -> None:
    """A new follower of the Thread gets a push that runs already."""
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
    """Readers of Ukrainian get the Translation; without one, a note names the language of the original."""
    original = await tell(database, "The bridge holds")
    await tell(database, "Міст стоїть", language="uk", translation_of=original)
    await tell(database, "Die Brücke hält", language="de", translation_of=original)
    lonely = await tell(database, "Le pont tient", language="fr")
    bodies = await frozen(database, (await push(services, original)).id)
    assert bodies["en", Length.BRIEF]["text"].startswith("The bridge holds\n")
    assert bodies["uk", Length.BRIEF]["text"].startswith("Міст стоїть\n")
    assert "This story is in" not in str(bodies)
    assert has_button(bodies, "Show the original") == {"uk", "de"}
    bodies = await frozen(database, (await push(services, lonely)).id)
    assert "This story is in French." in bodies["en", Length.LONG]["text"]
    assert "французька" in bodies["uk", Length.LONG]["text"]


async def frozen(database: Database, broadcast_id: int) -> dict[tuple[str, Length], dict[str, Any]]:
    """Return the Bodies of readers who chose no languages for Stories and may get an Appeal."""
    async with database.read() as session:
        kept = await bodies.of(session, broadcast_id)
        broadcast = await broadcasts.get(session, broadcast_id)
    assert broadcast is not None
    languages_of_story = Audience.of(broadcast).story_languages
    return {
        (language, length): kept[Variant(language, length, language_for(languages_of_story, language, ""))]
        for language, length in {variant[:2] for variant in kept}
    }


def has_button(bodies: dict[tuple[str, Length], dict[str, Any]], label: str) -> set[str]:
    """Return the languages whose Bodies have this button, by its label in that language."""
    return {
        language
        for (language, _), body in bodies.items()
        for row in body["reply_markup"]["inline_keyboard"]
        if in_language(language).say(label) in [button["text"] for button in row]
    }


async def test_a_draft_translation_is_sent_to_nobody(services: Services, database: Database) -> None:
    """A withdrawn Translation is not sent: readers of its language get the original with the note."""
    original = await tell(database, "The bridge holds")
    await tell(database, "Міст", language="uk", translation_of=original, state=StoryState.DRAFT)
    bodies = await frozen(database, (await push(services, original)).id)
    assert bodies["uk", Length.BRIEF]["text"].startswith("The bridge holds\n")
    assert "англійська" in bodies["uk", Length.BRIEF]["text"]


async def test_a_story_of_a_thread_has_the_button_to_follow(services: Services, database: Database) -> None:
    """Every Body has the button to follow, and the one to the earlier Story if there is one."""
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


async def test_a_later_translation_goes_to_readers_without_the_original(
    services: Services, database: Database
) -> None:
    """A push of a Translation reaches its readers, but not those who were sent the original."""
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
    await services.control.cancel(first.id, actor="test")
    second = await push(services, translation)
    assert second.expected == 1
    assert await deliver(database, second.id) == [failed]
    assert (await frozen(database, second.id))["uk", Length.BRIEF]["text"].startswith("Міст стоїть")


async def test_the_original_after_its_translation_excludes_its_recipients(
    services: Services, database: Database
) -> None:
    """A second push of the very same Story reaches the same readers again."""
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
    """While the push of the original runs, its readers of that language get one of the two."""
    chats = await add_subscribers(database, 3, language="uk")
    one, two, three = [(await get_subscriber(database, chat)).id for chat in chats]
    original = await tell(database, "The bridge holds")
    first = await push(services, original)
    await deliver(database, first.id, [one])
    translation = await tell(database, "Міст стоїть", language="uk", translation_of=original)
    second = await push(services, translation)
    await services.control.pause(first.id, actor="test")
    assert await deliver(database, second.id, [two]) == [two, three]
    await services.control.pause(second.id, actor="test")
    await services.control.resume(first.id, actor="test")
    assert await deliver(database, first.id) == [three]
    await services.control.resume(second.id, actor="test")
    assert await deliver(database, second.id) == []


async def test_a_broadcast_of_before_there_were_threads_goes_on(
    services: Services, database: Database
) -> None:
    """A Broadcast whose stored Audience lacks newer keys reaches everybody in it."""
    await add_subscribers(database, 2)
    broadcast = await push(services, await tell(database, "Old"))
    old = {key: broadcast.audience[key] for key in ("topics", "languages", "kinds", "highest_id")}
    async with database.transaction() as session:
        await session.execute(update(Broadcast).where(Broadcast.id == broadcast.id).values(audience=old))
    assert len(await deliver(database, broadcast.id)) == 2
