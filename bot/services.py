"""The index of use cases: what handlers, pages and the command line call. bot/runtime/build.py builds it."""

from dataclasses import dataclass
from datetime import tzinfo

from bot.appeals.appeals import Appeals
from bot.appeals.checks import Checks
from bot.appeals.clicks import Clicks
from bot.appeals.help_links import HelpLinks
from bot.appeals.lapses import Lapses
from bot.appeals.pages.rechecks import Rechecks
from bot.appeals.reports import Reports
from bot.appeals.verification import Verification
from bot.articles.fetch.fetcher import Fetcher
from bot.articles.process_pool import ProcessPool
from bot.broadcasts.broadcasts import Broadcasts
from bot.broadcasts.canaries import Canaries
from bot.broadcasts.cards import Cards
from bot.broadcasts.control import Control
from bot.broadcasts.corrections import Corrections
from bot.broadcasts.pilots.pilots import Pilots
from bot.broadcasts.preparation.preparation import Preparation
from bot.broadcasts.results import Results
from bot.broadcasts.topic_merges import TopicMerges
from bot.clock import Clock
from bot.digests.digests import Digests
from bot.editors.audit import Audit
from bot.editors.editors import Editors
from bot.editors.owner_notices import OwnerNotices
from bot.editors.sessions import Sessions
from bot.feeds.sources import Sources
from bot.stories.editing import Editing
from bot.stories.public import PublicStories
from bot.stories.published import PublishedStories
from bot.stories.review.bulk import Bulk
from bot.stories.review.decisions import Decisions
from bot.stories.review.review import Review
from bot.stories.search.search import Search
from bot.stories.search.story_lists import StoryLists
from bot.stories.stories import Stories
from bot.stories.threads import Threads
from bot.stories.topics import Topics
from bot.subscribers.census import Census
from bot.subscribers.csv.csv import SubscriberCsv
from bot.subscribers.days_off import DaysOff
from bot.subscribers.dialogues import Dialogues
from bot.subscribers.feedback import Feedback
from bot.subscribers.group_answers import GroupAnswers
from bot.subscribers.help_given import HelpGiven
from bot.subscribers.places.timezones import Timezones
from bot.subscribers.preferences import Preferences
from bot.subscribers.privacy import Privacy
from bot.subscribers.silence import Silence
from bot.subscribers.subscribers import Subscribers
from bot.subscribers.subscriptions import Subscriptions
from bot.webhooks.delivery import HookDelivery
from bot.webhooks.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Services:
    """All use cases, each an object with its dependencies."""

    stories: Stories
    published: PublishedStories
    public: PublicStories
    review: Review
    decisions: Decisions
    editing: Editing
    bulk: Bulk
    story_lists: StoryLists
    sources: Sources
    search: Search
    appeals: Appeals
    clicks: Clicks
    verification: Verification
    rechecks: Rechecks
    lapses: Lapses
    reports: Reports
    editors: Editors
    sessions: Sessions
    owner_notices: OwnerNotices
    checks: Checks
    subscribers: Subscribers
    census: Census
    preferences: Preferences
    help_given: HelpGiven
    subscriptions: Subscriptions
    days_off: DaysOff
    dialogues: Dialogues
    silence: Silence
    group_answers: GroupAnswers
    csv: SubscriberCsv
    privacy: Privacy
    feedback: Feedback
    threads: Threads
    topics: Topics
    topic_merges: TopicMerges
    audit: Audit
    preparation: Preparation
    broadcasts: Broadcasts
    control: Control
    pilots: Pilots
    cards: Cards
    canaries: Canaries
    corrections: Corrections
    results: Results
    webhooks: Webhooks
    hook_delivery: HookDelivery
    digests: Digests
    help_links: HelpLinks
    fetcher: Fetcher
    pool: ProcessPool
    timezones: Timezones
    zone: tzinfo
    clock: Clock
