"""Every module is in a layer of the import law (pyproject.toml), and `make test` checks the law."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.paths import REPOSITORY

PACKAGES = ("bot", "handlers", "storage")


def contracts() -> list[dict[str, Any]]:
    """Return the contracts of import-linter."""
    settings = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))
    found: list[dict[str, Any]] = settings["tool"]["importlinter"]["contracts"]
    return found


def modules_in(folder: Path) -> set[str]:
    """Return the names of the modules and packages of a package."""
    files = {file.stem for file in folder.glob("*.py")} - {"__init__"}
    return files | {file.parent.name for file in folder.glob("*/__init__.py")}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_module_is_in_a_layer(package: str) -> None:
    """The failure names each new module without a layer, and each layer without a module."""
    [layers] = [one["layers"] for one in contracts() if one.get("containers") == [package]]
    assert {name for layer in layers for name in re.split(r" [|:] ", layer)} == modules_in(
        REPOSITORY / package
    )


@pytest.mark.parametrize("package", PACKAGES)
def test_import_linter_refuses_a_module_without_a_layer(package: str) -> None:
    """Its contracts are exhaustive."""
    assert [one["exhaustive"] for one in contracts() if one.get("containers") == [package]] == [True]


def test_make_test_checks_the_import_law() -> None:
    """It runs import-linter with the contracts of pyproject.toml."""
    recipe = (REPOSITORY / "Makefile").read_text("utf-8").partition("\ntest:")[2].partition("\n\n")[0]
    assert "$(BIN)/lint-imports" in recipe
