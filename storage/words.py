"""The states and choices that rows may hold: one word per thing, no database needed to name them."""

from enum import StrEnum


class StoryState(StrEnum):
    """draft → published or rejected; later withdrawn."""

    DRAFT = "draft"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class Length(StrEnum):
    """How long a Summary is; `SENTENCES` says how many sentences each means."""

    BRIEF = "brief"
    SHORT = "short"
    LONG = "long"


SENTENCES = {Length.BRIEF: 1, Length.SHORT: 3, Length.LONG: 5}


class AppealState(StrEnum):
    """proposed → verified → retired; only a verified Appeal is ever shown to readers."""

    PROPOSED = "proposed"
    VERIFIED = "verified"
    RETIRED = "retired"


class SubscriberState(StrEnum):
    """Only an active Subscriber gets pushes.

    paused: they turned pushes off. stopped: they said /stop. blocked: Telegram says that they blocked
    the bot. gone: the account or the group no longer exists.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"
    BLOCKED = "blocked"
    GONE = "gone"


class ChatKind(StrEnum):
    """Telegram's kinds of chat; a supergroup is a group to readers and to us."""

    PRIVATE = "private"
    GROUP = "group"
    CHANNEL = "channel"


class BroadcastState(StrEnum):
    """draft → scheduled → running ⇄ paused → finished or cancelled."""

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class ReasonCode(StrEnum):
    """Codes of the reasons of a Broadcast that code reads later (bot/broadcasts/reasons.py)."""

    REFUSALS_IN_A_ROW = "refusals_in_a_row"


class BroadcastKind(StrEnum):
    """push: a Story goes out. correction: those who have it see it mended. withdrawal: it is taken back.

    digest: what was held for those who are due is gathered, for each of them another message.
    """

    PUSH = "push"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    DIGEST = "digest"


class Rhythm(StrEnum):
    """When a Subscriber gets new Stories: each at once, or gathered in a Digest."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


class AppealRhythm(StrEnum):
    """How often an Appeal may ride along with what a Subscriber is sent unasked."""

    EVERY_STORY = "every_story"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    ON_REQUEST = "on_request"


class SourceState(StrEnum):
    """Only an active Source is polled. gone: its server said that there is no feed any more."""

    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"


class EntryState(StrEnum):
    """waiting → taken (a Story stands for it) or refused (no story could be had); past: before our time."""

    WAITING = "waiting"
    TAKEN = "taken"
    REFUSED = "refused"
    PAST = "past"


class DeliveryState(StrEnum):
    """What the receipt of one Broadcast to one Subscriber says; no row yet means still to do."""

    HELD = "held"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    MERGED = "merged"
