"""The log's schema: each field that the code writes is known, described, and of no chat."""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from bot.logs import FIELDS, JsonFormatter, correlated
from tests.paths import REPOSITORY
from tests.project.documents import DOCS, quoted_in, rows_of, section_of
from tests.test_logs import record

PACKAGES = ("bot", "handlers", "storage")
OF_PEOPLE = re.compile(r"chat|user|person|editor|actor|text|token|words|name|message|phone")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def modules() -> Iterator[tuple[Path, ast.Module]]:
    """Yield each module of ours that logs, parsed."""
    for package in PACKAGES:
        for file in (REPOSITORY / package).rglob("*.py"):
            text = file.read_text("utf-8")
            if "log = logging.getLogger" in text:
                yield file, ast.parse(text)


def log_calls() -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef | ast.Module, ast.Call]]:
    """Yield each call of `log`, with its place and the function around it."""
    for file, module in modules():
        for around in ast.walk(module):
            if not isinstance(around, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(around):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and isinstance(node.func.value, ast.Name)
                    and node.func.value.id == "log"
                    and node.func.attr in LEVELS
                ):
                    yield f"{file.relative_to(REPOSITORY)}:{node.lineno}", around, node


def keys_of(value: ast.expr, around: ast.AST) -> set[str]:
    """Return the keys of a dictionary as it stands in the code, also where it was given a name before."""
    if isinstance(value, ast.Dict):
        assert all(isinstance(key, ast.Constant) for key in value.keys), ast.unparse(value)
        return {str(key.value) for key in value.keys if isinstance(key, ast.Constant)}
    if isinstance(value, ast.BinOp):
        return keys_of(value.left, around) | keys_of(value.right, around)
    assert isinstance(value, ast.Name), ast.unparse(value)
    given = [
        node.value
        for node in ast.walk(around)
        if isinstance(node, ast.Assign) and any(ast.unparse(target) == value.id for target in node.targets)
    ]
    assert given, f"nobody can see what {value.id} holds"
    return set().union(*(keys_of(one, around) for one in given))


def test_every_field_that_is_logged_is_known() -> None:
    """One that is not would not be written; one that nobody writes is not kept."""
    logged: dict[str, str] = {}
    for place, around, call in log_calls():
        for keyword in call.keywords:
            if keyword.arg == "extra":
                logged |= dict.fromkeys(keys_of(keyword.value, around), place)
    assert {name: place for name, place in logged.items() if name not in FIELDS} == {}
    assert FIELDS - logged.keys() == set()


def test_every_key_of_a_line_is_described() -> None:
    """The table has each one once: those of every line, and those of events."""
    with correlated("update", 1):
        made = JsonFormatter().format(record("x", exc_info=(LookupError, LookupError(), None)))
    described = [
        quoted_in(name)[0] for name, _ in rows_of(section_of(DOCS / "operators.md", "Fields of the log"))
    ]
    assert sorted(described) == sorted(json.loads(made).keys() | FIELDS)


def test_no_field_is_of_a_person() -> None:
    """None holds a chat, a name, or words that somebody wrote; `subscriber` is the number of a row."""
    assert [name for name in FIELDS if OF_PEOPLE.search(name)] == []


def test_every_message_is_a_fixed_sentence() -> None:
    """So that machines can look for it, and nothing that somebody wrote is in it."""
    assert [
        place
        for place, _, call in log_calls()
        if not isinstance(call.args[0], ast.Constant) or len(call.args) > 1
    ] == []
