"""The composition root: builds everything, starts it in order, and stops it in order."""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

from telegram import Update
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter
from telegram.ext import ApplicationBuilder, ExtBot

from bot.appeals.help_links import open_links
from bot.clock import Clock, machine_clock, steady_clock
from bot.config import Role, Settings
from bot.delivery.budget import Budget
from bot.delivery.pacer import Lane, Pacer
from bot.delivery.selection import PushSelector, Selector
from bot.delivery.sender import Sender
from bot.delivery.shared_budget import SharedBudget
from bot.delivery.worker import Worker, WorkerLimits
from bot.delivery.worker_identity import Identity, claim_identity
from bot.digests.corrections import DigestCorrectionSelector
from bot.digests.selection import DigestSelector
from bot.errors import ConfigError
from bot.inbox.inbox import Inbox
from bot.inbox.jobs import Job, JobRunner, turn
from bot.runtime.build import build_services, open_database, wait_for_database
from bot.runtime.database_watch import DatabaseWatch
from bot.runtime.paced_loop import PacedLoop
from bot.runtime.sandbox_clock import clock_of, following
from bot.runtime.scheduler import TICK, Duty, Scheduler
from bot.runtime.supervisor import Supervisor
from bot.services import Services
from bot.stories.analysis import reading_pool
from bot.tasks import rest, unless_stopped
from bot.telegram.limiter import PacedLimiter
from bot.telegram.messenger import TelegramMessenger
from bot.telegram.polling import ALLOWED_UPDATES, Polling
from bot.telegram.transport import AiohttpRequest
from bot.web import links
from bot.web.server import WEBHOOK_PATH, WebServer
from handlers import context, routes
from handlers.context import ComebackApplication
from handlers.editors import intake, letters, progress, review
from handlers.readers import feedback
from storage.database import Database
from storage.engine.unavailable import DatabaseUnavailableError
from storage.words import BroadcastKind

log = logging.getLogger(__name__)

_CONNECTIONS = 256  # above the sends that can be on the wire at 1,000/s, and the replies beside them
_IN_FLIGHT_S = 0.15  # twice what a send takes as a rule: at 1,000/s, 150 places
_TICKS_S = 0.05  # what waits for its turn beside them: two of the Pacer's ticks
_LEAST_WINDOW = 5  # enough to hold 30/s where a send and its receipt take up to 160 ms
_LEAST_SLICE = 8
_RATE, _PAID_RATE = "shared rate", "shared rate of paid pushes"
LETTERS_S = 5.0  # between two messages to an editor about what readers write
_THANKING = 32  # readers at once: as many as can be on the wire; the others wait in the inbox
_READING = 16  # links and files of editors that are read at once: each takes up to 20 s and 3 MB
_READING_FOR_ONE = 4  # of them for one editor, so that 50 links of one hold up no other
_STOP_S = 3.5  # of the five seconds that Ctrl-C may take; the web server has one of the others
_FIRST_WAIT_S = 1.0
_LONGEST_WAIT_S = 30.0


@dataclass(slots=True)
class App:
    """Comeback, running: talks with Telegram, hands out updates, pushes, keeps its duties.

    Which of these it does is its `role`; the duties are kept by every process, and done by one.
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
    timetable: Scheduler
    polling: Polling
    web: WebServer | None
    clock: Clock
    shared: Mapping[str, SharedBudget]
    parts: Supervisor
    watch: DatabaseWatch

    async def run(self, stopping: asyncio.Event, started: Callable[[], None] | None = None) -> None:
        """Run until `stopping` is set. What is under way is ended and settled first.

        Raises ConfigError when Telegram does not know the token, or not any more.
        """
        try:
            await self._run(stopping, started)
        except InvalidToken as error:
            raise ConfigError("BOT_TOKEN is wrong: Telegram does not know this token.") from error

    async def _run(self, stopping: asyncio.Event, started: Callable[[], None] | None) -> None:
        async with AsyncExitStack() as stack:
            await self._patiently(stopping, self._introduce)
            if stopping.is_set():
                return
            stack.push_async_callback(self.application.shutdown)
            await stack.enter_async_context(following(self.settings.bot_api_url, self.clock))
            if self.web is not None:
                stack.push_async_callback(self.web.stop)
                await self.web.start(self.settings.http_host, self.settings.http_port)
            await stack.enter_async_context(self.parts)
            for name, budget in self.shared.items():
                self.parts.start(name, budget.run)
            if self.role is not Role.WORKER:
                await self._patiently(stopping, self._begin_receiving)
            self.parts.start("database watch", self.watch.run, stop=self.watch.stop)
            self.parts.start("timetable", self.timetable.run, stop=self.timetable.stop)
            if self.worker is not None:
                if self.predecessor is not None:
                    await self.worker.take_over(self.predecessor)
                self.parts.start("worker", self.worker.run, stop=self.worker.stop)
            if self.role is not Role.WORKER:
                self.parts.start("inbox", self.inbox.run, stop=self.inbox.stop)
                self.parts.start("letters", self.letters.run, stop=self.letters.stop)
            if self.role is Role.ALL and not self.settings.webhook_url:
                self.parts.start("polling", self.polling.run, stop=self.polling.stop)
            log.info("started", extra={"bot": self.application.bot.username})
            if started is not None:
                started()
            await self.parts.until(stopping)
        log.info("stopped")

    async def _patiently(self, stopping: asyncio.Event, ask: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do what the start needs, for as long as it takes to reach Telegram and the database."""
        wait = _FIRST_WAIT_S
        while not stopping.is_set():
            try:
                await unless_stopped(stopping, ask())
            except BadRequest:  # a NetworkError to the library, but trying again would change nothing
                raise
            except (NetworkError, RetryAfter) as error:
                log.warning(
                    "Telegram cannot be reached, trying again",
                    extra={"address": self.settings.bot_api_url, "reason": error.message, "in_s": wait},
                )
            except DatabaseUnavailableError:
                pass  # the watch tells of it
            else:
                return
            await rest(stopping, wait)
            wait = min(_LONGEST_WAIT_S, wait * 2)

    async def _introduce(self) -> None:
        """Learn who we are, and tell the menus."""
        await self.application.initialize()
        if self.role is not Role.WORKER:
            await routes.set_menus(self.application.bot, sorted(self.settings.owner_ids))

    async def _begin_receiving(self) -> None:
        bot = self.application.bot
        if not self.settings.webhook_url:
            await bot.delete_webhook()
            return
        await bot.set_webhook(
            self.settings.webhook_url + WEBHOOK_PATH,
            secret_token=self.settings.secret(),
            allowed_updates=ALLOWED_UPDATES,
        )


@asynccontextmanager
async def open_app(
    settings: Settings,
    clock: Clock | None = None,
    request: AiohttpRequest | None = None,
    role: Role = Role.ALL,
) -> AsyncIterator[App]:
    """Build everything for `comeback run`. `request` carries the calls in place of our transport."""
    async with open_database(settings) as database:
        _check_role(role, settings, database)
        request = request or AiohttpRequest(connections=_CONNECTIONS)
        try:
            with reading_pool() as pool, _identity(role, database) as identity:
                clock = clock or await clock_of(settings.bot_api_url)
                help_links = await open_links(database, settings.public_url)
                services = build_services(settings, database, pool, clock, help_links)
                yield _build(settings, database, services, clock, request, role, identity)
        finally:
            await request.shutdown()


@contextmanager
def _identity(role: Role, database: Database) -> Iterator[Identity | None]:
    """Meanwhile, a worker's identity, where this process is one."""
    if role is Role.WEB:
        yield None
        return
    with claim_identity(database.shown_url) as identity:
        yield identity


def _check_role(role: Role, settings: Settings, database: Database) -> None:
    """ConfigError where this process cannot be a part of many."""
    if role is not Role.ALL and database.is_sqlite:
        raise ConfigError("DATABASE_URL: many processes need PostgreSQL. On SQLite, run without --role.")
    if role is Role.WEB and not settings.webhook_url:
        raise ConfigError("WEBHOOK_URL is missing: with --role web, Telegram brings the updates.")


def _build(  # noqa: PLR0917  # the composition root hands each part what it needs
    settings: Settings,
    database: Database,
    services: Services,
    clock: Clock,
    request: AiohttpRequest,
    role: Role,
    identity: Identity | None,
) -> App:
    """Wire everything together. Nothing is started and nobody is asked anything yet."""
    shared = {} if database.is_sqlite else _shared(settings, database, role)
    pacer = Pacer(shared[_RATE] if shared else Budget(settings.send_rate))
    paid = None
    if settings.paid_send_rate:
        paid = Pacer(shared[_PAID_RATE] if shared else Budget(settings.paid_send_rate))
        pacer.pair(paid)
    application = _application(settings, pacer, request)
    context.install(application, services)
    routes.install(application)
    base_url = application.bot.base_url
    messenger = TelegramMessenger(request, base_url)
    watch = DatabaseWatch(database)
    sender = Sender(messenger, pacer, services.subscribers.moved, paid=paid)
    alone = database.is_sqlite or not settings.webhook_url  # Telegram lets one process poll at a time
    shared_clock = database.shared_clock(machine_clock(clock))
    inbox = Inbox(database, shared_clock, _handler(application), _runners(application, services), alone=alone)
    worker = None
    if identity is not None:
        worker = Worker(
            database,
            sender,
            clock,
            name=identity.name,
            selectors=_packings(settings, services, database, clock),
            pause=services.broadcasts.pause_itself,
            unpaid=services.broadcasts.go_on_unpaid,
            limits=_limits(settings.send_rate, settings.paid_send_rate),
        )
    parts = Supervisor(patience=_STOP_S, fatal=(InvalidToken, ConfigError))
    timetable = _timetable(database, application, inbox, worker, clock)

    def failing() -> list[str]:
        unwritten = ["receipts"] if worker is not None and worker.unwritten else []
        return [*parts.failing(), *timetable.failing(), *unwritten]

    return App(
        settings=settings,
        role=role,
        database=database,
        services=services,
        application=application,
        inbox=inbox,
        letters=_letters(application, services, inbox),
        worker=worker,
        predecessor=identity.predecessor if identity else None,
        timetable=timetable,
        polling=Polling(request, base_url, inbox.receive),
        web=None if role is Role.WORKER else _web(settings, watch, inbox, services, failing),
        clock=clock,
        shared=shared,
        parts=parts,
        watch=watch,
    )


def _shared(settings: Settings, database: Database, role: Role) -> dict[str, SharedBudget]:
    """What all processes share, by the name of the part: the rate, and that of paid pushes."""
    shared = {_RATE: SharedBudget(database, settings.send_rate, eager=role is Role.WEB)}
    if settings.paid_send_rate:
        shared[_PAID_RATE] = SharedBudget(database, settings.paid_send_rate, row="paid")
    return shared


def _web(
    settings: Settings,
    watch: DatabaseWatch,
    inbox: Inbox,
    services: Services,
    failing: Callable[[], list[str]],
) -> WebServer | None:
    """The web server, where a webhook or help links are wanted."""
    if not (settings.webhook_url or settings.public_url):
        return None
    return WebServer(
        secret=settings.secret() if settings.webhook_url else "",
        receive=inbox.receive,
        is_healthy=watch.is_healthy,
        failing=failing,
        pages=links.routes(services) if settings.public_url else (),
    )


def _application(settings: Settings, pacer: Pacer, request: AiohttpRequest) -> ComebackApplication:
    """The conversations: every message of theirs takes the Pacer's reply lane."""
    api = settings.bot_api_url
    bot: ExtBot[Lane] = ExtBot(
        settings.token(),
        base_url=f"{api}/bot",
        base_file_url=f"{api}/file/bot",
        request=request,
        get_updates_request=request,
        rate_limiter=PacedLimiter(pacer),
    )
    types = context.context_types()
    return ApplicationBuilder().bot(bot).updater(None).job_queue(None).context_types(types).build()


def _handler(application: ComebackApplication) -> Callable[[dict[str, Any]], Awaitable[Job | None]]:
    async def handle(raw: dict[str, Any]) -> Job | None:
        with turn(raw) as begun:
            await _process(application, raw)
        return begun.left

    return handle


def _runners(application: ComebackApplication, services: Services) -> dict[str, JobRunner]:
    """What may take long, each kind with its own limits, so that none waits for another."""

    async def read(content: dict[str, Any]) -> None:
        with turn(content["update"], content["errand"]):
            await _process(application, content["update"])

    async def thank(content: dict[str, Any]) -> None:
        await feedback.thank(application.bot, services, content)

    return {
        intake.READ: JobRunner(read, places=_READING, width=_READING_FOR_ONE),
        feedback.THANK: JobRunner(thank, places=_THANKING),
    }


def _letters(application: ComebackApplication, services: Services, inbox: Inbox) -> PacedLoop:
    """Tells the editors what readers write; one process does it for all."""

    async def tell() -> bool:
        return await inbox.presence.leads() and await letters.tell(application.bot, services)

    return PacedLoop(tell, services.feedback.arrived, rest_s=LETTERS_S)


async def _process(application: ComebackApplication, raw: dict[str, Any]) -> None:
    update = Update.de_json(raw, application.bot)
    if update is not None:
        await application.process_update(update)


def _packings(
    settings: Settings, services: Services, database: Database, clock: Clock
) -> dict[BroadcastKind, Selector]:
    mend = DigestCorrectionSelector(database, clock, services.digests.gatherer)
    return {
        BroadcastKind.PUSH: PushSelector(database, clock, settings.default_timezone),
        BroadcastKind.CORRECTION: mend,
        BroadcastKind.WITHDRAWAL: mend,
        BroadcastKind.DIGEST: DigestSelector(
            database, clock, services.digests.gatherer, settings.default_timezone
        ),
    }


def _limits(rate: float, paid_rate: float = 0) -> WorkerLimits:
    """A window for all that can be on the wire at `rate`, and a second's worth to read at once."""
    fastest = max(rate, paid_rate)
    return WorkerLimits(
        window=max(_LEAST_WINDOW, ceil(fastest * _IN_FLIGHT_S)),
        queue=max(2, ceil(fastest * _TICKS_S)),
        slice=max(_LEAST_SLICE, ceil(rate)),
        paid_slice=max(_LEAST_SLICE, ceil(paid_rate)),
    )


def _timetable(
    database: Database,
    application: ComebackApplication,
    inbox: Inbox,
    worker: Worker | None,
    clock: Clock,
) -> Scheduler:
    services = context.services_of(application)

    def wake() -> None:
        if worker is not None:
            worker.wake()

    async def start_due() -> None:
        if await services.broadcasts.start_due(wake) or await services.digests.start_due():
            wake()

    async def announce() -> None:
        await review.announce(application.bot, services)

    own_clock = steady_clock(clock)
    teller = progress.ProgressCards(application.bot, services, own_clock)
    duties = [
        Duty("start due broadcasts", TICK, start_due, shared=False),
        Duty("tell progress", timedelta(seconds=3), teller.tell, slow=True),
        Duty("note what is overdue", timedelta(seconds=10), services.broadcasts.note_overdue),
        Duty("tell editors what waits", timedelta(seconds=3), teller.tell_waiting, slow=True),
        Duty("announce drafts", timedelta(seconds=3), announce, slow=True),
        Duty("poll sources", timedelta(seconds=2), services.sources.poll_due, shared=False, slow=True),
        Duty("index stories", timedelta(minutes=1), services.search.catch_up, slow=True),
        Duty("mend what is due", timedelta(hours=1), services.digests.bring_forward),
        Duty("prune receipts", timedelta(hours=1), services.broadcasts.prune, slow=True),
        Duty("forget old updates", timedelta(hours=1), inbox.prune),
        Duty("forget old drafts", timedelta(hours=1), services.drafts.forget_old),
        Duty("forget old prompts", timedelta(hours=1), services.review.forget_prompts),
        Duty("forget old letters", timedelta(hours=1), services.feedback.forget_letters),
    ]
    return Scheduler(database, own_clock, duties, turn_clock=database.shared_clock(own_clock))


async def run(settings: Settings, role: Role = Role.ALL) -> None:
    """`comeback run`: until Ctrl-C or SIGTERM."""
    stopping = stop_on_signals()
    await wait_for_database(settings, stopping)
    if stopping.is_set():
        return
    async with open_app(settings, role=role) as app:
        await app.run(stopping, started=_stay)


def _stay() -> None:
    """What is here after the start stays: a full collection need not look at it again.

    It would stop everybody for 50 ms and more, and pushes at 1,000/s would miss their slots: 96 % of the rate
    was held without this, 99.6 % with it (make bench-delivery).
    """
    gc.collect()
    gc.freeze()


def stop_on_signals() -> asyncio.Event:
    """An event that Ctrl-C and SIGTERM set."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    return stopping
