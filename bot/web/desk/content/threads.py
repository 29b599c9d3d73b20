"""Threads (running stories): their titles, Stories and followers."""

from urllib.parse import urlencode

from aiohttp import web

from bot.editors.desk_address import PATH
from bot.editors.roles import Right
from bot.errors import UserError
from bot.rendering.paging import pages_of
from bot.rendering.words import stories as words
from bot.stories.threads import LONGEST_TITLE
from bot.web.desk.errors import refusal
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit

_A_PAGE = 30
_LONGEST_SEARCH = 100
_LIST = "/threads"
_ONE = f"{_LIST}/{{id}}"


async def show(visit: Visit) -> web.Response:
    """Show a page of the Threads, the newest first; with words, those that have them in their title."""
    words = visit.asked("q")[:_LONGEST_SEARCH]
    found, total = await visit.services.threads.listed(words, limit=_A_PAGE, offset=visit.offset(_A_PAGE))
    return visit.render(
        "threads.html",
        found=found,
        words=words,
        address=f"{PATH}{_LIST}?{urlencode({'q': words})}&" if words else f"{PATH}{_LIST}?",
        page=visit.page(),
        total=pages_of(total, _A_PAGE),
    )


async def look(visit: Visit) -> web.Response:
    """Show a Thread with its Stories."""
    return await _one(visit)


async def rename(visit: Visit) -> web.Response:
    """Give a Thread another title; where that cannot be, show what was typed again with the reason."""
    form, thread_id = await visit.form(), visit.number("id")
    try:
        await visit.services.threads.rename(
            thread_id, form.get("title", ""), seen=form.get("seen", ""), actor=visit.editor.actor
        )
    except UserError as error:
        return await _one(visit, form.get("title", ""), error)
    return visit.go(f"{PATH}{_LIST}/{thread_id}")


async def _one(visit: Visit, typed: str = "", error: UserError | None = None) -> web.Response:
    found = await visit.services.threads.look(visit.number("id"), limit=_A_PAGE, offset=visit.offset(_A_PAGE))
    return visit.render(
        "thread.html",
        **refusal(error, visit.texts),
        typed=typed,
        found=found,
        states=visit.said(words.STATES),
        page=visit.page(),
        total=pages_of(found.total, _A_PAGE),
        longest=LONGEST_TITLE,
        may_publish=visit.may(Right.PUBLISH),
    )


ROUTES = (
    Route("GET", _LIST, show),
    Route("GET", _ONE, look),
    Route("POST", f"{_ONE}/title", rename, Right.PUBLISH),
)
