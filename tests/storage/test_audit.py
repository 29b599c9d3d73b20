"""The audit trail: who changed what, in the transaction of the change."""

from datetime import timedelta

import pytest

from storage import audit
from storage.audit import AuditLog
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
