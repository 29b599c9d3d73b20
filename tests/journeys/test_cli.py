"""The command line: what it prints, what it refuses, and the exit status that scripts rely on."""

import asyncio
import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import sqlalchemy
from typer.testing import CliRunner, Result

from bot import config
from bot.articles.fetch.fetcher import FetchLimits
from bot.cli.input_files import opened as opened_file
from bot.cli.main import app, refuse_what_is_no_text
from bot.clock import utc_now
from bot.runtime.build import open_services
from bot.runtime.database import open_database
from tests.factories import add_subscribers, analysis
from tests.paths import REPOSITORY
from tests.sites import Site, answer, opened
from tests.waiting import PATIENCE

STORIES = REPOSITORY / "bot" / "cli" / "demo_stories"
ORIGINAL = str(STORIES / "original-story.txt")
BUS = str(STORIES / "school-bus.txt")

Comeback = Callable[..., Result]


@pytest.fixture
def comeback(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Comeback:
    """`comeback …` in a folder of its own, on a fresh database, with nothing else in its environment."""
    for name in ("BOT_TOKEN", "BOT_API_URL", "OWNER_IDS", "WEBHOOK_URL", "LOG_LEVEL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DATABASE_URL", sqlite_url)
    monkeypatch.setattr("bot.logs.configure", lambda *_: None)  # it would take pytest's own handlers away
    monkeypatch.chdir(tmp_path)
    runner = CliRunner()

    def run(*arguments: object, answer: str | None = None) -> Result:
        return runner.invoke(app, [str(argument) for argument in arguments], input=answer)

    return run


def _done(result: Result) -> str:
    """What was printed; fails unless the exit status is 0 and nothing was complained of."""
    assert (result.exit_code, result.stderr) == (0, ""), result.output
    return result.stdout


def _refused(result: Result) -> str:
    """The one line on standard error of a command that ended with status 1 and printed nothing else."""
    assert result.exit_code == 1, (result.exit_code, result.output, result.exception)
    [line] = result.stderr.splitlines()
    return str(line)


def _entries(result: Result) -> list[dict[str, Any]]:
    """The objects that `--json` printed, one a line."""
    return [json.loads(line) for line in _done(result).splitlines()]


def _draft(url: str) -> None:
    """A story that waits, where reading it is not the point."""

    async def add() -> None:
        async with open_services(config.load(database_url=url)) as services:
            await services.stories.add(analysis(), actor="test")

    asyncio.run(add())


def _start_due(url: str, people: int = 0) -> None:
    """What the running bot would do: start what is due. So many people join first."""

    async def start() -> None:
        async with open_database(config.load(database_url=url)) as database:
            await add_subscribers(database, people)
        async with open_services(config.load(database_url=url)) as services:
            await services.broadcasts.start_due()

    asyncio.run(start())


def test_the_original_story_from_file_to_push(comeback: Comeback) -> None:
    """Taken in, given its appeal, shown, published, its push watched and cancelled: all by commands."""
    [added] = _entries(
        comeback("story", "add", ORIGINAL, "--topic", "Ukraine", "--topic", "People", "--json")
    )
    assert (added["id"], added["fresh"], Path(added["file"]).name) == (1, True, "original-story.txt")
    assert added["headline"].endswith("'Please Come Back To Us'")

    appeal = ["--organisation", "Baranova 27", "--url", "https://example.org/help", "--story", "1"]
    [proposed] = _entries(comeback("appeal", "add", *appeal, "--until", "2030-01-01", "--json"))
    assert (proposed["state"], proposed["valid_until"]) == ("proposed", "2030-01-01T00:00:00Z")
    assert "verified" in _done(comeback("appeal", "verify", 1))

    [shown] = _entries(comeback("story", "show", 1, "--json"))
    assert shown["state"] == "draft"
    assert shown["topics"] == ["people", "ukraine"]
    assert [len(shown["summaries"][length]) for length in ("brief", "short", "long")] == [1, 3, 5]
    assert "come back to us" in shown["plea"]["text"]
    assert shown["appeal"] == {"id": 1, "organisation": "Baranova 27", "state": "verified"}
    assert "plea: “" in _done(comeback("story", "show", 1))

    assert "Broadcast 1 starts" in _done(comeback("story", "publish", 1))
    [planned] = _entries(comeback("broadcast", "list", "--json"))
    assert (planned["id"], planned["story"], planned["state"], planned["sent"]) == (1, 1, "scheduled", 0)
    assert "is cancelled" in _done(comeback("broadcast", "cancel", 1))
    [cancelled] = _entries(comeback("broadcast", "show", 1, "--json"))
    assert cancelled["state"] == "cancelled"
    at = ["--at", f"{utc_now() + timedelta(days=2):%Y-%m-%d} 08:00"]
    [again] = _entries(comeback("broadcast", "start", 1, "--topic", "people", *at, "--yes", "--json"))
    assert again == {"id": 2, "reach": 0}
    assert "0 sent" in _done(comeback("broadcast", "show", 2))
    [counts] = _entries(comeback("stats", "--json"))
    assert counts == {
        "subscribers": {},
        "stories": {"draft": 0, "published": 1, "rejected": 0, "withdrawn": 0},
        "clicks": 0,
        "clicks_last_week": 0,
    }
    assert "1 published" in _done(comeback("stats"))


def test_the_same_story_twice(comeback: Comeback) -> None:
    """Adding the same text again adds nothing and says so."""
    told = _done(comeback("story", "add", BUS, BUS)).splitlines()
    first, second = [line for line in told if line.startswith("Story")]
    assert first.startswith("Story 1 added: ")
    assert second.startswith("Story 1 is here already, nothing added: ")
    assert len(_entries(comeback("story", "list", "--json"))) == 1


def _bad_files(folder: Path) -> dict[str, str]:
    """Story files that cannot be taken in, with a word of the sentence that says why."""
    made = {
        "empty.txt": b"",
        "blank.txt": b" \n\n\t\n",
        "picture.jpg": b"\xff\xd8\xff\xe0" + bytes(range(256)) * 20,
        "noise.txt": bytes(range(256)) * 40,
        "huge.txt": b"A headline\n\n" + b"A sentence that goes on. " * 220_000,
        "headline.txt": b"Only a headline",
    }
    for name, content in made.items():
        (folder / name).write_bytes(content)
    (folder / "folder.txt").mkdir()
    return {
        "empty.txt": "is empty",
        "blank.txt": "is empty",
        "picture.jpg": "is a JPEG file",
        "noise.txt": "cannot be read as text",
        "huge.txt": "is larger than 5 MB",
        "headline.txt": "has a headline, but no story",
        "folder.txt": "it is a folder",
        "missing.txt": "no such file",
    }


def test_bad_story_files_get_one_sentence_each(comeback: Comeback, tmp_path: Path) -> None:
    """Each names its file and what to do; a good one in an old encoding is taken in; the status tells."""
    reasons = _bad_files(tmp_path)
    (tmp_path / "old.txt").write_bytes(Path(BUS).read_text("utf-8").encode("cp1251", "replace"))
    result = comeback("story", "add", *reasons, "old.txt", "--json")
    assert result.exit_code == 1
    complaints = result.stderr.splitlines()
    assert len(complaints) == len(reasons)
    for complaint, (name, reason) in zip(complaints, reasons.items(), strict=True):
        assert name in complaint
        assert reason in complaint
    [entry] = [json.loads(line) for line in result.stdout.splitlines()]
    assert entry["headline"].startswith("Шкільний автобус знову виїхав")
    assert "Traceback" not in result.output


def _folder(root: Path) -> Path:
    """Three stories, among what is none: what tools leave, hidden files, a link that leads back."""
    folder = root / "stories"
    story = Path(BUS).read_bytes()
    for name in (
        ".venv/a.txt",
        ".git/a.md",
        "node_modules/b/README.md",
        "env/lib/licence.txt",
        ".hidden.txt",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(story)
    (folder / "env" / "pyvenv.cfg").touch()
    for name in ("one.txt", "deep/er/two.md", "deep/three.txt"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(f"{name} came\n\nA sentence about {name} that is whole.\n".encode())
    (folder / "deep" / "loop").symlink_to(folder)
    return folder


def test_a_folder_is_asked_about_first(
    comeback: Comeback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says how many files of which kind there are; what nobody wrote as a story is left out."""
    folder = _folder(tmp_path)
    asked = "Take in 3 files out of folders (2 .txt, 1 .md)?"
    for named in (folder, f"{folder}/deep/.."):
        assert _refused(comeback("story", "add", named)).startswith(asked)
    monkeypatch.setattr("bot.cli.command.is_somebody_there", lambda: True)
    assert asked in comeback("story", "add", folder, answer="n\n").output
    assert _entries(comeback("story", "list", "--json")) == []
    _done(comeback("story", "add", folder, "--yes"))
    assert len(_entries(comeback("story", "list", "--json"))) == 3


def test_no_name_is_not_the_working_folder(comeback: Comeback, tmp_path: Path) -> None:
    """An empty name, of a variable that was not set, names nothing at all."""
    _folder(tmp_path)
    for command in ("story add", "story preview", "summarize"):
        for name in ("", " "):
            assert "name a file" in _refused(comeback(*command.split(), name, *_YES.get(command, ())))
    assert _entries(comeback("story", "list", "--json")) == []


_YES = {"story add": ["--yes"]}


def test_a_folder_that_is_too_large(
    comeback: Comeback, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole disk is looked through by nobody."""
    monkeypatch.setattr("bot.cli.story_folders._MOST_ENTRIES", 4)
    assert "holds more than 4 files" in _refused(comeback("story", "add", _folder(tmp_path), "--yes"))


@pytest.fixture
def odd_files(tmp_path: Path) -> Iterator[list[Path]]:
    """What would keep its reader waiting, or never end: a pipe, a link to it, a socket, a device."""
    pipe, link, bound, device = (tmp_path / name for name in ("pipe.txt", "link.txt", "s", "zero.txt"))
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    device.symlink_to("/dev/zero")
    with contextlib.chdir(tmp_path), socket.socket(socket.AF_UNIX) as listener:  # a socket's name is short
        listener.bind(bound.name)
        yield [pipe, link, bound, device, tmp_path]


@pytest.mark.parametrize(
    "command", ["story add", "story preview", "summarize", "source import", "subscribers import"]
)
def test_only_regular_files_are_read(comeback: Comeback, odd_files: list[Path], command: str) -> None:
    """Each is refused in one line that says what it is; none is waited for."""
    kinds = ("a pipe", "a pipe", "a socket", "a device", "a folder")
    for file, kind in zip(odd_files, kinds, strict=True):
        named = "empty" if kind == "a folder" and command.startswith("story") else file
        if named == "empty":
            Path("empty").mkdir()
        assert f"{named} cannot be read: it is {kind}" in _refused(comeback(*command.split(), named))


def test_a_file_that_grows_is_read_to_where_it_ended(tmp_path: Path) -> None:
    """What is written while it is read waits for the next time: else a log would be read for ever."""
    file = tmp_path / "grows.csv"
    file.write_bytes(b"0123456789")
    reader, size = opened_file(file)
    with reader, file.open("ab") as writer:
        first = reader.read(4)
        writer.write(b"more")
        writer.flush()
        assert (size, first, reader.read()) == (10, b"0123", b"456789")
    assert opened_file(Path("/proc/self/status"))[0].read() == b""


def test_a_name_that_is_no_text(comeback: Comeback, tmp_path: Path) -> None:
    """A file's name may be any bytes: they are shown as such."""
    name = os.fsdecode(b"caf\xe9.txt")
    (tmp_path / name).write_bytes(Path(BUS).read_bytes())
    [entry] = _entries(comeback("story", "add", name, "--json"))
    assert entry["file"] == "caf\\xe9.txt"


@pytest.mark.parametrize("noun", ["story", "appeal", "broadcast"])
def test_an_empty_list_says_what_to_do(comeback: Comeback, noun: str) -> None:
    """People are led on; scripts get no line at all."""
    assert "comeback " in _done(comeback(noun, "list"))
    assert _done(comeback(noun, "list", "--json")) == ""


def test_what_was_sent_is_sent_on(comeback: Comeback, sqlite_url: str) -> None:
    """Nobody failed and nobody missed it; of a draft or a scheduled one nothing is sent again."""
    _draft(sqlite_url)
    _done(comeback("story", "publish", 1))
    assert "it has not started yet" in _refused(comeback("broadcast", "retry", 1))
    assert "it has not started yet" in _refused(comeback("broadcast", "missed", 1))
    assert "is starting" in _done(comeback("broadcast", "now", 1))
    _start_due(sqlite_url)
    assert "finished" in comeback("broadcast", "show", 1, "--follow").stdout
    assert _refused(comeback("broadcast", "retry", 1)) == "Nobody is left to try again."
    assert "Nobody missed it" in _refused(comeback("broadcast", "missed", 1))
    _start_due(sqlite_url, people=3)
    assert "3 who missed it" in _done(comeback("broadcast", "missed", 1, "--yes"))
    [running] = _entries(comeback("broadcast", "list", "--json"))
    assert (running["state"], running["expected"], running["waiting"]) == ("running", 3, 3)


@pytest.mark.parametrize(
    ("command", "line"),
    [
        ("story publish 9", "There is no story 9."),
        ("story show 9", "There is no story 9."),
        ("appeal verify 9", "There is no appeal 9."),
        ("appeal retire 9", "There is no appeal 9."),
        ("broadcast start 9 --yes", "There is no story 9."),
        ("broadcast show 9", "There is no broadcast 9."),
        ("broadcast pause 9", "There is no broadcast 9."),
        ("broadcast resume 9", "There is no broadcast 9."),
        ("broadcast cancel 9", "There is no broadcast 9."),
        ("broadcast retry 9", "There is no broadcast 9."),
        ("broadcast missed 9", "There is no broadcast 9."),
        ("broadcast now 9", "There is no broadcast 9."),
        ("appeal add --organisation X --url https://example.org --story 9", "There is no story 9."),
        ("appeal add --organisation  --url https://example.org", "An appeal needs the name"),
    ],
)
def test_what_does_not_exist_is_refused(comeback: Comeback, command: str, line: str) -> None:
    """Exit status 1 and one line on standard error."""
    assert _refused(comeback(*command.split(" "))).startswith(line)


@pytest.mark.parametrize("number", ["-1", "0", str(2**31), str(2**64)])
@pytest.mark.parametrize("command", ["story show", "appeal verify", "broadcast cancel", "story publish"])
def test_numbers_that_no_row_can_have(comeback: Comeback, command: str, number: str) -> None:
    """Refused in words, as an unknown number or as wrong usage, rather than by the database's driver."""
    result = comeback(*command.split(), "--", number)
    assert result.exit_code in {1, 2}
    assert isinstance(result.exception, SystemExit)
    assert result.stderr.startswith(("There is no ", "Usage: "))


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org",
        "javascript:alert(1)",
        "https://",
        "https://user:secret@example.org",
        "https://example.org:8443/",
        "https://127.0.0.1/",
        "https://localhost/",
        "example.org",
        "",
        "https://exa mple.org/",
        "https://example.org/" + "x" * 3000,
    ],
)
def test_a_link_that_cannot_be_a_help_link(comeback: Comeback, url: str) -> None:
    """Only a plain public https address is proposed at all."""
    assert "cannot be a help link" in _refused(comeback("appeal", "add", "--organisation", "X", "--url", url))
    assert _done(comeback("appeal", "list", "--json")) == ""


def test_what_the_state_does_not_allow_is_refused(comeback: Comeback, sqlite_url: str) -> None:
    """Publishing twice, pushing a draft, verifying what is retired, resuming what never ran."""
    _draft(sqlite_url)
    assert "is not published" in _refused(comeback("broadcast", "start", 1, "--yes"))
    _done(comeback("story", "publish", 1))
    assert "Story 1 is published already (command line, " in _refused(comeback("story", "publish", 1))
    assert "Broadcast 1 is scheduled" in _refused(comeback("broadcast", "resume", 1))
    assert "Broadcast 1 is scheduled" in _refused(comeback("broadcast", "pause", 1))
    _done(comeback("appeal", "add", "--organisation", "X", "--url", "https://example.org"))
    _done(comeback("appeal", "retire", 1))
    assert _refused(comeback("appeal", "verify", 1)) == "Appeal 1 is retired already."
    assert _refused(comeback("appeal", "retire", 1)) == "Appeal 1 is retired already."
    assert "There is no topic" in _refused(comeback("broadcast", "start", 1, "--topic", "zebras", "--yes"))


def test_a_push_is_asked_about_first(
    comeback: Comeback, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without --yes nothing starts before somebody says so; a no ends with status 1, and so does silence."""
    _draft(sqlite_url)
    _done(comeback("story", "publish", 1, "--quietly"))
    assert _done(comeback("broadcast", "list", "--json")) == ""
    assert "say --yes" in _refused(comeback("broadcast", "start", 1, answer="y\n"))
    monkeypatch.setattr("bot.cli.command.is_somebody_there", lambda: True)
    refused = comeback("broadcast", "start", 1, answer="n\n")
    assert refused.exit_code == 1
    assert "to 0 subscribers?" in refused.output
    assert _done(comeback("broadcast", "list", "--json")) == ""
    assert comeback("broadcast", "start", 1, answer="y\n").exit_code == 0
    assert len(_entries(comeback("broadcast", "list", "--json"))) == 1


def test_a_second_push_is_asked_about_by_itself(
    comeback: Comeback, sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It says when the first one went out and to how many; --yes is no answer to that, --again is."""
    _draft(sqlite_url)
    _done(comeback("story", "publish", 1))
    refused = _refused(comeback("broadcast", "start", 1, "--yes"))
    assert re.match(r"Story 1 was pushed before: broadcast 1 \(scheduled, 20\d\d-.*, 0 sent\)\.", refused)
    assert refused.endswith("say --again.")
    monkeypatch.setattr("bot.cli.command.is_somebody_there", lambda: True)
    assert "Push it again?" in comeback("broadcast", "start", 1, "--yes", answer="n\n").output
    assert len(_entries(comeback("broadcast", "list", "--json"))) == 1
    _done(comeback("broadcast", "start", 1, "--again", "--yes"))
    for _ in range(3):
        _done(comeback("broadcast", "start", 1, "--again", "--yes"))
    monkeypatch.setattr("bot.cli.command.is_somebody_there", lambda: False)
    assert "broadcast 3 (" in (refused := _refused(comeback("broadcast", "start", 1, "--yes")))
    assert "; 2 more." in refused


@pytest.mark.parametrize(
    "command",
    [
        "zebra",
        "story",
        "story add",
        "story show x",
        "story publish",
        "appeal add --url https://example.org",
        "appeal add --organisation X --url https://example.org --until tomorrow",
        "broadcast start 1 --at noon",
        "stats --wrong",
        "demo --port x",
    ],
)
def test_wrong_usage(comeback: Comeback, command: str) -> None:
    """Exit status 2, and the words go to standard error or are the help."""
    result = comeback(*command.split())
    assert result.exit_code == 2
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://localhost/x"),
        ("DATABASE_URL", "nonsense"),
        ("OWNER_IDS", "me"),
        ("OWNER_IDS", "0"),
        ("OWNER_IDS", str(2**52)),
        ("OWNER_IDS", "9" * 40),
        ("SEND_RATE", "0"),
        ("HTTP_PORT", "http"),
        ("DEFAULT_LANGUAGE", "tlh"),
        ("DEFAULT_TIMEZONE", "Mars/Olympus"),
        ("WEBHOOK_URL", "ftp://example.org"),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_wrong_setting_is_named(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    """One line that begins with the setting's name, whatever the command."""
    monkeypatch.setenv(name, value)
    assert _refused(comeback("stats")).startswith(f"{name} is wrong: ")


@pytest.mark.parametrize("token", ["", "nonsense", "42:", ":secret", "x:y"])
def test_run_without_a_token(comeback: Comeback, monkeypatch: pytest.MonkeyPatch, token: str) -> None:
    """`run` says where to get one, and that there is a way to try without."""
    monkeypatch.setenv("BOT_TOKEN", token)
    line = _refused(comeback("run"))
    assert line.startswith("BOT_TOKEN is missing or wrong")
    assert "make demo" in line


def test_run_with_a_webhook_without_a_secret(comeback: Comeback, monkeypatch: pytest.MonkeyPatch) -> None:
    """A webhook that anybody could post to does not start."""
    monkeypatch.setenv("BOT_TOKEN", "42:secret")
    monkeypatch.setenv("WEBHOOK_URL", "https://example.org")
    assert _refused(comeback("run")).startswith("WEBHOOK_SECRET is missing or wrong")


def _address(path: Path) -> str:
    return f"sqlite:///{path}"


@pytest.mark.parametrize("command", ["stats", "migrate", "story list"])
def test_a_database_that_cannot_be_opened(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    """A folder that is missing, a file that is no database, a folder in its place: one line each."""
    no_database = tmp_path / "story.txt"
    no_database.write_text("This is a story, and no database at all. " * 100)
    (tmp_path / "folder.db").mkdir()
    for path in (tmp_path / "missing" / "comeback.db", no_database, tmp_path / "folder.db"):
        monkeypatch.setenv("DATABASE_URL", _address(path))
        assert _refused(comeback(*command.split())).startswith("DATABASE_URL: the database cannot be")
    assert no_database.read_text().startswith("This is a story")


def test_a_read_only_database(comeback: Comeback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A database that may be read but not written: one line that says so, also for root."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///file:{tmp_path / 'comeback.db'}?mode=ro&uri=true")
    line = _refused(comeback("appeal", "add", "--organisation", "X", "--url", "https://example.org"))
    assert line.startswith("DATABASE_URL: ")
    assert "readonly" in line


@pytest.mark.parametrize("command", ["stats", "migrate", "run"])
def test_a_newer_database_is_left_alone(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, sqlite_url: str, command: str
) -> None:
    """A database of a coming version is not touched; the line says what to do."""
    monkeypatch.setenv("BOT_TOKEN", "42:secret")
    engine = sqlalchemy.create_engine(sqlite_url)
    with engine.begin() as connection:
        connection.execute(sqlalchemy.text("UPDATE alembic_version SET version_num = '9999'"))
    assert "is of a newer version of Comeback" in _refused(comeback(command))
    with engine.begin() as connection:
        assert connection.scalar(sqlalchemy.text("SELECT version_num FROM alembic_version")) == "9999"
    engine.dispose()


def test_sqlite_is_set_up_at_the_first_start(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On SQLite no command needs a `migrate` before it."""
    monkeypatch.setenv("DATABASE_URL", _address(tmp_path / "new.db"))
    assert "0 subscribers" in _done(comeback("stats"))
    assert _done(comeback("migrate")) == "The tables are up to date.\n"


def test_postgresql_wants_migrate_first(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, postgres: str
) -> None:
    """An empty PostgreSQL is refused in one line until `comeback migrate`, which may run twice."""
    monkeypatch.setenv("BOT_TOKEN", "42:secret")
    name = f"empty_{os.getpid()}"
    with asyncio.Runner() as runner:
        runner.run(_create(postgres, name))
    monkeypatch.setenv("DATABASE_URL", f"postgresql+asyncpg://postgres@/{name}?host={postgres}")
    for command in ("run", "stats"):
        line = _refused(comeback(command))
        assert line == "DATABASE_URL: the tables are not up to date. Run: comeback migrate"
    for _ in range(2):
        assert _done(comeback("migrate")) == "The tables are up to date.\n"
    assert "0 subscribers" in _done(comeback("stats"))


async def _create(host: str, name: str) -> None:
    """An empty database."""
    connection = await asyncpg.connect(host=host, user="postgres", database="postgres")
    await connection.execute(f"CREATE DATABASE {name}")
    await connection.close()


def test_texts_that_postgresql_would_refuse(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, postgres_url: str, tmp_path: Path
) -> None:
    """Zero bytes, lone surrogates and names beyond a column's length are taken in all the same."""
    monkeypatch.setenv("DATABASE_URL", postgres_url)
    odd = tmp_path / "odd.txt"
    odd.write_bytes(b"A zero\0 in the headline\n\nA sentence with a zero\0 in it. Another one.")
    [entry] = _entries(comeback("story", "add", odd, "--topic", "very " * 40, "--json"))
    [shown] = _entries(comeback("story", "show", entry["id"], "--json"))
    assert "in the headline" in shown["headline"]
    assert shown["topics"][0].startswith("very-very")


def test_a_postgresql_that_is_not_there(comeback: Comeback, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line with the driver's reason, and without the password."""
    monkeypatch.setenv("DATABASE_URL", "postgresql+asyncpg://me:secret@127.0.0.1:1/comeback")
    line = _refused(comeback("stats"))
    assert line.startswith("DATABASE_URL: the database cannot be opened")
    assert "secret" not in line


def test_check_tells_right_from_wrong(comeback: Comeback, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line a finding; with something wrong the exit status is 1, and no secret is printed."""
    monkeypatch.setenv("BOT_TOKEN", "42:a-token-that-nobody-should-ever-see-printed")
    monkeypatch.setenv("BOT_API_URL", "http://127.0.0.1:1")
    result = comeback("check")
    assert result.exit_code == 1
    assert re.search(r"^ok +Settings", result.stdout, re.MULTILINE)
    assert re.search(r"^WRONG +OWNER_IDS is empty", result.stdout, re.MULTILINE)
    assert re.search(r"^ok +PUBLIC_URL is empty: help links are direct", result.stdout, re.MULTILINE)
    assert re.search(r"^ok +DATABASE_URL.*up to date", result.stdout, re.MULTILINE)
    assert re.search(r"^WRONG +BOT_TOKEN: .*cannot be reached", result.stdout, re.MULTILINE)
    assert "should-ever-see" not in result.output


@pytest.mark.parametrize("zone", ["Europe/Kyiv", "America/New_York"])
@pytest.mark.parametrize("day", ["0001-01-01", "1999-01-01", "9999-12-31"])
def test_days_beyond_every_calendar(
    comeback: Comeback, monkeypatch: pytest.MonkeyPatch, sqlite_url: str, zone: str, day: str
) -> None:
    """A push at such an hour is refused in one line; so is an appeal's end that no clock can show."""
    _draft(sqlite_url)
    monkeypatch.setenv("DEFAULT_TIMEZONE", zone)
    _done(comeback("story", "publish", 1, "--quietly"))
    _refused(comeback("broadcast", "start", 1, "--at", f"{day} 23:59", "--yes"))
    added = comeback("appeal", "add", "--organisation", "X", "--url", "https://example.org/", "--until", day)
    assert added.exit_code == 0 or "beyond every calendar" in _refused(added)
    assert _done(comeback("broadcast", "list", "--json")) == ""


def test_an_env_that_is_no_text(comeback: Comeback, tmp_path: Path) -> None:
    """One line that names it."""
    (tmp_path / ".env").write_bytes(b"BOT_TOKEN=\xff\n")
    assert _refused(comeback("stats")) == ".env cannot be read: save it as text in UTF-8."


def test_an_argument_that_is_no_text(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bytes that no database keeps are wrong usage, unless they are the name of a file."""
    file = tmp_path / os.fsdecode(b"caf\xe9.txt")
    file.touch()
    refuse_what_is_no_text(["story", "add", str(file), "--topic", "Кухня"])
    with pytest.raises(SystemExit) as ended:
        refuse_what_is_no_text(["appeal", "add", "--organisation", os.fsdecode(b"caf\xe9")])
    assert ended.value.code == 2
    assert capsys.readouterr().err == "caf\\xe9 is neither text in UTF-8 nor a file.\n"


def test_a_loose_env_is_told(comeback: Comeback, tmp_path: Path) -> None:
    """`run` and `check` say in one line that others can read the token; once it is closed they do not."""
    env = tmp_path / ".env"
    env.write_text("BOT_API_URL=http://127.0.0.1:1\n")
    env.chmod(0o644)
    line = ".env can be read by others on this machine, with the token in it: chmod 600 .env"
    assert line in comeback("run").stderr.splitlines()
    assert f"WRONG  {line}" in comeback("check").stdout.splitlines()
    env.chmod(0o600)
    assert line not in comeback("run").output + comeback("check").output


def test_what_commands_write_is_for_the_owner(tmp_path: Path) -> None:
    """Whatever mask the machine has: the database, exports, all of it; only the owner may even list them."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "TMPDIR": str(tmp_path)}
    for command in ("subscribers export readers.csv", "source export sources.opml"):
        subprocess.run(  # noqa: S603 -- our own program
            [sys.executable, "-m", "bot", *command.split()],
            env=environment,
            cwd=tmp_path,
            umask=0o022,
            timeout=60,
            check=True,
        )
    found = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
    assert found == dict.fromkeys(("comeback.db", "readers.csv", "sources.opml"), 0o600)


def test_every_command_has_help(comeback: Comeback) -> None:
    """`--help` of the program, of each noun and of each command explains itself."""
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
        assert "Usage: " in _done(comeback(*command.split(), "--help"))


def test_as_a_program(sqlite_url: str, tmp_path: Path) -> None:
    """`python -m bot` is the same command line, with the same exit statuses, and logs to standard error."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY), "DATABASE_URL": sqlite_url}

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 -- our own program
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


def test_summarize_prints_and_keeps_nothing(comeback: Comeback, tmp_path: Path) -> None:
    """Summaries of files at the length asked for, for people and for scripts; bad files are told apart."""
    [entry] = _entries(comeback("summarize", ORIGINAL, "--length", "brief", "--json"))
    assert len(entry["sentences"]) == 1
    assert "come back to us" in entry["plea"]["text"]
    (tmp_path / "empty.txt").touch()
    result = comeback("summarize", "empty.txt", BUS)
    assert result.exit_code == 1
    assert "empty.txt is empty" in result.stderr
    assert "Шкільний автобус" in result.stdout
    (tmp_path / "text.txt").write_text("The bridge was opened on Monday.", "utf-8")
    [entry] = _entries(comeback("summarize", "text.txt", "--json"))
    assert entry.pop("ms") > 0
    assert entry == {
        "file": "text.txt",
        "language": "en",
        "length": "short",
        "sentences": ["The bridge was opened on Monday."],
        "plea": None,
        "help": None,
    }
    assert comeback("summarize", BUS, "--length", "endless").exit_code == 2
    assert _done(comeback("story", "list", "--json")) == ""


PAGE = b"""<!doctype html><html><head><title>t</title>
<link rel="canonical" href="http://news.example.org/bridge"></head><body><article>
<h1>The bridge is open again</h1><p class="byline">By Ana Lopez</p>
<p>The bridge over the river was opened on Sunday after three months of repairs by volunteers.</p>
<p>People crossed it all day, and the school bus runs again for the first time since spring.</p>
<p>To help with the next bridge, please donate to <a href="/help">the Bridge Fund</a>.</p>
</article></body></html>"""


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a page on a site of the test's own, which the command line may fetch."""
    loop = asyncio.new_event_loop()
    stack = AsyncExitStack()
    site = loop.run_until_complete(stack.enter_async_context(opened(Site())))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    site.replies["/bridge?utm_source=feed"] = answer(PAGE)
    for module in ("bot.runtime.build", "bot.cli.story", "bot.cli.summarize"):
        monkeypatch.setattr(f"{module}.fetcher_of", lambda _: site.fetcher(FetchLimits()))
    yield site.address("/bridge?utm_source=feed")
    asyncio.run_coroutine_threadsafe(stack.aclose(), loop).result(10)
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_a_story_from_an_address(comeback: Comeback, page: str) -> None:
    """Previewed without being kept, taken in once, with its own address and the way to help that it names."""
    [seen] = _entries(comeback("story", "preview", page, "--json"))
    assert (seen["headline"], seen["url"], seen["refused"]) == (
        "The bridge is open again",
        "http://news.example.org/bridge",
        None,
    )
    assert seen["help"]["url"].endswith("/help")
    assert "no story yet" in _done(comeback("story", "list"))
    assert _done(comeback("story", "add", page)).startswith("Story 1 added: The bridge is open again")
    assert "is here already" in _done(comeback("story", "add", page))


def test_an_address_that_cannot_be_fetched(comeback: Comeback) -> None:
    """One sentence that says why, for add and for preview; as JSON it stands in `refused`."""
    assert "not on the open internet" in _refused(comeback("story", "add", "http://127.0.0.1/"))
    assert "not a web address" in _refused(comeback("story", "preview", "ftp://example.org/a"))
    result = comeback("story", "preview", "http://127.0.0.1:8080/", "--json")
    assert result.exit_code == 1
    assert "port 8080" in json.loads(result.stdout)["refused"]
