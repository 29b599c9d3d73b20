"""Builds the Pacers, which limit the send rate, and the worker that sends Broadcasts."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

from bot.clock import Clock
from bot.config import Role, Settings
from bot.delivery.observer import Observer
from bot.delivery.rate.budget import Budget
from bot.delivery.rate.pacer import Lane, Pacer
from bot.delivery.rate.shared_budget import SharedBudget
from bot.delivery.selection import PushSelector, Selector
from bot.delivery.sender import Sender
from bot.delivery.worker import Worker, WorkerLimits
from bot.delivery.worker_identity import Identity
from bot.digests.corrections import DigestCorrectionSelector
from bot.digests.selection import DigestSelector
from bot.services import Services
from storage.database import Database
from storage.words import BroadcastKind

_IN_FLIGHT_S = 0.15  # twice what a send usually takes: at 1,000/s, 150 permits
_TICKS_S = 0.05  # what waits for its turn beside them: two of the Pacer's ticks
_LEAST_WINDOW = 5  # enough to hold 30/s where a send and its receipt take up to 160 ms
_LEAST_SLICE = 8
_RATE, _PAID_RATE = "shared rate", "shared rate of paid pushes"


@dataclass(frozen=True, slots=True)
class Pacers:
    """The Pacer of all messages, that of paid pushes if there are any, and the budgets behind them.

    `shared` holds the budgets that all processes share, by the name under which their task runs.
    """

    pacer: Pacer
    paid: Pacer | None
    shared: dict[str, SharedBudget]

    def waiting(self, lane: Lane) -> int:
        """Return how many messages wait in a lane, paid ones included."""
        return self.pacer.waiting(lane) + (self.paid.waiting(lane) if self.paid else 0)


_IDLE_S = 10.0  # in case the lookout fails, which otherwise wakes an idle worker


def build_pacers(
    settings: Settings, database: Database, role: Role, flooded: Callable[[float], None] | None = None
) -> Pacers:
    """Return the Pacers. On PostgreSQL their budgets are shared by all processes.

    `flooded` is called with the seconds in which a 429 lets nothing leave.
    """
    shared: dict[str, SharedBudget] = {}
    if not database.is_sqlite:
        shared[_RATE] = SharedBudget(database, settings.send_rate, eager=role is Role.WEB)
        if settings.paid_send_rate:
            shared[_PAID_RATE] = SharedBudget(database, settings.paid_send_rate, row="paid")
    pacer = Pacer(shared[_RATE] if shared else Budget(settings.send_rate), flooded=flooded)
    paid = None
    if settings.paid_send_rate:
        paid = Pacer(shared[_PAID_RATE] if shared else Budget(settings.paid_send_rate))
        pacer.pair(paid)
    return Pacers(pacer, paid, shared)


def build_worker(
    settings: Settings,
    database: Database,
    services: Services,
    sender: Sender,
    *,
    clock: Clock,
    identity: Identity | None,
    observer: Observer | None = None,
) -> Worker | None:
    """Return the worker with this identity; None for a process that does not send Broadcasts."""
    if identity is None:
        return None
    return Worker(
        database,
        sender,
        clock,
        name=identity.name,
        selectors=_selectors(settings, services, database, clock),
        pause=services.control.pause_itself,
        unpaid=services.control.continue_unpaid,
        limits=limits_for(settings.send_rate, settings.paid_send_rate),
        observer=observer,
    )


def limits_for(rate: float, paid_rate: float = 0) -> WorkerLimits:
    """Return a window for all sends that can be on the wire at `rate`, and slices of a second's worth."""
    fastest = max(rate, paid_rate)
    return WorkerLimits(
        window=max(_LEAST_WINDOW, ceil(fastest * _IN_FLIGHT_S)),
        queue=max(2, ceil(fastest * _TICKS_S)),
        slice=max(_LEAST_SLICE, ceil(rate)),
        paid_slice=max(_LEAST_SLICE, ceil(paid_rate)),
        idle_s=_IDLE_S,
    )


def _selectors(
    settings: Settings, services: Services, database: Database, clock: Clock
) -> dict[BroadcastKind, Selector]:
    """Return what selects the recipients and the message of each kind of Broadcast."""
    corrections = DigestCorrectionSelector(database, clock, services.digests.gatherer)
    pushes = PushSelector(database, clock, settings.default_timezone)
    return {
        BroadcastKind.PUSH: pushes,
        BroadcastKind.REPORT: pushes,
        BroadcastKind.CORRECTION: corrections,
        BroadcastKind.WITHDRAWAL: corrections,
        BroadcastKind.DIGEST: DigestSelector(
            database, clock, services.digests.gatherer, settings.default_timezone
        ),
    }
