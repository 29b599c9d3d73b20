"""Topics: their names, and how many Stories are about each."""

from aiohttp import web

from bot.editors.desk_address import PATH
from bot.editors.roles import Right
from bot.errors import UserError
from bot.rendering.paging import pages_of
from bot.stories.topics import LONGEST_NAME
from bot.web.desk.errors import sentence_of, status_of
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


async def _list(
    visit: Visit, topic_id: int = 0, typed: str = "", error: UserError | None = None
) -> web.Response:
    found, total = await visit.services.topics.page(limit=_A_PAGE, offset=visit.offset(_A_PAGE))
    return visit.render(
        "topics.html",
        status=status_of(error) if error else 200,
        error=sentence_of(error, visit.texts) if error else "",
        wrong=topic_id,
        typed=typed,
        found=found,
        page=visit.page(),
        total=pages_of(total, _A_PAGE),
        longest=LONGEST_NAME,
        may_publish=visit.may(Right.PUBLISH),
    )


ROUTES = (
    Route("GET", _LIST, show),
    Route("POST", f"{_LIST}/{{id}}/name", rename, Right.PUBLISH),
)
