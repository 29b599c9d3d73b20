"""The Stories of a Digest, and their order. Nothing here reads the database."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from bot.rendering.message import Message
from bot.stories.search.story_words import StoryWords
from storage.broadcasts.bodies import Variant
from storage.models import Appeal, Story
from storage.stories.translations import language_for, warnings_of


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a Story that was in a Digest was withdrawn, as the editors said it.

    `is_warned`: the Story had a content warning, and what they said may be about what it tells.
    """

    words: str
    is_warned: bool


@dataclass(frozen=True, slots=True)
class DigestStory:
    """A Story with its Translations, as a Digest shows it.

    `by_language` has the original first. `thread` is the id and title of its Thread; `has_warned_thread` says
    that the Thread has a Story with a content warning, which the title may be about. `appeal` is an Appeal
    that readers may see; `earlier` is how many older parts of its Thread it stands for. `items` caches what
    was drawn of it and `bodies` the Bodies of a push of it, so that readers who get the same share them;
    `words` caches its words by language, for those who mute some.
    """

    original_id: int
    by_language: Mapping[str, Story]
    came_at: datetime
    thread: tuple[int, str] | None
    has_warned_thread: bool
    appeal: Appeal | None
    items: dict[object, Message]
    bodies: dict[Variant, bytes]
    words: dict[str, StoryWords]
    earlier: int = 0

    def for_reader(self, language: str, story_languages: str) -> Story:
        """Return it in a language that the reader chose, else in the reader's own, else the original's."""
        return self.by_language[language_for(tuple(self.by_language), language, story_languages)]

    def words_for_reader(self, language: str, story_languages: str) -> StoryWords:
        """Return the words of the Story that `for_reader` returns."""
        story = self.for_reader(language, story_languages)
        if story.language not in self.words:
            self.words[story.language] = StoryWords.of(story)
        return self.words[story.language]

    @property
    def is_warned(self) -> bool:
        """Whether it has a content warning, in any language."""
        return any(map(warnings_of, self.by_language.values()))

    @property
    def group(self) -> tuple[str, int]:
        """The key of the Stories that stand together: those of one Thread."""
        return ("thread", self.thread[0]) if self.thread else ("story", self.original_id)


def ranked(stories: Iterable[DigestStory], followed: Collection[int] = ()) -> Sequence[DigestStory]:
    """Return the Stories in the order of importance, each once, those of a Thread together.

    First come Stories with an Appeal, then those of Threads that the reader follows, then the newest.
    """
    by_importance = sorted(
        {one.original_id: one for one in stories}.values(),
        key=lambda one: (
            one.appeal is None,
            one.thread is None or one.thread[0] not in followed,
            -one.came_at.timestamp(),
            -one.original_id,
        ),
    )
    first_of_group: dict[tuple[str, int], int] = {}
    for position, one in enumerate(by_importance):
        first_of_group.setdefault(one.group, position)
    return sorted(by_importance, key=lambda one: first_of_group[one.group])  # stable within a group


def newest_parts(stories: Iterable[DigestStory]) -> Sequence[DigestStory]:
    """Return the newest part of each Thread, and each Story without a Thread.

    They come in the order in which the Threads (and single Stories) began. `earlier` counts the older parts.
    """
    groups: dict[tuple[str, int], list[DigestStory]] = defaultdict(list)
    for one in {each.original_id: each for each in stories}.values():
        groups[one.group].append(one)
    in_order = sorted((sorted(parts, key=age) for parts in groups.values()), key=lambda parts: age(parts[0]))
    return [replace(parts[-1], earlier=len(parts) - 1) for parts in in_order]


def age(story: DigestStory) -> tuple[datetime, int]:
    """Return a key that sorts Stories from the oldest to the newest."""
    return story.came_at, story.original_id


def thread_ids(stories: Iterable[DigestStory]) -> set[int]:
    """Return the Threads that these Stories belong to."""
    return {one.thread[0] for one in stories if one.thread}
