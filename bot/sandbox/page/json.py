"""JSON between the chat page and the sandbox: reading what came, and answering or refusing."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web

from bot.sandbox.world.people import WorldError

Answer = dict[str, Any]
Act = Callable[["JsonBody"], Answer | Awaitable[Answer]]
T = TypeVar("T")


class JsonBody(dict[str, Any]):
    """What the page sent, a JSON object or the query of an address."""

    def need(self, name: str, kind: type[T]) -> T:
        """The value of this name; WorldError if it is missing or of another type."""
        value = self.get(name)
        # In Python a bool is an int; in JSON it is not.
        if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
            raise WorldError(f"The field {name!r} is missing or of the wrong type.")
        return value

    def may(self, name: str, kind: type[T]) -> T | None:
        """As `need`, or None where there is nothing."""
        return None if self.get(name) is None else self.need(name, kind)


def integer(query: JsonBody, name: str) -> int:
    """A number in an address; WorldError if it is missing or none."""
    try:
        return int(query[name])
    except (KeyError, ValueError):
        raise WorldError(f"The address needs a number {name!r}.") from None


def reading(read: Callable[[JsonBody], Answer]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A GET: the query goes in, JSON comes out."""

    async def handle(request: web.Request) -> web.Response:
        return await _answer(read, JsonBody(request.query))

    return handle


def acting(act: Act) -> Callable[[web.Request], Awaitable[web.Response]]:
    """A POST of JSON. Other content types are refused: a stranger's page could send those without asking."""

    async def handle(request: web.Request) -> web.Response:
        try:
            body = await request.json() if request.content_type == "application/json" else None
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return web.json_response({"error": "This is not a JSON object."}, status=400)
        return await _answer(act, JsonBody(body))

    return handle


async def _answer(act: Act, body: JsonBody) -> web.Response:
    try:
        answer = act(body)
        if inspect.isawaitable(answer):
            answer = await answer
    except WorldError as error:
        return refusal(error)
    return web.json_response(answer)


def refusal(error: WorldError) -> web.Response:
    """What somebody tried cannot be done: the sentence for the page."""
    return web.json_response({"error": str(error)}, status=400)
