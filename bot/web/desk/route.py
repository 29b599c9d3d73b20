"""A route of the desk: a page, or what a form does, with the right that an editor needs for it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from bot.editors.roles import Right
from bot.web.desk.visit import Visit


@dataclass(frozen=True, slots=True)
class Route:
    """A page (GET), or what a form does (POST). `path` stands below /desk.

    `largest`: bytes of a form that may have a file; 0 leaves the limit of the server.
    """

    method: str
    path: str
    handler: Callable[[Visit], Awaitable[web.StreamResponse]]
    right: Right = Right.WRITE
    largest: int = 0
