"""A week in an hour. `python -m tests.load.soak` (ARGS="--readers 1000 --days 7 --only sqlite")."""

import argparse
import gc
import pickle
import sys
import tempfile
import time
from pathlib import Path

import uvloop

from tests.load.soak import soak
from tests.load.soak.soak import Wanted


def main() -> None:
    """Print the table of each database; exit with 1 if anything is wrong."""
    options = argparse.ArgumentParser(prog="python -m tests.load.soak", description=__doc__)
    options.add_argument("--readers", type=int, default=50_000)
    options.add_argument("--days", type=int, default=7)
    options.add_argument("--seed", type=int, default=1, help="of readers and of what they do")
    options.add_argument("--minutes", type=float, help="begin no day that would end later")
    options.add_argument(
        "--moments", type=int, help="of each day live through the first few alone, to try it"
    )
    options.add_argument("--only", choices=["sqlite", "postgresql"], help="one database; default: both")
    options.add_argument("--diary", type=Path, help="keep what happened in this file")
    given = options.parse_args()
    gc.disable()  # among millions of messages it takes ten seconds, in which "Telegram" answers nobody
    wrong = 0
    for kind in [given.only] if given.only else ["sqlite", "postgresql"]:
        wanted = Wanted(kind, given.readers, given.days, given.seed, given.minutes, given.moments)
        with tempfile.TemporaryDirectory(prefix="soak") as name:
            judged = uvloop.run(soak.run(wanted, Path(name), _say))
        print(judged.text, flush=True)
        if given.diary:
            given.diary.with_suffix(f".{kind}").write_bytes(pickle.dumps(judged.diary))
        wrong += judged.wrong
    sys.exit(1 if wrong else 0)


def _say(line: str) -> None:
    print(f"{time.strftime('%T')} {line}", flush=True)


if __name__ == "__main__":
    main()
