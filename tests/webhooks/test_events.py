"""What webhooks hear: each event once, in the transaction of what it tells about, and nothing of readers."""

from datetime import timedelta
from typing import Any

import orjson
import pytest

from bot.config import Settings
from bot.editors.actors import actor_of
from bot.errors import RefusedError
from bot.runtime.build import build_services
from bot.services import Services
from bot.stories.intake.analysis import analysis_pool
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.models import Event
from storage.words import BroadcastState, Length
from tests.broadcasts.test_corrections import Newsroom
from tests.factories import NOON, MovableClock, analysis, at_once, published
from tests.webhooks.conftest import Hooks

OWNER = 1
EDITOR = actor_of(OWNER)


@pytest.fixture
def services(settings: Settings, database: Database, clock: MovableClock) -> Services:
    """The use cases as the bot has them."""
    given = settings.model_copy(update={"owner_ids": frozenset({OWNER})})
    return build_services(given, database, analysis_pool(1), clock)


@pytest.fixture
async def heard(hooks: Hooks) -> Hooks:
    """Somebody listens."""
    await hooks.add("https://hooks.example.org/")
    return hooks


async def _told(hooks: Hooks) -> list[tuple[str, dict[str, Any]]]:
    """Type and data of every event, in the order in which they were written."""
    told = [orjson.loads(one.body) for one in await hooks.rows(Event)]
    return [(one["type"], one["data"]) for one in told]


async def test_a_story_from_its_release_to_its_withdrawal(
    services: Services, heard: Hooks, clock: MovableClock
) -> None:
    """Published with all that readers see, corrected with the note, withdrawn with nothing that it said."""
    story = await published(services, "The bridge holds", ["Bridges"])
    clock.advance(hours=1)
    await services.editing.set_headline(story, "The bridge fell", version=None, actor=EDITOR)
    await services.corrections.correct(story, actor=EDITOR, note="It fell.")
    clock.advance(hours=1)
    await services.corrections.withdraw(story, actor=EDITOR, reason="All of it was wrong.")
    (first, new), (second, corrected), (third, gone) = await _told(heard)
    assert (first, second, third) == ("story.published", "story.corrected", "story.withdrawn")
    assert new["story"]["headline"] == "The bridge holds"
    assert new["story"]["topics"] == [{"slug": "bridges", "name": "Bridges"}]
    assert new["story"]["summaries"][Length.SHORT.value] == "One sentence. Two sentences. Three sentences."
    assert (new["story"]["published_at"], new["story"]["corrected_at"]) == ("2026-11-22T12:00:00Z", None)
    assert corrected["story"]["headline"] == "The bridge fell"
    assert corrected["story"]["correction"] == "It fell."
    assert corrected["story"]["corrected_at"] == "2026-11-22T13:00:00Z"
    assert gone["story"] == {
        "id": story,
        "language": "en",
        "address": None,
        "reason": "All of it was wrong.",
    }


async def test_an_embargo_is_kept(services: Services, heard: Hooks, clock: MovableClock) -> None:
    """Of a story that waits for the hour of its push webhooks hear when it starts."""
    story = (await services.stories.add(analysis("The secret bridge"), actor="test")).story.id
    await services.review.publish(story, actor=EDITOR, push=True, at=NOON + timedelta(hours=1))
    assert await _told(heard) == []
    clock.advance(hours=1)
    await services.broadcasts.start_due()
    told = await _told(heard)
    assert [kind for kind, _ in told] == ["story.published", "push.finished"]  # there are no readers
    assert told[0][1]["story"]["published_at"] == "2026-11-22T13:00:00Z"


async def test_the_command_line_publishes_too(services: Services, heard: Hooks) -> None:
    """Also without a push, several at once."""
    added = [analysis("One"), analysis("Two")]
    await services.stories.add_all(added, ["Bridges"], actor="command line", publish_quietly=True)
    await services.stories.add_all([analysis("Draft")], actor="command line")
    told = [data["story"] for _, data in await _told(heard)]
    assert [one["headline"] for one in told] == ["One", "Two"]
    assert [one["topics"] for one in told] == [[{"slug": "bridges", "name": "Bridges"}]] * 2
    assert all(one["summaries"] for one in told)


async def test_what_is_refused_is_not_told(services: Services, heard: Hooks) -> None:
    """The event is written in the transaction of the change: neither is there without the other."""
    story = (await services.stories.add(analysis("Draft"), actor="test")).story.id
    with pytest.raises(RefusedError):
        await services.review.publish(story, actor=actor_of(99), push=False)
    with pytest.raises(RefusedError):
        await services.corrections.correct(story, actor=EDITOR)
    with pytest.raises(RefusedError):
        await services.corrections.withdraw(story, actor=EDITOR)
    assert await _told(heard) == []


async def test_a_push_is_finished_once(heard: Hooks, database: Database, clock: MovableClock) -> None:
    """Two workers close its ranges, several find it done at once: one event, with counts and no reader."""
    newsroom = Newsroom(database, clock)
    await newsroom.prepare(12, size=3)
    await newsroom.finish(newsroom.worker("one"), newsroom.worker("two"))
    again = await at_once(database, lambda session: broadcasts.finish(session, newsroom.push_id, now=clock()))
    assert not any(again)
    [(kind, data)] = await _told(heard)
    assert kind == "push.finished"
    counts = {"sent": 12, "held": 0, "skipped": 0, "blocked": 0, "failed": 0}
    times = {"started_at": "2026-11-22T12:00:00Z", "finished_at": "2026-11-22T12:00:00Z"}
    assert data == {"push": {"id": newsroom.push_id, "story_id": newsroom.story_id, **times, **counts}}


async def test_of_two_who_find_it_done_one_tells_it(
    heard: Hooks, database: Database, clock: MovableClock
) -> None:
    """The last range was closed; several processes finish the push at the same moment."""
    newsroom = Newsroom(database, clock)
    await newsroom.push(2)
    async with database.transaction() as session:
        await broadcasts.change(session, newsroom.push_id, state=BroadcastState.RUNNING)
    before = len(await _told(heard))
    ended = await at_once(database, lambda session: broadcasts.finish(session, newsroom.push_id, now=clock()))
    assert sum(ended) == 1
    assert len(await _told(heard)) == before + 1


async def test_a_correction_that_is_sent_is_no_push(
    heard: Hooks, database: Database, clock: MovableClock
) -> None:
    """Only pushes finish for webhooks: corrections and digests are our own affair."""
    newsroom = Newsroom(database, clock)
    await newsroom.push(3)
    made = await newsroom.corrections.correct(newsroom.story_id, actor="editor 1")
    await newsroom.work_off(made)
    kinds = [kind for kind, _ in await _told(heard)]
    assert kinds == ["push.finished", "story.corrected"]
