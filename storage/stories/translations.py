"""Translations: of the Stories that say the same in several languages, which one a reader gets.

An original and its Translations are a group. A reader gets the published one in their language; where there
is none, the original; where that is not published, the Translation that was taken in first.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlalchemy.orm import aliased

from storage.models import Appeal, Story, Topic
from storage.words import StoryState


def appeal_of(story: Story) -> Appeal | None:
    """The Appeal that belongs to it; a Translation without one has its original's."""
    return story.appeal or (story.original.appeal if story.original else None)


def topics_of(story: Story) -> Sequence[Topic]:
    """What it is about; a Translation without Topics is about what its original is about."""
    return story.topics or (story.original.topics if story.original else [])


def thread_of(story: Story) -> int | None:
    """The Thread that it belongs to; a Translation belongs to its original's."""
    original = story.original.thread_id if story.original else None
    return story.thread_id if story.thread_id is not None else original


def original_of(story: Story) -> int:
    """The id of the Story that it translates; its own where it is the original."""
    return story.id if story.translation_of is None else story.translation_of


def original_id(story: type[Story]) -> ColumnElement[int]:
    """The same as a column."""
    return func.coalesce(story.translation_of, story.id)


def is_published(story: type[Story]) -> ColumnElement[bool]:
    """Readers can see it. For conditions that find their few rows by something else.

    Said so that no index answers it: SQLite would walk through every published Story instead of those few.
    """
    return func.coalesce(story.state, StoryState.DRAFT) == StoryState.PUBLISHED


def choose(group: Sequence[Story], language: str) -> Story | None:
    """What readers of `language` get of a group that is loaded, the original or else the first of it first.

    The same rule as `shown_in`.
    """
    return next((story for story in group if story.language == language), next(iter(group), None))


def language_for(told_in: Sequence[str], language: str, story_languages: str) -> str:
    """In which of the languages that a Story is told in, the original's first, this reader gets it.

    Only in one of those that they chose to read, codes parted by spaces, if they chose any; in their own
    where it is among them. The original's where none fits.
    """
    wanted = set(story_languages.split()) or {*told_in, language}
    if language in wanted and language in told_in:
        return language
    return next((one for one in told_in if one in wanted), next(iter(told_in), ""))


def shown_in(language: str | None) -> ColumnElement[bool]:
    """A published Story is the one of its group that readers of `language` get (None: of any).

    Its original, its siblings and its Translations are asked for one by one, each by its own index.
    """
    other = aliased(Story)
    keys = (
        other.id == Story.translation_of,
        and_(other.translation_of == Story.translation_of, other.id != Story.id),
        other.translation_of == Story.id,
    )
    goes_before = and_(is_published(other), _comes_before(other, Story, language))
    return ~or_(*(exists().where(key, goes_before) for key in keys))


def _comes_before(one: type[Story], other: type[Story], language: str | None) -> ColumnElement[bool]:
    """In a group: the reader's language, then the original, then who was first."""
    is_original, other_is_original = one.translation_of.is_(None), other.translation_of.is_(None)
    earlier = or_(
        and_(is_original, ~other_is_original), and_(~is_original, ~other_is_original, one.id < other.id)
    )
    if language is None:
        return earlier
    fits, other_fits = one.language == language, other.language == language
    return or_(and_(fits, ~other_fits), and_(fits == other_fits, earlier))
