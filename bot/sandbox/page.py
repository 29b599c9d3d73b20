"""The chat page: its files, and the JSON by which it sees and changes the world."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from aiohttp import web

from bot.sandbox.people import WorldError
from bot.sandbox.requests import Request
from bot.sandbox.world import SampleKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.sandbox.faults import Faults
    from bot.sandbox.people import Person
    from bot.sandbox.signals import Event
    from bot.sandbox.world import World

STATIC: Final = Path(__file__).parent / "static"
# How often a silent event stream says that it is alive.
HEARTBEAT_SECONDS: Final = 15.0
# The page loads nothing from elsewhere, runs no inline script and may not be framed.
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
# What a browser may show in the page; everything else is only offered for download.
SHOWN: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
