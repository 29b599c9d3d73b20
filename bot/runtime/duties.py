"""The recurring duties: what the scheduler runs, and how often."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from bot.clock import Clock, steady_clock
from bot.delivery.worker import Worker
from bot.inbox.inbox import Inbox
from bot.runtime.scheduler import TICK, Duty, Scheduler
from bot.services import Services
from handlers.context import ComebackApplication
from handlers.editors.draft_cards import DraftCards
from handlers.editors.progress_cards import ProgressCards
from storage.database import Database
from storage.deliveries import due

_CARDS = timedelta(seconds=3)  # what editors see: drafts, progress, what waits for them
_HOURLY = timedelta(hours=1)

Act = Callable[[], Awaitable[object]]


class _Lookout:
    """Looks what there is to do, and does or wakes what is wanted."""

    def __init__(self, database: Database, services: Services, worker: Worker | None, clock: Clock) -> None:
        self._database = database
        self._services = services
        self._worker = worker
        self._clock = clock
        self._work = due.Work(broadcasts=True, digests=True, ranges=True, cards=True)  # until the first look

    async def look(self) -> None:
        """Start what is due, and wake the worker if it has something to send."""
        async with self._database.read() as session:
            self._work = await due.look(session, now=self._clock())
        started = self._work.broadcasts and await self._services.broadcasts.start_due(self._wake)
        gathered = self._work.digests and await self._services.digests.start_due()
        if started or gathered or self._work.ranges:
            self._wake()

    def if_cards(self, act: Act) -> Act:
        """Return `act`, which does nothing while no Card can change."""

        async def act_if_wanted() -> None:
            if self._work.cards:
                await act()

        return act_if_wanted

    def _wake(self) -> None:
        if self._worker is not None:
            self._worker.wake()


def build_scheduler(
    database: Database,
    application: ComebackApplication,
    services: Services,
    inbox: Inbox,
    worker: Worker | None,
    *,
    clock: Clock,
) -> Scheduler:
    """Return the scheduler with all duties. Their rhythm follows a clock that never jumps."""
    own_clock = steady_clock(clock)
    lookout = _Lookout(database, services, worker, clock)
    cards = ProgressCards(application.bot, services, own_clock)
    drafts = DraftCards(application.bot, services)
    duties = [
        Duty(
            "note what is overdue", timedelta(seconds=10), services.broadcasts.note_overdue
        ),  # before the look
        Duty("start what is due", TICK, lookout.look, shared=False),
        Duty("tell progress", _CARDS, lookout.if_cards(cards.update), slow=True),
        Duty("tell editors what waits", _CARDS, lookout.if_cards(cards.notify_waiting), slow=True),
        Duty("announce drafts", _CARDS, drafts.announce, slow=True),
        Duty("poll sources", timedelta(seconds=5), services.sources.poll_due, shared=False, slow=True),
        Duty("index stories", timedelta(minutes=1), services.search.catch_up, slow=True),
        Duty("mend what is due", _HOURLY, services.digests.bring_forward),
        Duty("prune receipts", _HOURLY, services.broadcasts.prune, slow=True),
        Duty("forget old updates", _HOURLY, inbox.prune),
        Duty("forget old drafts", _HOURLY, services.preparation.drop_old),
        Duty("forget old prompts", _HOURLY, services.review.forget_prompts),
        Duty("forget old letters", _HOURLY, services.feedback.forget_letters),
    ]
    return Scheduler(
        database,
        own_clock,
        duties,
        turn_clock=database.shared_clock(own_clock),
        alone=database.is_sqlite,
    )
