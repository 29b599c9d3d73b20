"""The database of a large newsroom: readers of many kinds, stories, pushes with results, letters, audit.

Receipts are those of the last two pushes, one finished and one running; of the others only the sums are
there, as half a year later.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import bindparam, insert, text

from bot.broadcasts.audiences import RANGE
from bot.stories.search import search_terms
from storage.broadcasts.audience import Audience
from storage.database import Database
from storage.models import (
    Aftermath,
    Appeal,
    Base,
    Broadcast,
    Click,
    Editor,
    Recheck,
    Report,
    Source,
    SourceEntry,
    Story,
    StoryTopic,
    Summary,
    Thread,
    Topic,
)
from storage.models.base import UtcDateTime
from storage.stories import search
from storage.words import StoryState
from tests.load import newsroom_rows as rows
from tests.load.newsroom_rows import Row, Size, Vocabulary

_AT_ONCE = 2_000  # rows of a statement, and people who joined together
# The statements below that name `n` begin with these numbers, from :first to :last.
_NUMBERS = (
    "WITH RECURSIVE n(i) AS (SELECT CAST(:first AS bigint) UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
)
_PEOPLE = (
    ", m(i, a, b) AS (SELECT i, (i * 7919) % 1009, (i * 4451) % 997 FROM n)"
    " INSERT INTO subscribers (chat_id, kind, state, language, story_languages, length,"
    " all_topics, joined_at, rhythm, hour, weekday, quiet_from, quiet_until, rest_days, blocked_at)"
    " SELECT 5000000000 + i,"
    " CASE WHEN a % 200 = 0 THEN 'group' WHEN a % 500 = 1 THEN 'channel' ELSE 'private' END,"
    " CASE WHEN b % 20 = 0 THEN 'blocked' WHEN b % 20 = 1 THEN 'stopped' WHEN b % 25 = 2 THEN 'paused'"
    " WHEN b % 100 = 3 THEN 'gone' ELSE 'active' END,"
    " CASE WHEN a % 10 < 4 THEN 'uk' WHEN a % 10 < 6 THEN 'en' WHEN a % 10 = 6 THEN 'pl'"
    " WHEN a % 10 = 7 THEN 'de' WHEN a % 10 = 8 THEN 'es' ELSE 'fr' END,"
    " CASE WHEN b % 9 = 0 THEN 'uk en' ELSE '' END, 'short', a % 3 <> 0, :joined,"
    " CASE WHEN b % 5 = 0 THEN 'daily' WHEN b % 9 = 1 THEN 'weekly' ELSE 'at_once' END,"
    " 6 + a % 16, b % 7, CASE WHEN a % 6 <> 0 THEN 20 + a % 4 END, CASE WHEN a % 6 <> 0 THEN 6 + b % 4 END,"
    " CASE WHEN b % 30 = 0 THEN 64 ELSE 0 END,"
    " CASE WHEN b % 20 = 0 OR b % 100 = 3 OR b % 50 = 7 THEN :left END"
    " FROM m"
)
_RECEIPTS = (
    "INSERT INTO deliveries (broadcast_id, subscriber_id, state, reason, message_id, settled_at)"
    " SELECT :push, id, CASE WHEN id % 7 = 0 THEN 'held' WHEN id % 200 = 1 THEN 'failed' ELSE 'sent' END,"
    " CASE WHEN id % 200 = 1 THEN 'Bad Request: reason ' || (id % 3) END, id, :at FROM subscribers"
    " WHERE state = 'active' AND id BETWEEN :first AND :last"
)
_RANGES = (
    " INSERT INTO ranges (broadcast_id, first_id, last_id, attempt, done, sent, failed, blocked,"
    " skipped, held) SELECT b.id, i * :size + 1, i * :size + :size, 1, b.id < :running OR i < :done,"
    " CASE WHEN b.id < :running OR i < :done THEN 425 ELSE 0 END, CASE WHEN i % 10 = 0 THEN 2 ELSE 0 END,"
    " 0, 0, CASE WHEN b.id < :running OR i < :done THEN 70 ELSE 0 END"
    " FROM broadcasts AS b, n WHERE b.kind = 'push' AND b.id <= :running ORDER BY b.id, i"
)
_LETTERS = (
    " INSERT INTO letters (subscriber_id, message_id, story_id, written_at, answered, reader_number)"
    " SELECT 1 + (i * 7919) % :people, i, 1 + i % :stories, :at, i % 5 <> 0, 1 + i % 40 FROM n"
)
_AUDIT = (
    " INSERT INTO audit (at, actor, action, subject, subject_id, before, after)"
    " SELECT :at, 'editor ' || (2000 + i % 8), CASE WHEN i % 3 = 0 THEN 'publish' WHEN i % 3 = 1 THEN 'edit'"
    " ELSE 'add' END, CASE WHEN i % 9 = 0 THEN 'broadcast' ELSE 'story' END, 1 + i % :stories,"
    """ '{"headline": "As it was"}', '{"headline": "As it is"}' FROM n"""
)


@dataclass(frozen=True, slots=True)
class Made:
    """Ids to look at, and words to search for: of nearly all stories, of some, and of a single one."""

    story: int
    draft: int
    push: int
    running: int
    preparing: int
    letter: int
    common: str
    fair: str
    rare: str
    appeal: int = 1
    source: int = 1
    thread: int = 4


class Newsroom:
    """Fills a database whose tables are there and empty. It is the same newsroom each time."""

    def __init__(self, database: Database, size: Size, now: datetime) -> None:
        self._database = database
        self._size = size
        self._now = now
        self._words = Vocabulary()

    async def fill(self) -> Made:
        """Store everything, and return what to look at."""
        size, now, words = self._size, self._now, self._words
        await self._add(Topic, ({"slug": one, "name": one.title()} for one in words.words[: rows.TOPICS]))
        await self._add_people()
        await self._add_subscriptions()
        await self._add(Editor, rows.editors(now))
        await self._add(Appeal, rows.appeals(size, words, now))
        await self._add(Recheck, ({"appeal_id": one, "next_at": now} for one in range(1, size.appeals + 1)))
        await self._add(Click, rows.clicks(size, now))
        await self._add(Report, rows.reports(size, words, now))
        await self._add(Source, rows.sources(words, now))
        await self._add(SourceEntry, rows.entries(words, now))
        await self._add(Thread, ({"title": words.sentence(), "created_at": now} for _ in range(rows.THREADS)))
        await self._add_stories()
        await self._add_pushes()
        await self._in_lots(_LETTERS, size.letters, people=size.people, stories=size.stories)
        await self._in_lots(_AUDIT, size.audit, stories=size.stories)
        if not self._database.is_sqlite:  # which plans without statistics: the bot never makes any
            await self._run("ANALYZE")
        return self.made()

    def made(self) -> Made:
        """Return what to look at."""
        return Made(
            story=1,
            draft=next(rows.in_state(StoryState.DRAFT)),
            push=self._size.pushes - 1,
            running=self._size.pushes,
            preparing=self._size.pushes + 1,
            letter=self._size.letters // 2,
            common=self._words.words[0],
            fair=self._words.words[500],
            rare=f"only{self._size.stories // 2}",
        )

    async def add_readers(self, number: int) -> None:
        """Store so many readers and nothing else: all are active, get stories at once, and never rest."""
        self._size = replace(self._size, people=number)
        await self._add_people()
        await self._run(
            "UPDATE subscribers SET state = 'active', rhythm = 'at_once', quiet_from = NULL,"
            " quiet_until = NULL, rest_days = 0, all_topics = :all",
            all=True,
        )

    async def _add_people(self) -> None:
        """Ids follow the time of joining; who joined together left together."""
        span = timedelta(days=3 * 365) / self._size.people
        for first in range(1, self._size.people + 1, _AT_ONCE):
            joined = self._now - span * (self._size.people - first)
            left = joined + (self._now - joined) * (first * 31 % 97 / 97)
            last = min(first + _AT_ONCE - 1, self._size.people)
            await self._run(_NUMBERS + _PEOPLE, first=first, last=last, joined=joined, left=left)

    async def _add_subscriptions(self) -> None:
        """Who did not choose all topics chose one or two."""
        for place in range(2):
            await self._run(
                "INSERT INTO subscriptions (subscriber_id, topic_id) SELECT id, 1 + (id * :by) % :topics"
                " FROM subscribers WHERE NOT all_topics ON CONFLICT DO NOTHING",
                by=7 + 4 * place,
                topics=rows.TOPICS,
            )

    async def _add_stories(self) -> None:
        made = rows.stories(self._size, self._words, self._now)
        while lot := list(islice(made, 500)):
            async with self._database.transaction() as session:
                await session.execute(insert(Story), lot)
                await session.execute(insert(Summary), [row for one in lot for row in rows.summaries(one)])
                about = [{"story_id": one["id"], "topic_id": 1 + one["id"] % rows.TOPICS} for one in lot]
                await session.execute(insert(StoryTopic), about)
                for one in lot:
                    entry = search_terms.index_entry(one["headline"], one["body"], one["language"])
                    await search.index(session, one["id"], entry)

    async def _add_pushes(self) -> None:
        size, running = self._size, self._size.pushes
        audience = Audience(highest_id=size.people).dump()
        for one in rows.broadcasts(size, audience, self._now):
            await self._add(Broadcast, [one])
        await self._add(Aftermath, rows.aftermaths(size, self._now))
        last = -(-size.people // RANGE) - 1
        done = int(last * 0.6)
        await self._run(_NUMBERS + _RANGES, first=0, last=last, size=RANGE, running=running, done=done)
        for push, until in ((running - 1, size.people), (running, done * RANGE)):
            for first in range(1, until + 1, 50_000):
                lot = {"first": first, "last": min(first + 49_999, until)}
                await self._run(_RECEIPTS, push=push, at=self._now, **lot)

    async def _in_lots(self, statement: str, number: int, **values: object) -> None:
        """Run a statement for numbers up to this one; each lot is later than the one before."""
        span = timedelta(days=365) / number
        for first in range(1, number + 1, _AT_ONCE):
            last = min(first + _AT_ONCE - 1, number)
            at = self._now - span * (number - last)
            await self._run(_NUMBERS + statement, first=first, last=last, at=at, **values)

    async def _add(self, table: type[Base], made: Iterable[Row]) -> None:
        remaining = iter(made)
        while lot := list(islice(remaining, _AT_ONCE)):
            async with self._database.transaction() as session:
                await session.execute(insert(table), lot)

    async def _run(self, statement: str, **values: object) -> None:
        moments = [
            bindparam(name, type_=UtcDateTime())
            for name, value in values.items()
            if isinstance(value, datetime)
        ]
        async with self._database.engine.begin() as connection:
            await connection.execute(text(statement).bindparams(*moments), values)
