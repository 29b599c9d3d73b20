"""Choices: all that an editor chooses for a push in preparation, as one form has them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from storage.broadcasts.audience import Audience
from storage.broadcasts.broadcasts import BroadcastChanges
from storage.models import Broadcast


@dataclass(frozen=True, slots=True)
class Choices:
    """What an editor chooses. `topics`: ids of Topics; none: those of the Story. `languages`: none: all.

    `at`: when it starts; None: when it is confirmed. `urgent`: it passes quiet hours, of readers who allow
    that. `paid`: it may cost Stars. `pilot`: how many minutes the others wait after a pilot wave; None: there
    is none.
    """

    topics: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    at: datetime | None = None
    urgent: bool = False
    paid: bool = False
    pilot: int | None = None

    @classmethod
    def of(cls, broadcast: Broadcast) -> Self:
        """Return what is chosen for a push now."""
        asked = Audience.of(broadcast)
        return cls(
            asked.topics,
            asked.languages,
            broadcast.start_at,
            broadcast.urgent,
            broadcast.paid,
            broadcast.pilot_minutes,
        )

    def changes(self, broadcast: Broadcast) -> BroadcastChanges:
        """Return the columns that hold these choices."""
        asked = replace(Audience.of(broadcast), topics=self.topics, languages=self.languages)
        return {
            "audience": asked,
            "start_at": self.at,
            "urgent": self.urgent,
            "paid": self.paid,
            "pilot_minutes": self.pilot,
        }

    def deeds(self, broadcast: Broadcast) -> Sequence[str]:
        """Return the actions for the audit log: what differs and may wake readers or cost Stars."""
        found = []
        if self.paid != broadcast.paid:
            found.append("pay" if self.paid else "do not pay")
        if self.urgent != broadcast.urgent:
            found.append("urgent" if self.urgent else "not urgent")
        if self.pilot != broadcast.pilot_minutes:
            found.append("pilot" if self.pilot else "no pilot")
        return found
