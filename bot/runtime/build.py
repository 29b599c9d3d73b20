"""Opens the database and builds the use cases over it: all that works without Telegram."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from typing import Any

from bot.appeals.appeals import Appeals, showable
from bot.appeals.help_links import HelpLinks
from bot.articles.fetch.fetcher import Fetcher
from bot.articles.process_pool import ProcessPool
from bot.broadcasts import pushes
from bot.broadcasts.audiences import StoryVersions
from bot.broadcasts.broadcasts import Broadcasts
from bot.broadcasts.corrections import Corrections
from bot.broadcasts.preparation import Preparation
from bot.clock import Clock
from bot.config import Settings
from bot.digests.digests import Digests
from bot.digests.gatherer import Gatherer
from bot.errors import ConfigError
from bot.feeds.sources import Sources
from bot.i18n import in_language, languages
from bot.rendering import render
from bot.rendering.buttons import StoryView
from bot.rendering.render import Reader, ThreadNeighbours
from bot.runtime.sandbox_clock import clock_of
from bot.services import Services
from bot.stories.analysis import reading_pool
from bot.stories.review import Review
from bot.stories.search import Search
from bot.stories.stories import Stories
from bot.stories.threads import Threads
from bot.subscribers.csv import SubscriberCsv
from bot.subscribers.days_off import DaysOff
from bot.subscribers.feedback import Feedback
from bot.subscribers.preferences import Preferences
from bot.subscribers.privacy import Privacy
from bot.subscribers.subscribers import Subscribers
from bot.subscribers.subscriptions import Subscriptions
from bot.subscribers.timezones import Timezones
from bot.tasks import rest, unless_stopped
from storage import schema
from storage.broadcasts.broadcasts import Variant
from storage.database import Database
from storage.engine.unavailable import DatabaseRefusedError, DatabaseUnavailableError
from storage.private_files import make_private
from storage.schema import SchemaState
from storage.stories.translations import appeal_of, thread_of
from storage.words import Length, StoryState

log = logging.getLogger(__name__)

_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 30.0


@asynccontextmanager
async def open_database(settings: Settings, *, migrate: bool | None = None) -> AsyncIterator[Database]:
    """The database, with our tables. ConfigError, in one line, where that cannot be.

    `migrate`: bring the tables up to date; by default for SQLite only, since of many processes on one
    PostgreSQL one should do that, by `comeback migrate`.
    """
    database = _database(settings, migrate=migrate)
    try:
        try:
            await _prepare(database, migrate=migrate)
        except DatabaseUnavailableError as error:
            raise _cannot_open(error) from error
        yield database
    finally:
        await database.close()


def _keep_private(database: Database) -> None:
    """Nobody else on this machine reads who reads us."""
    if database.file is None:
        return
    for file in make_private(database.file):
        log.warning("others could read this file; now only its owner can", extra={"file": str(file)})


async def wait_for_database(settings: Settings, stopping: asyncio.Event) -> None:
    """Return once the database can be opened and written, or `stopping` is set.

    Raises ConfigError where waiting is of no use: it does not let us in, or its tables are not ours.
    """
    wait = _FIRST_WAIT_S
    while not stopping.is_set():
        database = _database(settings, migrate=None)
        try:
            await unless_stopped(stopping, _prepare(database, migrate=None))
        except DatabaseRefusedError as error:
            raise _cannot_open(error) from error
        except DatabaseUnavailableError as error:
            why = {"address": database.shown_url, "reason": str(error), "in_s": wait}
            log.warning("the database cannot be reached, trying again", extra=why)
        else:
            return
        finally:
            await database.close()
        await rest(stopping, wait)
        wait = min(_LONGEST_WAIT_S, wait * 2)


def _database(settings: Settings, *, migrate: bool | None) -> Database:
    """ConfigError where the folder of an SQLite file is not there."""
    # Who migrates waits for however long a large table takes.
    database = Database(settings.database_url, in_haste=not migrate)
    if database.folder is not None and not database.folder.is_dir():
        raise ConfigError(
            "DATABASE_URL: the database cannot be opened (there is no folder {folder})",
            folder=database.folder,
        )
    _keep_private(database)
    return database


def _cannot_open(error: DatabaseUnavailableError) -> ConfigError:
    return ConfigError("DATABASE_URL: the database cannot be opened ({reason})", reason=error)


async def _prepare(database: Database, *, migrate: bool | None) -> None:
    """Bring the tables up to date where that is ours to do, and write a row."""
    state = await schema.state(database)
    if state is SchemaState.NEWER:
        raise ConfigError(
            "DATABASE_URL: the database is of a newer version of Comeback. "
            "Update Comeback, or name another database."
        )
    may_migrate = database.is_sqlite if migrate is None else migrate
    if state is not SchemaState.CURRENT and not may_migrate:
        raise ConfigError("DATABASE_URL: the tables are not up to date. Run: comeback migrate")
    if state is not SchemaState.CURRENT:
        await schema.migrate(database)
    await schema.prove_writable(database)


@asynccontextmanager
async def open_services(settings: Settings, clock: Clock | None = None) -> AsyncIterator[Services]:
    """The use cases over the database, without Telegram: what the command line needs."""
    async with open_database(settings) as database:
        with reading_pool(os.cpu_count() or 1) as pool:
            yield build_services(settings, database, pool, clock or await clock_of(settings.bot_api_url))


def build_services(
    settings: Settings,
    database: Database,
    pool: ProcessPool,
    clock: Clock,
    help_links: HelpLinks | None = None,
) -> Services:
    """Wire the use cases together; without `help_links` help buttons lead to the organisations directly."""

    def bodies(pushed: StoryVersions) -> dict[Variant, dict[str, Any]]:
        return _bodies_of(pushed, settings, clock)

    stories, fetcher = Stories(database, clock), fetcher_of(settings)
    review = Review(database, clock, pushes.schedule_first)
    sources = Sources(
        database,
        fetcher,
        pool,
        clock,
        stories=stories,
        review=review,
        pushes_per_hour=settings.source_pushes_per_hour,
    )
    return Services(
        stories=stories,
        review=review,
        sources=sources,
        search=Search(database),
        appeals=Appeals(database, clock),
        subscribers=Subscribers(database, clock, settings.default_language, settings.default_timezone),
        preferences=Preferences(database, clock, settings.default_timezone),
        subscriptions=Subscriptions(database),
        days_off=DaysOff(database, clock, settings.default_timezone),
        subscriber_csv=SubscriberCsv(database, clock, settings.default_language),
        privacy=Privacy(database, clock),
        feedback=Feedback(database, clock),
        threads=Threads(database),
        drafts=Preparation(
            database,
            clock,
            bodies,
            zone=settings.default_timezone,
            rate=settings.send_rate,
            paid_rate=settings.paid_send_rate,
        ),
        broadcasts=Broadcasts(database, clock, bodies),
        corrections=Corrections(database, clock, bodies),
        digests=Digests(database, clock, Gatherer(bodies, settings.zone), settings.default_timezone),
        help_links=help_links or HelpLinks(),
        fetcher=fetcher,
        pool=pool,
        timezones=Timezones(),
        owner_ids=settings.owner_ids,
        zone=settings.zone,
    )


def fetcher_of(settings: Settings) -> Fetcher:
    """Fetches pages, and tells their sites how to reach whoever runs us."""
    return Fetcher(contact=settings.contact or settings.public_url)


def _bodies_of(pushed: StoryVersions, settings: Settings, clock: Clock) -> dict[Variant, dict[str, Any]]:
    """What a Broadcast freezes: a Story's message for every language and Length, or that it was withdrawn."""
    if pushed.story.state is not StoryState.WITHDRAWN:
        return _bodies(pushed, settings, clock)
    notes = {language: render.withdrawn(in_language(language)).payload() for language in languages()}
    return {Variant(language, length): note for language, note in notes.items() for length in Length}


def _bodies(pushed: StoryVersions, settings: Settings, clock: Clock) -> dict[Variant, dict[str, Any]]:
    """The Story as it is told in each of its languages, for readers of each language of ours, with its Appeal
    and without.

    Everybody gets the same button to follow the Thread: who follows it already loses nothing by a tap.
    """
    made: dict[Variant, dict[str, Any]] = {}
    for (told_in, story), language, length in product(pushed.told.items(), languages(), Length):
        appeal = showable(appeal_of(story), clock())
        follows = None if thread_of(story) is None else False
        around = ThreadNeighbours(follows, before=pushed.has_past)
        reader = Reader(in_language(language), settings.zone, length)
        for rides in (True, False) if appeal else (True,):
            shown = appeal if rides else None
            message = render.story(story, StoryView(story.id, length), shown, reader, around=around)
            made[Variant(language, length, told_in, appeal=rides)] = message.payload()
    return made
