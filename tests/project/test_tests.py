"""Every test checks something: one that does not would pass whatever we broke."""

import ast
from collections.abc import Iterator

import pytest

from tests.paths import REPOSITORY

TESTS = REPOSITORY / "tests"
# Functions that check: pytest's, Playwright's, those of tests/chats.py that expect one answer, and waits that
# fail if what they wait for does not come.
CHECKS = {
    "assert_once",
    "raises",
    "warns",
    "fail",
    "expect",
    "refused",
    "timeout",
    "soon",
    "comes_true",
    "until",
}
Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(tree: ast.AST) -> list[Function]:
    return [node for node in ast.walk(tree) if isinstance(node, Function)]


def called(node: ast.AST) -> Iterator[str]:
    """Yield the names of all functions that are called in a node."""
    for call in ast.walk(node):
        if isinstance(call, ast.Call):
            yield call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def that_check(tree: ast.AST) -> set[str]:
    """Return the functions of a file that assert something, themselves or through others of the file."""
    calls = {one.name: set(called(one)) for one in functions(tree)}
    asserting = {
        one.name for one in functions(tree) if any(isinstance(node, ast.Assert) for node in ast.walk(one))
    }
    checking = asserting | {name for name in calls if calls[name] & CHECKS}
    while more := {name for name in calls if calls[name] & checking} - checking:
        checking |= more
    return checking


def that_prove_nothing(source: str) -> list[str]:
    """Return the tests of a file that check nothing."""
    tree = ast.parse(source)
    checking = that_check(tree)
    return [one.name for one in functions(tree) if one.name.startswith("test_") and one.name not in checking]


@pytest.mark.parametrize(
    ("body", "proves"),
    [
        ("assert True is not False", True),
        ("with pytest.raises(ValueError): act()", True),
        ("looks_right()", True),
        ("act()", False),
        ("await act()\n    print('fine')", False),
    ],
)
def test_a_test_without_a_check_is_found(body: str, proves: bool) -> None:
    """Also one that only acts; a function of the file that asserts counts."""
    source = f"def looks_right():\n    assert act()\n\nasync def test_it():\n    {body}\n"
    assert that_prove_nothing(source) == ([] if proves else ["test_it"])


def test_every_test_checks_something() -> None:
    """The failure names each one that does not."""
    found = {
        f"{path.relative_to(TESTS)}: {name}"
        for path in sorted(TESTS.rglob("test_*.py"))
        for name in that_prove_nothing(path.read_text("utf-8"))
    }
    assert found == set()
