"""The product's processes: started as an operator starts them, and killed as no operator would."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import orjson
import psutil

from tests.load.counted import free_port
from tests.load.soak.product import FEEDS_PORT
from tests.paths import REPOSITORY

_MIB = 1024 * 1024
_CLOSE = 0.001  # seconds
SECRET = "a-webhook-secret-of-the-soak"  # of nothing


class Process:
    """`comeback run` with a role, and its log."""

    def __init__(self, role: str, folder: Path, given: dict[str, str], feeds_port: int) -> None:
        self.role = role
        self._port = free_port()  # the same after a new start: a webhook leads there
        self.log = folder / f"{role}.log"
        self.log.touch()
        self._folder = folder
        self._given = given | {FEEDS_PORT: str(feeds_port)}
        self._process: subprocess.Popen[bytes] | None = None
        self._read = 0
        self._offset: float | None = None
        self.starts = 0

    def start(self) -> None:
        """Start it; what its log says from now on is read."""
        self._read, self._offset = self.log.stat().st_size, None
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY),
            "LOG_FORMAT": "json",
            "HTTP_PORT": str(self._port),
        }
        if self.role == "web":
            environment |= {"WEBHOOK_URL": f"http://127.0.0.1:{self._port}", "WEBHOOK_SECRET": SECRET}
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # our own program
                [sys.executable, "-m", "tests.load.soak.product", "run", "--role", self.role],
                cwd=self._folder,
                env=environment | self._given,
                stdout=log,
                stderr=log,
            )
        self.starts += 1

    @property
    def is_running(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it with kill -9: the bot and whatever it started."""
        if self._process is None or not self.is_running:
            return
        whole = psutil.Process(self._process.pid)
        for one in [whole, *whole.children(recursive=True)]:
            try:
                one.kill()
            except psutil.NoSuchProcess:
                continue
        self._process.wait()

    def stop(self) -> int:
        """End it as Ctrl-C does; its exit code."""
        assert self._process is not None
        if self.is_running:
            self._process.terminate()
        try:
            return self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            return -1

    def follows(self, offset: timedelta) -> bool:
        """Return whether its clock is moved as far as the sandbox's."""
        with self.log.open("rb") as log:
            log.seek(self._read)
            for line in log:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                if b"the clock was moved" in line and line.startswith(b"{"):
                    self._offset = float(orjson.loads(line)["by_s"])
        return self._offset is not None and abs(self._offset - offset.total_seconds()) < _CLOSE

    def memory_mib(self) -> float:
        """Return the memory of the bot itself, in MiB; of what it started, the pages are given back."""
        assert self._process is not None
        return float(psutil.Process(self._process.pid).memory_info().rss / _MIB)
