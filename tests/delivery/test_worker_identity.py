"""A worker's place on its machine, and the dead worker that had it before."""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from bot.delivery.worker_identity import place

HOLD = """
import time
from bot.delivery.worker_identity import place
with place("db") as identity:
    print(identity.name, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, of this machine or container."""
    use(tmp_path, monkeypatch)
    return tmp_path


def use(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))


def test_whoever_comes_after_a_worker_learns_its_name() -> None:
    """Once it has ended, not while it works; names are never used again."""
    with place("db") as first:
        assert first.predecessor is None
        with place("db") as second:
            assert second.predecessor is None
            assert second.name != first.name
        with place("another") as other:
            assert other.predecessor is None
    with place("db") as third, place("db") as fourth:
        assert (third.predecessor, fourth.predecessor) == (first.name, second.name)
        assert len({one.name for one in (first, second, other, third, fourth)}) == 5
        assert max(len(one.name) for one in (first, second, third, fourth)) <= 64  # the column's width


async def test_a_place_is_free_once_its_holder_is_killed_and_not_while_it_is_stopped() -> None:
    """To kill it frees it at once; a process that only stands still keeps it."""
    holder = await asyncio.create_subprocess_exec(sys.executable, "-c", HOLD, stdout=asyncio.subprocess.PIPE)
    assert holder.stdout is not None
    name = (await holder.stdout.readline()).decode().strip()
    holder.send_signal(signal.SIGSTOP)
    with place("db") as beside:
        assert beside.predecessor is None
    holder.kill()
    await holder.wait()
    with place("db") as after:
        assert after.predecessor == name


def test_two_containers_of_one_host_name_share_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each has a folder of its own: neither takes the other, which lives, for its dead predecessor."""
    monkeypatch.setattr("socket.gethostname", lambda: "the-host")
    monkeypatch.setattr("os.getpid", lambda: 1)
    with place("db") as first:
        use(folder / "second", monkeypatch)
        with place("db") as second:
            assert second.name != first.name
            assert second.predecessor is None
        with place("db") as third:
            assert third.predecessor == second.name


def test_the_file_is_its_owner_s(folder: Path) -> None:
    """Nobody else may read or write it."""
    with place("db"):
        [file] = folder.iterdir()
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_link_in_the_shared_folder_is_not_followed(folder: Path) -> None:
    """Anybody may write there: a link that awaits us destroys no file of ours, and only costs its place."""
    with place("db"):
        [file] = folder.iterdir()
    precious = folder / "precious"
    precious.write_text("do not touch")
    file.unlink()
    file.symlink_to(precious)
    with place("db") as identity:
        assert identity.predecessor is None
    assert precious.read_text() == "do not touch"
    with place("db") as next_:
        assert next_.predecessor == identity.name


def test_a_file_of_somebody_else_s_is_left_alone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands in it is not believed."""
    with place("db"):
        [file] = folder.iterdir()
    real = os.fstat
    stranger = file.stat().st_ino

    def owned_by_another(number: int) -> os.stat_result:
        found = real(number)
        if found.st_ino != stranger:
            return found
        return os.stat_result((*found[:4], os.getuid() + 1, *found[5:10]))

    monkeypatch.setattr("os.fstat", owned_by_another)
    with place("db") as identity:
        assert identity.predecessor is None


def test_a_file_that_a_crash_of_the_machine_left_empty_names_nobody(folder: Path) -> None:
    """Zero bytes are what some file systems leave of a write that was not flushed."""
    with place("db"):
        [file] = folder.iterdir()
    file.write_bytes(b"\0" * 40)
    with place("db") as identity:
        assert identity.predecessor is None


def test_where_there_is_no_folder_a_worker_works_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only leases tell then who is dead."""
    shutil.rmtree(folder)
    with place("db") as first, place("db") as second:
        assert (first.predecessor, second.predecessor) == (None, None)
        assert first.name != second.name
