"""The table of a soak: promise, checked, wrong; and the figures beside it."""

from collections.abc import Sequence
from pathlib import Path

from tests.load.soak import machine
from tests.load.soak.house import House
from tests.load.soak.oracle import Oracle, Verdict
from tests.load.soak.week import Week

_TABLES = 8  # the largest ones are named
_NAMED = 50  # readers whose numbers are looked for in the logs


def verdicts_on_machine(
    week: Week, house: House, logs: Sequence[Path], *, secrets: Sequence[str], codes: Sequence[int]
) -> list[Verdict]:
    """Judge memory, logs and the end of the processes, which are promises too. `codes`: how they ended."""
    flat = Verdict("memory is flat (±5 %, day 2 to the last)")
    for role, growth in machine.memory_growth(week.memory).items():
        if growth is not None:
            flat.check(right=machine.is_flat(growth), example=f"{role}: {growth:+.1%}")
    calm = Verdict("it always comes to rest")
    calm.checked = len(house.diary.calm)
    for problem in house.problems:
        calm.blame(1, problem)
    orderly = Verdict("it ends in order")
    for code in codes:
        orderly.check(right=code == 0, example=f"exit code {code}")
    chats = [one.chat for one in house.diary.readers[:_NAMED]]
    found = {
        "no task is lost": machine.lost_tasks(logs),
        "no error that nobody expected": machine.tracebacks(logs),
        "no secret, no chat and no words in the log": machine.leaks(logs, secrets, chats),
    }
    in_logs = [Verdict(promise, machine.number_of_lines(logs)) for promise in found]
    for verdict, lines in zip(in_logs, found.values(), strict=True):
        for line in lines:
            verdict.blame(1, line[:300])
    return [flat, calm, orderly, *in_logs]


def table(verdicts: Sequence[Verdict]) -> list[str]:
    """Return a line for each promise, with examples below what is wrong."""
    lines = [f"{'promise':<52}{'checked':>12}{'wrong':>8}"]
    for one in verdicts:
        lines.append(f"{one.promise:<52}{one.checked:>12,}{one.wrong:>8,}")
        lines += [f"    {example}" for example in one.examples]
    return lines


async def figures(oracle: Oracle, week: Week, house: House) -> list[str]:
    """Return what was counted beside the promises: messages, accidents, memory, and what fills the file."""
    diary = house.diary
    accidents = [one.kind for one in diary.accidents]
    befell = ", ".join(f"{accidents.count(kind)} × {kind}" for kind in dict.fromkeys(accidents))
    lines = [
        f"messages {len(diary.received):,}, repeats {oracle.repeats()}, not turned {oracle.unseen():,}",
        f"accidents: {befell}; floods: {len(diary.floods)}; deeds of readers: {len(diary.deeds)}",
    ]
    for role, memory in week.memory.items():
        lines.append(f"memory of {role}, MiB by day: {' '.join(f'{one:.0f}' for one in memory)}")
    sizes, rows = await house.watch.bytes_of_tables(), await house.watch.rows()
    lines.append(f"database: {sum(sizes.values()) / 1e6:.1f} MB")
    for name, size in list(sizes.items())[:_TABLES]:
        number = rows.get(name, 0)
        each = f"{size / number:>9.0f} bytes each" if number else ""
        lines.append(f"    {name:<24}{number:>12,} rows{size / 1e6:>9.1f} MB{each}")
    return lines
