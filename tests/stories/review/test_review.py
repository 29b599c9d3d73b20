"""Of editors who change a Story at the same moment one wins, and the audit log says who."""

import asyncio
from functools import partial
from typing import Any

import pytest

from bot.broadcasts import pushes
from bot.broadcasts.agreement import Agreement
from bot.editors.rights import Rights
from bot.errors import RefusedError
from bot.stories.conflicts import ConflictError
from bot.stories.editing import Editing
from bot.stories.review.review import Review
from storage import audit
from storage.database import Database
from storage.words import Length, StoryState
from tests.factories import MovableClock, add_story, get_story

EDITORS = [f"editor {number}" for number in range(6)]


@pytest.fixture
def review(database: Database, clock: MovableClock) -> Review:
    """The use cases around decisions."""
    return Review(database, clock, Rights(), partial(pushes.schedule_first, agreement=Agreement(Rights())))


@pytest.fixture
def editing(database: Database, clock: MovableClock) -> Editing:
    """The use cases that change a Story."""
    return Editing(database, clock, Rights())


async def _story(database: Database, **values: object) -> int:
    async with database.transaction() as session:
        return await add_story(session, **values)


async def _results(*acts: Any) -> list[BaseException | None]:
    return list(await asyncio.gather(*acts, return_exceptions=True))


async def _actions(database: Database, story_id: int) -> list[tuple[str, str]]:
    async with database.read() as session:
        return [(one.actor, one.action) for one in await audit.history(session, "story", story_id)]


async def test_of_six_headlines_at_once_one_wins(database: Database, editing: Editing) -> None:
    """One headline is stored; the other five editors get an error with the winner's name."""
    story = await _story(database)
    results = await _results(
        *(editing.set_headline(story, f"By {actor}", version=0, actor=actor) for actor in EDITORS)
    )
    [(winner, action)] = await _actions(database, story)
    assert action == "headline"
    stored = await get_story(database, story)
    assert (stored.headline, stored.version) == (f"By {winner}", 1)
    losers = [one for one in results if one is not None]
    assert len(losers) == 5
    assert all(isinstance(one, ConflictError) and one.actor == winner for one in losers)


async def test_of_a_decision_and_changes_at_once_one_wins(
    database: Database, review: Review, editing: Editing
) -> None:
    """Of publishing, rejecting and two changes at the same version one happens."""
    story = await _story(database)
    results = await _results(
        review.publish(story, actor="publisher", push=True, version=0),
        review.reject(story, actor="rejecter", version=0),
        editing.set_summary(story, Length.SHORT, "New.", version=0, actor="writer"),
        editing.add_topic(story, "Food", version=0, actor="sorter"),
    )
    assert sum(isinstance(one, ConflictError) for one in results) == 3
    assert len(await _actions(database, story)) == 1
    assert (await get_story(database, story)).version == 1


async def test_two_stories_that_continue_each_other_at_once_share_a_thread(
    database: Database, editing: Editing
) -> None:
    """Two changes that lock the same two Stories do not deadlock, and make one Thread."""
    one, two = await _story(database), await _story(database)
    results = await _results(
        editing.continue_story(one, two, version=None, actor="a"),
        editing.continue_story(two, one, version=None, actor="b"),
    )
    assert results == [None, None]
    threads = {(await get_story(database, story)).thread_id for story in (one, two)}
    assert len(threads) == 1
    assert None not in threads


async def test_without_a_version_any_version_is_changed(database: Database, editing: Editing) -> None:
    """The command line names no version and changes the Story at any version."""
    story = await _story(database)
    await editing.set_language(story, "uk", version=None, actor="command line")
    await editing.set_language(story, "pl", version=None, actor="command line")
    stored = await get_story(database, story)
    assert (stored.language, stored.version) == ("pl", 2)


async def test_a_change_to_the_present_value_does_nothing(database: Database, editing: Editing) -> None:
    """A change to the present value adds no audit entry and no version."""
    story = await _story(database, headline="Same", language="uk")
    await editing.set_headline(story, " Same ", version=0, actor="a")
    await editing.set_language(story, "UK", version=0, actor="a")
    await editing.set_appeal(story, None, version=0, actor="a")
    await editing.set_thread(story, None, version=0, actor="a")
    await editing.set_translation(story, None, version=0, actor="a")
    assert (await get_story(database, story)).version == 0
    assert await _actions(database, story) == []


async def test_a_decision_makes_open_cards_old(database: Database, review: Review) -> None:
    """A decision adds 1 to the version, so an editor who saw the old one must look again."""
    story = await _story(database)
    await review.reject(story, actor="a")
    await review.restore(story, actor="b")
    with pytest.raises(
        ConflictError, match=r"Story \d+ was returned for review by b \(2026-11-22 12:00 UTC\)\."
    ):
        await review.publish(story, actor="c", push=False, version=0)
    assert (await get_story(database, story)).state is StoryState.DRAFT
    async with database.read() as session:
        noted = [(one.before, one.after) for one in await audit.history(session, "story", story)]
    assert noted == [
        ({"state": "draft"}, {"state": "rejected"}),
        ({"state": "rejected"}, {"state": "draft"}),
    ]


async def test_a_state_without_an_audit_entry_is_named_alone(database: Database, editing: Editing) -> None:
    """Without an audit entry the sentence names the state and no editor."""
    story = await _story(database, state=StoryState.WITHDRAWN)
    with pytest.raises(RefusedError, match=r"Story \d+ was withdrawn\.$"):
        await editing.set_headline(story, "New", version=None, actor="a")
    changed = await _story(database, version=3)
    with pytest.raises(RefusedError, match=r"has changed\. Look at it again: /review"):
        await editing.set_headline(changed, "New", version=2, actor="a")


async def test_proposed_warnings_join_the_ones_given(database: Database, review: Review) -> None:
    """A story that is published unseen keeps the warnings that an editor gave it before."""
    story_id = await _story(database, warnings="death", proposed_warnings="violence")
    await review.publish(story_id, actor="source 1", push=False, unseen=True)
    story = await get_story(database, story_id)
    assert (story.warnings, story.proposed_warnings) == ("violence death", "")


async def test_drafts_are_announced_once(database: Database, review: Review) -> None:
    """Drafts are announced until that is noted; published Stories are left out."""
    drafts = [await _story(database) for _ in range(3)]
    await _story(database, state=StoryState.PUBLISHED)
    seen = await _story(database)
    await review.mark_announced(seen)
    assert await review.unannounced() == drafts
    await review.mark_announced(*drafts[:2])
    assert await review.unannounced() == drafts[2:]
    await review.mark_announced(*drafts)
    assert await review.unannounced() == []


async def test_a_draft_knows_its_place_among_the_drafts(database: Database, review: Review) -> None:
    """The place counts drafts from the oldest; a Story that is no draft has none."""
    first, rejected, second = [await _story(database) for _ in range(3)]
    await review.reject(rejected, actor="a")
    looked = [await review.look(story) for story in (first, rejected, second)]
    assert [(one.place, one.total) for one in looked] == [(0, 2), (None, 2), (1, 2)]
