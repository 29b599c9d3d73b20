"""Pure: what is told in a Digest, and in which order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.rendering.message import Message
from storage.broadcasts.bodies import Variant
from storage.models import Appeal, Story
from storage.stories.translations import language_for


@dataclass(frozen=True, slots=True)
class DigestStory:
    """A Story as readers of each language get it, the original's first.

    `thread` is the Thread that it goes on with, and that one's title; `appeal` is one that readers may see.
    `drawn` keeps what was drawn of it, and `bodies` those of a push of it, so that readers who get the same
    share it.
    """

    original_id: int
    told: Mapping[str, Story]
    came_at: datetime
    thread: tuple[int, str] | None
    appeal: Appeal | None
    drawn: dict[object, Message]
    bodies: dict[Variant, bytes]

    def for_reader(self, language: str, story_languages: str) -> Story:
        """What this reader gets: in a language that they chose to read, in their own, in the original's."""
        return self.told[language_for(tuple(self.told), language, story_languages)]

    @property
    def place(self) -> tuple[str, int]:
        """What stands together: the Stories of one Thread."""
        return ("thread", self.thread[0]) if self.thread else ("story", self.original_id)


def ranked(tellings: Iterable[DigestStory], followed: Collection[int] = ()) -> Sequence[DigestStory]:
    """The most important first, the Stories of a Thread together: what asks for help, what goes on with a
    Thread that the reader follows, then the newest.
    """
    by_worth = sorted(
        {one.original_id: one for one in tellings}.values(),
        key=lambda one: (
            one.appeal is None,
            one.thread is None or one.thread[0] not in followed,
            -one.came_at.timestamp(),
            -one.original_id,
        ),
    )
    places: dict[tuple[str, int], int] = {}
    for place, one in enumerate(by_worth):
        places.setdefault(one.place, place)
    return sorted(by_worth, key=lambda one: places[one.place])  # stable: within a Thread by worth too
