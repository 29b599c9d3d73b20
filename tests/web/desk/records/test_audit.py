"""The audit log at the desk: filters, pages, what was there before and after, and the file."""

import csv
import io

import pytest

from bot.services import Services
from storage.audit import AuditLog
from storage.database import Database
from tests.factories import NOON, MovableClock, analysis
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
