"""Requests: read a call's parameters and files from an HTTP request."""

from typing import Any
from urllib.parse import unquote

import orjson
from aiohttp import web, web_request
from aiohttp.http_exceptions import HttpProcessingError

from bot.sandbox.bot_api.refusals import Refusal, bad_request
from bot.sandbox.world.files import Upload

Call = tuple[dict[str, Any], dict[str, Upload]]


async def read_call(request: web.Request) -> Call:
    """Read parameters and files from the address, a form, a multipart body or JSON. Raises Refusal."""
    given: dict[str, Any] = dict(request.query)
    if not request.body_exists:
        return given, {}
    if request.method not in {"GET", "POST"}:
        raise Refusal(405, "Method Not Allowed")
    try:
        if request.content_type == "application/json":
            return given | _object(await request.read()), {}
        form = await request.post()
    except web.HTTPRequestEntityTooLarge:
        raise Refusal(413, "Request Entity Too Large") from None
    except (ValueError, LookupError, HttpProcessingError):
        # In order: bytes that are not text, an unknown charset, a part with broken headers.
        raise bad_request("can't parse the request's body") from None
    return _sorted(given, form.items())


def _object(body: bytes) -> dict[str, Any]:
    if not body.strip():
        return {}
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise bad_request("can't parse the request's body as JSON") from None
    if not isinstance(value, dict):
        raise bad_request("the request's body must be a JSON object")
    return value


def _sorted(given: dict[str, Any], items: Any) -> Call:
    uploads: dict[str, Upload] = {}
    for name, value in items:
        if isinstance(value, web.FileField):
            uploads[name] = _upload(value)
        elif isinstance(value, bytes | bytearray):
            uploads[name] = Upload(name, bytes(value))
        else:
            given[name] = value
    return given, uploads


def _upload(field: web_request.FileField) -> Upload:
    mime = None if field.content_type == "application/octet-stream" else field.content_type
    with field.file as file:
        return Upload(unquote(field.filename) or field.name, file.read(), mime)
