"""The command `comeback demo`: runs the bot against the sandbox, with three stories and two Appeals."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

from bot import logs
from bot.config import Settings
from bot.errors import ConfigError
from bot.runtime.app import open_app
from bot.runtime.process import stop_on_signals
from bot.sandbox.server import PortTakenError, Sandbox
from bot.sandbox.world import store
from bot.services import Services
from bot.stories.analysis import TOO_SLOW, analyse_file
from storage import private_files

EDITOR = 1009  # Edith, one of the people in a new sandbox
_TOKEN = "1000000001:demo-token-which-opens-nothing-but-the-sandbox"  # noqa: S105  # only the sandbox accepts it
_ACTOR = "demo"
_WORLD = "sandbox.json"
_DATABASE = "comeback.db"
_HELP_URL = "https://example.org/baranova-27"  # a stand-in: the real link could not be checked here
_SUPPER_URL = "https://example.org/supper-circle"
_STORIES = files("bot.cli") / "demo_stories"


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
    with _alone_in(folder):  # before --fresh removes what another demo is using
        await asyncio.to_thread(_prepare, folder, fresh=fresh)
        await _run(port, folder, show)


def _make(folder: Path) -> None:
    """Create the folder so that only its owner can read it; restrict one that an earlier demo created."""
    folder.mkdir(0o700, parents=True, exist_ok=True)
    if (folder / _WORLD).exists():
        folder.chmod(0o700)


async def _run(port: int, folder: Path, show: Callable[[str], None]) -> None:
    stopping = stop_on_signals()
    sandbox = Sandbox(_TOKEN, editors=(EDITOR,), store=folder / _WORLD)
    try:
        await sandbox.start(port=port)
    except PortTakenError as error:
        raise _taken(port) from error
    except store.StoreError as error:
        raise ConfigError("{problem} That is: make demo ARGS=--fresh", problem=error) from error
    try:
        async with open_app(_settings(folder, sandbox.url)) as app:
            await _fill(app.services)
            await app.run(stopping, started=lambda: show(_what_to_try(sandbox.url)))
    except ConfigError as error:
        if "DATABASE_URL" in error.sentence:  # a setting that a newcomer does not know
            raise ConfigError(
                "The demo's data in {folder} cannot be read. Start afresh: make demo ARGS=--fresh",
                folder=folder,
            ) from error
        raise
    finally:
        await sandbox.stop()


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
    """With `fresh`, delete what earlier starts stored in the folder, and nothing else."""
    if fresh:
        store.forget(folder / _WORLD)
        for suffix in ("", "-wal", "-shm"):  # SQLite's own files beside it
            (folder / f"{_DATABASE}{suffix}").unlink(missing_ok=True)


def _settings(folder: Path, api: str) -> Settings:
    """Return the demo's settings, without the environment's, so that no real bot is involved."""
    return Settings.model_validate(
        {
            **{name: field.default for name, field in Settings.model_fields.items()},
            "bot_token": _TOKEN,
            "bot_api_url": api,
            "database_url": f"sqlite:///{folder / _DATABASE}",
            "owner_ids": frozenset({EDITOR}),
            "http_port": 0,
        }
    )


async def _fill(services: Services) -> None:
    """At the first start, add the original story with its Appeal, and two drafts."""
    if await services.stories.listed():
        return
    original = await _add(services, "original-story.txt", "Ukraine", "People")
    await services.review.publish(original, actor=_ACTOR, push=False)
    await _add_appeal(
        services,
        original,
        organisation="Baranova 27",
        purpose="Relief for people in Ukraine. (The link of this demo is a stand-in.)",
        url=_HELP_URL,
    )
    soup = await _add(services, "soup-kitchen.txt", "Neighbours", "Food")
    await _add_appeal(
        services,
        soup,
        organisation="Lindenau Supper Circle",
        purpose="Cooks, drivers, rice and potatoes for the winter. (Invented, as the story is.)",
        url=_SUPPER_URL,
    )
    await _add(services, "school-bus.txt", "Ukraine", "Schools")


async def _add(services: Services, name: str, *topics: str) -> int:
    data = await asyncio.to_thread((_STORIES / name).read_bytes)
    analysis = await services.pool.run(name, TOO_SLOW, analyse_file, data, name)
    added = await services.stories.add(analysis, topics, actor=_ACTOR)
    return added.story.id


async def _add_appeal(
    services: Services, story_id: int, *, organisation: str, purpose: str, url: str
) -> None:
    appeal = await services.appeals.propose(
        organisation=organisation, purpose=purpose, url=url, story_id=story_id, actor=_ACTOR
    )
    await services.appeals.verify(appeal.id, actor=_ACTOR)


def _what_to_try(address: str) -> str:
    return f"""
Comeback runs in its sandbox: no account, no token, nothing leaves this machine.

  Open  {address}/#person=1002

  1. You are Anna. Press START, then try /latest, /summary and the buttons below a story.
  2. "How to help" shows the verified link; /preferences and /language remember what you choose.
  3. Become Edith, the editor (the switcher is at the top left). Press START, send /review, press
     "Publish and push", then "Publish and send to 2".
  4. Become Anna again: the new story has arrived. (At night it waits: move the clock below the chats on.)

Ctrl-C ends it; the next start finds everything again. Start afresh: make demo ARGS=--fresh
"""
