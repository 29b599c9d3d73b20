"""Settings as they are: what the operator has set, without secrets. They are changed in the file .env."""

from aiohttp import web

from bot.rendering.words.webhooks import HOOK_STATES
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from bot.webhooks.webhooks import host_of


async def show(visit: Visit) -> web.Response:
    """Show name and value of each setting, and the webhooks, without their secrets."""
    webhooks = [(one, host_of(one.url)) for one in await visit.services.webhooks.listed()]
    return visit.render(
        "settings.html", settings=visit.settings, webhooks=webhooks, states=visit.said(HOOK_STATES)
    )


ROUTES = (Route("GET", "/settings", show),)
