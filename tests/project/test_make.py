"""`make` refuses a Python that cannot run Comeback, in one line."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import bot

ROOT = Path(bot.__file__).parents[1]
MAKE = shutil.which("make") or pytest.skip("no make here", allow_module_level=True)


def install_with(python: str, folder: Path) -> list[str]:
    """Return the lines that `make install` prints with this shell script as its Python."""
    fake = folder / "python"
    fake.write_text(f"#!/bin/sh\n{python}\n")
    fake.chmod(0o755)
    command = [MAKE, "install", f"PYTHON={fake}", f"VENV={folder / 'venv'}"]
    own = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}  # of `make test`
    made = subprocess.run(
        command, cwd=ROOT, env=own, capture_output=True, text=True, check=False
    )  # fixed arguments
    assert made.returncode == 2
    assert not (folder / "venv").exists()
    return made.stdout.splitlines()


def test_a_python_that_is_too_old_is_refused_in_one_line(tmp_path: Path) -> None:
    """The line says which one is needed and how to name it."""
    assert install_with("exit 1", tmp_path) == [
        "Comeback needs Python 3.11 or newer; name one with: make PYTHON=python3.12 install"
    ]


def test_a_python_without_venv_is_refused_in_one_line(tmp_path: Path) -> None:
    """Debian's Python without python3-venv: the line says what to install."""
    lacking = f'case "$*" in *ensurepip,*) exit 1;; esac; exec {sys.executable} "$@"'
    name = "python{}.{}-venv".format(*sys.version_info)
    assert install_with(lacking, tmp_path) == [
        f"This Python cannot make a virtual environment. Install what it lacks: sudo apt install {name}"
    ]
