"""Every error of python-telegram-bot becomes the Outcome that the ledger must act on."""

from __future__ import annotations

import pytest
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

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
from bot.telegram.outcomes import outcome_of
from bot.telegram.transport import (
    NeverSentError,
    NeverSentInTimeError,
    NoAnswerError,
    NoAnswerInTimeError,
)

# The library warns on its way from seconds to timedelta, whenever it makes a RetryAfter.
pytestmark = pytest.mark.filterwarnings("ignore:Deprecated since version v22.2:DeprecationWarning")


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (Forbidden("Forbidden: bot was blocked by the user"), Blocked()),
        (Forbidden("Forbidden: bot can't initiate conversation with a user"), Blocked()),
        (Forbidden("Forbidden: bot was kicked from the supergroup chat"), Blocked()),
        (Forbidden("Forbidden: bot is not a member of the channel chat"), Blocked()),
        (Forbidden("Forbidden: a text of the year 2030"), Blocked()),
        (Forbidden("Forbidden: user is deactivated"), Gone()),
        (Forbidden("Forbidden: the group chat was deleted"), Gone()),
        (Forbidden("Forbidden: bots can't send messages to bots"), Gone()),
        (BadRequest("Bad Request: chat not found"), Gone()),
        (BadRequest("Bad Request: PEER_ID_INVALID"), Gone()),
        (BadRequest("Bad Request: USER_IS_BLOCKED"), Blocked()),
        (ChatMigrated(-1001234567890), Moved(-1001234567890)),
    ],
)
def test_what_an_answer_says_about_the_chat(error: TelegramError, outcome: Outcome) -> None:
    """Telegram's refusals tell a chat that may come back from one that never will."""
    assert outcome_of(error) == outcome


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (BadRequest("Bad Request: message text is empty"), "Message text is empty"),
        (BadRequest("Bad Request: not enough rights to send text messages to the chat"), "Not enough rights"),
        (Forbidden("Forbidden: not enough rights to send text messages to the chat"), "not enough rights"),
        (NetworkError("Request Entity Too Large (413)"), "Request Entity Too Large"),
    ],
)
def test_a_refused_message_is_rejected_with_its_reason(error: TelegramError, reason: str) -> None:
    """What will be refused again is not tried again, and the chat's Subscriber stays as it is."""
    outcome = outcome_of(error)
    assert isinstance(outcome, Rejected)
    assert reason in outcome.reason


@pytest.mark.parametrize(
    ("error", "maybe_sent"),
    [
        (TimedOut(), True),
        (NetworkError("ServerDisconnectedError: Server disconnected"), True),
        (NetworkError("Bad Gateway"), True),
        (NetworkError("Gateway Timeout (504). Parsing the server response b'' failed"), True),
        (TelegramError("Invalid server response"), True),
        (NetworkError("Internal Server Error: restart"), True),
        (NetworkError("Service Unavailable (503)"), True),
        (NeverSentError("ClientConnectorError: connection refused"), False),
        (NeverSentInTimeError("No connection in time"), False),
        (InvalidToken(), False),
        (Conflict("terminated by other getUpdates request"), False),
    ],
)
def test_a_lost_answer_is_told_apart_from_a_refused_request(error: TelegramError, maybe_sent: bool) -> None:
    """Only where the request may have reached Telegram can trying again show a message twice."""
    outcome = outcome_of(error)
    assert isinstance(outcome, Transient)
    assert outcome.reason == error.message
    assert outcome.maybe_sent is maybe_sent


@pytest.mark.parametrize(
    ("error", "answered"),
    [
        (NetworkError("Bad Gateway"), True),
        (NetworkError("Internal Server Error: restart"), True),
        (NoAnswerError("ServerDisconnectedError: Server disconnected"), False),
        (NoAnswerInTimeError(), False),
    ],
)
def test_silence_is_told_apart_from_an_answer_in_trouble(error: NetworkError, answered: bool) -> None:
    """A gateway's answer says more than none: hardly any message arrives with it."""
    assert outcome_of(error) == Transient(error.message, maybe_sent=True, answered=answered)


@pytest.mark.parametrize(
    "text",
    [
        "BALANCE_TOO_LOW",
        "Bad Request: PAYMENT_UNSUPPORTED",
        "Bad Request: paid broadcasts are not allowed",
        "Bad Request: ALLOW_PAID_BROADCAST isn't available",
    ],
)
def test_a_refused_payment_is_an_outcome_of_its_own(text: str) -> None:
    """The message may be taken unpaid."""
    assert isinstance(outcome_of(BadRequest(text)), PaymentRefused)


@pytest.mark.parametrize(
    "text",
    [
        'can\'t parse entities: Unsupported start tag "b" at byte offset 0',
        "Bad Request: message is too long",
        "ALLOW_PAYMENT_REQUIRED_500",  # what this chat charges
        "Bad Request: repaid broadcasters balance stars",
    ],
)
def test_what_is_no_refused_payment_refuses_the_message(text: str) -> None:
    """However much of the words it holds."""
    assert isinstance(outcome_of(BadRequest(text)), Rejected)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("Too Many Requests: retry after 35", 35.0), ("Too Many Requests (429)", 1.0)],
)
def test_a_429_without_parameters_is_a_slowdown_too(text: str, seconds: float) -> None:
    """The library makes a RetryAfter only of a 429 with parameters; the others count as much."""
    assert outcome_of(NetworkError(text)) == Slowdown(seconds)


@pytest.mark.parametrize("as_timedelta", ["true", "false"])
def test_both_forms_of_retry_after_are_read(monkeypatch: pytest.MonkeyPatch, as_timedelta: str) -> None:
    """The library's switch from seconds to timedelta does not change what we wait, and warns nobody."""
    monkeypatch.setenv("PTB_TIMEDELTA", as_timedelta)
    assert outcome_of(RetryAfter(12)) == Slowdown(12.0)


@pytest.mark.parametrize("text", ["TOPIC_CLOSED", "TOPIC_DELETED", "message thread not found"])
def test_a_topic_that_is_shut_says_nothing_about_the_group(text: str) -> None:
    """The message may still go elsewhere in the group."""
    assert isinstance(outcome_of(BadRequest(f"Bad Request: {text}")), TopicClosed)
