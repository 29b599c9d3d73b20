"""The tables, one class each, by noun. Import them from here: `from storage.models import Story`."""

from storage.models.answers import GroupAnswer
from storage.models.appeals import Appeal, AppealNotice, AskedHost, Click, Recheck, Report
from storage.models.base import Base
from storage.models.broadcasts import Aftermath, Body, Broadcast, Card
from storage.models.canaries import Canary, CanaryAlarm
from storage.models.census import CensusSlice
from storage.models.content import ContentVersion
from storage.models.decisions import PendingDecision
from storage.models.deliveries import AfterCount, Delivery, Outage, Range, Rate
from storage.models.editors import DeskLaunch, DeskSession, Editor, EntryLink, Invitation
from storage.models.inbox import InboxUpdate, Receiver
from storage.models.letters import Letter, LetterMark, Prompt
from storage.models.notices import OwnerNotice
from storage.models.records import AuditEntry, DutyRun, Secret
from storage.models.sources import Source, SourceEntry, SourceTopic
from storage.models.stories import (
    SearchEntry,
    SearchWord,
    Story,
    StoryBand,
    StoryTopic,
    Summary,
    Thread,
    Topic,
)
from storage.models.subscribers import Following, Forgotten, Helped, Subscriber, Subscription
from storage.models.webhooks import Event, Parcel, Webhook

__all__ = [
    "AfterCount",
    "Aftermath",
    "Appeal",
    "AppealNotice",
    "AskedHost",
    "AuditEntry",
    "Base",
    "Body",
    "Broadcast",
    "Canary",
    "CanaryAlarm",
    "Card",
    "CensusSlice",
    "Click",
    "ContentVersion",
    "Delivery",
    "DeskLaunch",
    "DeskSession",
    "DutyRun",
    "Editor",
    "EntryLink",
    "Event",
    "Following",
    "Forgotten",
    "GroupAnswer",
    "Helped",
    "InboxUpdate",
    "Invitation",
    "Letter",
    "LetterMark",
    "Outage",
    "OwnerNotice",
    "Parcel",
    "PendingDecision",
    "Prompt",
    "Range",
    "Rate",
    "Receiver",
    "Recheck",
    "Report",
    "SearchEntry",
    "SearchWord",
    "Secret",
    "Source",
    "SourceEntry",
    "SourceTopic",
    "Story",
    "StoryBand",
    "StoryTopic",
    "Subscriber",
    "Subscription",
    "Summary",
    "Thread",
    "Topic",
    "Webhook",
]
