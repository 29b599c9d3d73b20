"""The roster: all Subscribers as a CSV, to bring them from another bot or to keep a copy of them."""

import csv
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from bot.clock import Clock
from bot.errors import InvalidInputError
from bot.subscribers import csv_row
from bot.subscribers.csv_row import COLUMNS
from storage.database import Database
from storage.stories import topics
from storage.subscribers import bulk, forgotten

_BATCH = 5000  # rows in one transaction: some tens of milliseconds, so that readers' /start need not wait
_REFUSALS_KEPT = 20


@dataclass(slots=True)
class ImportCount:
    """What an import came to: lines that were read, and of these those that were added, known before (or
    further up), forgotten (they asked for that, and stay so), and refused; `reasons` are the first refusals,
    in words.
    """

    read: int = 0
    added: int = 0
    known: int = 0
    forgotten: int = 0
    refused: int = 0
    reasons: list[str] = field(default_factory=list)

    def refuse(self, line: int, reason: str) -> None:
        self.refused += 1
        if len(self.reasons) < _REFUSALS_KEPT:
            self.reasons.append(f"line {line}: {reason}")


class SubscriberCsv:
    """Import and export, a batch at a time: memory does not grow with the number of Subscribers."""

    def __init__(self, database: Database, clock: Clock, default_language: str) -> None:
        self._database = database
        self._clock = clock
        self._default_language = default_language

    async def load(self, lines: Iterable[str], *, dry_run: bool = False) -> AsyncIterator[ImportCount]:
        """Take in whoever is not here yet; yields the ImportCount so far after each batch.

        Only `chat_id` is required. Whoever is here already stays as they are: an import never undoes a /stop
        or a block, nor what somebody prefers. InvalidInputError where the header is wrong.
        """
        reader = csv.DictReader(lines)
        try:
            _check(reader.fieldnames)
        except (csv.Error, UnicodeDecodeError) as error:
            raise InvalidInputError("This is no CSV in UTF-8: save it as that.") from error
        slugs = await self._topic_ids()
        tally = ImportCount()
        seen: set[int] = set()  # of a dry run only: else the database knows
        while batch := _batch(reader):
            rows = dict(self._rows(batch, tally, slugs))
            for chat_id in rows.keys() & seen:
                tally.known += 1
                del rows[chat_id]
            await self._store(rows, tally, dry_run=dry_run)
            if dry_run:
                seen |= rows.keys()
            yield tally

    async def dump(self) -> AsyncIterator[list[str]]:
        """The header, and then a line for each Subscriber."""
        yield list(COLUMNS)
        last = 0
        while True:
            async with self._database.read() as session:
                batch = await bulk.after(session, last, _BATCH)
                if not batch:
                    return
                chosen = await bulk.topics_between(session, batch[0].id, batch[-1].id)
            for subscriber in batch:
                yield csv_row.write(subscriber, chosen.get(subscriber.id, []))
            last = batch[-1].id

    async def _topic_ids(self) -> dict[str, int]:
        async with self._database.read() as session:
            return {topic.slug: topic.id for topic in await topics.every(session)}

    def _rows(
        self, batch: list[tuple[int, dict[str, str | None]]], tally: ImportCount, slugs: Mapping[str, int]
    ) -> Iterator[tuple[int, dict[str, Any]]]:
        before: set[int] = set()
        for line, cells in batch:
            tally.read += 1
            try:
                row = csv_row.read(cells, slugs, default_language=self._default_language, now=self._clock())
            except ValueError as error:
                tally.refuse(line, str(error))
                continue
            if row["chat_id"] in before:
                tally.known += 1
                continue
            before.add(row["chat_id"])
            yield row["chat_id"], row

    async def _store(self, rows: dict[int, dict[str, Any]], tally: ImportCount, *, dry_run: bool) -> None:
        database = self._database
        # Asked for in the transaction that adds: somebody may ask to be forgotten at this moment.
        async with database.read() if dry_run else database.transaction() as session:
            here = await bulk.known(session, list(rows))
            unwanted = await forgotten.which_of(session, rows.keys() - here)
            fresh = {chat: row for chat, row in rows.items() if chat not in here | unwanted}
            if fresh and not dry_run:
                chosen = {chat: row.pop("topics") for chat, row in fresh.items()}
                await bulk.add(session, list(fresh.values()))
                await bulk.subscribe(session, {chat: ids for chat, ids in chosen.items() if ids})
        tally.known += len(here)
        tally.forgotten += len(unwanted)
        tally.added += len(fresh)


def _batch(reader: "csv.DictReader[str]") -> list[tuple[int, dict[str, str | None]]]:
    """The next rows, each with its line in the file."""
    try:
        return [(reader.line_num, row) for row in islice(reader, _BATCH)]
    except (csv.Error, UnicodeDecodeError) as error:
        raise InvalidInputError(
            "The file cannot be read after line {line}: save it as CSV in UTF-8.", line=reader.line_num
        ) from error


def _check(header: Iterable[str] | None) -> None:
    names = list(header or [])
    if "chat_id" not in names:
        raise InvalidInputError("The first line must name the columns, chat_id among them.")
    unknown = [name for name in names if name not in COLUMNS]
    if unknown:
        raise InvalidInputError(
            "There is no column {name}. Columns: {known}.",
            name=repr(unknown[0])[:60],
            known=", ".join(COLUMNS),
        )
