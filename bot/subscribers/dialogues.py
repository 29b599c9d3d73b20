"""Dialogues: a question that the bot asks in a chat, and how long an answer to it counts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bot.clock import Clock
from storage import prompts
from storage.database import Database
from storage.subscribers import subscribers

_OPEN_FOR = timedelta(days=1)  # how long a reply counts as the answer
_TYPED_WITHIN = timedelta(minutes=15)  # for a message that is no reply: later it may mean something else
_KEPT = timedelta(days=30)  # how long a late reply gets the answer that the question is over


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """A question that was asked.

    - `about`: what the answer is for, as handlers stored it.
    - `tries`: how many answers were not understood.
    - `is_open`: whether an answer counts; else it was answered or ended, or is too old.
    """

    about: Mapping[str, Any]
    tries: int
    is_open: bool


class Dialogues:
    """The use cases around questions. Each chat has at most one open question."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def open(self, chat_id: int, message_id: int, about: Mapping[str, Any], *, tries: int = 0) -> None:
        """Store the question that this message asks. It ends the one that was open before."""
        async with self._database.transaction() as session:
            await prompts.add(
                session,
                chat_id=chat_id,
                message_id=message_id,
                about=dict(about),
                now=self._clock(),
                tries=tries,
            )
            await subscribers.change(session, chat_id, open_prompt=message_id)

    async def replied(
        self, chat_id: int, message_id: int, *, open_prompt: int | None
    ) -> AskedQuestion | None:
        """Return the question that this message asked; None if it asked none, or over 30 days ago."""
        return await self._asked(chat_id, message_id, open_prompt, _OPEN_FOR)

    async def typed(self, chat_id: int, *, open_prompt: int) -> AskedQuestion | None:
        """Return the open question, for words that reply to nothing; None if it was asked too long ago."""
        found = await self._asked(chat_id, open_prompt, open_prompt, _TYPED_WITHIN)
        return found if found is not None and found.is_open else None

    async def close(self, chat_id: int) -> None:
        """End the open question, if there is one."""
        async with self._database.transaction() as session:
            await subscribers.change(session, chat_id, open_prompt=None)

    async def forget(self) -> None:
        """Delete questions that are older than 30 days, and what a reply to a shown letter is for."""
        async with self._database.transaction() as session:
            await prompts.forget(session, before=self._clock() - _KEPT)

    async def _asked(
        self, chat_id: int, message_id: int, open_prompt: int | None, within: timedelta
    ) -> AskedQuestion | None:
        """Return the question of a message; it is open if that, or a later message that asks the same, is."""
        async with self._database.read() as session:
            prompt = await prompts.find(session, chat_id=chat_id, message_id=message_id)
            if prompt is None:
                return None
            latest = prompt
            if open_prompt not in {None, message_id}:
                latest = await prompts.find(session, chat_id=chat_id, message_id=open_prompt) or prompt
        is_open = open_prompt == latest.message_id and latest.about == prompt.about
        is_fresh = self._clock() - latest.asked_at < within
        tries = latest.tries if is_open else prompt.tries
        return AskedQuestion(prompt.about, tries, is_open and is_fresh)
