"""Feedback: what readers write to the editors, and what those answer. No word of it is kept."""

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum, auto
from typing import Self

from bot.clock import Clock
from storage import prompts
from storage.database import Database
from storage.prompts import READER
from storage.subscribers import feedback, letters, subscribers
from storage.subscribers.letters import LetterGroup, LetterLocation

_WHAT = "feedback"  # what a Prompt is for
A_DAY = 5  # messages that one reader may send the editors in a day (UTC)
_ABOUT_A_PUSH = timedelta(days=1)  # so long after a push a LetterReference is taken to be about it
_KEPT = timedelta(days=30)  # as Prompts: an editor can answer that long
_NEXT = "next"  # of a Prompt: the button that leads to the next LetterReference


class Reception(Enum):
    """What became of a message to the editors."""

    TAKEN = auto()
    REFUSED = auto()
    NOBODY_THERE = auto()


@dataclass(frozen=True, slots=True)
class LetterReference:
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
        self.arrived = asyncio.Event()

    async def accept(
        self,
        letter: LetterReference,
        editors: Collection[int],
        *,
        replied: int | None = None,
        album: str | None = None,
        counts: bool = True,
    ) -> Reception:
        """Keep it for the editors, and count it; once, also where it comes again after a kill.

        Refused past the day's limit, or where the reader is muted. `replied` is the message of ours that it
        answers; one that does not count is a further picture of its album.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            if await letters.is_known(session, letter.reader, letter.message_id):
                return Reception.TAKEN
            if not await letters.within_reach(session, editors):
                return Reception.NOBODY_THERE
            if counts and not await feedback.count(session, letter.reader, day=now.date(), limit=A_DAY):
                return Reception.REFUSED
            story_id = await letters.story_of(
                session, letter.reader, replied=replied, since=now - _ABOUT_A_PUSH
            )
            place = letter.reader, letter.message_id
            await letters.add(session, place, story_id=story_id, album=album, now=now)
        self.arrived.set()
        return Reception.TAKEN

    async def is_kept(self, letter: LetterReference) -> bool:
        """It waits for the editors, or they were told of it; not where the reader asked to be forgotten."""
        async with self._database.read() as session:
            return await letters.is_known(session, letter.reader, letter.message_id)

    async def news(self, editors: Collection[int]) -> Sequence[tuple[int, Sequence[LetterGroup]]]:
        """Of these editors, those who were not told of every LetterReference, and of what not."""
        async with self._database.read() as session:
            untold = [
                (editor, await letters.untold(session, editor))
                for editor in await letters.within_reach(session, editors)
            ]
        return [(editor, piles) for editor, piles in untold if piles]

    async def told(self, editor: int, piles: Sequence[LetterGroup]) -> None:
        """This editor knows of these."""
        async with self._database.transaction() as session:
            await letters.told(session, editor, until=max(pile.last_id for pile in piles))

    async def next_of(
        self, *, after: int, until: int, story_ids: Sequence[int | None] = ()
    ) -> tuple[LetterLocation | None, int]:
        """Return the next letter about one of these Stories (none: any), and how many follow it."""
        async with self._database.read() as session:
            return await letters.next_of(session, after=after, until=until, story_ids=story_ids)

    async def between(self, first_id: int, last_id: int) -> Sequence[LetterLocation]:
        """These Letters, in order."""
        async with self._database.read() as session:
            return await letters.between(session, first_id, last_id)

    async def forget_letters(self) -> None:
        """Forget what was written a month ago."""
        async with self._database.transaction() as session:
            await letters.forget(session, before=self._clock() - _KEPT)

    async def remember(
        self,
        letter: LetterReference,
        *,
        chat_id: int,
        message_ids: Sequence[int],
        head: int | None = None,
        following: str = "",
    ) -> None:
        """These messages in an editor's chat show it: a reply to one answers it.

        `head` has the buttons; `following` is the data of the one that leads to the next letter.
        """
        now, of_head = self._clock(), {"part": feedback.HEAD, _NEXT: following}
        async with self._database.transaction() as session:
            for message_id in message_ids:
                about = letter.dump() | (of_head if message_id == head else {})
                await prompts.add(session, chat_id=chat_id, message_id=message_id, about=about, now=now)

    async def answered(self, letter: LetterReference) -> Sequence[tuple[int, int, str]]:
        """An editor has answered it. Where editors have it: chat, message with the buttons, next one's."""
        async with self._database.transaction() as session:
            await letters.answered(session, letter.reader, letter.message_id)
            heads = await feedback.heads(session, reader=letter.reader, message_id=letter.message_id)
            return [
                (chat_id, message_id, str(about.get(_NEXT) or "")) for chat_id, message_id, about in heads
            ]

    async def following(self, *, chat_id: int, message_id: int) -> str:
        """Return the data of the button that leads to the next letter; empty where there is none."""
        async with self._database.read() as session:
            about = await prompts.about(session, chat_id=chat_id, message_id=message_id)
            return str((about or {}).get(_NEXT) or "")

    async def letter(self, *, chat_id: int, message_id: int) -> LetterReference | None:
        """What a message in an editor's chat shows; None where that is no reader's, or too long ago."""
        async with self._database.read() as session:
            return LetterReference.load(await prompts.about(session, chat_id=chat_id, message_id=message_id))

    async def mute(self, reader: int, *, muted: bool) -> None:
        """Editors get no more of what this reader writes; or they do again."""
        async with self._database.transaction() as session:
            await subscribers.change(session, reader, muted=muted)
