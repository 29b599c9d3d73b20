"""A trial: an editor sends themselves the very message that readers would get."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import web

from bot.errors import RefusedError
from bot.i18n import mark

SendTest = Callable[[int, Mapping[str, Any]], Awaitable[None]]
"""Sends a body to the private chat of a person, by their id, and to nobody else."""


async def without_bot(_person_id: int, _body: Mapping[str, Any]) -> None:
    """Refuse: there is no bot here that could send anything."""
    raise RefusedError(mark("Nothing can be sent from here."))


SEND_TEST: web.AppKey[SendTest] = web.AppKey("send_test")
"""Where the application of the desk has it."""
