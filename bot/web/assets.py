"""Assets: files of the desk and the public page, compressed once, at addresses that change with contents.

A browser keeps an asset for a year and never asks again. After an update the pages name another address.
"""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from aiohttp import web

from bot.editors.desk_address import PATH
from bot.web.compression import takes_gzip

THEME = Path(str(files("bot.sandbox.page"))) / "static" / "css" / "theme.css"
"""Colours and letters, which the chat page, the desk and the public page share."""

_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_A_YEAR = "public, max-age=31536000, immutable"
_ASK_AGAIN = "public, no-cache"
_CHECKSUM = 16  # letters
_ROUTE = "/static/{name}"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent. `version`: the beginning of its SHA-256 checksum."""

    content_type: str
    body: bytes
    compressed: bytes
    version: str

    @classmethod
    def of(cls, file: Path) -> "Asset":
        """Read a file."""
        body = file.read_bytes()
        version = sha256(body).hexdigest()[:_CHECKSUM]
        return cls(_TYPES[file.suffix], body, gzip.compress(body, mtime=0), version)


class Assets:
    """Serves the files of some folders by their names; of two with one name the last counts."""

    def __init__(self, *files: Path, base: str = PATH) -> None:
        """`base`: the address below which they are.

        `files`: files, and folders whose scripts, style sheets and pictures are all served.
        """
        found = [one for file in files for one in (sorted(file.glob("*.*")) if file.is_dir() else [file])]
        self._assets: Mapping[str, Asset] = {one.name: Asset.of(one) for one in found if one.suffix in _TYPES}
        self._base = base

    def route(self) -> web.RouteDef:
        """Return the route of all assets, below an application that is mounted at their base."""
        return web.get(_ROUTE, self._send)

    def whole_route(self) -> web.RouteDef:
        """Return the route of all assets, with their base."""
        return web.get(self._base + _ROUTE, self._send)

    def address(self, name: str) -> str:
        """Return the address of an asset as it is now. Raises KeyError for an unknown name."""
        return f"{self._base}/static/{name}?v={self._assets[name].version}"

    async def _send(self, request: web.Request) -> web.Response:
        """Return an asset; a browser that has it already hears only that."""
        asset = self._assets.get(request.match_info["name"])
        if asset is None:
            raise web.HTTPNotFound
        is_current = request.query.get("v") == asset.version
        headers = {
            "Cache-Control": _FOR_A_YEAR if is_current else _ASK_AGAIN,
            "Vary": "Accept-Encoding",
            "ETag": f'W/"{asset.version}"',
        }
        if has_tag(request, asset.version):
            return web.Response(status=304, headers=headers)
        body = asset.body
        if takes_gzip(request):
            headers["Content-Encoding"], body = "gzip", asset.compressed
        return web.Response(body=body, content_type=asset.content_type, charset="utf-8", headers=headers)


def has_tag(request: web.Request, tag: str) -> bool:
    """Return whether the browser names this version (ETag) as one that it has; "*" names any."""
    return any(one.value in {tag, "*"} for one in request.if_none_match or ())
