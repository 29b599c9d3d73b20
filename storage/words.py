"""Enumerations: the states and choices that rows hold. The values are stored: a change needs a migration."""

from enum import StrEnum


class StoryState(StrEnum):
    """draft → published or rejected; later withdrawn.

    scheduled: confirmed for an hour, with a push that starts then. Readers see only a published Story.
    """

    DRAFT = "draft"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class DecisionAction(StrEnum):
    """What an editor decides about a Story. push: publish it, with a push. publish: publish it quietly."""

    PUSH = "push"
    PUBLISH = "publish"
    REJECT = "reject"
    WITHDRAW = "withdraw"


class Length(StrEnum):
    """The length of a Summary; `SENTENCES` holds the number of sentences of each."""

    BRIEF = "brief"
    SHORT = "short"
    LONG = "long"


SENTENCES = {Length.BRIEF: 1, Length.SHORT: 3, Length.LONG: 5}


class AppealState(StrEnum):
    """proposed → verified ⇄ suspended → retired. Readers see only a verified Appeal."""

    PROPOSED = "proposed"
    VERIFIED = "verified"
    SUSPENDED = "suspended"
    RETIRED = "retired"


class ReportState(StrEnum):
    """draft → sent. Readers see only a sent Report."""

    DRAFT = "draft"
    SENT = "sent"


class SuspensionReason(StrEnum):
    """Why an Appeal is suspended.

    changed: the page behind its link may belong to others now. lapsed: nobody looked at it for too long.
    editor: an editor paused it.
    """

    CHANGED = "changed"
    LAPSED = "lapsed"
    EDITOR = "editor"


class AppealNews(StrEnum):
    """What editors are notified of once about an Appeal.

    waiting: a version that somebody else wrote is to be verified. report: the draft of a Report is to be sent
    by somebody else. changed: it was suspended because its page
    may belong to others. odd: a sign of its page differs. silent: its page did not answer for days. aging:
    nobody has looked at it for long. lapsed: it was suspended for that.
    """

    WAITING = "waiting"
    REPORT = "report"
    CHANGED = "changed"
    ODD = "odd"
    SILENT = "silent"
    AGING = "aging"
    LAPSED = "lapsed"


class OwnerNews(StrEnum):
    """What each owner reads once about the bot itself.

    restored: the database was put back from a backup. backup_failed: the nightly backup could not be written.
    canary: something did not reach a test chat in its time. webhook: a Webhook takes nothing any more.
    """

    RESTORED = "restored"
    BACKUP_FAILED = "backup_failed"
    CANARY = "canary"
    WEBHOOK = "webhook"


class CanaryFault(StrEnum):
    """What is wrong with a Canary.

    missing: a push did not come. refused: Telegram refused it. late: what was held for it was not gathered
    when it was due. shut: the chat has stopped or blocked the bot, and can get nothing.
    """

    MISSING = "missing"
    REFUSED = "refused"
    LATE = "late"
    SHUT = "shut"


class EditorRole(StrEnum):
    """What an editor may do; `bot/editors/roles.py` says it in rights.

    editor: write and propose. publisher: also publish, send and verify. owner: all, and name other editors.
    """

    EDITOR = "editor"
    PUBLISHER = "publisher"
    OWNER = "owner"


class SubscriberState(StrEnum):
    """Only an active Subscriber gets pushes.

    paused: the reader turned pushes off. stopped: the reader sent /stop. blocked: Telegram says that the
    reader blocked the bot. gone: the account or the group no longer exists.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    STOPPED = "stopped"
    BLOCKED = "blocked"
    GONE = "gone"


class ChatKind(StrEnum):
    """Telegram's kinds of chat. A supergroup counts as a group."""

    PRIVATE = "private"
    GROUP = "group"
    CHANNEL = "channel"


class BroadcastState(StrEnum):
    """preparing → scheduled → running ⇄ paused → finished or cancelled."""

    PREPARING = "preparing"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


UNDER_WAY = (BroadcastState.RUNNING, BroadcastState.PAUSED)
"""The states of a Broadcast that has started and has not ended."""

OPEN = (BroadcastState.SCHEDULED, *UNDER_WAY)
"""The states of a Broadcast that was confirmed and has not ended."""

ENDED = (BroadcastState.FINISHED, BroadcastState.CANCELLED)
"""The states of a Broadcast that has ended; a finished one can be reopened."""

CONFIRMED = (*OPEN, *ENDED)
"""The states of a Broadcast that an editor confirmed."""


class BroadcastKind(StrEnum):
    """What a Broadcast does.

    push: it sends a Story. correction: it edits the messages of a push. withdrawal: it deletes them, or edits
    those that Telegram does not delete any more. digest: it gathers what was held, with a message of its own
    for each Subscriber who is due. report: it sends a Report to those who helped or follow.
    """

    PUSH = "push"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    DIGEST = "digest"
    REPORT = "report"


class Rhythm(StrEnum):
    """When a Subscriber gets new Stories: each at once, or gathered in a Digest."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    WEEKLY = "weekly"


class AppealRhythm(StrEnum):
    """How often an Appeal may come with a message that a Subscriber did not ask for."""

    EVERY_STORY = "every_story"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    ON_REQUEST = "on_request"


class ContentWarning(StrEnum):
    """What a Story speaks of that a reader may not want to meet unprepared. `children`: those who suffer."""

    VIOLENCE = "violence"
    CHILDREN = "children"
    DEATH = "death"


class WarnedStories(StrEnum):
    """How a Story with a content warning reaches a Subscriber.

    show: at once, with the warning as its first line. warn: only the warning, and the Story after a tap.
    by_day: as with show, but not between their evening and their morning.
    """

    SHOW = "show"
    WARN = "warn"
    BY_DAY = "by_day"


class SourceState(StrEnum):
    """Only an active Source is polled. gone: its server said that the feed no longer exists."""

    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"


class SourceFault(StrEnum):
    """What is wrong with a Source or an entry; the sentences are in bot/feeds/faults.py."""

    EMPTY = "empty"
    LOGIN = "login"
    PAYMENT = "payment"
    FORBIDDEN = "forbidden"
    MISSING = "missing"
    REMOVED = "removed"
    TOO_OFTEN = "too often"
    LEGAL = "legal"
    SERVER = "server"
    STATUS = "status"
    PDF = "pdf"
    VIDEO = "video"
    AUDIO = "audio"
    PICTURE = "picture"
    FILE = "file"
    UNREACHED = "unreached"
    LATE = "late"
    NO_SITE = "no site"
    CERTIFICATE = "certificate"
    INSECURE = "insecure"
    GARBLED = "garbled"
    NOT_PUBLIC = "not public"
    PORT = "port"
    REDIRECT = "redirect"
    DOWNGRADE = "downgrade"
    REDIRECTS = "redirects"
    LARGE = "large"
    NO_STORY = "no story"
    ROBOT = "robot"
    CONSENT = "consent"
    PAYWALL = "paywall"
    JAVASCRIPT = "javascript"
    LIST = "list"
    NO_TEXT = "video only"
    SLOW_PAGE = "slow page"
    SLOW_FEED = "slow feed"
    NO_FEED = "no feed"
    GONE = "gone"
    DOCTYPE = "doctype"
    DAMAGED = "damaged"


class EntryState(StrEnum):
    """waiting → taken (it became a Story) or refused (it has no story). past: older than the Source."""

    WAITING = "waiting"
    TAKEN = "taken"
    REFUSED = "refused"
    PAST = "past"


class DeliveryState(StrEnum):
    """The result of one Broadcast for one Subscriber. Without a row it is still to do."""

    HELD = "held"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"
    MERGED = "merged"


class HookState(StrEnum):
    """The state of a Webhook.

    paused: nothing is sent, and what happens is kept for it; so after a restore, until an operator lets it
    go on. gone: its address answered that it is gone for good (410); nothing is kept for it.
    """

    ACTIVE = "active"
    PAUSED = "paused"
    GONE = "gone"


class EventKind(StrEnum):
    """What happened, as Webhooks hear it."""

    PUBLISHED = "story.published"
    CORRECTED = "story.corrected"
    WITHDRAWN = "story.withdrawn"
    FINISHED = "push.finished"


class ParcelState(StrEnum):
    """What became of an Event for one Webhook. given_up: it was refused for days, or the Webhook is gone."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"
