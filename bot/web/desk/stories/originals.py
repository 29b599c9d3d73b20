"""The Stories of which one may be a Translation, to be picked by their titles."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.rendering.message import shorten
from bot.web.desk.visit import Visit
from storage.models import Story
from storage.words import StoryState

_SUGGESTED = 40  # the newest, as long as nobody looks for another one
_FOUND = 20
_LABEL = 90  # characters of a headline
_SEARCHED = (StoryState.PUBLISHED, StoryState.SCHEDULED, StoryState.DRAFT)


@dataclass(frozen=True, slots=True)
class Originals:
    """What can be chosen: values with their labels, and how many of them a search found."""

    choices: Sequence[tuple[str, str]]
    found: int


async def choices(visit: Visit, story: Story, chosen: str, words: str) -> Originals:
    """Return none, the one that is chosen, and those with these words or the newest.

    `chosen`: what stands in the field, a number or what somebody sent in place of one.
    """
    offered = await _found(visit, words) if words else await _newest(visit)
    offered = [(value, label) for value, label in offered if value != str(story.id)]
    labels = {"": visit.texts.say("None: it is an original")}
    if chosen:
        labels[chosen] = dict(offered).get(chosen, chosen)
        if story.original is not None and chosen == str(story.translation_of):
            labels[chosen] = _label(visit, story.original)
    return Originals(list((labels | dict(offered) | labels).items()), len(offered))


async def _found(visit: Visit, words: str) -> list[tuple[str, str]]:
    """Return the Stories that have these words, or this number: the published ones first."""
    found: dict[int, Story] = {}
    for state in _SEARCHED:
        page = await visit.services.story_lists.page(state, words, limit=_FOUND)
        found |= {one.id: one for one in page.stories}
    return [(str(one.id), _label(visit, one)) for one in list(found.values())[:_FOUND]]


async def _newest(visit: Visit) -> list[tuple[str, str]]:
    newest = await visit.services.story_lists.headlines(StoryState.PUBLISHED, limit=_SUGGESTED)
    return [(str(number), f"{shorten(headline, _LABEL)} ({number})") for number, headline in newest]


def _label(visit: Visit, story: Story) -> str:
    language = visit.texts.language_name(story.language)
    return f"{shorten(story.headline, _LABEL)} ({story.id}, {language})"
