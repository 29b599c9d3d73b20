"""The document of the command line: every command, option, JSON field and column is described."""

import asyncio
import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from bot import config
from bot.cli.main import app
from bot.runtime.build import open_services
from tests.factories import published
from tests.project.documents import DOCS, code_in, each_page, quoted_in, rows_of, section_of, text_of

PAGE = DOCS / "command-line.md"

A_STORY = """The ferry is back

The village of Perekopivka has its ferry back. The old boat burned in the spring. The ferryman takes
children to school again. “Please help us to buy a second boat,” said Stepan Hrytsenko, the ferryman.
You can help at https://example.org/ferry with a donation to Bridge Friends.
"""

SOME_FEEDS = """<opml version="2.0"><body>
<outline type="rss" text="Bridge News" xmlUrl="https://example.org/feed"/>
</body></opml>
"""


def _commands(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Yield every command with its full name. Typer has a Click of its own, without types."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, one in inner.items():
        yield from _commands(one, f"{path} {name}")


def _options(command: Any) -> set[str]:
    return {name for one in command.params for name in one.opts if name.startswith("--")} - {"--help"}


def _typed(path: str, command: Any) -> str:
    """Return a command with its arguments, as one types it."""
    return " ".join([path, *(one.metavar for one in command.params if one.param_type_name == "argument")])


def test_every_command_is_described_with_its_arguments_and_options() -> None:
    """The tables have each command once, with exactly what it takes."""
    before_json = text_of(PAGE).partition("\n## JSON\n")[0]
    rows = [cells for cells in rows_of(before_json) if len(cells) == 3 and cells[0].startswith("`comeback ")]
    described = [(name.strip("`"), set(quoted_in(options))) for name, options, _ in rows]
    assert len(described) == len(dict(described))
    program = typer.main.get_command(app)
    commands = _commands(program, "comeback")
    assert dict(described) == {_typed(path, command): _options(command) for path, command in commands}
    assert _options(program) <= {word for quoted in quoted_in(before_json) for word in quoted.split()}


@each_page
def test_commands_in_examples_exist(page: Path) -> None:
    """What a document tells people to type is a command that exists, with options that it takes."""
    known = dict(_commands(typer.main.get_command(app), "comeback"))
    groups = {path.rpartition(" ")[0] for path in known} | {"comeback"}
    for typed in code_in(page):
        found = re.match(r"(?:\.venv/bin/)?(comeback [a-z].*?)(?: +#.*)?$", typed)
        if found is None:
            continue
        words = found[1].split()
        path = next((" ".join(words[:n]) for n in (3, 2) if " ".join(words[:n]) in known), None)
        if path is None:
            assert found[1] in groups, f"{page.name}: {typed}"
            continue
        given = {word for word in words if word.startswith("--")} - {"--help"}
        assert given <= _options(known[path]), f"{page.name}: {typed}"


def _fields() -> dict[str, set[str]]:
    """Return, by command, the fields that the document names; what stands in brackets is left out."""
    rows = {
        name.strip("`").removeprefix("comeback ").removesuffix(" --json"): re.sub(r"\(.*?\)", "", cell)
        for name, cell in rows_of(section_of(PAGE, "JSON"))
    }
    fields: dict[str, set[str]] = {}
    for name, cell in rows.items():
        also = re.search(r"the fields of `([^`]+)`", cell)
        own = set(quoted_in(cell.replace(also[0], "") if also else cell))
        fields[name] = own | (set(quoted_in(re.sub(r"\(.*?\)", "", rows[also[1]]))) if also else set())
    return fields


@pytest.fixture
def comeback(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Run `comeback …` on a fresh database, in a folder of its own."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # one process that reads stories is enough
    monkeypatch.setattr("bot.logs.configure", lambda *_: None)  # it would take pytest's own handlers away
    monkeypatch.chdir(tmp_path)
    (tmp_path / "story.txt").write_text(A_STORY, encoding="utf-8")
    (tmp_path / "readers.csv").write_text("chat_id\n1001\n", encoding="utf-8")
    (tmp_path / "feeds.opml").write_text(SOME_FEEDS, encoding="utf-8")
    return CliRunner()


def _run(comeback: CliRunner, arguments: Sequence[str]) -> str:
    result = comeback.invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def _printed(comeback: CliRunner, name: str, *arguments: str) -> set[str]:
    """Return the fields that a command prints with --json."""
    return set(json.loads(_run(comeback, [*name.split(), *arguments, "--json"])))


@pytest.mark.parametrize("name", ["summarize", "story preview", "story add"])
def test_the_json_fields_of_a_story_that_is_read_are_those_that_are_printed(
    comeback: CliRunner, name: str
) -> None:
    """The command prints exactly the fields that the table gives it."""
    assert _printed(comeback, name, "story.txt") == _fields()[name]


def test_the_json_fields_of_all_other_commands_are_those_that_are_printed(
    comeback: CliRunner, sqlite_url: str
) -> None:
    """Each further command of the table prints exactly the fields that the table gives it."""

    async def publish() -> None:
        async with open_services(config.load(database_url=sqlite_url)) as services:
            await published(services, "A story", ["Bridges"])
            await services.checks.check("https://unicef.org.example.net/")  # a lookalike, which nobody asks

    asyncio.run(publish())
    _run(comeback, ["source", "import", "feeds.opml"])
    _run(comeback, ["editor", "add", "7"])
    appeal = ("--organisation", "Bridge Friends", "--url", "https://example.org/help")
    printed = {
        name: _printed(comeback, name, *arguments)
        for name, arguments in {
            "story show": ("1",),
            "source list": (),
            "appeal add": appeal,
            "appeal change": ("1", "--purpose", "Boats."),
            "appeal show": ("1",),
            "appeal list": (),
            "editor list": (),
            "topic list": (),
            "appeal asked": (),
            "broadcast start": ("1", "--yes"),
            "broadcast show": ("1",),
            "subscribers import": ("readers.csv",),
            "stats": (),
            "backup": ("night.backup",),
            "restore": ("night.backup", "--replace"),
        }.items()
    }
    _run(comeback, ["canary", "add", "1001"])
    printed["canary list"] = _printed(comeback, "canary list")
    printed["webhook add"] = _printed(comeback, "webhook add", "https://hooks.example.org/")
    printed["webhook list"] = _printed(comeback, "webhook list")
    _run(comeback, ["appeal", "verify", "1", "--although-unread"])
    printed["appeal report"] = _printed(comeback, "appeal report", "1", "--text", "The bridge is open again.")
    _run(comeback, ["story", "add", "story.txt", "--topic", "Roads"])
    printed["topic merge"] = _printed(comeback, "topic merge", "roads", "bridges", "--yes")
    read = {"summarize", "story preview", "story add"}
    assert printed == {name: fields for name, fields in _fields().items() if name not in read}


def test_the_columns_of_the_subscribers_file_are_described(comeback: CliRunner) -> None:
    """They stand in the order in which an export has them."""
    _run(comeback, ["subscribers", "export", "copy.csv"])
    [header, *_] = text_of(Path("copy.csv")).splitlines()
    described = [cells[0].strip("`") for cells in rows_of(section_of(PAGE, "The subscribers file"))]
    assert described == header.split(",")
