"""What protects the desk: headers of every answer, and proofs that a form comes from a page of ours."""

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256

from aiohttp import web
from yarl import URL

from bot.editors.desk_address import PATH

COOKIE = "desk"
_NONCE = web.RequestKey("nonce", str)

TELEGRAM = "https://web.telegram.org"
"""The page of Telegram that shows Mini Apps in a frame; Telegram's apps show them as pages of their own."""

MINI_APP = f"{PATH}/app"
"""What Telegram opens."""


def nonce_of(request: web.Request) -> str:
    """Return the word that scripts of this answer carry, so that no other script runs in it."""
    if _NONCE not in request:
        request[_NONCE] = secrets.token_urlsafe(16)
    return request[_NONCE]


def headers(request: web.Request) -> Mapping[str, str]:
    """Return the headers of every page: nothing from elsewhere, no script in the page, no copy in a cache.

    Only the page that Telegram opens may stand in a frame, and only in one of Telegram's.
    """
    framed_by = TELEGRAM if request.path == MINI_APP else "'none'"
    policy = (
        "default-src 'none'",
        f"script-src 'self' 'nonce-{nonce_of(request)}'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        f"frame-ancestors {framed_by}",
    )
    return {
        "Content-Security-Policy": "; ".join(policy),
        "Referrer-Policy": "same-origin",  # with no-referrer, browsers hide the origin of a form
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex, nofollow",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def form_token(token: str) -> str:
    """Return the proof that a form was drawn for the session of this secret."""
    return sha256(f"form {token}".encode()).hexdigest()


def is_own_form(token: str, given: str) -> bool:
    """Return whether `given` is the proof of this session."""
    return hmac.compare_digest(form_token(token).encode(), given.encode("utf-8", "surrogateescape"))


def is_own_origin(request: web.Request, public_url: str) -> bool:
    """Return whether a page of ours sent this request, by what the browser says of it.

    Every browser names the origin with a form. Where PUBLIC_URL is set, ours is that one, whatever the proxy
    before us says, and on the machine itself the address at which we listen.
    """
    origin = _origin(request.headers.get("Origin", ""))
    own = {_origin(f"{request.scheme}://{request.host}")}
    if public_url:
        own = {_origin(public_url)} | (own if _is_local(request) else set())
    return origin is not None and origin in own


def _origin(address: str) -> tuple[str, str, int] | None:
    """Return scheme, host and port of an address; None for what is none, such as "null"."""
    try:
        url = URL(address).origin()
    except ValueError:
        return None
    return (url.scheme, url.host, url.port) if url.host and url.port else None


def needs_https(request: web.Request, public_url: str) -> bool:
    """Return whether browsers may send the cookie over https alone: everywhere but on the machine itself.

    A proxy that ends https asks us by our local address; so PUBLIC_URL decides, where it is set.
    """
    return public_url.startswith("https://") or not _is_local(request)


def _is_local(request: web.Request) -> bool:
    return request.url.host in {"127.0.0.1", "localhost", "::1"}
