"""The identity of a worker on its machine, and the dead worker before it."""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path

import pytest

from bot.delivery.worker_identity import claim_identity

HOLDER = """
import time
from bot.delivery.worker_identity import claim_identity
with claim_identity("db") as identity:
    print(identity.name, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder for temporary files, of this machine or container."""
    use(tmp_path, monkeypatch)
    return tmp_path


def use(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.mkdir(exist_ok=True)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))


def test_a_worker_learns_the_name_of_the_dead_worker_before_it() -> None:
    """It learns the name after that worker has ended, not before, and no name is used twice."""
    with claim_identity("db") as first:
        assert first.predecessor is None
        with claim_identity("db") as second:
            assert second.predecessor is None
            assert second.name != first.name
        with claim_identity("another") as other:
            assert other.predecessor is None
    with claim_identity("db") as third, claim_identity("db") as fourth:
        assert (third.predecessor, fourth.predecessor) == (first.name, second.name)
        assert len({one.name for one in (first, second, other, third, fourth)}) == 5
        assert max(len(one.name) for one in (first, second, third, fourth)) <= 64  # the column's width


async def test_a_kill_frees_the_identity_and_a_stop_does_not() -> None:
    """A killed process frees its file at once; a stopped one keeps it."""
    holder = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, stdout=asyncio.subprocess.PIPE
    )
    assert holder.stdout is not None
    name = (await holder.stdout.readline()).decode().strip()
    holder.send_signal(signal.SIGSTOP)
    with claim_identity("db") as beside:
        assert beside.predecessor is None
    holder.kill()
    await holder.wait()
    with claim_identity("db") as after:
        assert after.predecessor == name


def test_two_containers_of_one_host_name_share_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Containers with folders of their own never take each other for dead."""
    monkeypatch.setattr("socket.gethostname", lambda: "the-host")
    monkeypatch.setattr("os.getpid", lambda: 1)
    with claim_identity("db") as first:
        use(folder / "second", monkeypatch)
        with claim_identity("db") as second:
            assert second.name != first.name
            assert second.predecessor is None
        with claim_identity("db") as third:
            assert third.predecessor == second.name


def test_only_the_owner_may_use_the_file(folder: Path) -> None:
    """No other user may read or write it."""
    with claim_identity("db"):
        [file] = folder.iterdir()
        assert file.stat().st_mode & 0o777 == 0o600


def test_a_link_in_the_shared_folder_is_not_followed(folder: Path) -> None:
    """A link that somebody put there harms no file of ours; only this lock is lost."""
    with claim_identity("db"):
        [file] = folder.iterdir()
    precious = folder / "precious"
    precious.write_text("do not touch")
    file.unlink()
    file.symlink_to(precious)
    with claim_identity("db") as identity:
        assert identity.predecessor is None
    assert precious.read_text() == "do not touch"
    with claim_identity("db") as next_:
        assert next_.predecessor == identity.name


def test_a_file_of_another_user_is_not_trusted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name in it is ignored."""
    with claim_identity("db"):
        [file] = folder.iterdir()
    real = os.fstat
    stranger = file.stat().st_ino

    def owned_by_another(number: int) -> os.stat_result:
        found = real(number)
        if found.st_ino != stranger:
            return found
        return os.stat_result((*found[:4], os.getuid() + 1, *found[5:10]))

    monkeypatch.setattr("os.fstat", owned_by_another)
    with claim_identity("db") as identity:
        assert identity.predecessor is None


def test_a_file_of_zero_bytes_names_no_worker(folder: Path) -> None:
    """Some file systems leave zero bytes of a write that was not flushed."""
    with claim_identity("db"):
        [file] = folder.iterdir()
    file.write_bytes(b"\0" * 40)
    with claim_identity("db") as identity:
        assert identity.predecessor is None


def test_without_a_folder_workers_have_identities_all_the_same(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only leases show then which workers are dead."""
    shutil.rmtree(folder)
    with claim_identity("db") as first, claim_identity("db") as second:
        assert (first.predecessor, second.predecessor) == (None, None)
        assert first.name != second.name
