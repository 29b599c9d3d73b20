"""Translates python-telegram-bot's errors into the Outcome of one send.

The type of an error counts before its text: Telegram does not promise its texts. They are read only where one
HTTP status covers several Outcomes, and an unknown text gets the Outcome that its status means by itself. The
order of the cases below matters: BadRequest and TimedOut are NetworkErrors in the library.
"""

from __future__ import annotations

import re
import warnings
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.warnings import PTBDeprecationWarning

from bot.delivery.outcome import (
    Blocked,
    Gone,
    Moved,
    Outcome,
    PaymentRefused,
    Rejected,
    Slowdown,
    TopicClosed,
    Transient,
)
from bot.telegram.transport import NeverSentError, NoAnswerError

if TYPE_CHECKING:
    from collections.abc import Iterable

GONE: Final = (
    "user is deactivated",
    "input_user_deactivated",
    "chat was deactivated",
    "chat was deleted",
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "bots can't send messages to bots",
)
"""Parts of texts, in lower case, that say that the chat will not come back. They are looked for in 403 and in
400, since Telegram has used both for the same thing."""

BLOCKED: Final = (
    "bot was blocked",
    "user_is_blocked",
    "can't initiate conversation",
    "bot was kicked",
    "bot is not a member",
    "channel_private",
)
"""Parts of texts that say that the chat does not want us for now."""

REFUSED: Final = (
    "not enough rights",
    "have no rights",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_restricted",
)
"""Parts of texts that say that we may not write in the chat. Its admins can change that at any time."""

PAYMENT: Final = re.compile(
    r"\b(balance_too_low|payment_unsupported|allow_paid_(broadcast|floodskip)|paid[ _]broadcasts?)\b"
)
"""Texts that say that Stars are refused for a message that can be sent without them.

They are the errors that Telegram documents for payments in Stars (core.telegram.org/api/stars), which the Bot
API server passes on, and the names of the option. ALLOW_PAYMENT_REQUIRED is not among them: a chat asks
for that itself. Nor is any word that other texts contain, as "Unsupported start tag" contains "star"."""

TOPIC_CLOSED: Final = ("topic_closed", "topic_deleted", "message thread not found")
"""Parts of texts that say that a topic of a forum is closed or deleted."""

RETRY_AFTER: Final = re.compile(r"retry after (\d+)")

FLOOD_PAUSE: Final = 1.0
"""Seconds to wait after a 429 that does not say how long."""


def outcome_of(error: TelegramError) -> Outcome:
    """Return the Outcome of a send that raised `error`."""
    match error:
        case RetryAfter():
            return Slowdown(seconds_of(error))
        case ChatMigrated():
            return Moved(error.new_chat_id)
        case Forbidden():
            return _refusal(error, otherwise=Blocked())
        case BadRequest():
            return _refusal(error, otherwise=Rejected(error.message))
        case NetworkError():
            return _failure(error)
        case _:
            # A refused token says nothing about the message or the chat: they wait until it works again.
            return Transient(error.message, maybe_sent=not isinstance(error, (InvalidToken, Conflict)))


def seconds_of(error: RetryAfter) -> float:
    """Return the seconds that a 429 demands.

    The library is changing the attribute from seconds to a timedelta, and warns when it is read.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PTBDeprecationWarning)
        pause = error.retry_after
    return pause.total_seconds() if isinstance(pause, timedelta) else float(pause)


def _refusal(error: TelegramError, *, otherwise: Outcome) -> Outcome:
    text = error.message.casefold()
    if _has(text, GONE):
        return Gone()
    if _has(text, BLOCKED):
        return Blocked()
    if _has(text, TOPIC_CLOSED):
        return TopicClosed(error.message)
    if _has(text, REFUSED):
        return Rejected(error.message)
    if PAYMENT.search(text):
        return PaymentRefused(error.message)
    return otherwise


def _failure(error: NetworkError) -> Outcome:
    """Return the Outcome of an answer with another status, or of no answer.

    The library does not keep the status, so the text has to say it. Any 5xx may follow a message that was
    sent: gateways answer 502, 503 and 504 also when a connection broke in the middle, and the Bot API server
    answers 500 for all messages that were under way when it restarted, and for one that was "sent" and
    "immediately deleted".
    """
    text = error.message.casefold()
    if "too many requests" in text:
        seconds = RETRY_AFTER.search(text)
        return Slowdown(float(seconds.group(1)) if seconds else FLOOD_PAUSE)
    if "request entity too large" in text:
        return Rejected(error.message)
    if isinstance(error, NeverSentError):
        return Transient(error.message)
    return Transient(error.message, maybe_sent=True, answered=not isinstance(error, NoAnswerError))


def _has(text: str, parts: Iterable[str]) -> bool:
    return any(part in text for part in parts)
