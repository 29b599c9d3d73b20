"""The Bodies of a Broadcast: the messages that are frozen when it starts, one for each kind of reader."""

from itertools import product

from bot.appeals.appeals import showable
from bot.broadcasts.audiences import StoryVersions
from bot.clock import Clock
from bot.config import Settings
from bot.i18n import in_language, languages
from bot.rendering import render
from bot.rendering.buttons import StoryView
from bot.rendering.render import Reader, ThreadNeighbours
from storage.broadcasts.bodies import Payload, Variant
from storage.stories.translations import appeal_of, thread_of
from storage.words import Length, StoryState


def render_bodies(versions: StoryVersions, settings: Settings, clock: Clock) -> dict[Variant, Payload]:
    """Return Telegram's parameters for each Variant: the Story, or the notice that it was withdrawn.

    The Story is rendered in each of its languages, for readers of each language that has texts, at each
    Length, with its Appeal and without.
    """
    if versions.story.state is StoryState.WITHDRAWN:
        reason = versions.story.notice
        notices = {
            language: render.withdrawn(in_language(language), reason).payload() for language in languages()
        }
        return {
            Variant(language, length): notice for language, notice in notices.items() for length in Length
        }
    bodies: dict[Variant, Payload] = {}
    for (story_language, story), language, length in product(
        versions.by_language.items(), languages(), Length
    ):
        appeal = showable(appeal_of(story), clock())
        # All get the button to follow the Thread: a reader that follows it already loses nothing by a tap.
        follows = None if thread_of(story) is None else False
        around = ThreadNeighbours(follows, before=versions.has_past)
        reader = Reader(in_language(language), settings.zone, length)
        for has_appeal in (True, False) if appeal else (True,):
            shown = appeal if has_appeal else None
            message = render.story(story, StoryView(story.id, length), shown, reader, around=around)
            bodies[Variant(language, length, story_language, appeal=has_appeal)] = message.payload()
    return bodies
