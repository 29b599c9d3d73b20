"""Topics: their names, how many Stories are about each, and merging two of them."""

from aiohttp import web

from bot.editors.desk_address import PATH
from bot.editors.roles import Right
from bot.errors import InvalidInputError, RefusedError, UserError
from bot.i18n import mark
from bot.rendering.paging import pages_of
from bot.stories.topics import LONGEST_NAME
from bot.web.desk.errors import refusal
from bot.web.desk.numbers import number_in
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit

_A_PAGE = 50
_LIST = "/topics"


async def show(visit: Visit) -> web.Response:
    """Show a page of the Topics, by name."""
    return await _list(visit)


async def rename(visit: Visit) -> web.Response:
    """Give a Topic another name; where that cannot be, show what was typed again with the reason."""
    form, topic_id = await visit.form(), visit.number("id")
    try:
        await visit.services.topics.rename(
            topic_id, form.get("name", ""), seen=form.get("seen", ""), actor=visit.editor.actor
        )
    except UserError as error:
        return await _list(visit, topic_id, form.get("name", ""), error)
    return visit.go(f"{PATH}{_LIST}?page={visit.page()}")


async def ask_merge(visit: Visit) -> web.Response:
    """Show what merging a Topic into another one would do, and ask."""
    topic_id, other = visit.number("id"), number_in(visit.asked("into"))
    if other is None:
        return await _list(visit, topic_id, error=InvalidInputError(mark("Choose one from the list.")))
    return await _ask(visit, topic_id, other)


async def merge(visit: Visit) -> web.Response:
    """Merge a Topic into another one; where that cannot be, say why."""
    form, topic_id = await visit.form(), visit.number("id")
    other, seen = number_in(form.get("into", "")) or 0, (form.get("seen", ""), form.get("seen_into", ""))
    try:
        await visit.services.topic_merges.merge(topic_id, other, seen=seen, actor=visit.editor.actor)
    except RefusedError as error:
        return await _ask(visit, topic_id, other, error)
    return visit.go(f"{PATH}{_LIST}?merged=1")


async def _ask(visit: Visit, topic_id: int, other: int, error: UserError | None = None) -> web.Response:
    return visit.render(
        "topic_merge.html",
        **refusal(error, visit.texts),
        merge=await visit.services.topic_merges.preview(topic_id, other),
    )


async def _list(
    visit: Visit, topic_id: int = 0, typed: str = "", error: UserError | None = None
) -> web.Response:
    found, total = await visit.services.topics.page(limit=_A_PAGE, offset=visit.offset(_A_PAGE))
    return visit.render(
        "topics.html",
        **refusal(error, visit.texts),
        wrong=topic_id,
        typed=typed,
        found=found,
        page=visit.page(),
        total=pages_of(total, _A_PAGE),
        longest=LONGEST_NAME,
        may_publish=visit.may(Right.PUBLISH),
        every=await visit.services.stories.topics() if visit.may(Right.PUBLISH) else (),
        merged=bool(visit.asked("merged")),
    )


ROUTES = (
    Route("GET", _LIST, show),
    Route("POST", f"{_LIST}/{{id}}/name", rename, Right.PUBLISH),
    Route("GET", f"{_LIST}/{{id}}/merge", ask_merge, Right.PUBLISH),
    Route("POST", f"{_LIST}/{{id}}/merge", merge, Right.PUBLISH),
)
