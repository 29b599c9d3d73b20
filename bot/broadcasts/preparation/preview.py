"""The preview of a push in preparation: its Audience, duration, price, and the earlier pushes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.broadcasts.pilots import pilot
from bot.broadcasts.preparation.cost import stars
from bot.broadcasts.pushes import Push
from storage.broadcasts.audience import Audience
from storage.models import Broadcast, Story, Topic
from storage.words import ChatKind


@dataclass(frozen=True, slots=True)
class Sample:
    """Counts over a sample of the Audience; nothing about single Subscribers is kept.

    - `size`: how many were counted. `whole`: that is the whole Audience.
    - `languages`, `kinds`: how many of them by language and by kind of chat. `all_topics`: with all Topics.
    - `later`: get it after quiet hours or a day off, or in a Digest.
    """

    size: int
    languages: Mapping[str, int]
    kinds: Mapping[ChatKind, int]
    all_topics: int
    later: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Preview:
    """A push in preparation as it would be sent now.

    - `audience`: as it would be frozen. `topics`, `languages`: those that the editor chose.
    - `number`: the size of the Audience. `most`: it is no larger; more than `number` where that is an
      estimate from the sample. `sample`: what is known of it.
    - `rate`, `paid_rate`: messages a second that are allowed free, and for Stars.
    - `earlier`: the pushes of the Story and of its Translations that count (bot/broadcasts/pushes.py), newest
      first. `seen`: how many pushes of this very Story there were in all.
    - `lacks_appeal`: the Story asks for help, and readers would see no Appeal with it.
    """

    broadcast: Broadcast
    story: Story
    audience: Audience
    topics: Sequence[Topic]
    languages: Sequence[str]
    number: int
    most: int
    sample: Sample
    rate: float
    paid_rate: float
    earlier: Sequence[Push]
    seen: int
    lacks_appeal: bool = False

    @property
    def is_estimate(self) -> bool:
        """Whether `number` is known from the sample only."""
        return self.most > self.number

    @property
    def is_repeat(self) -> bool:
        """Whether this very Story was pushed before, or is scheduled."""
        return any(push.broadcast.story_id == self.story.id for push in self.earlier)

    @property
    def pilot_size(self) -> int | None:
        """About how many readers its pilot wave has; None: it has none."""
        broadcast = self.broadcast
        return None if broadcast.urgent or broadcast.pilot_minutes is None else pilot.size_of(self.number)

    @property
    def can_be_paid(self) -> bool:
        """Whether it can be sent faster for Stars."""
        return self.paid_rate > self.rate

    @property
    def stars(self) -> int:
        """The Stars that it costs at most if it is paid; messages in a Digest cost nothing."""
        return stars(self.most, free=self.rate, rate=self.paid_rate)

    @property
    def pace(self) -> float:
        """The messages a second at the rate that was chosen."""
        return self.paid_rate if self.broadcast.paid else self.rate

    def takes(self, rate: float) -> timedelta:
        """Return how long it takes, at `rate` messages a second, to send it to all who get it at once."""
        size = self.sample.size
        at_once = self.number * (size - self.sample.later) / size if size else 0
        return timedelta(seconds=at_once / rate)

    @property
    def lasts(self) -> timedelta:
        """How long it takes at the rate that was chosen."""
        return self.takes(self.pace)
