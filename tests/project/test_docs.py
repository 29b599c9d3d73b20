"""The documents: all that can be set, typed or tapped is described, and what they name exists."""

import asyncio
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic import SecretStr
from typer.testing import CliRunner

from bot import config, i18n
from bot.cli.main import app
from bot.config import Settings
from bot.runtime.build import open_services
from handlers.routes import COMMANDS
from storage.words import (
    AppealState,
    BroadcastState,
    DeliveryState,
    EntryState,
    SourceState,
    StoryState,
    SubscriberState,
)
from tests.factories import published

REPOSITORY = Path(__file__).resolve().parents[2]
README = REPOSITORY / "README.md"
CONTRIBUTING = REPOSITORY / "CONTRIBUTING.md"
DOCS = REPOSITORY / "docs"
PAGES = (README, CONTRIBUTING, REPOSITORY / "CHANGELOG.md", *sorted(DOCS.glob("*.md")))

LONGEST_README = 150  # lines
NOT_OURS = {"newbot", "mybots", "revoke", "setinline"}  # @BotFather's commands
WEB_PATHS = {"health", "telegram"}

A_STORY = """The ferry is back

The village of Perekopivka has its ferry back. The old boat burned in the spring. The ferryman takes
children to school again. “Please help us to buy a second boat,” said Stepan Hrytsenko, the ferryman.
You can help at https://example.org/ferry with a donation to Bridge Friends.
"""

_FENCED = re.compile(r"^ *```\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


def _read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def _section(page: Path, heading: str) -> str:
    """What stands below a heading, up to the next one of its rank or a higher one."""
    found = re.search(rf"^(#+) {re.escape(heading)}$", _read(page), re.MULTILINE)
    assert found, f"{page.name} has no section {heading}"
    below = _read(page)[found.end() :]
    return re.split(rf"^#{{1,{len(found[1])}}} ", below, flags=re.MULTILINE)[0]


def _rows(text: str) -> list[list[str]]:
    """The cells of every row of every table, without the heads and the rules below them."""
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in text.splitlines()
        if line.startswith("|")
    ]
    rules = [
        place for place, cells in enumerate(rows) if all(re.fullmatch(r":?-+:?", cell) for cell in cells)
    ]
    heads = {place - 1 for place in rules}
    return [cells for place, cells in enumerate(rows) if place not in {*rules, *heads}]


def _quoted(text: str) -> list[str]:
    """What stands between backticks within a sentence or a table."""
    return re.findall(r"`([^`\n]+)`", _FENCED.sub("", text))


def _code(page: Path) -> list[str]:
    """What stands between backticks, and each line of the blocks of code."""
    text = _read(page)
    return [*_quoted(text), *(line.strip() for block in _FENCED.findall(text) for line in block.splitlines())]


def test_the_readme_is_short_and_has_the_commands() -> None:
    """A newcomer reads it in minutes: the two commands of the demo, and the one of the tests."""
    lines = _read(README).splitlines()
    assert len(lines) <= LONGEST_README
    assert {"make demo", "make test"} <= set(lines)


def _default(value: object) -> str:
    """A setting's default as `.env` has it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, frozenset):
        return ",".join(str(one) for one in sorted(value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_every_setting_is_described_with_its_default() -> None:
    """The table of settings has each one once, with the default that the code has."""
    rows = _rows(_section(DOCS / "operators.md", "Settings"))
    assert sorted((name.strip("`"), default.strip("`")) for name, default, _ in rows) == sorted(
        (name.upper(), _default(field.default)) for name, field in Settings.model_fields.items()
    )
    assert all(meaning for _, _, meaning in rows)


def _leaves(command: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every command that does something, by its full name; Typer has a Click of its own, without types."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
        return
    for name, one in inner.items():
        yield from _leaves(one, f"{path} {name}")


def _options(command: Any) -> set[str]:
    return {name for one in command.params for name in one.opts if name.startswith("--")} - {"--help"}


def test_every_command_of_the_command_line_is_described_with_its_options() -> None:
    """The tables have each command once, with the very options that it takes."""
    page = DOCS / "command-line.md"
    before_json = _read(page).partition("\n## JSON\n")[0]
    rows = [cells for cells in _rows(before_json) if len(cells) == 3 and cells[0].startswith("`comeback ")]
    described = [(name.strip("`"), set(_quoted(options))) for name, options, _ in rows]
    assert len(described) == len(dict(described))
    program = typer.main.get_command(app)
    assert dict(described) == {path: _options(command) for path, command in _leaves(program, "comeback")}
    assert {f"`{option}`" for option in _options(program)} <= {
        f"`{word}`" for quoted in _quoted(before_json) for word in quoted.split()
    }


@each_page
def test_commands_in_examples_exist(page: Path) -> None:
    """What a document tells people to type is a command that there is, with options that it takes."""
    known = dict(_leaves(typer.main.get_command(app), "comeback"))
    groups = {path.rpartition(" ")[0] for path in known} | {"comeback"}
    for typed in _code(page):
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


def test_every_chat_command_is_described() -> None:
    """The README names each command of the chat, and the page for editors each one of theirs."""
    assert {command.name for command in COMMANDS} <= _chat_commands(README)
    theirs = {command.name for command in COMMANDS if command.for_editors}
    assert theirs <= _chat_commands(DOCS / "editors.md")


@each_page
def test_chat_commands_in_documents_exist(page: Path) -> None:
    """No document sends anybody to a command that the bot does not have."""
    assert _chat_commands(page) <= {command.name for command in COMMANDS} | NOT_OURS | WEB_PATHS


def _chat_commands(page: Path) -> set[str]:
    """The commands between backticks; those of which one is named with its words, too."""
    return {found[1] for quoted in _quoted(_read(page)) if (found := re.match(r"/([a-z]+)(?: |$)", quoted))}


def _targets() -> set[str]:
    """The targets that bare `make` prints."""
    return set(re.findall(r"^([a-z-]+):.*## ", _read(REPOSITORY / "Makefile"), re.MULTILINE))


def test_every_make_target_is_described() -> None:
    """The table of targets has each one but `help`, which bare `make` is."""
    rows = _rows(_section(CONTRIBUTING, "Set up, and run one test"))
    assert {name.strip("`").split()[1] for name, _ in rows} == _targets() - {"help"}


@each_page
def test_make_targets_in_documents_exist(page: Path) -> None:
    """No document tells anybody to run a target that the Makefile does not have."""
    named = {found[1] for typed in _code(page) if (found := re.match(r"make ([a-z-]+)", typed))}
    assert named <= _targets()


def _anchors(page: Path) -> set[str]:
    """The names by which a link reaches the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCED.sub("", _read(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    """Each file and each heading that is linked to exists; each picture says in words what it shows."""
    for mark, words, target in re.findall(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", _read(page)):
        assert words, f"{page.name}: no words for {target}"
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.is_file(), f"{page.name}: {target}"
        assert not mark or file.suffix == ".png"
        assert not anchor or anchor in _anchors(file), f"{page.name}: {target}"


def test_every_picture_is_shown_somewhere() -> None:
    """No picture lies about that no document shows."""
    shown = {
        Path(target).name for page in PAGES for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", _read(page))
    }
    assert {file.name for file in (REPOSITORY / "screenshots").iterdir()} == shown


def test_the_tests_that_prove_a_promise_exist() -> None:
    """Each promise names tests, and each of them is a test of this suite."""
    suite = {
        name
        for file in (REPOSITORY / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", _read(file))
    }
    for promise, mechanism, proof in _rows(_read(DOCS / "promises.md")):
        named = {name for name in _quoted(proof) if name.startswith("test_")}
        assert mechanism
        assert named, promise
        assert named <= suite, named - suite


@pytest.mark.parametrize(
    ("heading", "states"),
    [
        ("Story", StoryState),
        ("Appeal", AppealState),
        ("Subscriber", SubscriberState),
        ("Broadcast", BroadcastState),
        ("Delivery", DeliveryState),
        ("Source", SourceState),
        ("Entry of a source", EntryState),
    ],
)
def test_the_states_that_are_drawn_are_those_of_the_code(heading: str, states: type[StrEnum]) -> None:
    """Each diagram has every state of its noun; what it names in quotes elsewhere is not looked at."""
    drawing = re.search(r"```\n(.*?)```", _section(DOCS / "architecture.md", heading), re.DOTALL)
    assert drawing
    assert {state.value for state in states} <= set(re.findall(r"[a-z]+", drawing[1]))


def test_the_log_lines_that_are_explained_are_written() -> None:
    """Each line of the table stands in the code as it is; an operator finds what they see."""
    code = "".join(
        _read(file) for folder in ("bot", "handlers") for file in (REPOSITORY / folder).rglob("*.py")
    )
    lines = [
        line for cells in _rows(_section(DOCS / "operators.md", "Watch it")) for line in _quoted(cells[0])
    ]
    assert lines
    assert [line for line in lines if f'"{line}"' not in code] == []


def _glossaries() -> Mapping[str, Mapping[str, str]]:
    """By language: the term of each thing."""
    found: dict[str, Mapping[str, str]] = {}
    for section in _read(DOCS / "glossary.md").split("\n## ")[1:]:
        code = re.search(r"\((\w{2})\)$", section.splitlines()[0])
        assert code, section[:40]
        rows = _rows(section)
        assert len({thing for thing, *_ in rows}) == len(rows)
        found[code[1]] = {thing: term for thing, term, _ in rows}
    return found


def test_every_language_has_its_glossary() -> None:
    """The same things in each, a term for every one, and never one term for two things."""
    glossaries = _glossaries()
    assert set(glossaries) == set(i18n.languages())
    for language, terms in glossaries.items():
        assert list(terms) == list(glossaries["en"]), language
        shortest = [unicodedata.normalize("NFC", term.partition(";")[0].strip()) for term in terms.values()]
        assert all(shortest)
        assert len(set(shortest)) == len(shortest), language


def _fields() -> dict[str, set[str]]:
    """By command: the fields that the document names; what a pair of brackets adds is left out."""
    rows = {
        name.strip("`").removeprefix("comeback ").removesuffix(" --json"): re.sub(r"\(.*?\)", "", cell)
        for name, cell in _rows(_section(DOCS / "command-line.md", "JSON"))
    }
    fields: dict[str, set[str]] = {}
    for name, cell in rows.items():
        also = re.search(r"the fields of `([^`]+)`", cell)
        own = set(_quoted(cell.replace(also[0], "") if also else cell))
        fields[name] = own | (set(_quoted(re.sub(r"\(.*?\)", "", rows[also[1]]))) if also else set())
    return fields


@pytest.fixture
def comeback(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """`comeback …` on a fresh database, in a folder of its own."""
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setattr("os.cpu_count", lambda: 1)  # one process that reads stories is enough
    monkeypatch.setattr("bot.logs.configure", lambda *_: None)  # it would take pytest's own handlers away
    monkeypatch.chdir(tmp_path)
    (tmp_path / "story.txt").write_text(A_STORY, encoding="utf-8")
    (tmp_path / "readers.csv").write_text("chat_id\n1001\n", encoding="utf-8")
    return CliRunner()


def _run(comeback: CliRunner, arguments: Sequence[str]) -> str:
    result = comeback.invoke(app, list(arguments))
    assert result.exit_code == 0, result.output
    return result.stdout


def _printed(comeback: CliRunner, name: str, *arguments: str) -> set[str]:
    """The fields that a command prints with --json."""
    return set(json.loads(_run(comeback, [*name.split(), *arguments, "--json"])))


@pytest.mark.parametrize("name", ["summarize", "story preview", "story add"])
def test_the_json_fields_of_a_story_that_is_read_are_those_that_are_printed(
    comeback: CliRunner, name: str
) -> None:
    """The command prints the very fields that the table gives it."""
    assert _printed(comeback, name, "story.txt") == _fields()[name]


def test_the_json_fields_of_all_other_commands_are_those_that_are_printed(
    comeback: CliRunner, sqlite_url: str
) -> None:
    """Each further command of the table is run, and prints the very fields that the table gives it."""

    async def publish() -> None:
        async with open_services(config.load(database_url=sqlite_url)) as services:
            await published(services, "A story")

    asyncio.run(publish())
    appeal = ("--organisation", "Bridge Friends", "--url", "https://example.org/help")
    printed = {
        name: _printed(comeback, name, *arguments)
        for name, arguments in {
            "story show": ("1",),
            "appeal add": appeal,
            "appeal list": (),
            "broadcast start": ("1", "--yes"),
            "broadcast show": ("1",),
            "subscribers import": ("readers.csv",),
            "stats": (),
        }.items()
    }
    read = {"summarize", "story preview", "story add"}
    assert printed == {name: fields for name, fields in _fields().items() if name not in read}


def test_the_columns_of_the_subscribers_file_are_described(comeback: CliRunner) -> None:
    """In the order in which an export has them."""
    _run(comeback, ["subscribers", "export", "copy.csv"])
    [header, *_] = _read(Path("copy.csv")).splitlines()
    named = _quoted(_section(DOCS / "command-line.md", "The subscribers file").partition("Columns:")[2])
    assert named == header.split(",")


def test_the_files_and_folders_of_the_architecture_exist() -> None:
    """A newcomer who follows a path out of the page finds the file; one that moved is named here."""
    paths = [
        path for path in _quoted(_read(DOCS / "architecture.md")) if re.fullmatch(r"[\w.-]+/[\w./-]*", path)
    ]
    assert len(paths) > 50
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []
