"""What the bot says to systemd: that it runs, lives and stops; and the unit that asks for it."""

import asyncio
import configparser
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.runtime.service_manager import ServiceManager, informed_manager
from tests.paths import REPOSITORY
from tests.waiting import comes_true, soon

UNIT = REPOSITORY / "docs" / "systemd" / "comeback.service"


class Systemd:
    """The socket on which systemd listens, and what was said there."""

    def __init__(self, folder: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(folder / "notify"))
        self._socket.setblocking(False)
        self.environment = {"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "20000"}
        self._heard: list[str] = []

    def heard(self) -> list[str]:
        """Return all messages so far."""
        while True:
            try:
                self._heard.append(self._socket.recv(4096).decode())
            except BlockingIOError:
                return self._heard

    async def until(self, words: str, times: int = 1) -> None:
        """Wait until this was said, so many times."""

        async def is_said() -> bool:
            return sum(words in one.splitlines() for one in self.heard()) >= times

        await comes_true(is_said)

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[Systemd]:
    made = Systemd(tmp_path)
    yield made
    made.close()


async def test_it_is_told_of_the_start_the_life_and_the_end(systemd: Systemd) -> None:
    """Before the start it is asked for time: no outage of Telegram ends the process."""
    stopping = asyncio.Event()
    async with informed_manager(systemd.environment, stopping) as manager:
        await systemd.until("EXTEND_TIMEOUT_USEC=60000000")
        assert not any("WATCHDOG" in one or "READY" in one for one in systemd.heard())
        manager.started(list)
        await systemd.until("READY=1")
        await systemd.until("WATCHDOG=1")
        stopping.set()
        await systemd.until("STOPPING=1")


async def test_a_bot_that_should_be_started_again_is_not_said_to_live(systemd: Systemd) -> None:
    """So the watchdog ends it; the status says why."""
    reasons: list[str] = []
    async with informed_manager(systemd.environment, asyncio.Event()) as manager:
        manager.started(lambda: reasons)
        await systemd.until("WATCHDOG=1")
        reasons.append("poll sources hangs")
        await systemd.until("STATUS=poll sources hangs", times=3)
        heard = systemd.heard()
        assert "WATCHDOG=1" not in heard[heard.index("STATUS=poll sources hangs") :]


async def test_without_systemd_nothing_is_said(systemd: Systemd, tmp_path: Path) -> None:
    """In a container or a terminal, and where the socket is gone."""
    manager = ServiceManager({})
    manager.started(list)
    await soon(manager.keep_informed(asyncio.Event()))
    ServiceManager({"NOTIFY_SOCKET": str(tmp_path / "gone")}).started(list)
    assert systemd.heard() == []


def unit() -> configparser.RawConfigParser:
    """Return the unit, parsed."""
    parser = configparser.RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # names keep their case
    parser.read(UNIT, "utf-8")
    return parser


def test_the_unit_keeps_the_bot_running_and_apart() -> None:
    """It starts again whatever happens, however often, and may change only its own folder."""
    found = unit()
    service = found["Service"]
    assert service["Type"] == "notify"
    assert int(service["WatchdogSec"]) > 60
    assert (service["Restart"], found["Unit"]["StartLimitIntervalSec"]) == ("always", "0")
    assert int(service["RestartSec"]) > 0
    assert int(service["TimeoutStopSec"]) > 5
    assert found["Unit"]["Wants"] == found["Unit"]["After"] == "network-online.target"
    assert (service["UMask"], service["NoNewPrivileges"]) == ("0077", "true")
    assert service["ProtectSystem"] == "strict"
    assert service["WorkingDirectory"] in service["ReadWritePaths"].split()
    assert service["ExecStart"] == f"{service['WorkingDirectory']}/.venv/bin/comeback run"


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze")
def test_systemd_finds_nothing_wrong_with_the_unit(tmp_path: Path) -> None:
    """With a program that is there in place of ours."""
    copy = tmp_path / UNIT.name
    own = unit()["Service"]["ExecStart"]
    copy.write_text(UNIT.read_text("utf-8").replace(own, str(shutil.which("true"))), "utf-8")
    asked = ["systemd-analyze", "verify", "--man=no", str(copy)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
