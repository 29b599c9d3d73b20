"""`comeback run` that counts its statements and transactions: SIGUSR1 writes them to the file $COUNTS."""

import json
import os
import signal
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

from bot.cli.main import main

_counts: Counter[str] = Counter()


def _count(name: str) -> Any:
    def counted(*_: object) -> None:
        _counts[name] += 1

    return counted


def _tell(*_: object) -> None:
    """Write the counts, whole or not at all."""
    target = Path(os.environ["COUNTS"])
    written = target.with_suffix(".new")
    written.write_text(json.dumps(_counts))
    written.replace(target)


if __name__ == "__main__":
    event.listen(Engine, "before_cursor_execute", _count("statements"))
    event.listen(Engine, "begin", _count("transactions"))
    signal.signal(signal.SIGUSR1, _tell)
    main()
