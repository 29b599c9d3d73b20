"""A worker's place on its machine."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from bot.delivery.slot import place

HOLD = """
import time
from bot.delivery.slot import place
with place("db") as name:
    print(name, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))


def test_two_workers_have_two_places_and_the_first_is_free_again() -> None:
    """Names are told apart while both work; whoever comes after the first gets its very name."""
    with place("db") as first:
        with place("db") as second:
            assert first != second
        with place("another") as other:
            assert other == first  # of another database: no harm
    with place("db") as again:
        assert again == first


async def test_a_place_is_free_once_its_holder_is_killed_and_not_while_it_is_stopped() -> None:
    """To kill it frees it at once; a process that only stands still keeps it."""
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, stdout=asyncio.subprocess.PIPE)
    assert holder.stdout is not None
    name = (await holder.stdout.readline()).decode().strip()
    holder.send_signal(signal.SIGSTOP)
    with place("db") as beside:
        assert beside != name
    holder.kill()
    await holder.wait()
    with place("db") as after:
        assert after == name
