"""The fetcher refuses error statuses, wrong content types and hostile answers, each with its reason."""

import gzip
import tracemalloc
import zlib
from dataclasses import replace

import pytest

from bot.articles.fetch.errors import FetchRefusedError
from tests.sites import QUICK, Site, answer, bare_deflate

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

MORE = QUICK.body + 1  # bytes: one more than the limit


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("204 No Content", "is empty"),
        ("205 Reset Content", "is empty"),
        ("206 Partial Content", "status 206"),
        ("300 Multiple Choices", "status 300"),
        ("302 Found", "status 302"),
        ("304 Not Modified", "status 304"),
        ("401 Unauthorized", "people who log in"),
        ("402 Payment Required", "people who pay"),
        ("403 Forbidden", "does not let Comeback"),
        ("404 Not Found", "no page at this address"),
        ("410 Gone", "for good"),
        ("418 Teapot", "status 418"),
        ("429 Too Many Requests", "too many requests"),
        ("451 Unavailable", "legal reasons"),
        ("500 Error", "has a problem \\(error 500\\)"),
        ("503 Unavailable", "has a problem \\(error 503\\)"),
        ("999 Request Denied", "has a problem \\(error 999\\)"),
    ],
)
async def test_an_error_status_has_its_sentence(site: Site, status: str, reason: str) -> None:
    """An error status raises a sentence for people, and the error has its number."""
    with pytest.raises(FetchRefusedError, match=reason) as refusal:
        await site.fetch(answer(b"", status=status))
    assert refusal.value.status == int(status[:3])
    assert refusal.value.retry_after is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (["Retry-After: 120"], 120),
        (["Retry-After: Sun, 22 Nov 2026 10:01:30 GMT", "Date: Sun, 22 Nov 2026 10:00:00 GMT"], 90),
        (["Retry-After: Sun, 22 Nov 2026 09:00:00 GMT", "Date: Sun, 22 Nov 2026 10:00:00 GMT"], 0),
        (["Retry-After: Sun, 22 Nov 2026 10:01:30 GMT"], None),
        (["Retry-After: -1"], None),
        (["Retry-After: soon"], None),
        (["Retry-After: Sun, 22 Nov 99999999999999999999 10:00:00 GMT"], None),
    ],
)
async def test_retry_after_is_read(site: Site, headers: list[str], seconds: float | None) -> None:
    """Retry-After is read in seconds, or as a date by the server's clock; nonsense is ignored."""
    with pytest.raises(FetchRefusedError) as refusal:
        await site.fetch(answer(b"", *headers, status="503 Unavailable"))
    assert refusal.value.retry_after == seconds


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answer(b"%PDF-1.7", kind="application/pdf"), "a PDF file"),
        (answer(b"%PDF-1.7\n1 0 obj"), "a PDF file"),
        (answer(b"\0\0\0\x20ftypmp42", kind="video/mp4"), "a video"),
        (answer(b"\0\0\0\x20ftypmp42"), "sends a file"),
        (answer(b"ID3", kind="audio/mpeg"), "an audio file"),
        (answer(b"GIF89a", kind="image/gif"), "a picture"),
        (answer(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", kind="text/plain"), "sends a file"),
        (answer(b"PK\3\4\0\0", kind="application/zip"), "sends a file \\(application/zip\\)"),
        (answer(b"PK\3\4\0\0", kind=""), "sends a file"),
        (answer(b"{}", kind="application/json"), "sends a file \\(application/json\\)"),
        (answer(kind="text/html, text/html"), "sends a file"),
        (answer(kind="multipart/form-data; boundary=a"), "sends a file"),
        (answer(kind="x/" + "y" * 4000), "sends a file"),
        (answer(kind="image\xff/gif"), "sends a file \\(image\N{REPLACEMENT CHARACTER}/gif\\)"),
        (answer(b""), "is empty"),
        (answer(b" \r\n\t"), "is empty"),
        (answer(gzip.compress(b""), "Content-Encoding: gzip"), "is empty"),
        (answer(b"", "Content-Encoding: gzip"), "is empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "answer",
)
async def test_what_is_not_a_page_is_refused(site: Site, reply: bytes, reason: str) -> None:
    """A file is refused by its content type or by its content."""
    with pytest.raises(FetchRefusedError, match=reason):
        await site.fetch(reply)


def bomb(size: int, layers: int = 1) -> bytes:
    """Return `size` bytes of zeros, compressed `layers` times."""
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(bytes(1024**2)) for _ in range(size // 1024**2)) + packer.flush()
    return packed if layers == 1 else gzip.compress(packed)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answer(b"x" * MORE), "larger than"),
        (answer(b"x", "Content-Length: 106300440576"), "larger than"),
        (answer(gzip.compress(b"x" * MORE), "Content-Encoding: gzip"), "larger than"),
        (answer(bomb(32 * 1024**2), "Content-Encoding: gzip"), "larger than"),
        (answer(zlib.compress(bytes(32 * 1024**2)), "Content-Encoding: deflate"), "larger than"),
        (answer(bare_deflate(bytes(32 * 1024**2)), "Content-Encoding: deflate"), "larger than"),
        (answer(bomb(32 * 1024**2, layers=2), "Content-Encoding: gzip, gzip"), "incomplete or damaged"),
        (
            answer(bomb(1024**2, 2), "Content-Encoding: gzip", "Content-Encoding: gzip"),
            "incomplete or damaged",
        ),
        (answer(bomb(32 * 1024**2, layers=2), "Content-Encoding: gzip"), "sends a file"),
        (answer(b"\x1f\x8b" + b"\0" * 2 * MORE, "Content-Encoding: br"), "incomplete or damaged"),
        (answer(b"(\xb5/\xfd", "Content-Encoding: zstd"), "incomplete or damaged"),
        (answer(b"x", "Content-Encoding: exploded"), "incomplete or damaged"),
        (answer(b"<p>Hello.</p>", "Content-Encoding: gzip"), "incomplete or damaged"),
        (answer(b"<p>Hello.</p>", "Content-Encoding: deflate"), "incomplete or damaged"),
        (answer(gzip.compress(b"<p>Hello.</p>")[:-9], "Content-Encoding: gzip"), "incomplete or damaged"),
        (
            answer(gzip.compress(b"<p>Hello.</p>")[:-8] + b"\1" * 8, "Content-Encoding: gzip"),
            "incomplete or damaged",
        ),
        (answer(gzip.compress(b"<p>Hello.</p>") * 2, "Content-Encoding: gzip"), "incomplete or damaged"),
        (answer(zlib.compress(b"<p>Hello.</p>")[:5], "Content-Encoding: deflate"), "incomplete or damaged"),
        (answer(b"x", "Content-Length: 100"), "incomplete or damaged"),
        (answer(b"x", "Content-Length: -1"), "incomplete or damaged"),
        (answer(b"x", "Content-Length: 1", "Content-Length: 2"), "incomplete or damaged"),
        (answer(b"5\r\nHello", "Transfer-Encoding: chunked"), "incomplete or damaged"),
        (answer(b"zz\r\nHello\r\n", "Transfer-Encoding: chunked"), "incomplete or damaged"),
        (answer(b"-5\r\nHello\r\n", "Transfer-Encoding: chunked"), "incomplete or damaged"),
        (answer(b"ffffffffffffffffff\r\nHello", "Transfer-Encoding: chunked"), "incomplete or damaged"),
        (answer(b"x", "X: " + "x" * 1024**2), "incomplete or damaged"),
        (answer(b"x", *(f"X{number}: x" for number in range(10_000))), "incomplete or damaged"),
        (answer(b"x", "X\0: x"), "incomplete or damaged"),
        (b"HTTP/1.1 200 " + b"x" * 1024**2 + b"\r\n\r\n", "incomplete or damaged"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "incomplete or damaged"),
        (b"HTTP/1.1 20x OK\r\n\r\n", "incomplete or damaged"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            "status 101",
        ),
        (b"", "incomplete or damaged"),
    ],
    ids=[
        *("too large", "99 GB announced", "packed and too large", "gzip bomb", "zlib bomb", "deflate bomb"),
        *(
            "bomb within a bomb",
            "two encoding lines",
            "bomb within, not said",
            "brotli",
            "zstd",
            "no encoding",
        ),
        *("not gzip", "not deflate", "gzip cut short", "wrong checksum", "gzip twice", "deflate cut short"),
        *("lying length", "negative length", "two lengths", "chunk cut short", "chunk without size"),
        *("negative chunk", "endless chunk", "1 MB header", "10,000 headers", "zero in a header"),
        *("1 MB status line", "not HTTP", "no status", "other protocol", "nothing at all"),
    ],
)
async def test_a_hostile_answer_is_refused(site: Site, reply: bytes, reason: str) -> None:
    """Each hostile answer is refused with its reason and raises no other error."""
    with pytest.raises(FetchRefusedError, match=reason):
        await site.fetch(reply)


async def test_a_bomb_is_stopped_before_it_is_built(site: Site) -> None:
    """64 MB of compressed zeros need no more memory than the largest page: its body, a copy, and buffers."""
    reply = answer(bomb(64 * 1024**2), "Content-Encoding: gzip")
    tracemalloc.start()
    try:
        with pytest.raises(FetchRefusedError, match="larger than 1 MB"):
            await site.fetch(reply, limits=replace(QUICK, body=1024**2))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 8 * 1024**2
