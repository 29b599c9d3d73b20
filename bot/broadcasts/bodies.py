"""The Bodies of a Broadcast: the messages that are frozen when it starts, one for each kind of reader."""

from collections.abc import Iterable
from itertools import product

from sqlalchemy.ext.asyncio import AsyncSession

from bot.appeals.visibility import showable
from bot.broadcasts import remaking
from bot.broadcasts.audiences import RenderBodies, StoryVersions
from bot.clock import Clock
from bot.config import Settings
from bot.i18n import in_language, languages
from bot.rendering import render, warnings
from bot.rendering.buttons import StoryView
from bot.rendering.render import Reader, ThreadNeighbours
from storage.broadcasts.bodies import Payload, Variant
from storage.models import Broadcast, Story
from storage.stories import stories
from storage.stories.translations import appeal_of, thread_of
from storage.words import Length, StoryState


def render_bodies(
    versions: StoryVersions, settings: Settings, clock: Clock, lengths: Iterable[Length] = Length
) -> dict[Variant, Payload]:
    """Return Telegram's parameters for each Variant: the Story, or the notice that it was withdrawn.

    The Story is rendered in each of its languages, for readers of each language that has texts, at these
    Lengths, with its Appeal and without. Where it has a content warning, each comes with the cover too.
    """
    if versions.story.state is StoryState.WITHDRAWN:
        return _withdrawn(versions.story)
    bodies: dict[Variant, Payload] = {}
    for (story_language, story), language, length in product(
        versions.by_language.items(), languages(), lengths
    ):
        appeal = showable(appeal_of(story), clock())
        # All get the button to follow the Thread: a reader that follows it already loses nothing by a tap.
        follows = None if thread_of(story) is None else False
        around = ThreadNeighbours(follows, before=versions.has_past)
        reader = Reader(in_language(language), settings.zone, length)
        for has_appeal in (True, False) if appeal else (True,):
            shown = appeal if has_appeal else None
            message = render.story(story, StoryView(story.id, length), shown, reader, around=around)
            variant = Variant(language, length, story_language, appeal=has_appeal)
            bodies[variant] = message.payload()
            if warning := warnings.line(story, reader.texts):
                cover = warnings.cover(StoryView(story.id, length), warning, reader.texts)
                bodies[variant._replace(covered=True)] = cover.payload()
    return bodies


async def payloads_of(
    session: AsyncSession, broadcast: Broadcast, render: RenderBodies
) -> dict[Variant, Payload] | None:
    """Return the Bodies of a Broadcast as they are now; None if it has no Story and no Report."""
    if broadcast.report_id is not None:
        return await remaking.report_payloads(session, broadcast.report_id)
    story = await stories.get(session, broadcast.story_id) if broadcast.story_id else None
    return None if story is None else await remaking.payloads(session, story, render)


def _withdrawn(story: Story) -> dict[Variant, Payload]:
    """Return the notices that the Story was withdrawn, and why; a cover does not say why.

    The editors' words may be about what the Story told.
    """
    bodies: dict[Variant, Payload] = {}
    for language, length in product(languages(), Length):
        texts, variant = in_language(language), Variant(language, length)
        bodies[variant] = render.withdrawn(texts, story.notice).payload()
        if warnings.of(story):
            bodies[variant._replace(covered=True)] = render.withdrawn(texts).payload()
    return bodies
