"""Builds the use cases (bot/services.py) over an open database: all that works without Telegram."""

import os
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from bot.appeals.appeals import Appeals
from bot.appeals.checks import Checks
from bot.appeals.clicks import Clicks
from bot.appeals.help_links import HelpLinks
from bot.appeals.hosts.lookalikes import Lookalikes
from bot.appeals.lapses import Lapses
from bot.appeals.pages.pages import AppealPages
from bot.appeals.pages.rechecks import Rechecks
from bot.appeals.reports import Reports
from bot.appeals.verification import Verification
from bot.articles.fetch.fetcher import Fetcher
from bot.articles.process_pool import ProcessPool
from bot.broadcasts import pushes
from bot.broadcasts.agreement import Agreement
from bot.broadcasts.audiences import StoryVersions
from bot.broadcasts.bodies import render_bodies
from bot.broadcasts.broadcasts import Broadcasts
from bot.broadcasts.canaries import Canaries
from bot.broadcasts.cards import Cards
from bot.broadcasts.control import Control
from bot.broadcasts.corrections import Corrections
from bot.broadcasts.pilots.pilots import Pilots
from bot.broadcasts.preparation.preparation import Preparation
from bot.broadcasts.remaking import Remaking
from bot.broadcasts.results import Results
from bot.broadcasts.topic_merges import TopicMerges
from bot.clock import Clock
from bot.config import Settings
from bot.digests.digests import Digests
from bot.digests.gatherer import Gatherer
from bot.editors.audit import Audit
from bot.editors.desk_address import DeskAddress
from bot.editors.editors import Editors
from bot.editors.launches import Launches
from bot.editors.owner_notices import OwnerNotices
from bot.editors.rights import Rights
from bot.editors.sessions import Sessions
from bot.feeds.entries import Entries
from bot.feeds.poller import Poller, PollResult
from bot.feeds.sources import Sources
from bot.runtime.database.database import open_database
from bot.runtime.sandbox_clock import clock_of
from bot.services import Services
from bot.stories.content_cache import ContentCache
from bot.stories.editing import Editing
from bot.stories.intake.analysis import analysis_pool
from bot.stories.public import PublicStories
from bot.stories.published import PublishedStories
from bot.stories.review.bulk import Bulk
from bot.stories.review.decisions import GRACE, Decisions
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
from bot.webhooks.caller import Caller
from bot.webhooks.delivery import HookDelivery, HookResult
from bot.webhooks.webhooks import Webhooks
from storage.broadcasts.bodies import Payload, Variant
from storage.database import Database
from storage.words import DecisionAction, Length


@asynccontextmanager
async def open_services(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Services]:
    """Open the database and build the use cases over it: what the command line needs."""
    async with open_database(settings) as database:
        with analysis_pool(os.cpu_count() or 1) as pool:
            yield build_services(settings, database, pool, clock or await clock_of(settings.bot_api_url))


def build_services(
    settings: Settings,
    database: Database,
    pool: ProcessPool,
    clock: Clock,
    help_links: HelpLinks | None = None,
    *,
    polled: Callable[[PollResult], None] = lambda _result: None,
    hooked: Callable[[HookResult], None] = lambda _result: None,
) -> Services:
    """Connect the use cases. Without `help_links`, help buttons lead directly to the organisations.

    `polled` is called with what each poll of a Source came to, `hooked` with what each try of a Webhook did.
    """

    def bodies(versions: StoryVersions, lengths: Iterable[Length] = Length) -> dict[Variant, Payload]:
        return render_bodies(versions, settings, clock, lengths)

    rights = Rights(settings.owner_ids)
    agreement = Agreement(rights, settings.pushes_need_two)
    stories, search, cache = Stories(database, clock, rights), Search(database), ContentCache()
    fetcher, lookalikes = fetcher_of(settings), Lookalikes()
    editing = Editing(database, clock, rights)
    review = Review(database, clock, rights, partial(pushes.schedule_first, agreement=agreement))
    corrections = Corrections(database, clock, rights, bodies)
    acts = dict.fromkeys(DecisionAction, review.act) | {DecisionAction.WITHDRAW: corrections.act}
    decisions = Decisions(database, clock, rights, acts, grace=GRACE)
    entries = Entries(
        database,
        fetcher,
        pool,
        clock,
        stories=stories,
        review=review,
        pushes_per_hour=settings.source_pushes_per_hour,
    )
    poller = Poller(database, fetcher, pool, clock, note=polled)
    appeals = Appeals(database, clock, rights, lookalikes, Remaking(bodies))
    pages = AppealPages(fetcher, pool)
    receipts_kept = timedelta(days=settings.keep_receipts_days)
    return Services(
        stories=stories,
        published=PublishedStories(database, stories, search, cache, clock),
        public=PublicStories(database, stories, cache),
        review=review,
        decisions=decisions,
        editing=editing,
        bulk=Bulk(decisions, review, editing),
        story_lists=StoryLists(database),
        sources=Sources(database, clock, rights, poller=poller, entries=entries),
        search=search,
        appeals=appeals,
        clicks=Clicks(database, clock),
        verification=Verification(appeals, pages),
        rechecks=Rechecks(database, clock, appeals, pages),
        lapses=Lapses(database, clock, appeals),
        reports=Reports(database, clock, rights, need_two=settings.pushes_need_two),
        editors=Editors(database, clock, settings.owner_ids),
        sessions=Sessions(
            database,
            clock,
            settings.owner_ids,
            DeskAddress(settings.public_url, settings.http_host),
            Launches(settings.bot_token.get_secret_value().strip()),
        ),
        owner_notices=OwnerNotices(database),
        checks=Checks(database, clock, fetcher, lookalikes),
        subscribers=Subscribers(
            database, clock, settings.default_language, settings.default_timezone, cache.at
        ),
        census=Census(database, clock),
        preferences=Preferences(database, clock, settings.default_timezone),
        help_given=HelpGiven(database, clock, settings.default_timezone),
        subscriptions=Subscriptions(database),
        days_off=DaysOff(database, clock, settings.default_timezone),
        dialogues=Dialogues(database, clock),
        group_answers=GroupAnswers(database),
        silence=Silence(database, clock, settings.default_timezone),
        csv=SubscriberCsv(database, clock, settings.default_language),
        privacy=Privacy(database, clock, left_kept=_kept(settings.keep_left_readers_days)),
        feedback=Feedback(database, clock, rights, kept=timedelta(days=settings.keep_letters_days)),
        threads=Threads(database, clock, rights),
        topics=Topics(database, clock, rights),
        topic_merges=TopicMerges(database, clock, rights),
        audit=Audit(database, clock, kept=_kept(settings.keep_audit_days)),
        preparation=Preparation(
            database,
            clock,
            agreement,
            bodies,
            zone=settings.default_timezone,
            rate=settings.send_rate,
            paid_rate=settings.paid_send_rate,
        ),
        broadcasts=Broadcasts(database, clock, agreement, bodies, receipts_kept=receipts_kept),
        control=Control(database, clock, rights, bodies, receipts_kept=receipts_kept),
        pilots=Pilots(database, clock),
        cards=Cards(database),
        canaries=Canaries(database, clock, rate=settings.send_rate),
        results=Results(database, clock),
        webhooks=Webhooks(database, clock, Caller()),
        hook_delivery=HookDelivery(database, clock, Caller(), note=hooked),
        corrections=corrections,
        digests=Digests(database, clock, Gatherer(bodies, settings.zone), settings.default_timezone),
        help_links=help_links or HelpLinks(),
        fetcher=fetcher,
        pool=pool,
        timezones=Timezones(),
        zone=settings.zone,
        clock=clock,
    )


def _kept(days: int) -> timedelta | None:
    """Return for how long something is kept; None: for ever."""
    return timedelta(days=days) if days else None


def fetcher_of(settings: Settings) -> Fetcher:
    """Return a Fetcher that tells sites how to contact the operator."""
    return Fetcher(contact=settings.contact or settings.public_url)
