"""Sources: the feeds that are polled, their entries and errors; add, pause, resume, poll and remove them."""

from collections.abc import Mapping
from functools import partial

from aiohttp import web

from bot.editors.desk_address import PATH
from bot.editors.roles import Right
from bot.errors import UserError
from bot.feeds import faults
from bot.rendering.paging import pages_of
from bot.rendering.words import sources as words
from bot.web.desk.errors import refusal
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from storage.words import SourceState

_A_PAGE = 20
_ENTRIES = 30
_LIST = "/sources"
_ONE = f"{_LIST}/{{id}}"


async def show(visit: Visit) -> web.Response:
    """Show a page of the Sources, those that fail first."""
    return await _list(visit, {})


async def look(visit: Visit) -> web.Response:
    """Show a Source with its newest entries."""
    listed, entries = await visit.services.sources.look(visit.number("id"), limit=_ENTRIES)
    return visit.render(
        "source.html",
        source=listed.source,
        counts=listed.entries,
        entries=entries,
        states=visit.said(words.STATES),
        entry_states=visit.said(words.ENTRIES),
        may_publish=visit.may(Right.PUBLISH),
        fault=partial(faults.sentence, texts=visit.texts),
    )


async def add(visit: Visit) -> web.Response:
    """Add the feed at an address; where there is none, show what was typed again with the reason."""
    form = await visit.form()
    topics = [name for name in map(str.strip, form.get("topics", "").split(",")) if name]
    try:
        added = await visit.services.sources.add(
            form.get("address", "").strip(),
            topic_names=topics,
            trusted="trusted" in form,
            language=form.get("language", "").strip() or None,
            actor=visit.editor.actor,
        )
    except UserError as error:
        return await _list(visit, form, error)
    return visit.go(f"{PATH}{_LIST}/{added.source.id}")


async def pause(visit: Visit) -> web.Response:
    """Stop polling a Source."""
    await visit.services.sources.pause(visit.number("id"), actor=visit.editor.actor)
    visit.go(_address(visit))


async def resume(visit: Visit) -> web.Response:
    """Poll a paused Source again."""
    await visit.services.sources.resume(visit.number("id"), actor=visit.editor.actor)
    visit.go(_address(visit))


async def poll(visit: Visit) -> web.Response:
    """Poll a Source now; its page then says what came of it."""
    polled = await visit.services.sources.poll_now(visit.number("id"), actor=visit.editor.actor)
    if polled.error is not None:
        raise polled.error
    visit.go(_address(visit))


async def remove(visit: Visit) -> web.Response:
    """Delete a Source; its Stories stay."""
    await visit.services.sources.remove(visit.number("id"), actor=visit.editor.actor)
    visit.go(f"{PATH}{_LIST}")


async def _list(visit: Visit, given: Mapping[str, str], error: UserError | None = None) -> web.Response:
    state = visit.choice("state", SourceState)
    found = await visit.services.sources.page(state=state, limit=_A_PAGE, offset=visit.offset(_A_PAGE))
    return visit.render(
        "sources.html",
        **refusal(error, visit.texts),
        given=given,
        found=found,
        state=state,
        states=visit.said(words.STATES),
        page=visit.page(),
        total=pages_of(found.total, _A_PAGE),
        may_publish=visit.may(Right.PUBLISH),
        fault=partial(faults.sentence, texts=visit.texts),
    )


def _address(visit: Visit) -> str:
    return f"{PATH}{_LIST}/{visit.number('id')}"


ROUTES = (
    Route("GET", _LIST, show),
    Route("POST", _LIST, add),
    Route("GET", _ONE, look),
    Route("POST", f"{_ONE}/pause", pause),
    Route("POST", f"{_ONE}/resume", resume),
    Route("POST", f"{_ONE}/poll", poll),
    Route("POST", f"{_ONE}/remove", remove, Right.PUBLISH),
)
