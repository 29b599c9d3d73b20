"""What one send told us: the sender turns each answer into one of these, and the ledger knows no others."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sent:
    """The message is in the chat."""

    message_id: int


@dataclass(frozen=True, slots=True)
class Blocked:
    """The chat does not want us now (blocked, never started, kicked out), but may come back."""


@dataclass(frozen=True, slots=True)
class Gone:
    """The chat is no more: the account was deleted, the group was closed, the id was never known."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The group became a supergroup and lives on under `chat_id`: send there from now on."""

    chat_id: int


@dataclass(frozen=True, slots=True)
class Slowdown:
    """We sent too fast: nobody gets anything for `seconds`. Waiting is not failing and costs no attempt."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Transient:
    """It did not work this time; try again later.

    `maybe_sent` says that the request may have reached Telegram and only its answer was lost, so that
    trying again can show the reader the message twice. `answered`: somebody answered, though it was only a
    gateway or a server in trouble.
    """

    reason: str
    maybe_sent: bool = False
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Rejected:
    """Telegram will never take this message for this chat: trying again is of no use."""

    reason: str


@dataclass(frozen=True, slots=True)
class PaymentRefused:
    """Telegram takes no Stars for it; the same message may be taken unpaid."""

    reason: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The message that was to be edited or deleted is not in the chat any more: its reader deleted it."""


@dataclass(frozen=True, slots=True)
class TopicClosed:
    """The forum topic that it was meant for is closed or deleted; the group may have other places for it."""

    reason: str


Outcome = (
    Sent | Blocked | Gone | Moved | Slowdown | Transient | Rejected | PaymentRefused | Missing | TopicClosed
)
