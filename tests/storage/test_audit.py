"""The audit trail: who changed what, in the transaction of the change."""

from datetime import timedelta

import pytest

from storage import audit
from storage.audit import AuditFilter, AuditLog
from storage.database import Database
from storage.stories import topics
from tests.factories import NOON, MovableClock


async def test_history_is_one_rows_in_order(database: Database) -> None:
    """With actor, time, and the fields before and after; entries of other rows are not in it."""
    async with database.transaction() as session:
        for subject, subject_id, action in (
            ("appeal", 1, "propose"),
            ("appeal", 2, "propose"),
            ("story", 1, "add"),
            ("appeal", 1, "verify"),
        ):
            log = AuditLog(subject, MovableClock(NOON + timedelta(seconds=subject_id)))
            after = {"state": "перевірено"} if action == "verify" else None
            await log.record(session, "5000000001", action, subject_id, after=after)
    async with database.read() as session:
        history = await audit.history(session, "appeal", 1)
        assert await audit.history(session, "appeal", 3) == []
    assert [(one.action, one.actor, one.before, one.after) for one in history] == [
        ("propose", "5000000001", {}, {}),
        ("verify", "5000000001", {}, {"state": "перевірено"}),
    ]
    assert history[0].at == NOON + timedelta(seconds=1)


async def test_a_change_that_is_rolled_back_leaves_no_entry(database: Database) -> None:
    """The entry is part of the transaction."""

    async def fail() -> None:
        async with database.transaction() as session:
            await topics.ensure(session, {"a": "A"})
            await AuditLog("topic", MovableClock(NOON)).record(session, "x", "add", 1)
            await session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    async with database.read() as session:
        assert await topics.every(session) == []
        assert await audit.history(session, "topic", 1) == []


async def test_the_newest_entry_is_found(database: Database) -> None:
    """Of all actions or of some; None if there is none."""
    async with database.transaction() as session:
        for subject_id, action in ((1, "add"), (1, "publish"), (2, "reject"), (1, "headline")):
            await AuditLog("story", MovableClock(NOON)).record(session, "x", action, subject_id)
    async with database.read() as session:
        last = await audit.last(session, "story", 1)
        decision = await audit.last(session, "story", 1, ["publish", "reject"])
        assert await audit.last(session, "story", 1, ["restore"]) is None
        assert await audit.last(session, "appeal", 1) is None
    assert last is not None
    assert decision is not None
    assert (last.action, decision.action) == ("headline", "publish")


async def _fill(database: Database, number: int) -> None:
    """Record so many entries about as many stories, a minute apart, by two actors in turn."""
    clock = MovableClock(NOON)
    async with database.transaction() as session:
        for story in range(1, number + 1):
            await AuditLog("story", clock).record(session, f"editor {story % 2}", "publish", story)
            await session.flush()
            clock.advance(minutes=1)


async def _page(
    database: Database, wanted: AuditFilter, *, before: int | None = None
) -> tuple[list[int], int | None]:
    async with database.read() as session:
        found = await audit.page(session, wanted, before=before, limit=4)
    return [one.subject_id for one in found.entries], found.older


async def test_pages_have_the_newest_first_and_lead_on(database: Database) -> None:
    """Each page begins below the last id of the one before; the last one leads nowhere."""
    await _fill(database, 10)
    seen: list[int] = []
    older: int | None = None
    for _ in range(3):
        found, older = await _page(database, AuditFilter(), before=older)
        seen += found
    assert (seen, older) == (list(range(10, 0, -1)), None)
    assert await _page(database, AuditFilter(actor="editor 1")) == ([9, 7, 5, 3], 3)
    assert await _page(database, AuditFilter(subject="story", subject_id=3)) == ([3], None)
    assert await _page(database, AuditFilter(action="retire")) == ([], None)


async def test_times_choose_entries(database: Database) -> None:
    """From a moment on, and before one, at the minute; without an index on the time."""
    await _fill(database, 300)
    since, until = NOON + timedelta(minutes=100), NOON + timedelta(minutes=103)
    assert await _page(database, AuditFilter(since=since, until=until)) == ([103, 102, 101], None)
    assert await _page(database, AuditFilter(until=NOON)) == ([], None)
    assert await _page(database, AuditFilter(since=NOON + timedelta(days=1))) == ([], None)


async def test_a_page_looks_through_so_many_entries_at_most(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rare action in a long log costs several short pages, some of them empty, and none is lost."""
    monkeypatch.setattr(audit, "_SPAN", 5)
    await _fill(database, 12)
    async with database.transaction() as session:
        await AuditLog("story", MovableClock(NOON)).record(session, "x", "reject", 99)
    await _fill(database, 7)
    found, older, pages = list[int](), None, 0
    while True:
        some, older = await _page(database, AuditFilter(action="reject"), before=older)
        found, pages = found + some, pages + 1
        if older is None:
            break
    assert (found, pages) == ([99], 4)
