"""Import and export of all Subscribers as CSV: to bring them from another bot, or to store a copy of them."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bot.clock import Clock
from bot.subscribers.csv import columns, lines
from bot.subscribers.csv.columns import COLUMNS
from bot.subscribers.csv.lines import Line
from storage.database import Database
from storage.stories import topics
from storage.subscribers import bulk, forgotten

_HEADER = [column.name for column in COLUMNS]
_BATCH = 5000  # rows in one transaction: some tens of milliseconds, so that a reader's /start need not wait
_MOST_REASONS = 20


@dataclass(slots=True)
class ImportCount:
    """How many lines an import has read, and what became of them.

    `known` ones are Subscribers already, or stand further up in the file; `forgotten` ones asked to be
    forgotten and are not added; `reasons` says in words why the first 20 were refused.
    """

    read: int = 0
    added: int = 0
    known: int = 0
    forgotten: int = 0
    refused: int = 0
    reasons: list[str] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        """Count a line that cannot be imported."""
        self.refused += 1
        if len(self.reasons) < _MOST_REASONS:
            self.reasons.append(f"line {line}: {reason}")


class SubscriberCsv:
    """Import and export in batches: memory does not grow with the number of Subscribers."""

    def __init__(self, database: Database, clock: Clock, default_language: str) -> None:
        self._database = database
        self._clock = clock
        self._default_language = default_language

    async def load(self, csv_lines: Iterable[str], *, dry_run: bool = False) -> AsyncIterator[ImportCount]:
        """Add the Subscribers that are not here yet, and yield the count so far after each batch.

        Only `chat_id` is required. Existing Subscribers do not change: an import never undoes a /stop, a
        block or a preference. Raises InvalidInputError if the header is wrong. A line
        that cannot be read is refused alone.
        """
        rest = lines.read(csv_lines, _HEADER, "chat_id")
        topic_ids = await self._topic_ids()
        count = ImportCount()
        seen: set[int] = set()  # used by a dry run only: otherwise the database knows
        while batch := list(islice(rest, _BATCH)):
            rows = dict(self._rows(batch, count, topic_ids))
            for chat_id in rows.keys() & seen:
                count.known += 1
                del rows[chat_id]
            await self._store(rows, count, dry_run=dry_run)
            if dry_run:
                seen |= rows.keys()
            yield count

    async def dump(self) -> AsyncIterator[list[str]]:
        """Yield the header, and then the cells of each Subscriber."""
        yield list(_HEADER)
        last = 0
        while True:
            async with self._database.read() as session:
                batch = await bulk.after(session, last, _BATCH)
                if not batch:
                    return
                chosen = await bulk.topics_between(session, batch[0].id, batch[-1].id)
            for subscriber in batch:
                yield columns.write(subscriber, chosen.get(subscriber.id, []))
            last = batch[-1].id

    async def _topic_ids(self) -> dict[str, int]:
        async with self._database.read() as session:
            return {topic.slug: topic.id for topic in await topics.every(session)}

    def _rows(
        self, batch: Sequence[Line], count: ImportCount, topic_ids: Mapping[str, int]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        """Yield the columns of each new chat in the batch, and count the other lines."""
        before: set[int] = set()
        for line, cells, reason in batch:
            count.read += 1
            if cells is None:
                count.refuse(line, reason)
                continue
            try:
                row = columns.read(
                    cells, topic_ids, default_language=self._default_language, now=self._clock()
                )
            except ValueError as error:
                count.refuse(line, str(error))
                continue
            if row["chat_id"] in before:
                count.known += 1
                continue
            before.add(row["chat_id"])
            yield row["chat_id"], row

    async def _store(self, rows: dict[int, dict[str, Any]], count: ImportCount, *, dry_run: bool) -> None:
        database = self._database
        # One transaction asks who is forgotten and adds: a reader may ask to be forgotten at this moment.
        async with database.read() if dry_run else database.transaction() as session:
            here = await bulk.known(session, list(rows))
            unwanted = await forgotten.which_of(session, rows.keys() - here)
            fresh = {chat: row for chat, row in rows.items() if chat not in here | unwanted}
            if fresh and not dry_run:
                chosen = {chat: row.pop("topics") for chat, row in fresh.items()}
                await bulk.add(session, list(fresh.values()))
                await bulk.subscribe(session, {chat: ids for chat, ids in chosen.items() if ids})
        count.known += len(here)
        count.forgotten += len(unwanted)
        count.added += len(fresh)
