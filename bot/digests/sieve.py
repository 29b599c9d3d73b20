"""The sieve of one reader: which of the Stories held for them come now, later, or not at all."""

from dataclasses import dataclass
from enum import Enum, auto

from bot.delivery.muted_stories import is_muted
from bot.digests.digest_story import DigestStory
from storage.deliveries.recipients import Recipient
from storage.models import Subscriber
from storage.words import WarnedStories


class Fate(Enum):
    """What becomes of a held Story: it comes now, it stays held until the reader's day, it is dropped."""

    COMES = auto()
    WAITS = auto()
    IS_DROPPED = auto()


@dataclass(frozen=True, slots=True)
class Sieve:
    """The Preferences of one reader that decide it. `is_day`: it is neither evening nor night for them."""

    language: str
    story_languages: str
    muted_words: str
    warned_stories: WarnedStories
    is_day: bool

    @classmethod
    def of(cls, reader: Recipient | Subscriber, *, is_day: bool) -> "Sieve":
        """Return the sieve of this reader."""
        return cls(reader.language, reader.story_languages, reader.muted_words, reader.warned_stories, is_day)

    def fate(self, story: DigestStory) -> Fate:
        """Return what becomes of this Story."""
        if self.muted_words:
            words = story.words_for_reader(self.language, self.story_languages)
            if is_muted(words, self.muted_words):
                return Fate.IS_DROPPED
        if self.warned_stories is WarnedStories.BY_DAY and not self.is_day and story.is_warned:
            return Fate.WAITS
        return Fate.COMES
