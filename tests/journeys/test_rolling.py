"""A rolling update: a worker of the version before goes on with new tables, beside a new worker."""

import asyncio
import io
import os
import shutil
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.config import load
from bot.runtime.build import open_services
from bot.sandbox.server import Sandbox
from storage import schema
from storage.database import Database
from tests.chats import EDITH
from tests.factories import add_subscribers, analysis
from tests.paths import REPOSITORY
from tests.repeats import losses
from tests.waiting import LONG, comes_true, soon

READERS = 300
RATE = 100


def _git(*arguments: str) -> bytes:
    """Return what git says of this repository; skip the test where it has no history to tell."""
    git = shutil.which("git")
    if git is None:
        pytest.skip("there is no git")
    done = subprocess.run([git, "-C", str(REPOSITORY), *arguments], capture_output=True, check=False)
    if done.returncode:
        pytest.skip("git does not know the version before: this is no clone with its history")
    return done.stdout


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The program as it was before the newest migration, in a folder of its own."""
    if _git("rev-parse", "--is-shallow-repository").strip() == b"true":
        pytest.skip("this is a shallow clone, without the version before")
    [newest] = (REPOSITORY / "storage" / "migrations" / "versions").glob(f"{schema.head()}_*.py")
    added = _git("log", "--diff-filter=A", "--format=%H", "--", str(newest.relative_to(REPOSITORY))).split()
    commit = f"{added[-1].decode()}^" if added else "HEAD"  # not committed yet
    folder = tmp_path / "before"
    packed = _git("archive", "--format=zip", commit, "bot", "handlers", "storage")
    with zipfile.ZipFile(io.BytesIO(packed)) as zipped:
        zipped.extractall(folder)
    return folder


def _revision_of(program: Path) -> str:
    """Return the newest revision of another version's tables."""
    files = (program / "storage" / "migrations" / "versions").glob("[0-9]*_*.py")
    return max(file.name.partition("_")[0] for file in files)


@asynccontextmanager
async def _worker(
    program: Path, telegram: Sandbox, database_url: str, folder: Path
) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run a worker of that program; kill it at the end if it still runs."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(program),
        "BOT_TOKEN": telegram.token,
        "BOT_API_URL": telegram.url,
        "DATABASE_URL": database_url,
        "OWNER_IDS": str(EDITH),
        "SEND_RATE": str(RATE),
        "HTTP_PORT": "0",
    }
    command = (sys.executable, "-m", "bot", "run", "--role", "worker")
    with (folder / "log").open("ab") as log:
        started = await asyncio.create_subprocess_exec(*command, env=environment, cwd=folder, stderr=log)
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()


async def _started(log: Path, number: int) -> None:
    """Wait until so many processes have started."""

    async def is_so() -> bool:
        return log.read_text().count("app: started") >= number

    await comes_true(is_so)


async def test_old_and_new_workers_share_a_push(
    before: Path, own_postgres_url: str, telegram: Sandbox, tmp_path: Path
) -> None:
    """The old one runs when the tables are migrated; both send, the old one stops, all get it once."""
    database = Database(own_postgres_url)
    await schema.migrate(database, _revision_of(before))
    world, log = telegram.world, tmp_path / "log"
    telegram.faults.set({"slow_ms": 75, "methods": ["sendMessage"]})
    settings = load(database_url=own_postgres_url, bot_token=telegram.token, _env_file=None)

    async with _worker(before, telegram, own_postgres_url, tmp_path) as old:
        await _started(log, 1)
        await schema.migrate(database)
        people = await add_subscribers(database, READERS)
        world.add_readers(READERS, first=people[0])

        def counts() -> Counter[int]:
            return Counter({person: len(world.messages(person)) for person in people})

        async with open_services(settings, world.clock) as services:
            added = await services.stories.add(analysis("A push by two versions"), actor="test")
            await services.review.publish(added.story.id, actor="test", push=True)
        await world.until(lambda: counts().total() >= READERS // 4, LONG)
        async with _worker(REPOSITORY, telegram, own_postgres_url, tmp_path) as new:
            await _started(log, 2)
            old.terminate()
            assert await soon(old.wait()) == 0
            await world.until(lambda: all(counts().values()), LONG)
            new.terminate()
            assert await soon(new.wait()) == 0
    await database.close()
    assert max(counts().values()) <= 1 + losses(log)
    assert "Traceback" not in log.read_text()
