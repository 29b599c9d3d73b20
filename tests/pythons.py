"""Run the quick tests with every other Python from 3.11 on that this machine has: `make test-pythons`.

mypy runs too where the minor version is another one: locked versions differ between Pythons, and their types
with them. `--ends`, as CI has it, takes only the oldest and the newest of them, and leaves out mypy, the
browser, upgrades, the desk and the public page, and the tests of what is computed from texts and rows: these
run for long, and no Python has broken one yet. What waits, is cancelled and talks to the outside is in.

Left out are the tests that run the whole bot, those of the sandbox, of the benchmarks and of the repository
itself, and those on PostgreSQL: no Python differs there, and CI has 25 minutes.

Each gets a virtual environment of its own out of uv's cache, which is removed afterwards.
"""

import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.paths import REPOSITORY

UV = Path(sys.executable).with_name("uv")
OLDEST = (3, 11)
LEFT_OUT = (
    *(f"--ignore=tests/{folder}" for folder in ("handlers", "journeys", "load", "project", "sandbox")),
    *("-k", "not postgresql"),
)
_NOT_AT_THE_ENDS = (
    *("articles", "language", "pleas", "summaries", "rendering", "subscribers", "stories", "feeds"),
    *("appeals", "broadcasts", "digests", "editors", "web/desk", "web/public"),
    *("storage/test_upgrades.py", "storage/test_rolling.py", "storage/backups"),
)
NOT_AT_THE_ENDS = (*(f"--ignore=tests/{one}" for one in _NOT_AT_THE_ENDS), "-m", "not browser")
OWN = platform.python_version()
NAMES = ("python3", *(f"python3.{minor}" for minor in range(11, 15)))
VERSION = "import platform; print(platform.python_version())"


def main() -> int:
    """Return 1 if the quick tests fail with any of the Pythons, else 0."""
    others = {version: python for version, python in found().items() if version != OWN}
    left_out, types = LEFT_OUT, True
    if "--ends" in sys.argv[1:]:
        others, left_out, types = ends(others), LEFT_OUT + NOT_AT_THE_ENDS, False
    results = {version: passes(version, python, left_out, types=types) for version, python in others.items()}
    for version, passed in results.items():
        say(f"Python {version}: the quick tests {'pass' if passed else 'FAIL'}")
    if not results:
        say("No other Python from 3.11 on is found here.")
    return int(not all(results.values()))


def found() -> dict[str, str]:
    """The Pythons that Comeback runs with, by their versions, each once."""
    versions = ((version_of(python), python) for python in candidates())
    return {version: python for version, python in versions if version and numbers(version) >= OLDEST}


def ends(pythons: dict[str, str]) -> dict[str, str]:
    """The oldest and the newest of these Pythons."""
    ordered = sorted(pythons, key=lambda version: tuple(map(int, re.findall(r"\d+", version))))
    return {version: pythons[version] for version in {*ordered[:1], *ordered[-1:]}}


def candidates() -> Iterator[str]:
    """Where Pythons may be: on the PATH, Debian's own, those of pyenv."""
    yield from filter(None, map(shutil.which, NAMES))
    yield "/usr/bin/python3"
    pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    yield from map(str, sorted(pyenv.glob("versions/3.*/bin/python3")))


def version_of(python: str) -> str:
    """Such as "3.12.1"; empty for what does not run, as a shim of pyenv's whose version is not chosen."""
    try:
        asked = subprocess.run([python, "-c", VERSION], capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return asked.stdout.strip()


def numbers(version: str) -> tuple[int, ...]:
    """The first two numbers of a version."""
    return tuple(map(int, version.split(".")[:2]))


def passes(version: str, python: str, left_out: tuple[str, ...] = LEFT_OUT, *, types: bool = True) -> bool:
    """Make an environment with that Python, run mypy if `types` and the quick tests in it, and remove it."""
    say(f"Quick tests with Python {version} ({python})")
    folder = REPOSITORY / ".venv-other" / version
    own = str(folder / "bin" / "python")
    install = (UV, "pip", "install", "--quiet", "--python", own)
    try:
        return all(
            subprocess.run(command, cwd=REPOSITORY, check=False).returncode == 0
            for command in (
                (UV, "venv", "--quiet", "--clear", "--python", python, folder),
                (*install, "--require-hashes", "--requirement", "requirements-dev.lock"),
                (*install, "--no-build-isolation", "--no-deps", "--editable", "."),
                *([(own, "-m", "mypy")] if types and numbers(version) != numbers(OWN) else []),
                (own, "-m", "pytest", "-n", "3", "--dist", "worksteal", "-p", "no:cacheprovider", *left_out),
            )
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def say(line: str) -> None:
    """Print one line at once, so that it stands before what the tests print."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
