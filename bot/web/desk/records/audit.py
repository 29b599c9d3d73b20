"""Audit: who did what and when, and what was there before and after; filtered, by pages, or as a CSV file."""

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web

from bot.editors.actors import COMMAND_LINE, actor_of
from bot.editors.desk_address import PATH
from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.web.desk.access.security import headers
from bot.web.desk.people import names
from bot.web.desk.records.actions import ACTIONS, SUBJECTS
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from storage.audit import AuditFilter
from storage.models import AuditEntry

_A_PAGE = 50
_LONGEST_VALUE = 200  # characters on the page; the file has all
_FIELDS = ("actor", "subject", "number", "action", "since", "until")
_COLUMNS = ("id", "time (UTC)", "actor", "action", "subject", "number", "before", "after")
_PAGES = {  # where a row of this kind is shown; {} is its id
    "story": "/stories/{}",
    "broadcast": "/pushes/{}",
    "appeal": "/appeals/{}",
    "source": "/sources/{}",
    "thread": "/threads/{}",
    "topic": "/topics",
    "editor": "/editors",
}
_LOG = "/audit"
_FILE_ROWS = 500  # that are written at once


@dataclass(frozen=True, slots=True)
class _Row:
    """An entry with the address of what it is about ("": none), and its fields: name, before, after."""

    entry: AuditEntry
    address: str
    fields: Sequence[tuple[str, str, str]]


async def show(visit: Visit) -> web.Response:
    """Show a page of the log, newest first."""
    asked = {name: visit.asked(name) for name in _FIELDS}
    before = visit.asked("before")
    is_id = before.isascii() and before.isdecimal() and len(before) < 16  # noqa: PLR2004
    wanted = _filter(visit, asked)
    found = await visit.services.audit.page(wanted, before=int(before) if is_id else None, limit=_A_PAGE)
    editors = [actor_of(one.person_id) for one in await visit.services.editors.listed()]
    people = list(dict.fromkeys([*editors, COMMAND_LINE, *filter(None, [asked["actor"]])]))
    shown = {name: value for name, value in asked.items() if value}
    return visit.render(
        "audit.html",
        rows=[_Row(one, _address(one), _fields(one)) for one in found.entries],
        older=f"{PATH}{_LOG}?{urlencode({**shown, 'before': found.older})}" if found.older else "",
        newest=f"{PATH}{_LOG}?{urlencode(shown)}" if is_id else "",
        file=f"{PATH}{_LOG}.csv?{urlencode(shown)}",
        asked=asked,
        people=people,
        names=await names.of_actors(visit, {*people, *(one.actor for one in found.entries)}),
        subjects=visit.said(SUBJECTS),
        actions=visit.said(ACTIONS),
    )


async def export(visit: Visit) -> web.StreamResponse:
    """Send the wanted entries as a CSV file, in the words of the log itself."""
    wanted = _filter(visit, {name: visit.asked(name) for name in _FIELDS})
    answer = web.StreamResponse(headers=headers(visit.request))
    answer.content_type, answer.charset = "text/csv", "utf-8"
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    await answer.prepare(visit.request)
    with suppress(ConnectionError):  # the browser has left
        await _write(visit, wanted, answer)
    return answer


async def _write(visit: Visit, wanted: AuditFilter, answer: web.StreamResponse) -> None:
    """Write the wanted entries, some at a time."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(_COLUMNS)
    count = 0
    async for entry in visit.services.audit.every(wanted):
        writer.writerow(map(_harmless, _cells(entry)))
        count += 1
        if count % _FILE_ROWS == 0:
            await answer.write(written.getvalue().encode())
            written.seek(0)
            written.truncate()
    await answer.write(written.getvalue().encode())
    await answer.write_eof()


def _filter(visit: Visit, asked: Mapping[str, str]) -> AuditFilter:
    """Return which entries are wanted. Raises InvalidInputError for a number or a day that is none."""
    number = asked["number"]
    if number and not re.fullmatch(r"\d{1,15}", number, re.ASCII):
        raise InvalidInputError(mark("Please give the number of a story, an appeal or another thing."))
    until = _day(visit, asked["until"])
    return AuditFilter(
        actor=asked["actor"] or None,
        subject=asked["subject"] or None,
        subject_id=int(number) if number else None,
        action=asked["action"] or None,
        since=_day(visit, asked["since"]),
        until=until + timedelta(days=1) if until else None,
    )


def _day(visit: Visit, written: str) -> datetime | None:
    """Return when a day begins in the editor's zone; None for none."""
    if not written:
        return None
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", written, re.ASCII):
        raise InvalidInputError(mark("Please choose a day."))
    try:
        return visit.moment(f"{written}T00:00")
    except (InvalidInputError, OverflowError):
        raise InvalidInputError(mark("Please choose a day.")) from None


def _address(entry: AuditEntry) -> str:
    pattern = _PAGES.get(entry.subject)
    return PATH + pattern.format(entry.subject_id) if pattern else ""


def _fields(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """Return the fields of an entry, each with what was there before and after, shortened."""
    names_of = dict.fromkeys((*entry.before, *entry.after))
    return [(name, _short(entry.before.get(name)), _short(entry.after.get(name))) for name in names_of]


def _short(value: object) -> str:
    if value is None or value == "":
        return "–"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _cells(entry: AuditEntry) -> Sequence[str]:
    return (
        str(entry.id),
        entry.at.astimezone(UTC).isoformat(timespec="seconds"),
        entry.actor,
        entry.action,
        entry.subject,
        str(entry.subject_id),
        json.dumps(entry.before, ensure_ascii=False),
        json.dumps(entry.after, ensure_ascii=False),
    )


def _harmless(cell: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


ROUTES = (
    Route("GET", _LOG, show),
    Route("GET", f"{_LOG}.csv", export),
)
