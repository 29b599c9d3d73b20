"""The process of `comeback run`: from the wait for the database until Ctrl-C or SIGTERM."""

import asyncio
import os
import signal

from bot.config import Role, Settings
from bot.runtime import memory
from bot.runtime.app import open_app
from bot.runtime.database.database import alone_on_file, wait_for_database
from bot.runtime.service_manager import informed_manager
from bot.runtime.web import answering_while_waiting


async def run(settings: Settings, role: Role = Role.ALL) -> None:
    """Run the bot until Ctrl-C or SIGTERM. Raises ConfigError for a wrong setting."""
    memory.share_heap()
    if settings.webhook_url:
        settings.secret()  # a wrong one is named before anything waits
    stopping = stop_on_signals()
    with alone_on_file(settings):
        async with informed_manager(os.environ, stopping) as manager:
            async with answering_while_waiting(settings, role):
                await wait_for_database(settings, stopping)
            if stopping.is_set():
                return
            async with open_app(settings, role=role) as app:

                def started() -> None:
                    memory.freeze()
                    manager.started(app.health.dead)

                await app.run(stopping, started)


def stop_on_signals() -> asyncio.Event:
    """Return an event that Ctrl-C and SIGTERM set."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    return stopping
