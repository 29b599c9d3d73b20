"""Today: what waits for the editor, what is being sent, what is scheduled, and what needs a look."""

from aiohttp import web
from markupsafe import Markup

from bot.web.desk.pushes.live import drawn, watch_of
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from storage.subscribers.letter_pages import LetterState
from storage.words import UNDER_WAY, AppealState, BroadcastState, StoryState

_SHOWN = 5  # drafts


async def show(visit: Visit) -> web.Response:
    """Show the start page."""
    services = visit.services
    counts = await services.stories.counts()
    drafts = await services.review.drafts(limit=_SHOWN)
    broadcasts = await services.broadcasts.listed(limit=50)
    appeals = await services.appeals.listed()
    mine = await services.appeals.to_verify(visit.editor.person_id)
    sources = await services.sources.listed()
    running = [await services.broadcasts.status(one.id) for one in broadcasts if one.state in UNDER_WAY]
    return visit.render(
        "today.html",
        drafts=drafts,
        draft_count=counts.get(StoryState.DRAFT, 0),
        running=[(status.broadcast, Markup(drawn(visit, watch_of(visit, status)))) for status in running],  # noqa: S704
        scheduled=[one for one in broadcasts if one.state is BroadcastState.SCHEDULED],
        to_verify=[one for one in appeals if one.id in mine],
        paused=[one for one in broadcasts if one.state is BroadcastState.PAUSED and one.reason],
        letters=(await services.feedback.counts()).get(LetterState.OPEN, 0),
        suspended=[one for one in appeals if one.state is AppealState.SUSPENDED],
        failed=[one for one in sources if one.source.failures],
    )


ROUTES = (Route("GET", "/", show),)
