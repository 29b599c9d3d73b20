"""Compression: sends an answer with gzip to clients that read it."""

from aiohttp import web

_SMALL = 1_024  # bytes; a smaller answer is not worth compressing


def takes_gzip(request: web.Request) -> bool:
    """Return whether the client reads answers that are compressed with gzip."""
    return "gzip" in request.headers.get("Accept-Encoding", "").lower()


def compress(request: web.Request, answer: web.Response) -> None:
    """Compress an answer that is worth it, for a client that reads it. Caches must tell the two apart."""
    body = answer.body
    if not isinstance(body, bytes) or len(body) < _SMALL:
        return
    if "Vary" not in answer.headers:
        answer.headers["Vary"] = "Accept-Encoding"
    if takes_gzip(request):
        answer.enable_compression(web.ContentCoding.gzip)
