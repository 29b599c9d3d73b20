"""Feedback: readers' letters to the editors, and the editors' answers. No word of them is stored.

A letter is a message of a reader's that the editors should see. It stays in the reader's chat with the bot;
only its place is stored, so that it can be copied to an editor.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto
from typing import Self

from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import NotFoundError
from bot.i18n import mark
from storage import prompts
from storage.database import Database
from storage.models import Story
from storage.prompts import READER
from storage.subscribers import feedback, letter_pages, letters, subscribers
from storage.subscribers.letter_pages import LetterPage, LetterState, ListedLetter
from storage.subscribers.letters import LetterGroup, StoredLetter

LONGEST_ANSWER = 4096  # units of UTF-16, of an answer that is written at the desk (Bot API, sendMessage)
LETTERS_A_DAY = 5  # that one reader may send the editors (a day in UTC)
_PROMPT_KIND = "feedback"  # the Prompts that this module stores
_ABOUT_A_PUSH = timedelta(days=1)  # after a push, how long a letter counts as one about its Story
_ABOUT_SHOWN = timedelta(hours=1)  # the same after a reader has opened a Story
_SHOWN = 10_000  # readers whose last Story is remembered, in memory alone: a megabyte or two
_NEXT = "next"  # key in a Prompt: the data of the button that leads to the next letter


class Reception(Enum):
    """What became of a letter: taken, refused (limit or muted), or no editor can be reached."""

    TAKEN = auto()
    REFUSED = auto()
    NOBODY_THERE = auto()


@dataclass(frozen=True, slots=True)
class LetterKey:
    """Where a letter is: the reader's chat, and the message in it."""

    reader: int
    message_id: int

    def dump(self) -> dict[str, str]:
        """Return the contents of a Prompt about it, as text: ids have 64 bits, and JSON may have fewer."""
        return {"what": _PROMPT_KIND, READER: str(self.reader), "message": str(self.message_id)}

    @classmethod
    def load(cls, about: dict[str, str] | None) -> Self | None:
        """Read the contents of a Prompt; return None if it is about something else."""
        if about is None or about.get("what") != _PROMPT_KIND:
            return None
        return cls(int(about[READER]), int(about["message"]))


class Feedback:
    """The use cases around letters; each is one transaction. `arrived` is set when one was taken."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rights: Rights | None = None,
        *,
        kept: timedelta = timedelta(days=30),
    ) -> None:
        """`kept`: for how long a letter's place is stored, and can an editor answer it."""
        self._kept = kept
        self._database = database
        self._clock = clock
        self._rights = rights or Rights()
        self.arrived = asyncio.Event()
        self._shown: OrderedDict[int, tuple[int, datetime]] = OrderedDict()

    def note_shown(self, chat_id: int, story_id: int) -> None:
        """Note which Story a reader has opened last."""
        self._shown[chat_id] = story_id, self._clock()
        self._shown.move_to_end(chat_id)
        if len(self._shown) > _SHOWN:
            self._shown.popitem(last=False)

    async def story_of(self, chat_id: int, *, replied: int | None, named: int | None) -> Story | None:
        """Return the Story that a message is likely to be about; None if we know of none.

        That is the one that it replies to (`replied` is the message of ours, `named` the Story that its
        buttons name), else the one that the reader has opened in the last hour, else the day's latest push.
        """
        now = self._clock()
        shown, at = self._shown.get(chat_id, (None, now))
        async with self._database.read() as session:
            answered = named or await letters.pushed_as(session, chat_id, replied)
            recent = shown if now - at < _ABOUT_SHOWN else None
            story_id = answered or recent or await letters.last_pushed(session, chat_id, now - _ABOUT_A_PUSH)
            return await letters.published(session, story_id) if story_id else None

    async def accept(
        self,
        letter: LetterKey,
        editors: Collection[int],
        *,
        story_id: int | None = None,
        album: str | None = None,
        counts: bool = True,
    ) -> Reception:
        """Store a letter for the editors and count it; a letter that is stored already changes nothing.

        `story_id` is the Story that it is about, if that is published. `counts` is False for a further
        picture of an album. Refused are letters past the day's limit and those of muted readers.
        """
        now = self._clock()
        async with self._database.transaction() as session:
            if await letters.is_known(session, letter.reader, letter.message_id):
                return Reception.TAKEN
            if not await letters.reachable(session, editors):
                return Reception.NOBODY_THERE
            if counts and not await feedback.count(
                session, letter.reader, day=now.date(), limit=LETTERS_A_DAY
            ):
                return Reception.REFUSED
            about = await letters.published(session, story_id) if story_id else None
            key = letter.reader, letter.message_id
            await letters.add(session, key, story_id=about.id if about else None, album=album, now=now)
        self.arrived.set()
        return Reception.TAKEN

    async def stored(self, letter: LetterKey) -> StoredLetter | None:
        """Return the letter; None if it is too old, or its reader has asked to be forgotten since."""
        async with self._database.read() as session:
            return await letters.find(session, letter.reader, letter.message_id)

    def today(self) -> date:
        """Return today's date (UTC). Each day, the numbers of readers start at 1 again."""
        return self._clock().date()

    async def unannounced(self, editors: Collection[int]) -> Sequence[tuple[int, Sequence[LetterGroup]]]:
        """Return the editors who do not know of every letter, each with the letters they do not know of."""
        async with self._database.read() as session:
            found = [
                (editor, await letters.unannounced(session, editor))
                for editor in await letters.reachable(session, editors)
            ]
        return [(editor, groups) for editor, groups in found if groups]

    async def mark_announced(self, editor: int, groups: Sequence[LetterGroup]) -> None:
        """Note that this editor knows of these letters."""
        async with self._database.transaction() as session:
            await letters.mark_announced(session, editor, until=max(group.last_id for group in groups))

    async def next_of(
        self, *, after: int, until: int, story_ids: Sequence[int | None] = ()
    ) -> tuple[StoredLetter | None, int]:
        """Return the first letter after this id about one of these Stories, and how many follow it.

        Without `story_ids` the letter may be about anything.
        """
        async with self._database.read() as session:
            return await letters.next_of(session, after=after, until=until, story_ids=story_ids)

    async def between(self, first_id: int, last_id: int) -> Sequence[StoredLetter]:
        """Return the letters with ids from the first to the last, in order."""
        async with self._database.read() as session:
            return await letters.between(session, first_id, last_id)

    async def forget_letters(self) -> None:
        """Delete the places of letters that are older than is set, and what a reply to one is for."""
        async with self._database.transaction() as session:
            await letters.forget(session, before=self._clock() - self._kept)
            await prompts.forget(session, before=self._clock() - self._kept, what=_PROMPT_KIND)

    async def remember(
        self,
        letter: LetterKey,
        *,
        chat_id: int,
        message_ids: Sequence[int],
        head: int | None = None,
        following: str = "",
    ) -> None:
        """Store which messages in an editor's chat show the letter: a reply to one of them answers it.

        `head` is the message with the buttons; `following` is the data of the button to the next letter.
        """
        now, of_head = self._clock(), {"part": feedback.HEAD, _NEXT: following}
        async with self._database.transaction() as session:
            for message_id in message_ids:
                about = letter.dump() | (of_head if message_id == head else {})
                await prompts.add(session, chat_id=chat_id, message_id=message_id, about=about, now=now)

    async def mark_answered(self, letter: LetterKey) -> Sequence[tuple[int, int, str]]:
        """Note that an editor has answered. Return where editors see the letter.

        Each place is a chat, the message with the buttons, and the data of the button to the next letter.
        """
        async with self._database.transaction() as session:
            await letters.mark_answered(session, letter.reader, letter.message_id)
            heads = await feedback.heads(session, reader=letter.reader, message_id=letter.message_id)
            return [
                (chat_id, message_id, str(about.get(_NEXT) or "")) for chat_id, message_id, about in heads
            ]

    async def following(self, *, chat_id: int, message_id: int) -> str:
        """Return the data of the button that leads to the next letter; empty if there is none."""
        async with self._database.read() as session:
            about = await prompts.about(session, chat_id=chat_id, message_id=message_id)
            return str((about or {}).get(_NEXT) or "")

    async def letter(self, *, chat_id: int, message_id: int) -> LetterKey | None:
        """Return the letter that a message in an editor's chat shows; None if none, or a too old one."""
        async with self._database.read() as session:
            return LetterKey.load(await prompts.about(session, chat_id=chat_id, message_id=message_id))

    async def page(
        self, state: LetterState, *, story_id: int | None = None, before: int | None = None, limit: int
    ) -> LetterPage:
        """Return a page of the letters in this state, newest first; `before`: the `older` of the page before.

        story_id: only those about this Story.
        """
        async with self._database.read() as session:
            return await letter_pages.page(session, state, story_id=story_id, before=before, limit=limit)

    async def counts(self) -> Mapping[LetterState, int]:
        """Return how many letters are in each state."""
        async with self._database.read() as session:
            return await letter_pages.counts(session)

    async def asked_about(self, *, limit: int) -> Sequence[tuple[int, str, int]]:
        """Return the Stories about which most open letters are: id, headline, number of letters."""
        async with self._database.read() as session:
            return await letter_pages.stories_of_open(session, limit=limit)

    async def one(self, letter_id: int) -> ListedLetter:
        """Return a letter by its id. Raises NotFoundError if it is not stored (any more)."""
        async with self._database.read() as session:
            found = await letter_pages.one(session, letter_id)
        if found is None:
            raise NotFoundError(mark("This message is too old, or its reader has been forgotten."))
        return found

    async def mute(self, reader: int, *, muted: bool, actor: str) -> None:
        """Stop passing this reader's letters to the editors, or begin again."""
        async with self._database.transaction() as session:
            await self._rights.require(session, Right.WRITE, actor)
            await subscribers.change(session, reader, muted=muted)
