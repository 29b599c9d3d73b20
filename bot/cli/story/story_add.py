"""Adds stories for `comeback story add`, several in one transaction, and prints the result of each."""

import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from bot.cli.command import ACTOR, complain, confirm, put_json
from bot.cli.story.inputs import analyses, expand, without_stored
from bot.cli.story.story_folders import kinds
from bot.cli.story.story_output import added_json, added_lines, story_json
from bot.errors import UserError
from bot.services import Services
from bot.stories.intake.analysis import Analysis
from bot.stories.intake.intake import DOUBTFUL, Added
from storage.words import ContentWarning

# Each transaction waits for the disk and keeps the running bot from writing: few, and short ones.
_TOGETHER = 8  # stories
_AT_LEAST_EVERY_S = 1.0  # an analysed story waits at most so long to be stored

Analysed = tuple[str, Analysis | UserError]
"""A file or address, and its analysis or why it holds no story."""


@dataclass(frozen=True, slots=True)
class StoryOptions:
    """How to add the stories.

    anyway: also if a similar one is stored. continues: the id of the Story that they continue. warnings: what
    readers are warned of.
    """

    topics: Sequence[str] = ()
    publish_quietly: bool = False
    anyway: bool = False
    continues: int | None = None
    warnings: Sequence[ContentWarning] = ()


async def add_stories(
    services: Services, inputs: Sequence[str], options: StoryOptions, *, yes: bool, as_json: bool
) -> bool:
    """Add the stories in these files, folders and addresses; return False if one was refused.

    If there are folders, ask first, unless `yes`. Of several files, those that were added before are skipped
    without being analysed.
    """
    if options.continues is not None:
        await services.stories.inspect(options.continues)
    expanded = expand(inputs)
    if expanded.in_folders:
        number, files = len(expanded.in_folders), kinds(expanded.in_folders)
        confirm(f"Take in {number} files out of folders ({files})?", yes=yes)
    wanted = expanded.inputs
    if len(wanted) > 1:
        wanted = await without_stored(wanted, await services.stories.checksums())
    all_well = True
    async for batch in _batches(analyses(services.pool, services.fetcher, wanted)):
        all_well = await _add_batch(services, batch, options, as_json=as_json) and all_well
    if skipped := len(expanded.inputs) - len(wanted):
        summary = f"{skipped} of {len(expanded.inputs)} files are here already and were skipped."
        complain(summary) if as_json else print(summary)
    return all_well


async def _add_batch(
    services: Services, batch: Sequence[Analysed], options: StoryOptions, *, as_json: bool
) -> bool:
    """Add one transaction's stories and print the results; return False if one was refused."""
    readable = [(given, analysis) for given, analysis in batch if not isinstance(analysis, UserError)]
    refusals = [analysis for _, analysis in batch if isinstance(analysis, UserError)]
    for refusal in refusals:
        complain(str(refusal))
    results = await _add(services, [analysis for _, analysis in readable], options)
    for (given, analysis), added in zip(readable, results, strict=True):
        if added.fresh and analysis.article.is_doubtful:
            complain(f"{given}: {DOUBTFUL}")
        put_json(added_json(given, added)) if as_json else print("\n".join(added_lines(added)))
    return not refusals


async def _add(services: Services, analysed: Sequence[Analysis], options: StoryOptions) -> Sequence[Added]:
    results = await services.stories.add_all(
        analysed,
        options.topics,
        actor=ACTOR,
        anyway=options.anyway or options.continues is not None,
        publish_quietly=options.publish_quietly,
        warnings=options.warnings,
    )
    for added in results:
        if added.fresh and options.continues is not None:
            await services.editing.continue_story(
                added.story.id, options.continues, version=None, actor=ACTOR
            )
    return results


async def update(services: Services, story_id: int, given: str, *, as_json: bool) -> None:
    """Replace the text of a Story by the one in this file or at this address."""
    async for _, analysis in analyses(services.pool, services.fetcher, [given]):
        if isinstance(analysis, UserError):
            raise analysis
        story = await services.stories.update(story_id, analysis, actor=ACTOR)
        if as_json:
            put_json({"file": given, "fresh": False, **story_json(story)})
        else:
            print(f"Story {story.id} has the new text: {story.headline}")


async def _batches(found: AsyncIterator[Analysed]) -> AsyncIterator[list[Analysed]]:
    """Yield the analyses in their order, several together."""
    batch: list[Analysed] = []
    since = time.monotonic()
    async for one in found:
        batch.append(one)
        if len(batch) == _TOGETHER or time.monotonic() - since > _AT_LEAST_EVERY_S:
            yield batch
            batch, since = [], time.monotonic()
    if batch:
        yield batch
