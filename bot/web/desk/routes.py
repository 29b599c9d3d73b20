"""The routes of the desk: each with the right that an editor needs for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.editors.roles import Right
from bot.web.desk import editors, today
from bot.web.desk.visit import Visit


@dataclass(frozen=True, slots=True)
class Route:
    """A page (GET), or what a form does (POST). `path` stands below /desk."""

    method: str
    path: str
    handler: Callable[[Visit], Awaitable[web.StreamResponse]]
    right: Right = Right.WRITE


ROUTES = (
    Route("GET", "/", today.show),
    Route("POST", "/leave", editors.leave),
    Route("GET", "/editors", editors.show),
    Route("POST", "/sessions/{id}/end", editors.end_session),
)
"""All pages but those of the entry. A route that changes something is POST, and asks a service."""
