"""Today: what waits for the editor, what is being sent, what is scheduled, and what needs a look."""

from aiohttp import web
from markupsafe import Markup

from bot.rendering.words import canaries as words
from bot.rendering.words.broadcasts import title_of
from bot.web.desk.pushes.live import drawn, watch_of
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from storage.subscribers.letter_pages import LetterState
from storage.words import UNDER_WAY, AppealState, BroadcastState, StoryState

_SHOWN = 5  # drafts
_LIVE = 3  # pushes: each takes one of the six connections that browsers open to a server
_MOST = 50  # pushes that are under way or scheduled


async def show(visit: Visit) -> web.Response:
    """Show the start page."""
    services = visit.services
    counts = await services.stories.counts()
    drafts = await services.review.drafts(limit=_SHOWN)
    under_way = await services.broadcasts.listed(_MOST, states=UNDER_WAY)
    scheduled = await services.broadcasts.listed(_MOST, states=(BroadcastState.SCHEDULED,))
    appeals = await services.appeals.listed()
    mine = await services.appeals.to_verify(visit.editor.person_id)
    sources = await services.sources.listed()
    alarms = await services.canaries.alarms()
    first = sorted(under_way, key=lambda one: one.state is BroadcastState.PAUSED)
    live = [await services.broadcasts.status(one.id) for one in first[:_LIVE]]
    return visit.render(
        "today.html",
        drafts=drafts,
        draft_count=counts.get(StoryState.DRAFT, 0),
        live=[(status.broadcast, Markup(drawn(visit, watch_of(visit, status)))) for status in live],  # noqa: S704
        others=first[_LIVE:],
        scheduled=sorted(scheduled, key=lambda one: one.start_at or one.created_at),
        title_of=title_of,
        to_verify=[one for one in appeals if one.id in mine],
        paused=[one for one in under_way if one.state is BroadcastState.PAUSED and one.reason],
        letters=(await services.feedback.counts()).get(LetterState.OPEN, 0),
        suspended=[one for one in appeals if one.state is AppealState.SUSPENDED],
        alarms=[(words.alarm(one.fault, one.name, one.push, visit.texts), one.push) for one in alarms],
        failed=[one for one in sources if one.source.failures],
    )


ROUTES = (Route("GET", "/", show),)
