"""`comeback demo` as a process, as a newcomer starts it: its page, and what it remembers."""

import asyncio
import os
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot import config
from bot.clock import utc_now
from bot.editors.roles import Right
from bot.errors import ConfigError
from bot.runtime.build import open_services
from bot.runtime.database import backups
from bot.services import Services
from storage.words import AppealState, BroadcastState, StoryState
from tests.paths import REPOSITORY
from tests.waiting import PATIENCE, comes_true, soon

ANNA, TOM, EDITH, OMAR = 1002, 1003, 1009, 1010

Demo = Callable[..., AbstractAsyncContextManager[asyncio.subprocess.Process]]


class Browser:
    """Sends the requests that the chat page sends."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session = session
        self._address = f"http://127.0.0.1:{port}/sandbox"

    async def act(self, name: str, **given: Any) -> Any:
        """Let a person do something."""
        async with self._session.post(f"{self._address}/{name}", json=given) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def said(self, person: int) -> list[str]:
        """Return the texts in a person's chat with the bot."""
        given = {"person": person, "chat": person}
        async with self._session.get(f"{self._address}/messages", params=given) as answer:
            return [str(one.get("text")) for one in (await answer.json())["messages"]]

    @asynccontextmanager
    async def heard(self, words: str) -> AsyncIterator[None]:
        """Wait, at the end of the block, until a message with these words has come since its beginning."""
        async with self._session.get(f"{self._address}/events", params={"person": ANNA}) as events:
            yield
            async for line in events.content:
                if words.encode() in line:
                    return
        raise AssertionError(f"nobody said {words!r}")


@pytest.fixture
async def browser(unused_tcp_port: int) -> AsyncIterator[Browser]:
    """The chat page's side of the demo."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE)) as session:
        yield Browser(session, unused_tcp_port)


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, unpacked as an installer does it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = (sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder))
    subprocess.run(build, cwd=REPOSITORY, check=True, capture_output=True)  # our own words
    [built] = folder.glob("*.whl")
    with zipfile.ZipFile(built) as archive:
        archive.extractall(folder / "installed")
    return folder / "installed"


@pytest.fixture(params=["checkout", "wheel"])
def code(request: pytest.FixtureRequest) -> Path:
    """Where the code of Comeback is: in the checkout, or in its unpacked wheel."""
    return REPOSITORY if request.param == "checkout" else request.getfixturevalue("wheel")


@pytest.fixture
def demo(unused_tcp_port: int, tmp_path: Path, code: Path) -> Demo:
    """`python -m bot demo` as a process, killed at the end of the block if it still runs."""

    @asynccontextmanager
    async def start(*arguments: str) -> AsyncIterator[asyncio.subprocess.Process]:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-u", "-m", "bot", "demo", "--port", str(unused_tcp_port), *arguments),
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(code), "TMPDIR": str(tmp_path)},
            umask=0o022,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            yield process
        finally:
            if process.returncode is None:
                process.kill()
            await process.communicate()

    return start


async def _ready(process: asyncio.subprocess.Process) -> str:
    """Return what it prints, up to the last line of what to try."""
    assert process.stdout is not None
    printed = ""
    while "Ctrl-C" not in printed:
        line = await process.stdout.readline()
        assert line, await process.communicate()
        printed += line.decode()
    return printed


async def test_a_newcomer_tries_it_twice(demo: Demo, browser: Browser, unused_tcp_port: int) -> None:
    """The address is printed, the original story is there, and a second start remembers the first."""
    async with demo() as process:
        assert f"http://127.0.0.1:{unused_tcp_port}" in await _ready(process)
        async with browser.heard("Welcome to Comeback!"):
            await browser.act("start", person=ANNA)
        async with browser.heard("Please Come Back To Us"):
            await browser.act("send", person=ANNA, chat=ANNA, text="/latest")
        async with demo() as second:
            _, complaint = await second.communicate()
            assert second.returncode == 1
            [line] = complaint.decode().splitlines()
            assert line.startswith(f"Port {unused_tcp_port} is taken")
        process.terminate()
        _, complaint = await soon(process.communicate())
        assert (process.returncode, complaint) == (0, b"")
    async with demo() as process:
        await _ready(process)
        assert any("Welcome to Comeback!" in text for text in await browser.said(ANNA))
        async with browser.heard("Welcome back!"):
            await browser.act("start", person=ANNA)


async def _told(browser: Browser, person: int, words: str) -> None:
    """Wait until the bot has said this to a person."""

    async def is_so() -> bool:
        return any(words in text for text in await browser.said(person))

    await comes_true(is_so)


@asynccontextmanager
async def _stored(folder: Path) -> AsyncIterator[Services]:
    """Open the use cases over what a demo has stored."""
    async with open_services(
        config.load(database_url=f"sqlite:///{folder / '.demo' / 'comeback.db'}")
    ) as found:
        yield found


async def _has_its_past(services: Services) -> None:
    """Check what a newcomer is promised in README.md."""
    stories = await services.stories.listed()
    assert len(stories) == 10
    assert {story.language for story in stories} == {"en", "uk", "de"}
    assert len({story.released_at.date() for story in stories if story.released_at}) > 3
    assert Counter(story.state for story in stories)[StoryState.DRAFT] == 2
    assert "Please Come Back To Us" in stories[0].headline
    [(_, thread)] = Counter(story.thread_id for story in stories if story.thread_id).items()
    [translation] = [story for story in stories if story.translation_of]
    assert (thread, translation.language) == (3, "uk")
    states = Counter(appeal.state for appeal in await services.appeals.listed())
    assert states == {AppealState.VERIFIED: 2, AppealState.PROPOSED: 1}
    later, sent = await services.broadcasts.listed()
    assert (later.state, sent.state) == (BroadcastState.SCHEDULED, BroadcastState.FINISHED)
    status = await services.broadcasts.status(sent.id)
    assert (status.progress.sent, status.progress.held, status.progress.failed) == (5, 1, 0)
    assert (status.deeds.clicks, status.deeds.days_off) == (3, 1)
    assert await services.editors.with_right(Right.VERIFY) == {OMAR}  # Edith is an owner, by the settings


@pytest.mark.parametrize("code", ["checkout"], indirect=True)
async def test_there_is_something_to_see(demo: Demo, browser: Browser, tmp_path: Path) -> None:
    """A new demo has stories, appeals and pushes; what waits for the two editors is in their chats."""
    async with demo() as process:
        printed = await _ready(process)
        assert "Omar" in printed
        for editor in (EDITH, OMAR):
            await _told(browser, editor, "carpenter and could come")  # a letter of Tom's
            await _told(browser, editor, "Waiting for review: 2 of 2")
        await _told(browser, EDITH, "An appeal waits for you")
        assert await browser.said(ANNA) == []
        assert any("Half Of Tarnhollow" in text for text in await browser.said(TOM))
        async with _stored(tmp_path) as services:
            await _has_its_past(services)


@pytest.mark.parametrize("code", ["checkout"], indirect=True)
async def test_a_kill_while_it_is_filled(demo: Demo, browser: Browser, tmp_path: Path) -> None:
    """A demo that was killed while it was filled is filled again; one that was filled stays as it is."""
    unfinished = tmp_path / ".demo" / "unfinished"

    async def is_being_filled() -> bool:
        return unfinished.exists()

    async with demo() as process:
        await comes_true(is_being_filled)
        process.kill()
    assert unfinished.exists()
    for _ in range(2):
        async with demo() as process:
            await _ready(process)
            assert not unfinished.exists()
            assert any("carpenter" in text for text in await browser.said(TOM))
            process.kill()
        async with _stored(tmp_path) as services:
            await _has_its_past(services)


@pytest.mark.parametrize("code", ["checkout"], indirect=True)
async def test_its_files_are_for_the_owner(demo: Demo, browser: Browser, tmp_path: Path) -> None:
    """Only the owner can read the files, also in a folder that an earlier version left open."""
    folder = tmp_path / ".demo"
    for _ in range(2):
        async with demo() as process:
            await _ready(process)
            async with browser.heard("Welcome"):
                await browser.act("start", person=ANNA)
            process.terminate()
            await asyncio.wait_for(process.communicate(), 60)
        made = [folder, *folder.rglob("*"), *tmp_path.glob("comeback-*.lock")]
        assert {"lock", "comeback.db", "sandbox.json"} < {file.name for file in made}
        assert [file for file in made if file.stat().st_mode & 0o077] == []
        assert len(made) > len([folder, *folder.rglob("*")])  # the worker's lock is among them
        for file in (folder, folder / "comeback.db", folder / "sandbox.json"):
            file.chmod(0o755)


@pytest.mark.parametrize("code", ["checkout"], indirect=True)
async def test_nothing_is_restored_while_it_runs(demo: Demo, tmp_path: Path) -> None:
    """A backup can be made meanwhile, as of a real bot; a restore waits until it has ended."""
    settings = config.load(database_url=f"sqlite:///{tmp_path / '.demo' / 'comeback.db'}", _env_file=None)
    file = tmp_path / "night.backup"
    async with demo() as process:
        await _ready(process)
        await backups.make(settings, file, now=utc_now())
        with pytest.raises(ConfigError, match="another Comeback runs on"):
            await backups.restore(settings, file, now=utc_now(), replace=True)
        process.terminate()
        await soon(process.communicate())
    assert (await backups.restore(settings, file, now=utc_now(), replace=True)).scheduled == 1


@pytest.mark.parametrize("code", ["checkout"], indirect=True)
async def test_a_damaged_store_gets_one_line(demo: Demo, tmp_path: Path) -> None:
    """A damaged store is refused with the way to start afresh, and that works."""
    (tmp_path / ".demo").mkdir()
    (tmp_path / ".demo" / "sandbox.json").write_text("{")
    async with demo() as process:
        _, complaint = await process.communicate()
        [line] = complaint.decode().splitlines()
        assert process.returncode == 1
        assert line.endswith("start afresh. That is: make demo ARGS=--fresh")
    async with demo("--fresh") as process:
        await _ready(process)
        process.terminate()
        await soon(process.communicate())
