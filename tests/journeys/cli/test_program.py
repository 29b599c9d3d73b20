"""`python -m bot` as a process: exit statuses, help, and the files that it writes."""

import os
import subprocess
import sys
from pathlib import Path

from tests.journeys.cli.results import Comeback, done
from tests.paths import REPOSITORY
from tests.waiting import PATIENCE


def test_every_command_has_help(comeback: Comeback) -> None:
    """`--help` of the program, of a noun and of a command prints its usage."""
    for command in (
        "",
        "run",
        "demo",
        "migrate",
        "check",
        "stats",
        "story",
        "story add",
        "appeal add",
        "broadcast start",
    ):
        assert "Usage: " in done(comeback(*command.split(), "--help"))


def test_as_a_program(sqlite_url: str, tmp_path: Path) -> None:
    """`python -m bot` has the same exit statuses and prints errors to standard error."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "DATABASE_URL": sqlite_url}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "bot", *arguments],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
        )

    refused, wrong = run("story", "show", "9"), run("zebra")
    assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", "There is no story 9.\n")
    assert wrong.returncode == 2


def test_what_commands_write_is_for_the_owner(tmp_path: Path) -> None:
    """Only the owner can read the database and exports, whatever the umask."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(tmp_path)}
    for command in ("subscribers export readers.csv", "source export sources.opml"):
        subprocess.run(
            [sys.executable, "-m", "bot", *command.split()],
            env=environment,
            cwd=tmp_path,
            umask=0o022,
            timeout=60,
            check=True,
        )
    found = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert found == dict.fromkeys(("comeback.db", "readers.csv", "sources.opml"), 0o600)
