"""Every error of python-telegram-bot becomes an Outcome."""

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

# The library is changing from seconds to timedelta, and warns whenever it makes a RetryAfter.
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
def test_a_refusal_says_whether_the_chat_may_come_back(error: TelegramError, outcome: Outcome) -> None:
    """A blocked chat may come back, a gone one never does, a moved one has a new id."""
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
    """It would be refused again; the chat itself is not the reason."""
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
def test_a_lost_answer_is_distinguished_from_a_request_that_never_left(
    error: TelegramError, maybe_sent: bool
) -> None:
    """Only a request that may have reached Telegram can show a message twice when it is tried again."""
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
def test_no_answer_is_distinguished_from_an_error_of_a_server(error: NetworkError, answered: bool) -> None:
    """After a gateway's error hardly any message arrives, after silence it may have."""
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
    """The message may still be sent without Stars."""
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
def test_other_texts_with_such_words_refuse_the_message(text: str) -> None:
    """They contain parts of the words for a refused payment."""
    assert isinstance(outcome_of(BadRequest(text)), Rejected)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("Too Many Requests: retry after 35", 35.0), ("Too Many Requests (429)", 1.0)],
)
def test_a_429_without_parameters_is_a_slowdown_too(text: str, seconds: float) -> None:
    """The library makes a RetryAfter only of a 429 with parameters; the others count too."""
    assert outcome_of(NetworkError(text)) == Slowdown(seconds)


@pytest.mark.parametrize("as_timedelta", ["true", "false"])
def test_both_forms_of_retry_after_are_read(monkeypatch: pytest.MonkeyPatch, as_timedelta: str) -> None:
    """The library's change from seconds to timedelta changes no wait, and causes no warning."""
    monkeypatch.setenv("PTB_TIMEDELTA", as_timedelta)
    assert outcome_of(RetryAfter(12)) == Slowdown(12.0)


@pytest.mark.parametrize("text", ["TOPIC_CLOSED", "TOPIC_DELETED", "message thread not found"])
def test_a_closed_topic_says_nothing_about_the_group(text: str) -> None:
    """The message may still be sent to another topic."""
    assert isinstance(outcome_of(BadRequest(f"Bad Request: {text}")), TopicClosed)
