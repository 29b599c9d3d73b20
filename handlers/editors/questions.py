"""Questions that an editor answers with a reply: the message that asks, and what the answer is for."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telegram import ForceReply, Update

from bot.rendering.message import Message
from handlers.context import Context
from handlers.editors.buttons import StoryAction
from handlers.keyboards import parameters
from storage.words import Length


@dataclass(frozen=True, slots=True)
class StoryQuestion:
    """The answer changes a Story.

    - `action`: what it changes.
    - `version`: that of the Story when it was asked.
    - `length`: that of the Summary that was shown.
    """

    action: StoryAction
    story_id: int
    version: int
    length: Length

    def dump(self) -> dict[str, Any]:
        return {
            "what": self.action.value,
            "story": self.story_id,
            "version": self.version,
            "length": self.length.value,
        }


@dataclass(frozen=True, slots=True)
class HourQuestion:
    """The answer is the hour at which a push starts."""

    broadcast_id: int

    def dump(self) -> dict[str, Any]:
        return {"broadcast": self.broadcast_id}


@dataclass(frozen=True, slots=True)
class NoticeQuestion:
    """The answer says what was wrong in a Story, or why it is withdrawn; then that is done."""

    story_id: int
    withdraws: bool

    def dump(self) -> dict[str, Any]:
        return {"notice": self.story_id, "withdraws": self.withdraws}


Question = StoryQuestion | HourQuestion | NoticeQuestion


def load(stored: Mapping[str, Any]) -> Question | None:
    """Return the question that `dump` stored; None for a prompt of another kind."""
    match stored:
        case {"broadcast": int(broadcast_id)}:
            return HourQuestion(broadcast_id)
        case {"notice": int(story_id), "withdraws": bool(withdraws)}:
            return NoticeQuestion(story_id, withdraws)
        case {"what": str(what), "story": int(story_id), "version": int(version), "length": str(length)}:
            return StoryQuestion(StoryAction(what), story_id, version, Length(length))
        case _:
            return None


async def ask(
    update: Update, context: Context, question: Question, message: Message, *, placeholder: str
) -> None:
    """Send a message that asks for a reply, and store what the reply is for."""
    if update.effective_chat is None:
        return
    markup = ForceReply(input_field_placeholder=placeholder)
    sent = await context.bot.send_message(
        update.effective_chat.id, **parameters(message) | {"reply_markup": markup}
    )
    await context.services.review.ask(chat_id=sent.chat.id, message_id=sent.message_id, about=question.dump())


async def asked(update: Update, context: Context) -> Question | None:
    """Return the question that this message replies to, if an editor wrote it."""
    message, person = update.effective_message, update.effective_user
    replied = message.reply_to_message if message else None
    if replied is None or person is None or not context.services.is_editor(person.id):
        return None
    stored = await context.services.review.asked(chat_id=person.id, message_id=replied.message_id)
    return None if stored is None else load(stored)
