"""The composition root: builds everything, starts it in order, and stops it in order."""

import asyncio
import gc
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

import orjson
from telegram import Update
from telegram.error import BadRequest, InvalidToken, NetworkError, RetryAfter
from telegram.ext import ApplicationBuilder, ExtBot

from bot.clock import Clock, machine_clock
from bot.config import Role, Settings
from bot.databasewatch import DatabaseWatch
from bot.delivery.budget import Budget
from bot.delivery.pacer import Lane, Pacer
from bot.delivery.packer import MendPacking, Packing, PushPacking
from bot.delivery.sender import Flight, Sender
from bot.delivery.sharedbudget import SharedBudget
from bot.delivery.slot import place
from bot.delivery.worker import Pause, Worker, WorkerLimits
from bot.digests.packing import DigestPacking
from bot.errors import ConfigError
from bot.helplinks import open_links
from bot.movedtime import clock_of, following
from bot.opening import build_services, open_database, wait_for_database
from bot.services import Services
from bot.stopping import rest, unless_stopped
from bot.stories.workshop import Workshop
from bot.telegram.limiter import PacedLimiter
from bot.telegram.messenger import TelegramMessenger
from bot.telegram.polling import ALLOWED_UPDATES, Polling
from bot.telegram.transport import AiohttpRequest
from bot.timetable import TICK, Duty, Timetable
from bot.updates import Updates
from bot.web import links
from bot.web.server import WEBHOOK_PATH, IsHealthy, WebServer
from handlers import context, progress, review, routes
from handlers.context import ComebackApplication
from storage.database import Database
from storage.deliveries import Recipient
from storage.unavailable import DatabaseUnavailableError
from storage.words import BroadcastKind, Length

log = logging.getLogger(__name__)

_CONNECTIONS = 256  # above the sends that can be on the wire at 1,000/s, and the replies beside them
_IN_FLIGHT_S = 0.15  # twice what a send takes as a rule: at 1,000/s, 150 places
_TICKS_S = 0.05  # what waits for its turn beside them: two of the Pacer's ticks
_LEAST_WINDOW = 5  # enough to hold 30/s where a send and its receipt take up to 160 ms
_LEAST_SLICE = 8
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
    updates: Updates
    worker: Worker
    timetable: Timetable
    polling: Polling
    web: WebServer | None
    clock: Clock
    shared: Sequence[SharedBudget]
    watch: DatabaseWatch

    async def run(self, stopping: asyncio.Event, started: Callable[[], None] | None = None) -> None:
        """Run until `stopping` is set, or a part fails. What is under way is ended and settled first."""
        async with AsyncExitStack() as stack:
            await self._patiently(stopping, self._introduce)
            if stopping.is_set():
                return
            stack.push_async_callback(self.application.shutdown)
            await stack.enter_async_context(following(self.settings.bot_api_url, self.clock))
            if self.web is not None:
                stack.push_async_callback(self.web.stop)
                await self.web.start(self.settings.http_host, self.settings.http_port)
            for budget in self.shared:
                stack.callback(asyncio.create_task(budget.run()).cancel)
            if self.role is not Role.WORKER:
                await self._patiently(stopping, self._begin_receiving)
            parts = [asyncio.create_task(self.watch.run()), asyncio.create_task(self.timetable.run())]
            if self.role is not Role.WEB:
                await self.worker.take_over()
                parts.append(asyncio.create_task(self.worker.run()))
            if self.role is Role.ALL and not self.settings.webhook_url:
                parts.append(asyncio.create_task(self.polling.run()))
            log.info("started", extra={"bot": self.application.bot.username})
            if started is not None:
                started()
            await self._until_stopped(stopping, parts)

    async def _patiently(self, stopping: asyncio.Event, ask: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Do what the start needs, for as long as it takes to reach Telegram and the database."""
        wait = _FIRST_WAIT_S
        while not stopping.is_set():
            try:
                await unless_stopped(stopping, ask())
            except InvalidToken as error:
                raise ConfigError("BOT_TOKEN is wrong: Telegram does not know this token.") from error
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
            await self.updates.take_over()  # Telegram lets one process poll at a time
            await bot.delete_webhook()
            return
        await bot.set_webhook(
            self.settings.webhook_url + WEBHOOK_PATH,
            secret_token=self.settings.secret(),
            allowed_updates=ALLOWED_UPDATES,
        )

    async def _until_stopped(self, stopping: asyncio.Event, parts: list[asyncio.Task[None]]) -> None:
        waiting = asyncio.create_task(stopping.wait())
        await asyncio.wait([waiting, *parts], return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        self.polling.stop()
        self.timetable.stop()
        self.worker.stop()
        self.watch.stop()
        _, unfinished = await asyncio.wait(parts, timeout=_STOP_S)
        for part in unfinished:
            part.cancel()
        results = await asyncio.gather(*parts, return_exceptions=True)
        for result in results:
            if isinstance(result, InvalidToken):
                raise ConfigError("BOT_TOKEN is wrong: Telegram does not know this token.") from result
            if isinstance(result, Exception):
                raise result
        log.info("stopped")


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
            with Workshop() as workshop, place(database.shown_url) as worker:
                clock = clock or await clock_of(settings.bot_api_url)
                help_links = await open_links(database, settings.public_url)
                services = build_services(settings, database, workshop, clock, help_links)
                yield _build(settings, database, services, clock, request, role, worker)
        finally:
            await request.shutdown()


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
    worker_name: str,
) -> App:
    """Wire everything together. Nothing is started and nobody is asked anything yet."""
    shared = () if database.is_sqlite else _shared(settings, database, role)
    pacer = Pacer(shared[0] if shared else Budget(settings.send_rate))
    paid = None
    if settings.paid_send_rate:
        paid = Pacer(shared[1] if shared else Budget(settings.paid_send_rate))
        pacer.pair(paid)
    application = _application(settings, pacer, request)
    context.install(application, services)
    routes.install(application)
    base_url = application.bot.base_url
    messenger = TelegramMessenger(request, base_url)
    watch = DatabaseWatch(database)
    sender = Sender(messenger, pacer, services.subscribers.moved, paid=paid)
    shared_clock = database.shared_clock(machine_clock(clock))
    updates = Updates(database, shared_clock, _handler(application))
    worker = Worker(
        database,
        sender,
        clock,
        name=worker_name,
        packings=_packings(settings, services, database, clock),
        pause=_pause(services, sender),
        unpaid=services.broadcasts.go_on_unpaid,
        limits=_limits(settings.send_rate, settings.paid_send_rate),
        lease_clock=shared_clock,
    )

    async def is_healthy() -> bool:
        return not worker.unwritten and await watch.is_healthy()

    return App(
        settings=settings,
        role=role,
        database=database,
        services=services,
        application=application,
        updates=updates,
        worker=worker,
        timetable=_timetable(database, application, updates, worker, clock),
        polling=Polling(request, base_url, updates.receive),
        web=None if role is Role.WORKER else _web(settings, is_healthy, updates, services),
        clock=clock,
        shared=shared,
        watch=watch,
    )


def _shared(settings: Settings, database: Database, role: Role) -> list[SharedBudget]:
    """What all processes share: the rate, and that of paid pushes where there are any."""
    shared = [SharedBudget(database, settings.send_rate, eager=role is Role.WEB)]
    if settings.paid_send_rate:
        shared.append(SharedBudget(database, settings.paid_send_rate, row="paid"))
    return shared


def _web(settings: Settings, is_healthy: IsHealthy, updates: Updates, services: Services) -> WebServer | None:
    """The web server, where a webhook or help links are wanted."""
    if not (settings.webhook_url or settings.public_url):
        return None
    return WebServer(
        secret=settings.secret() if settings.webhook_url else "",
        receive=updates.receive,
        is_healthy=is_healthy,
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


def _handler(application: ComebackApplication) -> Callable[[dict[str, Any]], Awaitable[None]]:
    async def handle(raw: dict[str, Any]) -> None:
        update = Update.de_json(raw, application.bot)
        if update is not None:
            await application.process_update(update)

    return handle


def _pause(services: Services, sender: Sender) -> Pause:
    async def pause(broadcast_id: int, reason: str) -> None:
        """Pause it, and tell the editors why."""
        await services.broadcasts.pause(broadcast_id, actor="worker", reason=reason)
        for owner_id in services.owner_ids:
            texts = await services.subscribers.texts_of(owner_id)
            told = progress.paused_itself(broadcast_id, reason, texts)
            editor = Recipient(0, owner_id, texts.language, Length.SHORT)
            body = orjson.dumps(told.payload())
            await sender.send(editor, body, Flight(), always)

    async def always() -> bool:
        return True

    return pause


def _packings(
    settings: Settings, services: Services, database: Database, clock: Clock
) -> dict[BroadcastKind, Packing]:
    mend = MendPacking(clock)
    return {
        BroadcastKind.PUSH: PushPacking(database, clock, settings.default_timezone),
        BroadcastKind.CORRECTION: mend,
        BroadcastKind.WITHDRAWAL: mend,
        BroadcastKind.DIGEST: DigestPacking(
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
    database: Database, application: ComebackApplication, updates: Updates, worker: Worker, clock: Clock
) -> Timetable:
    services = context.services_of(application)

    async def start_due() -> None:
        if await services.broadcasts.start_due(worker.wake) or await services.digests.start_due():
            worker.wake()

    async def announce() -> None:
        await review.announce(application.bot, services)

    teller = progress.Teller(application.bot, services, machine_clock(clock))
    duties = [
        Duty("start due broadcasts", TICK, start_due, shared=False),
        Duty("tell progress", timedelta(seconds=3), teller.tell, slow=True),
        Duty("ask about what is overdue", timedelta(seconds=10), teller.ask_overdue),
        Duty("announce drafts", timedelta(seconds=3), announce),
        Duty("poll sources", timedelta(seconds=2), services.sources.poll_due, shared=False, slow=True),
        Duty("index stories", timedelta(minutes=1), services.search.catch_up, slow=True),
        Duty("mend what is due", timedelta(hours=1), services.digests.mend),
        Duty("prune receipts", timedelta(hours=1), services.broadcasts.prune, slow=True),
        Duty("forget old updates", timedelta(hours=1), updates.prune),
        Duty("forget old drafts", timedelta(hours=1), services.drafts.forget_old),
        Duty("forget old prompts", timedelta(hours=1), services.review.forget_prompts),
    ]
    own_clock = machine_clock(clock)
    return Timetable(database, own_clock, duties, turn_clock=database.shared_clock(own_clock))


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
