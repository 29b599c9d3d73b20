"""JSON handlers for the chat page: check the request, and answer or refuse it."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web

from bot.sandbox.world.people import WorldError

Answer = dict[str, Any]
Action = Callable[["JsonBody"], Answer | Awaitable[Answer]]
T = TypeVar("T")


class JsonBody(dict[str, Any]):
    """A request's values: a JSON object, or the query of an address."""

    def need(self, name: str, kind: type[T]) -> T:
        """Return the value of this name. Raises WorldError if it is missing or of another type."""
        value = self.get(name)
        # In Python a bool is an int; in JSON it is not.
        if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
            raise WorldError(f"The field {name!r} is missing or of the wrong type.")
        return value

    def may(self, name: str, kind: type[T]) -> T | None:
        """As `need`; return None if the value is missing or null."""
        return None if self.get(name) is None else self.need(name, kind)


def integer(query: JsonBody, name: str) -> int:
    """Return a number in an address. Raises WorldError if it is missing or not a number."""
    try:
        return int(query[name])
    except (KeyError, ValueError):
        raise WorldError(f"The address needs a number {name!r}.") from None


def get_handler(read: Callable[[JsonBody], Answer]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler of a GET request, which passes the query to `read` and answers JSON."""

    async def handle(request: web.Request) -> web.Response:
        return await _answer(read, JsonBody(request.query))

    return handle


def post_handler(act: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler of a POST request, which passes its JSON to `act` and answers JSON.

    Other content types are refused, since another site's page could send them without permission.
    """

    async def handle(request: web.Request) -> web.Response:
        try:
            body = await request.json() if request.content_type == "application/json" else None
        except ValueError:
            body = None
        if not isinstance(body, dict):
            return web.json_response({"error": "This is not a JSON object."}, status=400)
        return await _answer(act, JsonBody(body))

    return handle


async def _answer(act: Action, body: JsonBody) -> web.Response:
    try:
        answer = act(body)
        if inspect.isawaitable(answer):
            answer = await answer
    except WorldError as error:
        return refusal(error)
    return web.json_response(answer)


def refusal(error: WorldError) -> web.Response:
    """Return the answer to an action that is not possible, with its sentence for the page."""
    return web.json_response({"error": str(error)}, status=400)
