"""The process's memory."""

import platform
import re
import subprocess
import sys

import pytest

from tests.paths import REPOSITORY

# Starts threads that take memory at once, and prints what glibc says of its heaps.
_THREADS = """
import ctypes
from threading import Barrier, Thread
from bot.runtime import memory

{first}
together, kept = Barrier(4), []

def work():
    together.wait()
    kept.extend(bytes(5_000) for _ in range(100))
    together.wait()

threads = [Thread(target=work) for _ in range(4)]
for one in threads:
    one.start()
for one in threads:
    one.join()
c = ctypes.CDLL(None)
c.fdopen.restype = ctypes.c_void_p
out = ctypes.c_void_p(c.fdopen(1, b"w"))
c.malloc_info(0, out)
c.fflush(out)
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc", reason="only glibc gives each thread a heap of its own"
)
def test_threads_share_one_heap() -> None:
    """Threads that take memory at the same time take it from one heap; without the call, from several."""
    assert _heaps("pass") > 1
    assert _heaps("memory.share_heap()") == 1


def _heaps(first: str) -> int:
    """Return how many heaps there are after threads took memory."""
    ended = subprocess.run(
        [sys.executable, "-c", _THREADS.format(first=first)],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    return len(re.findall("<heap nr=", ended.stdout))
