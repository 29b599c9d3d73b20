"""The documents: all that can be set, typed or tapped is described, and what they name exists."""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from pydantic import SecretStr

from bot import i18n
from bot.config import Settings
from handlers.routes import COMMANDS, UNLISTED
from storage.words import (
    AppealState,
    BroadcastState,
    DeliveryState,
    EntryState,
    SourceState,
    StoryState,
    SubscriberState,
)
from tests.languages import TRANSLATED
from tests.paths import REPOSITORY
from tests.project.documents import (
    CONTRIBUTING,
    DOCS,
    FENCED,
    PAGES,
    README,
    code_in,
    each_page,
    quoted_in,
    rows_of,
    section_of,
    text_of,
)

ARCHITECTURE = DOCS / "architecture.md"

LONGEST_README = 150  # lines
NOT_OURS = {"newbot", "mybots", "revoke", "setinline"}  # @BotFather's commands
WEB_PATHS = {"health", "live", "metrics", "ready", "stories", "telegram"}
PACKAGES = ("bot", "handlers", "storage")
PLACEHOLDER = "/xx/"  # in paths: the code of some language


def test_the_readme_is_short_and_has_the_commands() -> None:
    """A newcomer reads it in minutes, and can copy the commands of the demo and of the tests."""
    lines = text_of(README).splitlines()
    assert len(lines) <= LONGEST_README
    assert {"make demo", "make test"} <= set(lines)


def test_the_readme_names_every_language_of_the_bot() -> None:
    """Each language with texts is named in English."""
    text = text_of(README)
    missing = [code for code in i18n.languages() if _english_name(code) not in text]
    assert missing == []


def _english_name(code: str) -> str:
    """Return the English name of a language as the glossary has it."""
    found = re.search(rf"^## (\w+) \({code}\)$", text_of(DOCS / "glossary.md"), re.MULTILINE)
    assert found, f"glossary.md has no section for {code}"
    return found[1]


def _default(value: object) -> str:
    """Return a setting's default as `.env` has it."""
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    if isinstance(value, frozenset):
        return ",".join(str(one) for one in sorted(value))
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def test_every_setting_is_described_with_its_default() -> None:
    """The table of settings has each one once, with the default that the code has."""
    rows = rows_of(section_of(DOCS / "operators.md", "Settings"))
    assert sorted((name.strip("`"), default.strip("`")) for name, default, _ in rows) == sorted(
        (name.upper(), _default(field.default)) for name, field in Settings.model_fields.items()
    )
    assert all(meaning for _, _, meaning in rows)


def test_every_chat_command_is_described() -> None:
    """The README names each command of the chat, and the page for editors each one of theirs."""
    assert {command.name for command in COMMANDS} <= _chat_commands(README)
    theirs = {command.name for command in COMMANDS if command.for_editors}
    assert theirs <= _chat_commands(DOCS / "editors.md")


@each_page
def test_chat_commands_in_documents_exist(page: Path) -> None:
    """No document sends anybody to a command that the bot does not have."""
    ours = {command.name for command in COMMANDS} | UNLISTED.keys()
    assert _chat_commands(page) <= ours | NOT_OURS | WEB_PATHS


def _chat_commands(page: Path) -> set[str]:
    """Return the commands between backticks, with or without words behind them."""
    return {
        found[1] for quoted in quoted_in(text_of(page)) if (found := re.match(r"/([a-z]+)(?: |$)", quoted))
    }


def _targets() -> set[str]:
    """Return the targets that bare `make` prints."""
    return set(re.findall(r"^([a-z-]+):.*## ", text_of(REPOSITORY / "Makefile"), re.MULTILINE))


def test_every_make_target_is_described() -> None:
    """The table of targets has each one but `help`, which bare `make` is."""
    rows = rows_of(section_of(CONTRIBUTING, "Make targets"))
    assert {name.strip("`").split()[1] for name, _ in rows} == _targets() - {"help"}


@each_page
def test_make_targets_in_documents_exist(page: Path) -> None:
    """No document tells anybody to run a target that the Makefile does not have."""
    named = {found[1] for typed in code_in(page) if (found := re.match(r"make ([a-z-]+)", typed))}
    assert named <= _targets()


def _anchors(page: Path) -> set[str]:
    """Return the names by which a link reaches the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", FENCED.sub("", text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_links_and_pictures_lead_somewhere(page: Path) -> None:
    """Each linked file and heading exists; each picture says in words what it shows."""
    for mark, words, target in re.findall(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)", text_of(page)):
        assert words, f"{page.name}: no words for {target}"
        if "://" in target:
            continue
        name, _, anchor = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.is_file(), f"{page.name}: {target}"
        assert not mark or file.suffix == ".png"
        assert not anchor or anchor in _anchors(file), f"{page.name}: {target}"


def test_every_picture_is_shown_somewhere() -> None:
    """No picture is left that no document shows."""
    shown = {
        Path(target).name for page in PAGES for target in re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text_of(page))
    }
    assert {file.name for file in (REPOSITORY / "screenshots").iterdir()} == shown


def test_the_tests_that_prove_a_promise_exist() -> None:
    """Each promise names tests of this suite; the failure suggests new names for what was renamed."""
    suite = {
        name
        for file in (REPOSITORY / "tests").rglob("test_*.py")
        for name in re.findall(r"def (test_\w+)", text_of(file))
    }
    gone: dict[str, list[str]] = {}
    for promise, mechanism, proof in rows_of(text_of(DOCS / "promises.md")):
        named = [name for name in quoted_in(proof) if name.startswith("test_")]
        assert mechanism
        assert named, promise
        gone |= {name: get_close_matches(name, suite) for name in named if name not in suite}
    assert gone == {}


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
    """Each section names every state of its noun as its column has it, and its diagram draws as many."""
    section = section_of(ARCHITECTURE, heading)
    drawing = re.search(r"```\n(.*?)```", section, re.DOTALL)
    assert drawing
    assert {state.value for state in states} <= set(re.findall(r"[a-z]+", section))
    drawn = set(re.findall(r"^ +(\w+)|► (\w+)", drawing[1], re.MULTILINE))
    assert len({left or right for left, right in drawn}) == len(states)


def test_every_folder_of_the_code_is_described() -> None:
    """A new folder with modules needs a row in the table of folders; the sandbox's own parts do not."""
    rows = rows_of(section_of(ARCHITECTURE, "The folders"))
    described = {path.rstrip("/") for cells in rows for path in quoted_in(cells[0])}
    folders = {
        str(file.parent.relative_to(REPOSITORY))
        for package in PACKAGES
        for file in (REPOSITORY / package).rglob("__init__.py")
    }
    inside_the_sandbox = {folder for folder in folders if folder.startswith("bot/sandbox/")}
    assert folders - inside_the_sandbox - set(PACKAGES) - described == set()


def test_the_import_law_that_is_shown_is_the_one_that_is_checked() -> None:
    """The layers of `bot/` stand in the document as they stand in pyproject.toml."""
    contracts = tomllib.loads(text_of(REPOSITORY / "pyproject.toml"))["tool"]["importlinter"]["contracts"]
    [layers] = [one["layers"] for one in contracts if one.get("containers") == ["bot"]]
    [shown] = FENCED.findall(section_of(ARCHITECTURE, "The import law"))
    assert shown.splitlines() == layers


def test_the_log_lines_that_are_explained_are_written() -> None:
    """Each line of the table stands in the code as it is; an operator finds what they see."""
    code = "".join(text_of(file) for folder in PACKAGES for file in (REPOSITORY / folder).rglob("*.py"))
    lines = [
        line
        for cells in rows_of(section_of(DOCS / "operators.md", "Watch it"))
        for line in quoted_in(cells[0])
    ]
    assert lines
    assert [line for line in lines if f'"{line}"' not in code] == []


def _glossaries() -> Mapping[str, Mapping[str, tuple[str, str]]]:
    """Return, by language, the term of each thing, and what is not said instead."""
    found: dict[str, Mapping[str, tuple[str, str]]] = {}
    for section in text_of(DOCS / "glossary.md").split("\n## ")[1:]:
        code = re.search(r"\((\w{2})\)$", section.splitlines()[0])
        assert code, section[:40]
        rows = rows_of(section.partition("| button or phrase |")[0])
        assert len({thing for thing, *_ in rows}) == len(rows)
        found[code[1]] = {thing: (term, instead) for thing, term, instead in rows}
    return found


def test_every_language_has_its_glossary() -> None:
    """Each has the same things, a term for every one, and never one term for two things."""
    glossaries = _glossaries()
    assert set(glossaries) == set(i18n.languages())
    for language, terms in glossaries.items():
        assert list(terms) == list(glossaries["en"]), language
        shortest = [
            unicodedata.normalize("NFC", term.partition(";")[0].strip()) for term, _ in terms.values()
        ]
        assert all(shortest)
        assert len(set(shortest)) == len(shortest), language


@pytest.mark.parametrize("language", i18n.languages())
def test_no_sentence_uses_what_the_glossary_forbids(language: str) -> None:
    """No sentence has a word of “instead of”, unless it is the term of another thing."""
    rows = _glossaries()[language].values()
    terms = " ".join(term for term, _ in rows)
    words = [word.strip() for _, instead in rows for word in instead.split(",")]
    forbidden = [word for word in words if word not in terms]
    assert forbidden
    pattern = re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forbidden))})(?!\w)", re.IGNORECASE)
    assert [said for said in _sentences(language) if pattern.search(said)] == []


def _sentences(language: str) -> list[str]:
    """Return all that the bot says in a language; the keys of a catalogue are its English sentences."""
    is_source = language == i18n.SOURCE_LANGUAGE
    path = i18n.LOCALES / (TRANSLATED[0] if is_source else language) / i18n.CATALOGUE
    with path.open("rb") as file:
        messages = [message for message in read_po(file) if message.id]
    said = [message.id if is_source else message.string for message in messages]
    return [one for each in said for one in ([each] if isinstance(each, str) else each or ())]


@each_page
def test_the_files_and_folders_that_are_named_exist(page: Path) -> None:
    """A newcomer who follows a path out of a document finds the file; one that moved is named here."""
    ours = re.compile(rf"(?:{'|'.join((*PACKAGES, 'tests', 'docs', 'screenshots'))})/[\w./-]*")
    paths = [path for path in quoted_in(text_of(page)) if ours.fullmatch(path) and PLACEHOLDER not in path]
    assert [path for path in paths if not (REPOSITORY / path).exists()] == []


def test_the_ways_through_the_code_name_files() -> None:
    """The ways of a push and of a story name files, and mark where the next step is injected."""
    for heading in ("The way of a push", "The way of a story"):
        way = section_of(CONTRIBUTING, heading)
        assert len({path for path in quoted_in(way) if path.endswith(".py")}) >= 12, heading
        assert "**Injected**" in way, heading
