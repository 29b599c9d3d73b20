"""A Story that is confirmed for an hour is shown to nobody before it, and can be published again."""

from datetime import timedelta

import pytest

from bot.config import Settings
from bot.editors.actors import actor_of
from bot.errors import NotFoundError, RefusedError
from bot.runtime.build import build_services
from bot.services import Services
from bot.stories.intake.analysis import analysis_pool
from storage import audit
from storage.database import Database
from storage.stories import stories, threads
from storage.words import BroadcastState, ChatKind, EditorRole, StoryState
from tests.factories import NOON, MovableClock, add_subscribers, analysis, get_story, published

HOUR = timedelta(hours=1)
OWNER, WRITER = 1, 3
EDITOR = actor_of(OWNER)


@pytest.fixture
def services(settings: Settings, database: Database, clock: MovableClock) -> Services:
    """The use cases as the bot has them."""
    given = settings.model_copy(update={"owner_ids": frozenset({OWNER})})
    return build_services(given, database, analysis_pool(1), clock)


async def _scheduled(
    services: Services, headline: str = "The secret bridge", **given: object
) -> tuple[int, int]:
    """A Story that is confirmed for one hour later; its id, and that of its push."""
    story = (await services.stories.add(analysis(headline, **given), actor="test")).story.id  # type: ignore[arg-type]
    push = await services.review.publish(story, actor=EDITOR, push=True, at=NOON + HOUR)
    assert push is not None
    return story, push


async def _seen(services: Services, story: int) -> list[bool]:
    """Whether readers find it in the list, by words, by number, and in its languages."""
    listed, _ = await services.published.latest(limit=10)
    found = await services.published.find("bridge", "en", limit=10)
    try:
        await services.published.read(story)
        opened = True
    except NotFoundError:
        opened = False
    return [story in [one.id for one in listed], story in [one.id for one in found.stories], opened]


async def _audited(database: Database, story: int) -> list[tuple[str, str]]:
    async with database.read() as session:
        return [(one.actor, one.action) for one in await audit.history(session, "story", story)]


async def test_it_is_shown_when_its_push_starts(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """Before its hour readers do not find it; the transaction that starts the push releases it."""
    story, push = await _scheduled(services)
    assert (await get_story(database, story)).state is StoryState.SCHEDULED
    clock.advance(minutes=59)
    assert await services.broadcasts.start_due() == []
    assert await _seen(services, story) == [False, False, False]
    clock.advance(minutes=1)
    assert await services.broadcasts.start_due() == [push]
    stored = await get_story(database, story)
    assert (stored.state, stored.released_at) == (StoryState.PUBLISHED, NOON + HOUR)
    assert await _audited(database, story) == [("test", "add"), (EDITOR, "schedule"), (EDITOR, "publish")]


async def test_no_cache_shows_it_before_or_hides_it_after(
    services: Services, settings: Settings, database: Database, clock: MovableClock
) -> None:
    """Another process that answered from memory before finds it once the push has started elsewhere."""
    other = build_services(settings, database, analysis_pool(1), clock)
    [reader] = await add_subscribers(database, 1)
    await published(services, "An older bridge")
    story, _ = await _scheduled(services)
    for one in (services, other):
        await one.subscribers.meet(reader, ChatKind.PRIVATE, None)
        assert await _seen(one, story) == [False, False, False]
    clock.advance(hours=1)
    await services.broadcasts.start_due()
    for one in (services, other):
        await one.subscribers.meet(reader, ChatKind.PRIVATE, None)
        assert await _seen(one, story) == [True, True, True]


async def test_of_its_thread_and_translations_nothing_is_shown(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """Neither the Thread of a Story nor the Translations that say the same lead to one that waits."""
    first = await published(services, "The bridge")
    later, _ = await _scheduled(services, "The secret bridge")
    await services.editing.continue_story(later, first, version=None, actor=EDITOR)
    german, _ = await _scheduled(services, "Die geheime Brücke", language="de")
    await services.editing.set_translation(german, first, version=None, actor=EDITOR)
    thread = (await get_story(database, first)).thread_id
    assert thread is not None

    async def around() -> tuple[list[int], tuple[bool, bool], int, int]:
        async with database.read() as session:
            story = await stories.get(session, first)
            assert story is not None
            listed = [one.id for one in await threads.stories_of(session, thread, language="de")]
            neighbours = await threads.has_neighbours(session, thread, story)
            shown = (await services.stories.read(first, "de")).id
            [newest] = (await services.published.latest(limit=1, language="de"))[0]
            return listed, neighbours, shown, newest.id

    assert await around() == ([first], (False, False), first, first)
    clock.advance(hours=1)
    await services.broadcasts.start_due()
    assert await around() == ([later, german], (False, True), german, german)


async def test_no_title_of_a_thread_tells_of_it(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """A Thread is named after the first of its Stories that readers can see."""
    secret, _ = await _scheduled(services)
    shown = await published(services, "What happened next")
    await services.editing.continue_story(shown, secret, version=None, actor=EDITOR)

    async def title(story: int) -> str:
        thread = (await get_story(database, story)).thread_id
        async with database.read() as session:
            [found] = (await threads.titles(session, [thread])).values()
        return found

    assert await title(shown) == "What happened next"
    other, _ = await _scheduled(services, "Another secret bridge")
    await services.editing.begin_thread(other, version=None, actor=EDITOR)
    draft = (await services.stories.add(analysis("Out first"), actor="test")).story.id
    await services.editing.continue_story(draft, other, version=None, actor=EDITOR)
    assert await title(draft) == "Another secret bridge"  # nobody sees a Story of it
    await services.review.publish(draft, actor=EDITOR, push=False)
    assert await title(draft) == "Out first"
    clock.advance(hours=1)
    await services.broadcasts.start_due()
    assert await title(draft) == "Out first"


async def test_a_cancelled_push_brings_it_back_to_review(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """It is a draft again, its push says so, and it can be scheduled another time."""
    story, push = await _scheduled(services)
    await services.control.cancel(push, actor=EDITOR)
    assert (await get_story(database, story)).state is StoryState.DRAFT
    assert (await services.review.look(story)).place == 0
    status = await services.broadcasts.status(push)
    assert status.broadcast.reason == "the story is waiting for review again"
    assert (await _audited(database, story))[-1] == (EDITOR, "restore")
    clock.advance(hours=1)
    assert await services.broadcasts.start_due() == []
    assert await _seen(services, story) == [False, False, False]
    again = await services.review.publish(story, actor=EDITOR, push=True, at=NOON + 2 * HOUR, seen=1)
    clock.advance(hours=1)
    assert await services.broadcasts.start_due() == [again]


async def test_another_hour_moves_the_embargo(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """The Story follows its push to a later or an earlier hour, also to now."""
    story, push = await _scheduled(services)
    await services.control.choose_hour(push, NOON + 2 * HOUR, actor=EDITOR)
    clock.advance(hours=1)
    assert await services.broadcasts.start_due() == []
    assert await _seen(services, story) == [False, False, False]
    await services.control.send_now(push, actor=EDITOR)
    assert await services.broadcasts.start_due() == [push]
    assert await _seen(services, story) == [True, True, True]
    with pytest.raises(RefusedError, match="already finished"):
        await services.control.choose_hour(push, NOON + 3 * HOUR, actor=EDITOR)


async def test_only_a_push_gets_another_hour(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """A withdrawal of messages is not put off."""
    story = await published(services)
    await add_subscribers(database, 1)
    await services.broadcasts.schedule(story, actor=EDITOR)
    await services.broadcasts.start_due()
    [made] = await services.corrections.withdraw(story, actor=EDITOR)
    with pytest.raises(RefusedError, match="Only a push"):
        await services.control.choose_hour(made, NOON + HOUR, actor=EDITOR)


async def test_an_overdue_push_keeps_it_hidden(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """While the bot was off its hour passed: it stays hidden until an editor decides."""
    story, push = await _scheduled(services)
    clock.advance(hours=5)
    await services.broadcasts.note_overdue()
    assert await services.broadcasts.start_due() == []
    assert [one.id for one in await services.control.unannounced()] == [push]
    assert await _seen(services, story) == [False, False, False]
    await services.control.send_now(push, actor=EDITOR)
    await services.broadcasts.start_due()
    assert await _seen(services, story) == [True, True, True]


async def test_it_is_edited_like_a_draft_by_those_who_may_publish(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """A change corrects no message, and goes out with the push; who may not publish changes nothing."""
    story, push = await _scheduled(services)
    await services.editors.put(WRITER, EditorRole.EDITOR, actor=EDITOR)
    with pytest.raises(RefusedError):
        await services.editing.set_headline(story, "Sneaked in", version=None, actor=actor_of(WRITER))
    await services.editing.set_headline(story, "The mended bridge", version=None, actor=EDITOR)
    with pytest.raises(RefusedError):
        await services.corrections.correct(story, actor=EDITOR)
    clock.advance(hours=1)
    await services.broadcasts.start_due()
    assert (await services.broadcasts.status(push)).broadcast.state is not BroadcastState.CANCELLED
    assert (await services.published.read(story)).headline == "The mended bridge"


async def test_while_it_waits_nothing_else_is_decided(services: Services, database: Database) -> None:
    """It is neither published, rejected, withdrawn nor pushed otherwise: its push decides."""
    story, _ = await _scheduled(services)
    for verb in (
        services.review.publish(story, actor=EDITOR, push=False),
        services.review.reject(story, actor=EDITOR),
    ):
        with pytest.raises(RefusedError, match=rf"Story {story} was scheduled by editor 1"):
            await verb
    with pytest.raises(RefusedError, match="cannot see story"):
        await services.corrections.withdraw(story, actor=EDITOR)
    with pytest.raises(RefusedError, match="is scheduled"):
        await services.preparation.prepare(story, editor=OWNER)
    with pytest.raises(RefusedError, match="is not published"):
        await services.broadcasts.schedule(story, actor=EDITOR)


async def test_a_push_without_an_hour_publishes_at_once(services: Services, database: Database) -> None:
    """A Source that publishes by itself, and an editor who names no hour, wait for nothing."""
    story = (await services.stories.add(analysis(), actor="test")).story.id
    await services.review.publish(story, actor="source 1", push=True, unseen=True)
    assert (await get_story(database, story)).state is StoryState.PUBLISHED


async def test_an_hour_that_is_past_is_refused(services: Services, database: Database) -> None:
    """Then the Story stays a draft."""
    story = (await services.stories.add(analysis(), actor="test")).story.id
    with pytest.raises(Exception, match="has passed"):
        await services.review.publish(story, actor=EDITOR, push=True, at=NOON - HOUR)
    assert (await get_story(database, story)).state is StoryState.DRAFT


async def _withdrawn(services: Services) -> int:
    """A Story that was withdrawn with a reason, before anybody was sent it."""
    story = await published(services, "The bridge")
    await services.corrections.withdraw(story, actor=EDITOR, reason="The place was wrong.")
    return story


async def test_a_withdrawn_story_is_published_again(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """Readers find it again, without the words on its withdrawal, which the audit log keeps."""
    story = await _withdrawn(services)
    clock.advance(hours=1)
    await services.review.publish(story, actor=EDITOR, push=False)
    stored = await get_story(database, story)
    assert (stored.state, stored.released_at, stored.notice) == (StoryState.PUBLISHED, NOON + HOUR, None)
    assert await _seen(services, story) == [True, True, True]
    actions = [action for _, action in await _audited(database, story)]
    assert actions == ["add", "publish", "withdraw", "notice", "publish"]
    async with database.read() as session:
        last = await audit.last(session, "story", story)
    assert last is not None
    assert last.before == {"state": "withdrawn", "notice": "The place was wrong."}


async def test_a_withdrawn_story_may_come_again_at_an_hour(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """Until then readers are informed that it was withdrawn, and so they are if the push is cancelled."""
    story = await _withdrawn(services)
    for _ in range(2):
        push = await services.review.publish(story, actor=EDITOR, push=True, at=NOON + HOUR, seen=0)
        assert push is not None
        with pytest.raises(NotFoundError, match=r"was withdrawn\. The reason: The place was wrong\."):
            await services.published.read(story)
        await services.control.cancel(push, actor=EDITOR)
        assert (await get_story(database, story)).state is StoryState.WITHDRAWN
        status = await services.broadcasts.status(push)
        assert status.broadcast.reason == "the story stays withdrawn"
    await services.review.publish(story, actor=EDITOR, push=True, at=NOON + HOUR, seen=2)
    clock.advance(hours=1)
    await services.broadcasts.start_due()
    assert (await get_story(database, story)).notice is None
    assert await _seen(services, story) == [True, True, True]


async def test_it_comes_again_only_once_it_is_taken_back(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """As long as its messages are being deleted, publishing it again would leave some of them."""
    story = await published(services)
    await add_subscribers(database, 1)
    await services.broadcasts.schedule(story, actor=EDITOR)
    await services.broadcasts.start_due()
    [made] = await services.corrections.withdraw(story, actor=EDITOR)
    with pytest.raises(RefusedError, match="still being withdrawn"):
        await services.review.publish(story, actor=EDITOR, push=False)
    await services.control.cancel(made, actor=EDITOR)
    await services.review.publish(story, actor=EDITOR, push=False)
    assert (await get_story(database, story)).state is StoryState.PUBLISHED


async def test_the_preview_shows_it_as_it_will_be(services: Services, database: Database) -> None:
    """A test message of a withdrawn Story shows the Story, and not that it was withdrawn."""
    story = await _withdrawn(services)
    push = await services.preparation.prepare(story, editor=OWNER)
    assert (await services.preparation.preview(push)).story.is_withdrawn
    [chat] = await add_subscribers(database, 1)
    reader = await services.subscribers.meet(chat, ChatKind.PRIVATE, None)
    body = await services.preparation.body(push, reader)
    assert body["text"].startswith("The bridge")
    assert "place was wrong" not in body["text"]
    assert (await get_story(database, story)).state is StoryState.WITHDRAWN
