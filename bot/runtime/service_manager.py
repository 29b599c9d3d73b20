"""Tells the service manager of the machine that the bot starts, lives and stops: sd_notify(3) of systemd.

Without `NOTIFY_SOCKET` in the environment there is no such manager, and all of this does nothing.
"""

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress

from bot import tasks
from bot.tasks import rest

_EVERY_S = 20.0
_MORE_TIME = "EXTEND_TIMEOUT_USEC=60000000"  # three times _EVERY_S


class ServiceManager:
    """The service manager that started this process, if there is one."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        self._address = f"\0{address[1:]}" if address.startswith("@") else address
        for_us = environment.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
        watchdog_s = int(environment.get("WATCHDOG_USEC", "0")) / 1_000_000 if for_us else 0.0
        self._every_s = min(_EVERY_S, watchdog_s / 2) if watchdog_s else _EVERY_S
        self._dead: Callable[[], Sequence[str]] = tuple
        self._has_started = False

    def started(self, dead: Callable[[], Sequence[str]]) -> None:
        """Say that the bot runs. `dead` returns why it should be ended and started again, if it should."""
        self._dead, self._has_started = dead, True
        self._say("READY=1", "STATUS=running")

    async def keep_informed(self, stopping: asyncio.Event) -> None:
        """Say again and again that the process lives, until `stopping` is set; then say that it stops.

        Before the start is done it asks for more time: to wait for the database or Telegram is no fault.
        """
        if not self._address:
            return
        while not stopping.is_set():
            if not self._has_started:
                self._say(_MORE_TIME, "STATUS=waiting for the database or for Telegram")
            elif reasons := self._dead():
                self._say(f"STATUS={', '.join(reasons)}")
            else:
                self._say("WATCHDOG=1")
            await rest(stopping, self._every_s)
        self._say("STOPPING=1")

    def _say(self, *words: str) -> None:
        """Send a message. One that is not taken is lost: the next one says the same."""
        if not self._address:
            return
        with (
            suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as there,
        ):
            there.setblocking(False)
            there.sendto("\n".join(words).encode(), self._address)


@asynccontextmanager
async def informed_manager(
    environment: Mapping[str, str], stopping: asyncio.Event
) -> AsyncIterator[ServiceManager]:
    """Keep the service manager informed for the time of the `async with`."""
    manager = ServiceManager(environment)
    informing = tasks.start(manager.keep_informed(stopping), name="the service manager")
    try:
        yield manager
    finally:
        informing.cancel()
        await asyncio.wait([informing])
