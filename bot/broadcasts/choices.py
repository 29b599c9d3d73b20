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
    that. `paid`: it may cost Stars.
    """

    topics: tuple[int, ...] = ()
    languages: tuple[str, ...] = ()
    at: datetime | None = None
    urgent: bool = False
    paid: bool = False

    @classmethod
    def of(cls, broadcast: Broadcast) -> Self:
        """Return what is chosen for a push now."""
        asked = Audience.of(broadcast)
        return cls(asked.topics, asked.languages, broadcast.start_at, broadcast.urgent, broadcast.paid)

    def changes(self, broadcast: Broadcast) -> BroadcastChanges:
        """Return the columns that hold these choices."""
        asked = replace(Audience.of(broadcast), topics=self.topics, languages=self.languages)
        return {"audience": asked, "start_at": self.at, "urgent": self.urgent, "paid": self.paid}

    def deeds(self, broadcast: Broadcast) -> Sequence[str]:
        """Return the actions for the audit log: what differs and may wake readers or cost Stars."""
        found = []
        if self.paid != broadcast.paid:
            found.append("pay" if self.paid else "do not pay")
        if self.urgent != broadcast.urgent:
            found.append("urgent" if self.urgent else "not urgent")
        return found
