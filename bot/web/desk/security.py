"""What protects the desk: headers of every answer, and proofs that a form comes from a page of ours."""

import hmac
import secrets
from collections.abc import Mapping
from hashlib import sha256
from urllib.parse import urlsplit

from aiohttp import web
from yarl import URL

COOKIE = "desk"
_NONCE = web.RequestKey("nonce", str)
_FRAMED_BY = "https://web.telegram.org"  # Telegram's own page shows Mini Apps in a frame


def nonce_of(request: web.Request) -> str:
    """Return the word that scripts of this answer carry, so that no other script runs in it."""
    if _NONCE not in request:
        request[_NONCE] = secrets.token_urlsafe(16)
    return request[_NONCE]


def headers(request: web.Request) -> Mapping[str, str]:
    """Return the headers of every page: nothing from elsewhere, no script in the page, no copy in a cache."""
    policy = (
        "default-src 'none'",
        f"script-src 'self' 'nonce-{nonce_of(request)}'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        f"frame-ancestors {_FRAMED_BY}",
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

    Every browser names the origin with a form; behind a proxy our own address is PUBLIC_URL.
    """
    origin = request.headers.get("Origin", "")
    if not origin or origin == "null":
        return False
    own = {_authority(f"{request.scheme}://{request.host}")}
    if public_url:
        own.add(_authority(public_url))
    return _authority(origin) in own


def _authority(address: str) -> str:
    """Return host and port in lower case; the scheme is left out, for a proxy may end https before us."""
    try:
        return urlsplit(address).netloc.lower()
    except ValueError:
        return ""


def is_safe_address(url: URL) -> bool:
    """Return whether a cookie for this address needs no https: the machine itself."""
    return url.host in {"127.0.0.1", "localhost", "::1"}
