"""What the soak reads out of logs and memory."""

from pathlib import Path

import pytest

from tests.load.soak import machine

CHAT = 5_000_000_001
TOKEN = "42:a-token-that-looks-real-enough"


@pytest.mark.parametrize(
    ("memory", "flat"),
    [([150, 200, 201, 209], True), ([150, 200, 201, 211], False), ([150, 200, 189], False), ([9, 200], True)],
)
def test_memory_is_compared_with_the_second_day(memory: list[float], flat: bool) -> None:
    """Five per cent more or less than on the second day are flat; the first day does not count."""
    [growth] = machine.memory_growth({"all": memory}).values()
    assert machine.is_flat(growth) == flat


@pytest.mark.parametrize("words", [TOKEN, f"to {CHAT}", "Neighbours of Lonilar, report S00017"])
def test_what_is_private_is_found_in_a_log(tmp_path: Path, words: str) -> None:
    """A secret, the number of a chat, and the words of a story are found wherever they stand."""
    log = tmp_path / "log"
    log.write_text(f'{{"message": "all is well"}}\n{{"message": "{words}"}}\n')
    assert len(machine.leaks([log], [TOKEN], [CHAT])) == 1


def test_lost_tasks_and_tracebacks_are_found(tmp_path: Path) -> None:
    """What asyncio says of a lost task is found, and any traceback but that of a database that is full."""
    log = tmp_path / "log"
    log.write_text(
        "Task was destroyed but it is pending!\n"
        '{"error":"KeyError","traceback":"in a handler"}\n'
        '{"error":"DatabaseUnwritableError","traceback":"no room"}\n'
    )
    assert len(machine.lost_tasks([log])) == 1
    [line] = machine.tracebacks([log])
    assert "KeyError" in line
