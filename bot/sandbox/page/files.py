"""The chat page's routes that do not answer JSON: its own files, files sent in chats, the event stream."""

import asyncio
import json
from pathlib import Path
from typing import Final

from aiohttp import web

from bot.sandbox.page.json import JsonBody, integer, refusal
from bot.sandbox.world.people import WorldError
from bot.sandbox.world.signals import Event
from bot.sandbox.world.world import World

STATIC: Final = Path(__file__).parent / "static"
# The interval of keep-alive comments in an event stream without events.
HEARTBEAT_SECONDS: Final = 15.0
# The page loads nothing from elsewhere, runs no inline script and may not be framed.
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
# Named here, since the types that systems have for these suffixes differ.
TYPES: Final = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
# Types that a browser may show as a picture; all others are only offered as downloads.
PICTURES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


class PageFiles:
    """The routes of the chat page that do not answer JSON."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._files = {
            path.relative_to(STATIC).as_posix(): path for path in STATIC.rglob("*.*") if path.suffix in TYPES
        }

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the page, of files by their id, and of events."""
        return [
            web.get("/", self._index),
            web.get("/static/{name:.+}", self._static),
            web.get("/sandbox/file/{file_id}", self._file),
            web.get("/sandbox/events", self._events),
        ]

    async def _index(self, _request: web.Request) -> web.FileResponse:
        return self._sent("index.html")

    async def _static(self, request: web.Request) -> web.FileResponse:
        return self._sent(request.match_info["name"])

    def _sent(self, name: str) -> web.FileResponse:
        path = self._files.get(name)
        if path is None:
            raise web.HTTPNotFound
        return web.FileResponse(path, headers={**HEADERS, "Content-Type": TYPES[path.suffix]})

    async def _file(self, request: web.Request) -> web.Response:
        file = self._world.files.find(request.match_info["file_id"])
        data = self._world.files.read(file) if file is not None else None
        if file is None or data is None:
            raise web.HTTPNotFound
        headers = dict(HEADERS)
        if file.mime not in PICTURES:
            headers["Content-Disposition"] = "attachment"
        return web.Response(body=data, content_type=file.mime, headers=headers)

    async def _events(self, request: web.Request) -> web.StreamResponse:
        """Stream server-sent events of the chats of `person`; without one, of all people with a name."""
        try:
            person = integer(JsonBody(request.query), "person") if "person" in request.query else None
        except WorldError as error:
            return refusal(error)
        events = self._world.events()
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        pending = asyncio.ensure_future(anext(events, None))
        try:
            await response.write(b": hello\n\n")
            while True:
                done, _ = await asyncio.wait({pending}, timeout=HEARTBEAT_SECONDS)
                if not done:
                    await response.write(b": alive\n\n")
                    continue
                event = pending.result()
                if event is None:
                    break
                pending = asyncio.ensure_future(anext(events, None))
                if self._concerns(event, person):
                    await response.write(f"data: {json.dumps(event)}\n\n".encode())
        except ConnectionResetError:
            pass  # the tab was closed
        finally:
            pending.cancel()
        return response

    def _concerns(self, event: Event, person: int | None) -> bool:
        """Return whether to send an event; those of crowds, who have no tab, are left out."""
        chat, world = event["chat"], self._world
        if chat == 0:
            return True
        if person is None:
            return chat in world.people.named or chat in world.groups
        return chat in world.chats_of(person)
