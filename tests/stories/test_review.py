"""Review and editing on both databases: of editors at the same moment one wins, and the log says who."""

import asyncio
from typing import Any

import pytest

from bot.broadcasts import pushes
from bot.errors import RefusedError
from bot.stories.conflicts import ConflictError
from bot.stories.editing import Editing
from bot.stories.review import Review
from storage import audit
from storage.database import Database
from storage.words import Length, StoryState
from tests.factories import MovableClock, add_story, get_story

EDITORS = [f"editor {number}" for number in range(6)]


@pytest.fixture
def review(database: Database, clock: MovableClock) -> Review:
    """The use cases of editors."""
    return Review(database, clock, pushes.schedule_first)


@pytest.fixture
def editing(database: Database, clock: MovableClock) -> Editing:
    """The use cases that change a Story."""
    return Editing(database, clock)


async def _story(database: Database, **values: object) -> int:
    async with database.transaction() as session:
        return await add_story(session, **values)


async def _outcomes(*acts: Any) -> list[BaseException | None]:
    return list(await asyncio.gather(*acts, return_exceptions=True))


async def _actions(database: Database, story_id: int) -> list[tuple[str, str]]:
    async with database.read() as session:
        return [(one.actor, one.action) for one in await audit.history(session, "story", story_id)]


async def test_of_six_headlines_at_once_one_wins(database: Database, editing: Editing) -> None:
    """The others are told by whom; what is stored, and the log, are the winner's."""
    story = await _story(database)
    outcomes = await _outcomes(
        *(editing.set_headline(story, f"By {actor}", version=0, actor=actor) for actor in EDITORS)
    )
    [(winner, action)] = await _actions(database, story)
    assert action == "headline"
    kept = await get_story(database, story)
    assert (kept.headline, kept.version) == (f"By {winner}", 1)
    losers = [one for one in outcomes if one is not None]
    assert len(losers) == 5
    assert all(isinstance(one, ConflictError) and one.actor == winner for one in losers)


async def test_of_a_decision_and_changes_at_once_one_wins(
    database: Database, review: Review, editing: Editing
) -> None:
    """Publishing, rejecting and editing what was seen: one of them happens."""
    story = await _story(database)
    outcomes = await _outcomes(
        review.publish(story, actor="publisher", push=True, version=0),
        review.reject(story, actor="rejecter", version=0),
        editing.set_summary(story, Length.SHORT, "New.", version=0, actor="writer"),
        editing.add_topic(story, "Food", version=0, actor="sorter"),
    )
    assert sum(isinstance(one, ConflictError) for one in outcomes) == 3
    assert len(await _actions(database, story)) == 1
    assert (await get_story(database, story)).version == 1


async def test_two_that_continue_each_other_at_once(database: Database, editing: Editing) -> None:
    """Both want both rows: neither waits for the other for ever, and both stories end in one thread."""
    one, two = await _story(database), await _story(database)
    outcomes = await _outcomes(
        editing.continue_story(one, two, version=None, actor="a"),
        editing.continue_story(two, one, version=None, actor="b"),
    )
    assert outcomes == [None, None]
    threads = {(await get_story(database, story)).thread_id for story in (one, two)}
    assert len(threads) == 1
    assert None not in threads


async def test_without_a_version_what_is_there_is_changed(database: Database, editing: Editing) -> None:
    """The command line sees no card; its change counts all the same."""
    story = await _story(database)
    await editing.set_language(story, "uk", version=None, actor="command line")
    await editing.set_language(story, "pl", version=None, actor="command line")
    kept = await get_story(database, story)
    assert (kept.language, kept.version) == ("pl", 2)


async def test_a_change_to_what_is_there_is_none(database: Database, editing: Editing) -> None:
    """It makes no entry, and nobody is overtaken by it."""
    story = await _story(database, headline="Same", language="uk")
    await editing.set_headline(story, " Same ", version=0, actor="a")
    await editing.set_language(story, "UK", version=0, actor="a")
    await editing.set_appeal(story, None, version=0, actor="a")
    await editing.set_thread(story, None, version=0, actor="a")
    await editing.set_translation(story, None, version=0, actor="a")
    assert (await get_story(database, story)).version == 0
    assert await _actions(database, story) == []


async def test_a_decision_makes_open_cards_old(database: Database, review: Review) -> None:
    """Rejected and restored is another version: who saw it before looks again before they decide."""
    story = await _story(database)
    await review.reject(story, actor="a")
    await review.restore(story, actor="b")
    with pytest.raises(
        ConflictError, match=r"Story \d+ waits for review again \(b, 2026-11-22 12:00 UTC\)\."
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
    """Without an entry in the log the sentence names the state alone."""
    story = await _story(database, state=StoryState.WITHDRAWN)
    with pytest.raises(RefusedError, match=r"Story \d+ was withdrawn\.$"):
        await editing.set_headline(story, "New", version=None, actor="a")
    changed = await _story(database, version=3)
    with pytest.raises(RefusedError, match=r"was changed meanwhile\. Look at it anew: /review"):
        await editing.set_headline(changed, "New", version=2, actor="a")


async def test_drafts_are_announced_once(database: Database, review: Review) -> None:
    """Of processes that ask at once one gets each draft; what is published or rejected is not told of."""
    drafts = [await _story(database) for _ in range(3)]
    await _story(database, state=StoryState.PUBLISHED)
    seen = await _story(database)
    await review.mark_announced(seen)
    outcomes: list[Any] = await _outcomes(*(review.take_unannounced() for _ in range(6)))
    assert sorted(story for told in outcomes for story in told) == drafts
    assert await review.take_unannounced() == []


async def test_a_look_knows_the_place_in_the_line(database: Database, review: Review) -> None:
    """Drafts are counted from the oldest; a story that is none has no place."""
    first, rejected, second = [await _story(database) for _ in range(3)]
    await review.reject(rejected, actor="a")
    looked = [await review.look(story) for story in (first, rejected, second)]
    assert [(one.place, one.total) for one in looked] == [(0, 2), (None, 2), (1, 2)]
