"""Translations: rules that choose which of several Stories with the same content a reader gets.

An original and its Translations are a group. A reader gets the published Story in their language; if there is
none, the original; if that is not published, the Translation with the lowest id.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, and_, exists, func, or_
from sqlalchemy.orm import aliased

from storage.models import Appeal, Story, Topic
from storage.words import ContentWarning, StoryState


def appeal_of(story: Story) -> Appeal | None:
    """Return the Story's Appeal; for a Translation without one, the original's."""
    return story.appeal or (story.original.appeal if story.original else None)


def topics_of(story: Story) -> Sequence[Topic]:
    """Return the Story's Topics; for a Translation without any, the original's."""
    return story.topics or (story.original.topics if story.original else [])


def thread_of(story: Story) -> int | None:
    """Return the id of the Story's Thread; for a Translation without one, the original's."""
    original = story.original.thread_id if story.original else None
    return story.thread_id if story.thread_id is not None else original


def warnings_of(story: Story) -> Sequence[ContentWarning]:
    """Return the Story's content warnings; a Translation has its original's too."""
    codes = f"{story.warnings or ''} {story.original.warnings if story.original else ''}".split()
    return [one for one in ContentWarning if one in codes]


def original_of(story: Story) -> int:
    """Return the id of the Story that it translates, or its own id if it is an original."""
    return story.id if story.translation_of is None else story.translation_of


def original_id(story: type[Story]) -> ColumnElement[int]:
    """Return `original_of` as an SQL expression."""
    return func.coalesce(story.translation_of, story.id)


def is_published(story: type[Story]) -> ColumnElement[bool]:
    """Return an SQL condition that no index answers: readers can see the Story.

    Use it in queries that find their few rows by another column. With a plain comparison SQLite would choose
    the index on `state` and walk through every published Story.
    """
    return func.coalesce(story.state, StoryState.DRAFT) == StoryState.PUBLISHED


def choose(group: Sequence[Story], language: str) -> Story | None:
    """Return the Story of a loaded group that readers of `language` get; None for an empty group.

    The original, or else the Translation with the lowest id, stands first in the group. `shown_in` is the
    same rule in SQL.
    """
    return next((story for story in group if story.language == language), next(iter(group), None))


def language_for(available: Sequence[str], language: str, story_languages: str) -> str:
    """Return the language in which a reader gets a Story; an empty string if `available` is empty.

    available: the languages of the Story and its Translations, the original's first.
    language: the reader's own; it wins if the reader accepts it and the Story is available in it.
    story_languages: codes with spaces between them, the only ones that the reader accepts; empty accepts
    any. If no available language is accepted, the original's is returned.
    """
    accepted = set(story_languages.split()) or {*available, language}
    if language in accepted and language in available:
        return language
    return next((one for one in available if one in accepted), next(iter(available), ""))


def shown_in(language: str | None) -> ColumnElement[bool]:
    """Return an SQL condition: of its group, this published Story is the one for readers of `language`.

    None ignores languages. The original, the siblings and the Translations are three conditions, because
    the database can then answer each of them by an index.
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
    """Order a group by: in the reader's language, then the original, then the lowest id."""
    is_original, other_is_original = one.translation_of.is_(None), other.translation_of.is_(None)
    earlier = or_(
        and_(is_original, ~other_is_original), and_(~is_original, ~other_is_original, one.id < other.id)
    )
    if language is None:
        return earlier
    fits, other_fits = one.language == language, other.language == language
    return or_(and_(fits, ~other_fits), and_(fits == other_fits, earlier))
