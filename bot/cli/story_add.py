"""`comeback story add`: stories come in, many at a time, and each is told what became of it."""

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from shlex import quote
from typing import Any

from bot.cli.command import ACTOR, complain, confirm, put_json
from bot.cli.inputs import analyses, expanded, without
from bot.cli.story_folders import kinds
from bot.errors import UserError
from bot.services import Services
from bot.stories.analysis import Analysis
from bot.stories.intake import Added, IntakeResult
from storage.models import Story

# Each transaction waits for the disk and keeps the bot's own from writing: few, and short ones.
_TOGETHER = 8  # stories
_AT_LEAST_EVERY_S = 1.0  # what was read is kept that soon, whatever comes


@dataclass(frozen=True, slots=True)
class StoryOptions:
    """What is wanted of the stories that come in.

    anyway: add them however alike one here is. continues: they are what happened after this Story.
    """

    topics: Sequence[str] = ()
    publish_quietly: bool = False
    anyway: bool = False
    continues: int | None = None


async def take_in(
    services: Services, places: Sequence[str], wish: StoryOptions, *, yes: bool, as_json: bool
) -> bool:
    """Keep the stories at these places; False where one was refused.

    Where folders are among them, it asks first, unless `yes`. Files that are here already are skipped without
    reading them again.
    """
    if wish.continues is not None:
        await services.stories.inspect(wish.continues)
    found = expanded(places)
    named = found.places
    if found.within:
        confirm(f"Take in {len(found.within)} files out of folders ({kinds(found.within)})?", yes=yes)
    wanted = await without(named, await services.stories.digests()) if len(named) > 1 else named
    all_well = True
    async for batch in _batches(analyses(services.pool, services.fetcher, wanted)):
        read = [(place, analysis) for place, analysis in batch if not isinstance(analysis, UserError)]
        refusals = [analysis for _, analysis in batch if isinstance(analysis, UserError)]
        for refusal in refusals:
            complain(str(refusal))
        all_well = all_well and not refusals
        kept = await _keep(services, [analysis for _, analysis in read], wish)
        for (place, _), added in zip(read, kept, strict=True):
            put_json(_entry(place, added)) if as_json else print("\n".join(_lines(added)))
    if skipped := len(named) - len(wanted):
        summary = f"{skipped} of {len(named)} files are here already and were skipped."
        complain(summary) if as_json else print(summary)
    return all_well


async def _keep(services: Services, read: Sequence[Analysis], wish: StoryOptions) -> Sequence[Added]:
    kept = await services.stories.add_all(
        read,
        wish.topics,
        actor=ACTOR,
        anyway=wish.anyway or wish.continues is not None,
        publish_quietly=wish.publish_quietly,
    )
    for added in kept:
        if added.fresh and wish.continues is not None:
            await services.review.continue_story(added.story.id, wish.continues, version=None, actor=ACTOR)
    return kept


async def update(services: Services, story_id: int, place: str, *, as_json: bool) -> None:
    """Give a Story the text that stands at this place."""
    async for _, analysis in analyses(services.pool, services.fetcher, [place]):
        if isinstance(analysis, UserError):
            raise analysis
        story = await services.stories.update(story_id, analysis, actor=ACTOR)
        told = f"Story {story.id} has the new text: {story.headline}"
        put_json({"file": place, "fresh": False, **entry(story)}) if as_json else print(told)


async def _batches(
    found: AsyncIterator[tuple[str, Analysis | UserError]],
) -> AsyncIterator[list[tuple[str, Analysis | UserError]]]:
    """A few at a time, in their order."""
    batch: list[tuple[str, Analysis | UserError]] = []
    since = time.monotonic()
    async for one in found:
        batch.append(one)
        if len(batch) == _TOGETHER or time.monotonic() - since > _AT_LEAST_EVERY_S:
            yield batch
            batch, since = [], time.monotonic()
    if batch:
        yield batch


def _lines(added: Added) -> list[str]:
    """What became of it, and what to do next."""
    story = added.story
    named = f"story {story.id} ({story.state}): {story.headline}"
    match added.outcome:
        case IntakeResult.SAME:
            return [f"Story {story.id} is here already, nothing added: {story.headline}"]
        case IntakeResult.CHANGED:
            return [f"Nothing added, its address is here already with another text, {named}", *_ways(story)]
        case IntakeResult.ALIKE:
            return [f"Nothing added, it is the same as {named}", *_ways(story)]
    lines = [f"Story {story.id} added: {story.headline}"]
    if added.related:
        related = added.related
        lines.append(f"  It shares much with story {related.id}: {related.headline}")
        lines.append(f"  If it is the next of that one: comeback story continue {story.id} {related.id}")
    if story.help_sentence and story.appeal is None:
        lines += found_help(story)
    return lines


def _ways(story: Story) -> list[str]:
    """What an editor may want of a story that is here already."""
    return [
        f"  To give story {story.id} this text, say so:    --as-update-of {story.id}",
        f"  To add it as what happened next: --continues {story.id}",
        "  To add it all the same:          --anyway",
    ]


def found_help(story: Story) -> list[str]:
    """The way to help that the story names, and how to propose it."""
    organisation, url = quote(story.help_organisation or "…"), quote(story.help_url or "https://…")
    propose = f"comeback appeal add --organisation {organisation} --url {url} --story {story.id}"
    return [f"  It says how to help: {story.help_sentence}", f"  To propose that as its appeal: {propose}"]


def _entry(place: str, added: Added) -> dict[str, Any]:
    related = added.related.id if added.related else None
    outcome = added.outcome.name.lower()
    return {"file": place, "fresh": added.fresh, "outcome": outcome, "related": related, **entry(added.story)}


def entry(story: Story) -> dict[str, Any]:
    """A Story as JSON has it."""
    appeal = story.appeal
    return {
        "id": story.id,
        "state": story.state,
        "headline": story.headline,
        "byline": story.byline,
        "language": story.language,
        "topics": [topic.slug for topic in story.topics],
        "thread": story.thread_id,
        "summaries": {summary.length: summary.text.split("\n") for summary in story.summaries},
        "plea": {"text": story.plea, "speaker": story.plea_speaker} if story.plea else None,
        "help": {
            "sentence": story.help_sentence,
            "organisation": story.help_organisation,
            "url": story.help_url,
        }
        if story.help_sentence
        else None,
        "appeal": {"id": appeal.id, "organisation": appeal.organisation, "state": appeal.state}
        if appeal
        else None,
        "released_at": story.released_at,
    }
