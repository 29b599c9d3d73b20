"""A story that is stored already is recognised when it comes in again, whatever its address."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from bot.articles.article import Link
from bot.broadcasts import pushes
from bot.broadcasts.agreement import Agreement
from bot.editors.rights import Rights
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.stories.intake import duplicates
from bot.stories.intake.analysis import Analysis
from bot.stories.intake.intake import IntakeResult
from bot.stories.review.review import Review
from bot.stories.stories import Stories
from storage import audit
from storage.database import Database
from storage.models import Story
from storage.words import ContentWarning, StoryState
from tests.factories import NOON, MovableClock, analysis, get_story

WORDS = [f"word{number}" for number in range(300)]


@pytest.fixture
def stories(database: Database, clock: MovableClock) -> Stories:
    """The use cases around Stories."""
    return Stories(database, clock, Rights())


def _analysis(words: list[str], headline: str = "The bridge", **article: object) -> Analysis:
    """Return an Analysis with the signature of its text, as the process pool returns it."""
    body = " ".join(words)
    made = analysis(headline, body, **article)  # type: ignore[arg-type]  # an Article's own fields
    return Analysis(
        made.article, made.language, made.summaries, made.plea, made.help, duplicates.signature(body)
    )


async def _all(stories: Stories) -> list[int]:
    return [story.id for story in await stories.listed()]


async def test_the_same_text_is_stored_once(stories: Stories) -> None:
    """The same text is never stored twice, not even with another address, another case or `anyway`."""
    first = await stories.add(_analysis(WORDS, address="https://a.example/1"), actor="test")
    shouted = _analysis([word.upper() for word in WORDS], address="https://b.example/2")
    for anyway in (False, True):
        again = await stories.add(shouted, actor="test", anyway=anyway)
        assert (again.result, again.story.id, again.fresh) == (IntakeResult.SAME, first.story.id, False)
    assert await _all(stories) == [first.story.id]


async def test_an_address_with_another_text(stories: Stories) -> None:
    """Nothing is added unless `anyway`; then the first Story keeps the address."""
    first = await stories.add(_analysis(WORDS, address="https://a.example/1"), actor="test")
    other = _analysis(["other", *(f"{word}b" for word in WORDS)], address="https://a.example/1")
    again = await stories.add(other, actor="test")
    assert (again.result, again.story.id) == (IntakeResult.CHANGED, first.story.id)
    second = await stories.add(other, actor="test", anyway=True)
    assert (second.fresh, second.story.address) == (True, None)
    assert first.story.address == "https://a.example/1"


@pytest.mark.parametrize("kept", [slice(0, 300, 1), slice(0, 120), slice(150, None)])
async def test_nearly_the_same_text_under_another_address(stories: Stories, kept: slice) -> None:
    """A reworded or shortened copy is added only with `anyway`; else the result names the Story."""
    await stories.add(_analysis([f"far{word}" for word in WORDS]), actor="test")
    first = await stories.add(_analysis(WORDS, address="https://a.example/1"), actor="test")
    copy = _analysis([*WORDS[kept], "indeed"], address="https://b.example/2")
    again = await stories.add(copy, actor="test")
    assert (again.result, again.story.id) == (IntakeResult.ALIKE, first.story.id)
    assert len(await _all(stories)) == 2
    wanted = await stories.add(copy, actor="test", anyway=True)
    assert (wanted.result, wanted.story.address) == (IntakeResult.NEW, "https://b.example/2")


async def test_a_related_story_is_added_and_says_so(stories: Stories) -> None:
    """A story with a third of news is added, and the result names the older Story."""
    first = await stories.add(_analysis(WORDS), actor="test")
    added = await stories.add(
        _analysis([*WORDS[:180], *(f"new{number}" for number in range(90))]), actor="test"
    )
    assert added.fresh
    assert added.related is not None
    assert added.related.id == first.story.id
    assert (await stories.add(_analysis([f"far{word}" for word in WORDS]), actor="test")).related is None


async def test_the_same_story_from_two_sides_at_once(stories: Stories) -> None:
    """Of five similar copies at the same moment one is added."""
    copies = [_analysis([*WORDS, f"by agency {number}"]) for number in range(5)]
    kept = await asyncio.gather(*(stories.add(copy, actor="test") for copy in copies))
    assert sorted(added.result.name for added in kept) == ["ALIKE"] * 4 + ["NEW"]
    assert len({added.story.id for added in kept}) == 1


async def test_links_and_dates(stories: Stories, database: Database) -> None:
    """Links are stored with their words; a date more than a day ahead is dropped."""
    links = (Link("here", "https://help.example/", 0),)
    ahead = await stories.add(_analysis(WORDS, links=links, published=NOON + timedelta(days=2)), actor="test")
    story = await get_story(database, ahead.story.id)
    assert (story.links, story.published) == ([{"words": "here", "url": "https://help.example/"}], None)
    soon = NOON + timedelta(hours=20)
    added = await stories.add(_analysis([f"far{word}" for word in WORDS], published=soon), actor="test")
    assert (await get_story(database, added.story.id)).published == soon


async def test_several_in_one_transaction(stories: Stories, database: Database) -> None:
    """Copies within one batch are recognised; new ones are published without a push."""
    batch = [_analysis(WORDS), _analysis([*WORDS, "indeed"]), _analysis([f"far{word}" for word in WORDS])]
    kept = await stories.add_all(batch, ["People"], actor="test", publish_quietly=True)
    assert [added.result for added in kept] == [IntakeResult.NEW, IntakeResult.ALIKE, IntakeResult.NEW]
    assert kept[0].story.state is StoryState.PUBLISHED
    assert kept[0].story.released_at == NOON
    async with database.read() as session:
        history = await audit.history(session, "story", kept[0].story.id)
    assert [entry.action for entry in history] == ["add", "publish"]


async def test_a_batch_that_fails_stores_nothing(stories: Stories) -> None:
    """A wrong Topic name stores nothing of the batch."""
    with pytest.raises(InvalidInputError):
        await stories.add_all([_analysis(WORDS)], ["–"], actor="test")
    assert await _all(stories) == []


async def _publish(database: Database, clock: MovableClock, story: Story) -> None:
    await Review(
        database, clock, Rights(), partial(pushes.schedule_first, agreement=Agreement(Rights()))
    ).publish(story.id, actor="test", push=False)


async def test_an_update_replaces_the_text(stories: Stories, database: Database, clock: MovableClock) -> None:
    """Id, state and address stay, the version grows, and the audit log has the old text."""
    first = (await stories.add(_analysis(WORDS, address="https://a.example/1"), actor="test")).story
    await _publish(database, clock, first)
    before = await get_story(database, first.id)
    newer = _analysis([*WORDS, "and", "more"], "The bridge is open", address="https://b.example/2")
    story = await stories.update(first.id, newer, actor="command line")
    assert (story.id, story.headline, story.body) == (first.id, "The bridge is open", newer.article.body)
    assert (story.state, story.address) == (StoryState.PUBLISHED, "https://a.example/1")
    assert story.version == before.version + 1
    async with database.read() as session:
        entry = (await audit.history(session, "story", first.id))[-1]
    assert (entry.action, entry.actor, entry.before["body"]) == ("update", "command line", first.body)
    assert entry.after["headline"] == "The bridge is open"


async def test_an_update_is_known_by_its_new_text(stories: Stories) -> None:
    """After an update only the new text is recognised."""
    first = (await stories.add(_analysis(WORDS), actor="test")).story
    other = [f"far{word}" for word in WORDS]
    await stories.update(first.id, _analysis(other), actor="test")
    assert (await stories.add(_analysis([*other, "indeed"]), actor="test")).result is IntakeResult.ALIKE
    assert (await stories.add(_analysis([*WORDS, "indeed"]), actor="test")).result is IntakeResult.NEW


async def test_an_update_proposes_only_other_warnings(stories: Stories) -> None:
    """A new text proposes no content warning that an editor gave the story already."""
    agreed, other = ContentWarning.VIOLENCE, ContentWarning.DEATH
    [added] = await stories.add_all([_analysis(WORDS)], actor="test", warnings=[agreed])
    newer = replace(_analysis([*WORDS, "more"]), warnings=(agreed, other))
    story = await stories.update(added.story.id, newer, actor="test")
    assert (story.warnings, story.proposed_warnings) == (agreed, other)


async def test_updates_that_are_refused(stories: Stories, database: Database, clock: MovableClock) -> None:
    """An unknown Story, the text of another Story and a rejected Story are refused."""
    first = (await stories.add(_analysis(WORDS), actor="test")).story
    other = _analysis([f"far{word}" for word in WORDS])
    second = (await stories.add(other, actor="test")).story
    with pytest.raises(NotFoundError):
        await stories.update(99, _analysis(WORDS[:100]), actor="test")
    with pytest.raises(RefusedError, match=f"Story {second.id} already has this text"):
        await stories.update(first.id, other, actor="test")
    await Review(
        database, clock, Rights(), partial(pushes.schedule_first, agreement=Agreement(Rights()))
    ).reject(first.id, actor="test")
    with pytest.raises(RefusedError, match="was rejected"):
        await stories.update(first.id, _analysis(WORDS[:100]), actor="test")
    assert (await get_story(database, first.id)).body == first.body


async def test_files_are_known_by_their_checksum(stories: Stories) -> None:
    """Only the checksums of files that were added are returned."""
    read = _analysis(WORDS)
    await stories.add(
        Analysis(read.article, "en", read.summaries, None, None, checksum="ab" * 32), actor="test"
    )
    await stories.add(_analysis([f"far{word}" for word in WORDS]), actor="test")
    assert await stories.checksums() == {"ab" * 32}
