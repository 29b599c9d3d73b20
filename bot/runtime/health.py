"""Health: which parts of the running bot do not work at present, for the page `/health`."""

from bot.delivery.worker import Worker
from bot.runtime.scheduler import Scheduler
from bot.runtime.supervisor import Supervisor


class Health:
    """Asks the supervisor, the scheduler and the worker what fails."""

    def __init__(self, supervisor: Supervisor, scheduler: Scheduler, worker: Worker | None) -> None:
        self._supervisor = supervisor
        self._scheduler = scheduler
        self._worker = worker

    def failing(self) -> list[str]:
        """Return the names of the parts and duties that fail; "receipts" if the worker cannot write some."""
        unwritten = ["receipts"] if self._worker is not None and self._worker.unwritten else []
        return [*self._supervisor.failing(), *self._scheduler.failing(), *unwritten]
