"""The audit log at the desk: filters, pages, what was there before and after, and the file."""

import ast
import csv
import io
from collections.abc import Iterator

import pytest

from bot.services import Services
from bot.stories.conflicts import DECISION
from bot.web.desk.records.actions import ACTIONS, SUBJECTS
from storage.audit import AuditLog
from storage.database import Database
from storage.words import BroadcastKind
from tests.factories import NOON, MovableClock, analysis
from tests.paths import REPOSITORY
from tests.web.desk.browser import OWNER
from tests.web.desk.conftest import SignIn


async def record(database: Database, clock: MovableClock, number: int, **what: object) -> None:
    """Record so many actions about Stories, a minute apart."""
    log = AuditLog("story", clock)
    async with database.transaction() as session:
        for story in range(1, number + 1):
            clock.advance(minutes=1)
            await log.record(session, "test", "publish", story, **what)  # type: ignore[arg-type]  # by name
            await session.flush()


async def test_who_did_what(sign_in: SignIn, services: Services) -> None:
    """With names instead of ids, a link to the thing, and its fields before and after."""
    await services.stories.add(analysis(), ["Bridges"], actor="test")
    browser = await sign_in()
    await browser.post("/topics/1/name", {"name": "Roads", "seen": "Bridges"})
    shown = await browser.get(f"/audit?actor=editor+{OWNER}")
    assert "you Renamed Topic 1 name: Bridges → Roads" in shown.text
    assert "Signed in" in shown.text
    assert "test Added" not in shown.text
    assert shown.page.xpath("//tbody//a/@href")[0] == "/desk/topics"


async def test_filters(sign_in: SignIn, database: Database, clock: MovableClock) -> None:
    """By action, kind, number and day; each alone, and together."""
    await record(database, clock, 3)
    clock.advance(days=2)
    browser = await sign_in()
    for query, rows in (
        ("action=publish", 3),
        ("action=retire", 0),
        ("subject=story", 3),
        ("subject=story&number=2", 1),
        ("until=2026-11-22", 3),
        ("since=2026-11-23", 1),
        ("since=2026-11-22&until=2026-11-22&action=publish&subject=story&actor=test", 3),
        ("since=2026-11-23&until=2026-11-23", 0),
    ):
        shown = await browser.get(f"/audit?{query}")
        assert (query, len(shown.page.xpath("//tbody/tr"))) == (query, rows)


@pytest.mark.parametrize("query", ["number=x", "since=soon", "until=2026-02-30", "since=0001-01-01x"])
async def test_a_filter_that_is_none_gets_one_sentence(sign_in: SignIn, query: str) -> None:
    answer = await (await sign_in()).get(f"/audit?{query}")
    assert answer.status == 400
    assert "Please" in answer.text


async def test_pages_go_on_where_the_last_one_ended(
    sign_in: SignIn, database: Database, clock: MovableClock
) -> None:
    """By the id, so that what happens meanwhile moves nothing; the filter stays."""
    await record(database, clock, 60)
    browser = await sign_in()
    first = await browser.get("/audit?action=publish")
    [older] = first.page.xpath("//a[@rel='next']/@href")
    await record(database, clock, 1)
    second = await browser.get(older)
    assert len(first.page.xpath("//tbody/tr")) == 50
    assert len(second.page.xpath("//tbody/tr")) == 10
    assert second.page.xpath("//a[@rel='next']") == []


async def test_the_file_has_all_and_no_formula(
    sign_in: SignIn, database: Database, clock: MovableClock
) -> None:
    """All pages of the filter, in the log's own words; a spreadsheet runs nothing of it."""
    await record(database, clock, 1100, after={"headline": "=1+1"})
    async with database.transaction() as session:
        await AuditLog("story", clock).record(session, "=cmd", "publish", 1)
    answer = await (await sign_in()).get("/audit.csv?action=publish")
    assert answer.response.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    assert answer.response.headers["Cache-Control"] == "no-store"
    rows = list(csv.DictReader(io.StringIO(answer.body)))
    assert len(rows) == 1101
    assert rows[0]["actor"] == "'=cmd"
    assert rows[-1]["after"] == '{"headline": "=1+1"}'
    assert rows[-1]["time (UTC)"].startswith(NOON.date().isoformat())


def _words(node: ast.expr) -> Iterator[str]:
    """Yield what an expression may be, as far as it stands there."""
    match node:
        case ast.Constant(value=str(word)):
            yield word
        case ast.IfExp(body=body, orelse=other):
            yield from _words(body)
            yield from _words(other)


def _recorded() -> tuple[set[str], set[str]]:
    """Return the actions and the subjects that the source names where something is recorded."""
    actions, subjects = set[str](), set[str]()
    calls = (
        node
        for folder in ("bot", "storage")
        for path in (REPOSITORY / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
    )
    for call in calls:
        match call:
            case ast.Call(func=ast.Name(id="AuditLog"), args=[subject, *_]):
                subjects.update(_words(subject))
            case ast.Call(func=ast.Attribute(attr="record" | "record_change"), args=[_, _, action, *_]):
                actions.update(_words(action))
    return actions, subjects


def test_every_action_has_words() -> None:
    """Otherwise editors read the English word of the log, whatever their language."""
    actions, subjects = _recorded()
    assert {"publish", "merge", "pay", "restore"} <= actions
    assert {"story", "database"} <= subjects
    kinds = {BroadcastKind.CORRECTION.value, BroadcastKind.WITHDRAWAL.value}
    assert actions | set(DECISION.values()) | kinds <= set(ACTIONS)
    assert subjects <= set(SUBJECTS)


async def test_a_restore_is_about_the_database(sign_in: SignIn, database: Database) -> None:
    """There is only one, so it has no number."""
    async with database.transaction() as session:
        await AuditLog("database", MovableClock()).record(session, "command line", "restore", 0)
    row = (await (await sign_in()).get("/audit?subject=database")).page.xpath("//tbody/tr")[0]
    assert [" ".join(cell.text_content().split()) for cell in row.xpath("td")][2:4] == [
        "Restored",
        "Database",
    ]
