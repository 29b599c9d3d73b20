"""The composition root: builds all parts of the bot, starts them in order, and stops them in order."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial

from telegram.error import InvalidToken

from bot.appeals.help_links import open_links
from bot.clock import Clock, machine_clock
from bot.config import Role, Settings
from bot.delivery.rate.pacer import Lane
from bot.delivery.sender import Sender
from bot.delivery.worker import Worker
from bot.delivery.worker_identity import Identity, claim_identity
from bot.editors.roles import Right
from bot.errors import ConfigError
from bot.inbox.inbox import Inbox
from bot.runtime import conversations
from bot.runtime.build import build_services
from bot.runtime.database.database import open_database
from bot.runtime.database.database_watch import DatabaseWatch
from bot.runtime.database.nightly_backup import NightlyBackup
from bot.runtime.duties import build_scheduler
from bot.runtime.health import Health
from bot.runtime.oldest_due import OldestDue
from bot.runtime.paced_loop import PacedLoop
from bot.runtime.sandbox_clock import clock_of, following
from bot.runtime.scheduler import Scheduler
from bot.runtime.sending import Pacers, build_pacers, build_worker
from bot.runtime.startup import begin_receiving, until_done
from bot.runtime.supervisor import Supervisor
from bot.runtime.web import build_web, open_web
from bot.services import Services
from bot.stories.intake.analysis import analysis_pool
from bot.telegram.messenger import TelegramMessenger
from bot.telegram.polling import Polling
from bot.telegram.timed_messenger import TimedMessenger
from bot.telegram.transport import AiohttpRequest
from bot.web.metrics import Metrics
from bot.web.server import WebServer
from handlers import routes
from handlers.context import ComebackApplication
from storage.database import Database

log = logging.getLogger(__name__)

_CONNECTIONS = 256  # more than the sends on the wire at 1,000/s, and the replies beside them
_OUTAGE_S = 30.0  # of failures without an answer between them
_STOP_S = 3.5  # of the five seconds that Ctrl-C may take; the web server has one of the others


@dataclass(frozen=True, slots=True)
class App:
    """The parts of the running bot. Its `role` says which of them run; duties and `web` do in every role.

    `worker`: None in the role web. `predecessor`: the name of the dead worker whose Ranges it frees.
    """

    settings: Settings
    role: Role
    database: Database
    services: Services
    application: ComebackApplication
    inbox: Inbox
    letters: PacedLoop
    worker: Worker | None
    predecessor: str | None
    scheduler: Scheduler
    polling: Polling
    web: WebServer
    health: Health
    clock: Clock
    pacers: Pacers
    supervisor: Supervisor
    database_watch: DatabaseWatch

    async def run(self, stopping: asyncio.Event, started: Callable[[], None] | None = None) -> None:
        """Run until `stopping` is set, then end what is under way and write its receipts.

        Raises ConfigError if Telegram does not know the token, or no longer knows it.
        """
        try:
            async with AsyncExitStack() as stack:
                if not await self._connect(stack, stopping):
                    return
                await self._start_parts(stopping)
                self.health.started(stopping)
                log.info("started", extra={"bot": self.application.bot.username})
                if started is not None:
                    started()
                await self.supervisor.until(stopping)
            log.info("stopped")
        except InvalidToken as error:
            raise ConfigError("BOT_TOKEN is wrong: Telegram does not know this token.") from error

    async def _connect(self, stack: AsyncExitStack, stopping: asyncio.Event) -> bool:
        """Open the web server and reach Telegram; return False if `stopping` was set first.

        `stack` closes what was opened, in reverse order; the parts of the supervisor end first, and /live
        and /ready are answered to the last.
        """
        stack.push_async_callback(self.web.stop)
        port = await open_web(self.web, self.settings, self.role)
        await until_done(stopping, self._introduce, self.settings.bot_api_url)
        if stopping.is_set():
            return False
        stack.push_async_callback(self.application.shutdown)
        await stack.enter_async_context(following(self.settings.bot_api_url, self.clock))
        stack.callback(self.web.close_pages)
        self.web.open_pages()
        if port is not None and self.settings.desk:
            self.services.sessions.address.opened(port)
        await stack.enter_async_context(self.supervisor)
        return True

    async def _start_parts(self, stopping: asyncio.Event) -> None:
        """Start the parts that this role runs, in the order in which they need one another."""
        start = self.supervisor.start
        for name, budget in self.pacers.shared.items():
            start(name, budget.run)
        if self.role is not Role.WORKER:
            await until_done(stopping, self._begin_receiving, self.settings.bot_api_url)
        start("database watch", self.database_watch.run, stop=self.database_watch.stop)
        start("notices", self.database.listen)
        start("timetable", self.scheduler.run, stop=self.scheduler.stop)
        if self.worker is not None:
            if self.predecessor is not None:
                await self.worker.take_over(self.predecessor)
            start("worker", self.worker.run, stop=self.worker.stop)
        if self.role is not Role.WORKER:
            start("inbox", self.inbox.run, stop=self.inbox.stop)
            start("letters", self.letters.run, stop=self.letters.stop)
        if self.role is Role.ALL and not self.settings.webhook_url:
            start("polling", self.polling.run, stop=self.polling.stop)

    async def _introduce(self) -> None:
        """Ask Telegram for our name, and set the menus of commands."""
        await self.application.initialize()
        if self.role is not Role.WORKER:
            editors = await self.services.editors.with_right(Right.WRITE)
            await routes.set_menus(self.application.bot, sorted(editors))

    async def _begin_receiving(self) -> None:
        await begin_receiving(self.application.bot, self.settings)


@asynccontextmanager
async def open_app(
    settings: Settings,
    clock: Clock | None = None,
    request: AiohttpRequest | None = None,
    role: Role = Role.ALL,
) -> AsyncIterator[App]:
    """Open the database and build everything for `comeback run`. `request` replaces our HTTP transport."""
    async with open_database(settings) as database:
        _check_role(role, settings, database)
        request = request or AiohttpRequest(connections=_CONNECTIONS)
        try:
            with analysis_pool() as pool, _identity(role, database) as identity:
                clock = clock or await clock_of(settings.bot_api_url)
                help_links = await open_links(database, settings.public_url)
                metrics = Metrics(role=role.value, database="sqlite" if database.is_sqlite else "postgresql")
                services = build_services(
                    settings,
                    database,
                    pool,
                    clock,
                    help_links,
                    polled=metrics.polled,
                    hooked=metrics.hooked,
                )
                yield _build(
                    settings,
                    role,
                    database,
                    services=services,
                    clock=clock,
                    request=request,
                    identity=identity,
                    metrics=metrics,
                )
        finally:
            await request.shutdown()


def _check_role(role: Role, settings: Settings, database: Database) -> None:
    """Raise ConfigError if this process cannot be one of many."""
    if role is not Role.ALL and database.is_sqlite:
        raise ConfigError("DATABASE_URL: many processes need PostgreSQL. On SQLite, run without --role.")
    if role is Role.WEB and not settings.webhook_url:
        raise ConfigError("WEBHOOK_URL is missing: with --role web, Telegram brings the updates.")


@contextmanager
def _identity(role: Role, database: Database) -> Iterator[Identity | None]:
    """Hold a worker's identity for the time of the `with`; None in the role web."""
    if role is Role.WEB:
        yield None
        return
    with claim_identity(database.shown_url) as identity:
        yield identity


def _build(
    settings: Settings,
    role: Role,
    database: Database,
    *,
    services: Services,
    clock: Clock,
    request: AiohttpRequest,
    identity: Identity | None,
    metrics: Metrics,
) -> App:
    """Connect all parts. Nothing is started yet, and no call is made."""
    pacers = build_pacers(settings, database, role, metrics.flooded)
    application = conversations.build_application(settings, services, pacers.pacer, request)
    base_url = application.bot.base_url
    inbox = Inbox(
        database,
        database.shared_clock(machine_clock(clock)),
        conversations.update_handler(application, metrics.updated_in),
        conversations.job_runners(application, metrics.updated_in),
        alone=database.is_sqlite or not settings.webhook_url,  # Telegram lets one process poll at a time
    )
    messenger = TimedMessenger(TelegramMessenger(request, base_url), metrics.sent_in)
    sender = Sender(messenger, pacers.pacer, services.subscribers.moved, paid=pacers.paid)
    worker = build_worker(
        settings, database, services, sender, clock=clock, identity=identity, observer=metrics
    )
    oldest_due = OldestDue(database, clock)
    nightly = NightlyBackup(database, settings, clock) if settings.backup_folder else None
    scheduler = build_scheduler(
        database, application, services, inbox, worker, clock=clock, oldest_due=oldest_due, nightly=nightly
    )
    supervisor = Supervisor(patience=_STOP_S, fatal=(InvalidToken, ConfigError))
    watch = DatabaseWatch(database)

    def is_outage() -> bool:
        return sender.outage.began.is_set() or request.answers.unanswered_for >= _OUTAGE_S

    health = Health(supervisor, scheduler, worker, watch, is_outage)
    metrics.watch(
        oldest_due=oldest_due.seconds,
        is_outage=is_outage,
        queues={lane.name.lower(): partial(pacers.waiting, lane) for lane in Lane}
        | {"inbox": lambda: inbox.waiting},
    )
    return App(
        settings=settings,
        role=role,
        database=database,
        services=services,
        application=application,
        inbox=inbox,
        letters=conversations.letter_loop(application, services, inbox),
        worker=worker,
        predecessor=identity.predecessor if identity else None,
        scheduler=scheduler,
        polling=Polling(request, base_url, inbox.receive),
        web=build_web(settings, role, services, inbox, health, metrics=metrics, bot=application.bot),
        health=health,
        clock=clock,
        pacers=pacers,
        supervisor=supervisor,
        database_watch=watch,
    )
