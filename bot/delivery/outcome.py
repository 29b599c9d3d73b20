"""Outcomes: the possible results of one request to Telegram (bot/telegram/outcomes.py reads the answers)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """The message is in the chat."""

    message_id: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """The chat does not want messages now (blocked, never started, kicked out), but may come back."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The chat no longer exists: the account was deleted, the group was closed, the id was never known."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The group became a supergroup with the id `chat_id`: send there from now on."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class Slowdown:
    """We sent too fast: nothing may be sent for `seconds`. The wait is no failure and costs no try."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Transient:
    """It failed this time; try again later.

    `maybe_sent`: the request may have reached Telegram and only its answer was lost, so that a second try can
    show the reader the message twice. `answered`: somebody answered, though only a gateway or a server in
    trouble.
    """

    reason: str
    maybe_sent: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """Telegram will never take this message for this chat: a second try is useless."""

    reason: str


@dataclass(frozen=True, slots=True)
class PaymentRefused:
    """Telegram takes no Stars for it; it may take the same message unpaid."""

    reason: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The message that was to be edited or deleted is no longer in the chat: its reader deleted it."""


@dataclass(frozen=True, slots=True)
class TopicClosed:
    """The forum topic of the message is closed or deleted; the group may have other topics for it."""

    reason: str


Outcome = (
    Sent | Blocked | Gone | Moved | Slowdown | Transient | Rejected | PaymentRefused | Missing | TopicClosed
)
