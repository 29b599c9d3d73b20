"""The command `comeback demo`: runs the bot against the sandbox, in which people have been for some days."""

import asyncio
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bot import logs, tasks
from bot.cli.demo.demo_past import EDITH, OMAR, Past
from bot.clock import MovedClock
from bot.config import Settings
from bot.errors import ConfigError, RefusedError
from bot.runtime.app import App, open_app
from bot.runtime.database.database import alone_on_file
from bot.runtime.process import stop_on_signals
from bot.sandbox.server import PortTakenError, Sandbox
from bot.sandbox.world import store
from bot.services import Services
from storage import private_files

_TOKEN = "1000000001:demo-token-which-opens-nothing-but-the-sandbox"  # noqa: S105  # only the sandbox accepts it
_WORLD = "sandbox.json"
_TO_DESK, _HIGHEST_PORT = 100, 65535
_DATABASE = "comeback.db"
_UNFINISHED = "unfinished"  # is there while a new demo is filled


async def run(*, port: int, fresh: bool, folder: Path, show: Callable[[str], None]) -> None:
    """Run until Ctrl-C, and store everything in `folder` for the next start.

    `fresh` deletes what earlier starts stored. `show` prints what to try. Raises ConfigError if the port is
    taken or the folder cannot be used.
    """
    logs.configure("WARNING", "text")
    _refuse_taken(port)
    try:
        await asyncio.to_thread(_make, folder)
    except OSError as error:
        raise ConfigError(
            "{folder} is no folder that the demo can use: choose one with --folder", folder=folder
        ) from error
    # Before --fresh removes what another demo is using; and as a real bot: nothing is restored meanwhile.
    with _alone_in(folder), alone_on_file(_settings(folder, "", port)):
        await asyncio.to_thread(_prepare, folder, fresh=fresh)
        await _run(port, folder, show)


def _make(folder: Path) -> None:
    """Create the folder so that only its owner can read it; restrict one that an earlier demo created."""
    folder.mkdir(0o700, parents=True, exist_ok=True)
    if (folder / _WORLD).exists():
        folder.chmod(0o700)


async def _run(port: int, folder: Path, show: Callable[[str], None]) -> None:
    stopping = stop_on_signals()
    sandbox = Sandbox(_TOKEN, editors=(EDITH, OMAR), store=folder / _WORLD)
    try:
        await sandbox.start(port=port)
    except PortTakenError as error:
        raise _taken(port) from error
    except store.StoreError as error:
        raise ConfigError("{problem} That is: make demo ARGS=--fresh", problem=error) from error
    clock = MovedClock(sandbox.world.clock.offset)
    try:
        async with open_app(_settings(folder, sandbox.url, port), clock) as app:
            past = None
            if not await app.services.stories.listed():
                past = Past(app.services, sandbox.world, clock)
                (folder / _UNFINISHED).touch(mode=0o600)
                await past.prepare()
            await _run_app(app, stopping, _opened(folder, sandbox, app.services, past, show))
    except ConfigError as error:
        if "DATABASE_URL" in error.sentence:  # a setting that a newcomer does not know
            raise ConfigError(
                "The demo's data in {folder} cannot be read. Start afresh: make demo ARGS=--fresh",
                folder=folder,
            ) from error
        raise
    finally:
        await sandbox.stop()


async def _run_app(
    app: App, stopping: asyncio.Event, opened: Callable[[], Coroutine[Any, Any, None]]
) -> None:
    """Run the app until `stopping` is set, and `opened` once it has started."""
    started = asyncio.Event()

    async def open_when_started() -> None:
        await started.wait()
        await opened()

    await tasks.all_of([app.run(stopping, started.set), tasks.unless_stopped(stopping, open_when_started())])


def _opened(
    folder: Path, sandbox: Sandbox, services: Services, past: Past | None, show: Callable[[str], None]
) -> Callable[[], Coroutine[Any, Any, None]]:
    """Return what to do when the app has started: play the past of a new demo, then show what to try."""

    async def opened() -> None:
        if past is not None:
            await past.play()
            await sandbox.save()
            (folder / _UNFINISHED).unlink()
        show(_what_to_try(sandbox.url, await _desk_links(services)))

    return opened


async def _desk_links(services: Services) -> str:
    """Return a link to the desk for each editor; where there is no desk, why."""
    try:
        edith, omar = [await services.sessions.link(editor) for editor in (EDITH, OMAR)]
    except RefusedError:
        return "  The desk, the editors' web page, is off: its port is taken."
    return f"""  The desk, the editors' web page (a link works once, for five minutes; then send /desk)
    Edith  {edith}
    Omar   {omar}"""


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder: two demos on one database would overwrite each other's data.

    The operating system releases the lock when the process ends. Raises ConfigError if it is taken.
    """
    with private_files.held(folder / "lock") as is_ours:
        if not is_ours:
            raise ConfigError(
                "A demo runs in {folder} already: end it, or take another folder with --folder", folder=folder
            )
        yield


def _refuse_taken(port: int) -> None:
    with socket.socket() as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError as error:
            raise _taken(port) from error


def _taken(port: int) -> ConfigError:
    return ConfigError(
        "Port {port} is taken. If the demo runs already, open http://127.0.0.1:{port}/ ; "
        "otherwise choose another port: make demo ARGS='--port {other}'",
        port=port,
        other=port + 1,
    )


def _prepare(folder: Path, *, fresh: bool) -> None:
    """With `fresh`, delete what earlier starts stored in the folder, and nothing else.

    The same if a new demo was killed before it was filled: nobody has seen it, and half a past would remain.
    """
    unfinished = folder / _UNFINISHED
    if fresh or unfinished.exists():
        store.forget(folder / _WORLD)
        for suffix in ("", "-wal", "-shm"):  # SQLite's own files beside it
            (folder / f"{_DATABASE}{suffix}").unlink(missing_ok=True)
        unfinished.unlink(missing_ok=True)


def _settings(folder: Path, api: str, port: int) -> Settings:
    """Return the demo's settings, without the environment's, so that no real bot is involved.

    The desk listens _TO_DESK ports above the chat page.
    """
    return Settings.model_validate(
        {
            **{name: field.default for name, field in Settings.model_fields.items()},
            "bot_token": _TOKEN,
            "bot_api_url": api,
            "database_url": f"sqlite:///{folder / _DATABASE}",
            "owner_ids": frozenset({EDITH}),
            "http_port": port + _TO_DESK if port and port + _TO_DESK <= _HIGHEST_PORT else 0,
        }
    )


def _what_to_try(address: str, desk: str) -> str:
    return f"""
Comeback runs in its sandbox: no account, no token, nothing leaves this machine.

  Open  {address}/#person=1002

{desk}

  1. You are Anna, a reader. Press START, then try /latest, /search bridge, and the buttons below a story:
     "How to help" shows the verified link, "What happened before" the stories that led to it.
  2. Become Edith, the editor (the switcher is at the top left). Two drafts wait in her chat, a reader's
     letter, an appeal that Omar proposes, and a push with its numbers; another push is scheduled.
  3. Send /review, press "Publish and push", then "Publish and send". Become Anna again: the story has
     arrived. (At night it waits: move the clock below the chats on.)
  4. Become Omar, the second editor. An urgent push of his goes out only when Edith agrees.
  5. Ruth reads once a day, and Jonas has a day off: move the clock on to see what they get.

Ctrl-C ends it; the next start finds everything again. Start afresh: make demo ARGS=--fresh
"""
