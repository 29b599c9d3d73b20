"""Feedback: what readers write to the editors, and what those answer. No word of it is kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from bot.clock import Clock
from storage import feedback, prompts, subscribers
from storage.database import Database
from storage.privacy import READER

_WHAT = "feedback"  # what a Prompt is for
A_DAY = 5  # messages that one reader may send the editors in a day (UTC)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of a reader's, by its place: it is in their chat with us, and nowhere else."""

    reader: int
    message_id: int

    def dump(self) -> dict[str, str]:
        """What is remembered of it; as text, for ids have 64 bits and JSON of databases may not."""
        return {"what": _WHAT, READER: str(self.reader), "message": str(self.message_id)}

    @classmethod
    def load(cls, about: dict[str, str] | None) -> Self | None:
        """Read it back; None where something else was remembered, or nothing."""
        if about is None or about.get("what") != _WHAT:
            return None
        return cls(int(about[READER]), int(about["message"]))


class Feedback:
    """The use cases around what readers write; each is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def accept(self, reader: int) -> bool:
        """Count one message more of this reader's; False past the day's limit, or where they are muted."""
        async with self._database.sessions.begin() as session:
            return await feedback.count(session, reader, day=self._clock().date(), limit=A_DAY)

    async def take_back(self, reader: int) -> None:
        """No editor could be reached: the reader may try again."""
        async with self._database.sessions.begin() as session:
            await feedback.take_back(session, reader, day=self._clock().date())

    async def remember(
        self, letter: Letter, *, chat_id: int, message_ids: Sequence[int], head: int | None = None
    ) -> None:
        """These messages in an editor's chat show it: a reply to one answers it. `head` has the buttons."""
        now = self._clock()
        async with self._database.sessions.begin() as session:
            for message_id in message_ids:
                about = letter.dump() | ({"part": feedback.HEAD} if message_id == head else {})
                await prompts.add(session, chat_id=chat_id, message_id=message_id, about=about, now=now)

    async def heads(self, letter: Letter) -> Sequence[tuple[int, int]]:
        """Where editors have it: chat and message with the buttons."""
        async with self._database.snapshots() as session:
            return await feedback.heads(session, reader=letter.reader, message_id=letter.message_id)

    async def letter(self, *, chat_id: int, message_id: int) -> Letter | None:
        """What a message in an editor's chat shows; None where that is no reader's, or too long ago."""
        async with self._database.snapshots() as session:
            return Letter.load(await prompts.about(session, chat_id=chat_id, message_id=message_id))

    async def mute(self, reader: int, *, muted: bool) -> None:
        """Editors get no more of what this reader writes; or they do again."""
        async with self._database.sessions.begin() as session:
            await subscribers.change(session, reader, muted=muted)
