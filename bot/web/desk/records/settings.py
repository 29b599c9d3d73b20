"""Settings as they are: what the operator has set, without secrets. They are changed in the file .env."""

from aiohttp import web

from bot.web.desk.route import Route
from bot.web.desk.visit import Visit


async def show(visit: Visit) -> web.Response:
    """Show name and value of each setting."""
    return visit.render("settings.html", settings=visit.settings)


ROUTES = (Route("GET", "/settings", show),)
