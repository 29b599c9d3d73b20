"""The fetcher against sites that mean harm, and against some that mean well. Nothing leaves 127.0.0.1."""

import asyncio
import gzip
import tracemalloc
import zlib
from contextlib import suppress
from dataclasses import replace

import pytest

from bot.errors import InvalidInputError
from bot.stories.fetcher import Limits
from bot.stories.refusals import FetchRefusedError
from tests.fetching.conftest import HOST, QUICK, Reply, Site, answer, opened, redirect

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

MORE = QUICK.body + 1  # bytes: one more than is taken
IMPATIENT = Limits(headers=0.2, total=0.3)


def bare_deflate(data: bytes) -> bytes:
    """Deflate without the zlib header, as some servers send it."""
    packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


# --- What is fetched -----------------------------------------------------------------------------------------


async def test_a_page_is_fetched_with_what_the_server_says_about_it(site: Site) -> None:
    """Address, type, charset, version and body arrive as they were sent."""
    stamps = ('ETag: W/"7"', "Last-Modified: Sat, 21 Nov 2026 10:00:00 GMT")
    page = await site.fetch(
        answer("<p>Ж</p>".encode("cp1251"), *stamps, kind="Text/HTML; Charset=Windows-1251")
    )

    assert page.address == site.address()
    assert page.body == "<p>Ж</p>".encode("cp1251")
    assert (page.content_type, page.charset) == ("text/html", "windows-1251")
    assert (page.etag, page.last_modified) == ('W/"7"', "Sat, 21 Nov 2026 10:00:00 GMT")
    assert not page.unchanged
    assert not page.moved


async def test_we_say_who_we_are_and_no_more(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request names us and our contact, and carries neither cookies nor passwords; no proxy is asked."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    site.replies["/a"] = answer(b"", "Location: /", "Set-Cookie: a=1; Path=/", status="302 Found")
    site.replies["/"] = answer()
    await site.fetcher().fetch(site.address("/a"))

    first, second = site.requests
    assert "User-Agent: Comeback/" in first
    assert "(+https://example.org/contact)" in first
    assert "Accept-Encoding: gzip, deflate\r\n" in first
    for request in (first, second):
        assert "Cookie" not in request
        assert "Authorization" not in request
        assert "Referer" not in request


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        ("gzip", gzip.compress(b"<p>Hello.</p>")),
        ("x-gzip", gzip.compress(b"<p>Hello.</p>")),
        ("GZip", gzip.compress(b"<p>Hello.</p>") + b"\0" * 9),
        ("deflate", zlib.compress(b"<p>Hello.</p>")),
        ("deflate", bare_deflate(b"<p>Hello.</p>")),
        ("identity", b"<p>Hello.</p>"),
    ],
)
async def test_what_is_packed_as_we_asked_is_unpacked(site: Site, encoding: str, body: bytes) -> None:
    """Both encodings that we take are undone, in each form that servers give them."""
    page = await site.fetch(answer(body, f"Content-Encoding: {encoding}"))
    assert page.body == b"<p>Hello.</p>"


@pytest.mark.parametrize(
    "reply",
    [
        answer(b"x" * QUICK.body),
        answer(gzip.compress(b"x" * QUICK.body), "Content-Encoding: gzip"),
        answer(b"4\r\n<p>H\r\n5\r\nello.\r\n0\r\n\r\n", "Transfer-Encoding: chunked"),
        answer(b"Hello.", kind="text/plain"),
        answer(b"Hello.", kind=""),
        answer(b"<p>Hello.</p>", kind="text/html; charset="),
        answer(b"<p>Hello.</p>", kind="text/html; charset=unicode_escape; charset=x"),
        answer("Hello.".encode("utf-16")),
        answer("Hello.".encode("utf-16-le"), kind="text/html; charset=utf-16le"),
        answer(b"<p>Hello.</p>", "Set-Cookie: a=" + "x" * 4000, "Set-Cookie: b=" + "x" * 4000),
        b"HTTP/1.1 100 Continue\r\n\r\n" * 5000 + answer(),
        b"HTTP/1.0 200 OK\r\nContent-Type: text/html\r\n\r\n<p>Hello.</p>",
        answer(status="203 Non-Authoritative Information"),
    ],
    ids=[
        *("as large as allowed", "packed and as large", "chunked", "plain text", "no type", "empty charset"),
        *("strange charset", "UTF-16 with mark", "UTF-16 as said", "cookie bomb", "5,000 x 100"),
        *("HTTP/1.0", "203"),
    ],
)
async def test_what_is_odd_but_harmless_is_fetched(site: Site, reply: bytes) -> None:
    """Neither a limit that is just kept nor a server's clumsiness costs us a page."""
    page = await site.fetch(reply)
    assert page.body


async def test_a_page_that_did_not_change_says_so(site: Site) -> None:
    """With what the last fetch gave, the server may answer 304, and the body stays away."""
    site.replies["/"] = answer(b"", 'ETag: "7"', status="304 Not Modified", kind="")
    since = "Sat, 21 Nov 2026 10:00:00 GMT"
    page = await site.fetcher().fetch(site.address(), etag='"7"', last_modified=since)

    assert page.unchanged
    assert page.body == b""
    assert page.etag == '"7"'
    assert 'If-None-Match: "7"\r\n' in site.requests[0]
    assert f"If-Modified-Since: {since}\r\n" in site.requests[0]


@pytest.mark.parametrize(
    ("status", "moved"), [("301 Moved", True), ("308 Moved", True), ("302 Found", False)]
)
async def test_redirects_are_followed_and_told(site: Site, status: str, moved: bool) -> None:
    """The address found in the end is given, and whether the one we had has been replaced for good."""
    site.replies["/old"] = redirect("/new?a=1#top", status=status)
    site.replies["/new?a=1"] = redirect(f"//{HOST}:{site.port}/a%20b/", status="301 Moved")
    site.replies["/a%20b/"] = redirect("../a b.html", status="301 Moved")
    site.replies["/a%20b.html"] = answer()
    page = await site.fetcher().fetch(site.address("/old"))

    assert page.address == site.address("/a%20b.html")
    assert page.moved is moved
    assert site.names.asked == [HOST] * 4  # each looked up, and so checked, anew


async def test_five_redirects_are_followed_and_six_are_not(site: Site) -> None:
    """The limit is where it is said to be."""
    for number in range(6):
        site.replies[f"/{number}"] = redirect(f"/{number + 1}")
    site.replies["/6"] = answer()

    assert (await site.fetcher().fetch(site.address("/1"))).body
    with pytest.raises(FetchRefusedError, match="more than 5 times"):
        await site.fetcher().fetch(site.address("/0"))


async def test_a_trusted_certificate_for_the_right_name_is_taken(secure_site: Site) -> None:
    """https works, with the name that was asked for."""
    assert (await secure_site.fetch(answer())).address == secure_site.address()


# --- Addresses that are refused before anything is sent ------------------------------------------------------

NO_ADDRESS = "cannot be read as an address"
NOT_OPEN = "not on the open internet"


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("file:///etc/passwd", "is not a web address"),
        ("gopher://example.org/1", "is not a web address"),
        ("javascript:alert(1)", "is not a web address"),
        ("dict://example.org:2628/d:a", "is not a web address"),
        ("ftp://example.org/a", "is not a web address"),
        ("data:text/html,<p>Hello.", "is not a web address"),
        ("blob:https://example.org/1", "is not a web address"),
        ("view-source:https://example.org/", "is not a web address"),
        ("example.org/a", "is not a web address"),
        ("", "is not a web address"),
        ("https://", NO_ADDRESS),
        ("https:///a", NO_ADDRESS),
        ("http://127.1/", NO_ADDRESS),
        ("http://2130706433/", NO_ADDRESS),
        ("http://0x7f.0.0.1/", NO_ADDRESS),
        ("http://0x7f000001/", NO_ADDRESS),
        ("http://0177.0.0.1/", NO_ADDRESS),
        ("http://127.0.0.1.1/", NO_ADDRESS),
        ("http://256.1.1.1/", NO_ADDRESS),
        ("http://4294967297/", NO_ADDRESS),
        ("http://0/", NO_ADDRESS),
        ("http://１２７.1/", NO_ADDRESS),
        ("http://１２７.０.０.１/", NOT_OPEN),
        ("http://127。0。0。1/", NOT_OPEN),
        ("http://127.0.0.1/", NOT_OPEN),
        ("http://10.0.0.1/", NOT_OPEN),
        ("http://169.254.169.254/latest/meta-data/", NOT_OPEN),
        ("http://100.100.100.200/latest/meta-data/", NOT_OPEN),
        ("http://168.63.129.16/", NOT_OPEN),
        ("http://[::1]/", NOT_OPEN),
        ("http://[::]/", NOT_OPEN),
        ("http://[::ffff:127.0.0.1]/", NOT_OPEN),
        ("http://[::127.0.0.1]/", NOT_OPEN),
        ("http://[2002:7f00:1::1]/", NOT_OPEN),
        ("http://[64:ff9b::7f00:1]/", NOT_OPEN),
        ("http://[fd00:ec2::254]/", NOT_OPEN),
        ("http://[fe80::1%25eth0]/", NO_ADDRESS),
        ("http://[fe80::1%eth0]/", NO_ADDRESS),
        ("http://[::1/", NO_ADDRESS),
        ("http://localhost/", NOT_OPEN),
        ("http://localhost./", NOT_OPEN),
        ("http://LOCALHOST/", NOT_OPEN),
        ("http://a.localhost/", NOT_OPEN),
        ("http://printer.local/", NOT_OPEN),
        ("http://metadata.google.internal/", NOT_OPEN),
        ("http://metadata/", NOT_OPEN),
        ("http://user:secret@example.org/", "user name or password"),
        ("http://user@example.org/", "user name or password"),
        ("http://:@example.org/", "user name or password"),
        ("http://example.org@127.0.0.1/", "user name or password"),
        ("http://127.0.0.1#@example.org/", NOT_OPEN),
        ("http://127.0.0.1?@example.org/", NOT_OPEN),
        ("http://example.org\\@127.0.0.1/", NO_ADDRESS),
        ("http://example.org/a\r\nHost: other", NO_ADDRESS),
        ("http://example.org/a\tb", NO_ADDRESS),
        ("http://exa mple.org/", NO_ADDRESS),
        ("http://ex%61mple.org/", NO_ADDRESS),
        ("http://example..org/", NO_ADDRESS),
        ("http://example.org../", NO_ADDRESS),
        ("http://-example.org/", NO_ADDRESS),
        ("http://" + "a" * 64 + ".org/", NO_ADDRESS),
        ("http://" + "a." * 130 + "org/", NO_ADDRESS),
        ("http://\u200bexample.org/", NO_ADDRESS),
        ("http://example.org/\ud800", NO_ADDRESS),
        ("http://example.org:22/", "port 22"),
        ("http://example.org:6379/", "port 6379"),
        ("http://example.org:0/", "port 0"),
        ("http://example.org:99999/", NO_ADDRESS),
        ("http://example.org:http/", NO_ADDRESS),
        ("https://example.org/" + "a" * 3000, "longer than 2048"),
        ("https://example.org/" + "ж" * 400, "longer than 2048"),
    ],
)
async def test_a_bad_address_is_refused(site: Site, address: str, reason: str) -> None:
    """Each is refused with its reason, and no name is looked up for it."""
    with pytest.raises((InvalidInputError, FetchRefusedError), match=reason):
        await site.fetcher().fetch(address)
    assert not site.names.asked


@pytest.mark.parametrize(
    "found",
    [
        *(["127.0.0.1"], ["0.0.0.0"], ["10.1.2.3"], ["169.254.169.254"], ["100.64.0.1"], ["192.168.1.1"]),
        *(["224.0.0.1"], ["::1"], ["::ffff:127.0.0.1"], ["::ffff:a9fe:a9fe"], ["2002:a9fe:a9fe::1"]),
        *(
            ["64:ff9b::a9fe:a9fe"],
            ["2001::1"],
            ["fe80::1%eth0"],
            ["fd00:ec2::254"],
            ["ff02::1"],
            ["other.org"],
        ),
        ["1.1.1.1", "10.0.0.1"],
        ["2606:4700::1111", "::1"],
    ],
    ids=" ".join,
)
async def test_a_name_that_leads_inside_is_refused(site: Site, found: list[str]) -> None:
    """A single address inside is enough; the site's own 127.0.0.1 is open at its own port only."""
    site.names.table["evil.example.org"] = [found]
    with pytest.raises(FetchRefusedError, match=NOT_OPEN):
        await site.fetcher().fetch("http://evil.example.org/")


async def test_a_literal_address_reaches_the_last_check(site: Site) -> None:
    """aiohttp asks no resolver for it: what our own site may be reached by, its neighbour port may not."""
    site.replies["/"] = answer()
    assert (await site.fetcher().fetch(f"http://127.0.0.1:{site.port}/")).body
    for address in (f"http://127.0.0.2:{site.port}/", f"http://[::1]:{site.port}/"):
        with pytest.raises(FetchRefusedError, match=NOT_OPEN):
            await site.fetcher().fetch(address)


async def test_a_name_that_changes_is_connected_to_where_it_was_checked(site: Site) -> None:
    """Rebinding: one look-up for each request, and the connection goes to what that look-up gave."""
    site.names.table[HOST] = [["127.0.0.1"], ["10.0.0.1"]]
    await site.fetch(answer())
    assert site.names.asked == [HOST]
    with pytest.raises(FetchRefusedError, match=NOT_OPEN):
        await site.fetch(answer())
    assert len(site.requests) == 1


async def test_a_name_that_changes_between_redirects_is_checked_anew(site: Site) -> None:
    """Rebinding in the midst of a fetch: no connection and no look-up of the first page is used again."""
    site.names.table[HOST] = [["127.0.0.1"], ["169.254.169.254"]]
    with pytest.raises(FetchRefusedError, match=NOT_OPEN):
        await site.fetch(redirect("/secret"))
    assert len(site.requests) == 1


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("file:///etc/passwd", "sends its readers on to file:///etc/passwd"),
        ("gopher://example.org/1", "from where no page can be fetched"),
        ("http://2130706433/", "from where no page can be fetched"),
        ("http://user:secret@example.org/", "from where no page can be fetched"),
        ("http:\\\\example.org\\", "from where no page can be fetched"),
        ("http://exa mple.org/", "from where no page can be fetched"),
        ("http://example.org:99999/", "from where no page can be fetched"),
        ("/" + "a" * 4000, "from where no page can be fetched"),
        ("", "from where no page can be fetched"),
        ("/\xff\xfe", "from where no page can be fetched"),
        ("http://169.254.169.254/latest/meta-data/", NOT_OPEN),
        ("//127.0.0.1/", NOT_OPEN),
        ("http://[::ffff:10.0.0.1]/", NOT_OPEN),
        ("http://localhost/", NOT_OPEN),
        ("http://metadata.google.internal/", NOT_OPEN),
        ("http://example.org:22/", "port 22"),
        ("http://nowhere.example.org/", "no site called nowhere.example.org"),
        ("/", "more than 5 times"),
    ],
)
async def test_a_bad_redirect_is_refused(site: Site, target: str, reason: str) -> None:
    """What is refused as an address is refused as the target of a redirect; a circle ends."""
    with pytest.raises(FetchRefusedError, match=reason):
        await site.fetch(redirect(target))
    assert len(site.requests) <= 6


async def test_a_redirect_from_https_to_http_is_refused(secure_site: Site, site: Site) -> None:
    """What comes without https may have been changed on the way, help link and all."""
    site.replies["/"] = answer()
    with pytest.raises(FetchRefusedError, match="without https"):
        await secure_site.fetch(redirect(site.address()))
    assert not site.requests


# --- Answers that are refused --------------------------------------------------------------------------------


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
        ("429 Too Many Requests", "too often"),
        ("451 Unavailable", "legal reasons"),
        ("500 Error", "out of order \\(error 500\\)"),
        ("503 Unavailable", "out of order \\(error 503\\)"),
        ("999 Request Denied", "out of order \\(error 999\\)"),
    ],
)
async def test_a_status_that_is_no_success_is_told(site: Site, status: str, reason: str) -> None:
    """One sentence for people, and the number for whoever polls."""
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
        (["Retry-After: 99999999999999999999 years"], None),
    ],
)
async def test_the_wait_that_a_server_asks_for_is_read(
    site: Site, headers: list[str], seconds: float | None
) -> None:
    """In seconds, or as a date by the server's own clock; nonsense is no wait."""
    with pytest.raises(FetchRefusedError) as refusal:
        await site.fetch(answer(b"", *headers, status="503 Unavailable"))
    assert refusal.value.retry_after == seconds


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answer(b"%PDF-1.7", kind="application/pdf"), "a PDF file"),
        (answer(b"%PDF-1.7\n1 0 obj"), "a PDF file"),
        (answer(b"\0\0\0\x20ftypmp42", kind="video/mp4"), "a video"),
        (answer(b"\0\0\0\x20ftypmp42"), "another kind"),
        (answer(b"ID3", kind="audio/mpeg"), "a sound recording"),
        (answer(b"GIF89a", kind="image/gif"), "a picture"),
        (answer(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", kind="text/plain"), "another kind"),
        (answer(b"PK\3\4\0\0", kind="application/zip"), "another kind \\(application/zip\\)"),
        (answer(b"PK\3\4\0\0", kind=""), "another kind"),
        (answer(b"{}", kind="application/json"), "another kind \\(application/json\\)"),
        (answer(kind="text/html, text/html"), "another kind"),
        (answer(kind="multipart/form-data; boundary=a"), "another kind"),
        (answer(kind="x/" + "y" * 4000), "another kind"),
        (answer(b""), "is empty"),
        (answer(b" \r\n\t"), "is empty"),
        (answer(gzip.compress(b""), "Content-Encoding: gzip"), "is empty"),
        (answer(b"", "Content-Encoding: gzip"), "is empty"),
    ],
)
async def test_what_is_no_page_is_refused(site: Site, reply: bytes, reason: str) -> None:
    """By what the server calls it, and by what it is."""
    with pytest.raises(FetchRefusedError, match=reason):
        await site.fetch(reply)


def bomb(size: int, layers: int = 1) -> bytes:
    """`size` bytes of zeros, packed as often as that."""
    packer = zlib.compressobj(9, wbits=31)
    packed = b"".join(packer.compress(bytes(1024**2)) for _ in range(size // 1024**2)) + packer.flush()
    return packed if layers == 1 else gzip.compress(packed)


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (answer(b"x" * MORE), "larger than"),
        (answer(b"x", "Content-Length: 106300440576"), "larger than"),
        (answer(gzip.compress(b"x" * MORE), "Content-Encoding: gzip"), "larger than"),
        (answer(bomb(256 * 1024**2), "Content-Encoding: gzip"), "larger than"),
        (answer(zlib.compress(bytes(64 * 1024**2)), "Content-Encoding: deflate"), "larger than"),
        (answer(bare_deflate(bytes(64 * 1024**2)), "Content-Encoding: deflate"), "larger than"),
        (answer(bomb(64 * 1024**2, layers=2), "Content-Encoding: gzip, gzip"), "garbles"),
        (answer(bomb(1024**2, 2), "Content-Encoding: gzip", "Content-Encoding: gzip"), "garbles"),
        (answer(bomb(64 * 1024**2, layers=2), "Content-Encoding: gzip"), "another kind"),
        (answer(b"\x1f\x8b" + b"\0" * 2 * MORE, "Content-Encoding: br"), "garbles"),
        (answer(b"(\xb5/\xfd", "Content-Encoding: zstd"), "garbles"),
        (answer(b"x", "Content-Encoding: exploded"), "garbles"),
        (answer(b"<p>Hello.</p>", "Content-Encoding: gzip"), "garbles"),
        (answer(b"<p>Hello.</p>", "Content-Encoding: deflate"), "garbles"),
        (answer(gzip.compress(b"<p>Hello.</p>")[:-9], "Content-Encoding: gzip"), "garbles"),
        (answer(gzip.compress(b"<p>Hello.</p>")[:-8] + b"\1" * 8, "Content-Encoding: gzip"), "garbles"),
        (answer(gzip.compress(b"<p>Hello.</p>") * 2, "Content-Encoding: gzip"), "garbles"),
        (answer(zlib.compress(b"<p>Hello.</p>")[:5], "Content-Encoding: deflate"), "garbles"),
        (answer(b"x", "Content-Length: 100"), "garbles"),
        (answer(b"x", "Content-Length: -1"), "garbles"),
        (answer(b"x", "Content-Length: 1", "Content-Length: 2"), "garbles"),
        (answer(b"5\r\nHello", "Transfer-Encoding: chunked"), "garbles"),
        (answer(b"zz\r\nHello\r\n", "Transfer-Encoding: chunked"), "garbles"),
        (answer(b"-5\r\nHello\r\n", "Transfer-Encoding: chunked"), "garbles"),
        (answer(b"ffffffffffffffffff\r\nHello", "Transfer-Encoding: chunked"), "garbles"),
        (answer(b"x", "X: " + "x" * 1024**2), "garbles"),
        (answer(b"x", *(f"X{number}: x" for number in range(10_000))), "garbles"),
        (answer(b"x", "X\0: x"), "garbles"),
        (b"HTTP/1.1 200 " + b"x" * 1024**2 + b"\r\n\r\n", "garbles"),
        (b"SSH-2.0-OpenSSH_9.9\r\n", "garbles"),
        (b"HTTP/1.1 20x OK\r\n\r\n", "garbles"),
        (
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
            "status 101",
        ),
        (b"", "garbles"),
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
    """Each ends with its reason; none ends in any other error."""
    with pytest.raises(FetchRefusedError, match=reason):
        await site.fetch(reply)


async def test_a_bomb_is_stopped_before_it_is_built(site: Site) -> None:
    """256 MB of zeros cost no more memory than a page of the largest size does."""
    reply = answer(bomb(256 * 1024**2), "Content-Encoding: gzip")
    tracemalloc.start()
    try:
        with pytest.raises(FetchRefusedError, match="larger than 5 MB"):
            await site.fetch(reply, limits=Limits())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 32 * 1024**2


# --- Servers that never end ----------------------------------------------------------------------------------


def endless(head: bytes, piece: bytes) -> Reply:
    """Says `piece` for ever after `head`, as fast as it is listened to."""

    async def reply(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        while True:
            writer.write(piece)
            await writer.drain()

    return reply


def dripping(head: bytes, piece: bytes) -> Reply:
    """Says `piece` every 10 ms after `head`, until nobody listens."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(head)
        more = b"?"
        while more:  # at the end of what the client says there is nothing
            writer.write(piece)
            with suppress(TimeoutError):
                more = await asyncio.wait_for(reader.read(1), timeout=0.01)

    return reply


empty_blocks = b"\0\0\0\xff\xff" * 1000  # deflate: blocks that hold nothing


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (endless(answer(b""), b"x" * 4096), "larger than"),
        (
            endless(answer(b"", "Transfer-Encoding: chunked"), b"400\r\n" + b"x" * 1024 + b"\r\n"),
            "larger than",
        ),
        (endless(answer(b"", "Content-Encoding: deflate"), empty_blocks), "larger than"),
        (
            endless(answer(b"\x1f\x8b\x08\x08" + bytes(6), "Content-Encoding: gzip"), b"x" * 4096),
            "larger than",
        ),
        (endless(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n" * 100), "garbles"),
        (endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 4096), "garbles"),
        (endless(answer(b"", "Transfer-Encoding: chunked"), b"0" * 4096), "garbles|too long"),
        (endless(answer(b"0\r\n", "Transfer-Encoding: chunked"), b"X: x\r\n" * 100), "garbles|too long"),
    ],
    ids=[
        *("body", "chunks", "empty blocks", "name in a gzip header", "headers", "one header", "chunk size"),
        "trailers",
    ],
)
async def test_an_endless_answer_ends(site: Site, reply: Reply, reason: str) -> None:
    """It is cut where a limit is reached, long before time is up where it comes fast."""
    with pytest.raises(FetchRefusedError, match=reason):
        await site.fetch(reply, limits=replace(IMPATIENT, body=QUICK.body))


@pytest.mark.parametrize(
    "reply",
    [
        dripping(b"", b""),
        dripping(b"HTTP/1.1 200 OK\r\n", b"X: x\r\n"),
        dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 10),
        dripping(answer(b""), b"x"),
        dripping(answer(b"", "Content-Length: 1000"), b""),
        dripping(answer(b"", "Transfer-Encoding: chunked"), b"1\r\nx\r\n"),
    ],
    ids=["silence", "headers", "100 and again", "100 without pause", "body", "body that stops", "chunks"],
)
async def test_a_slow_drip_ends(site: Site, reply: Reply) -> None:
    """Each byte that comes starts no clock anew."""
    with pytest.raises(FetchRefusedError, match="takes too long"):
        await site.fetch(reply, limits=IMPATIENT)


async def test_a_slow_chain_of_redirects_ends(site: Site) -> None:
    """The time for the whole holds across redirects of which each is in time."""
    site.replies["/"] = dripping(redirect("/")[:-4], b"\r\nX: x")
    with pytest.raises(FetchRefusedError, match="takes too long"):
        await site.fetcher(Limits(headers=5, total=0.2)).fetch(site.address())


async def test_a_slow_look_up_ends(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that never answers holds us no longer than a site that does not."""

    async def never(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(site.names, "resolve", never)
    with pytest.raises(FetchRefusedError, match="takes too long"):
        await site.fetch(answer(), limits=IMPATIENT)


# --- Servers that are not there, or not who they say ---------------------------------------------------------


async def test_a_name_that_nobody_has_is_told(site: Site) -> None:
    """The sentence names it, so that a slip of the pen is seen."""
    with pytest.raises(FetchRefusedError, match=r"no site called nowhere\.example\.org"):
        await site.fetcher().fetch("http://nowhere.example.org/")


async def test_a_closed_door_is_told() -> None:
    """Nobody listens there any more."""
    async with opened(Site()) as site:
        pass
    with pytest.raises(FetchRefusedError, match="cannot be reached"):
        await site.fetch(answer())


async def test_a_certificate_that_nobody_vouches_for_is_refused(secure_site: Site) -> None:
    """With the system's own trust, a site that vouches for itself is nobody."""
    secure_site.trust = None
    with pytest.raises(FetchRefusedError, match="cannot prove who it is"):
        await secure_site.fetch(answer())
    assert not secure_site.requests


async def test_a_certificate_for_another_name_is_refused(secure_site: Site) -> None:
    """The name in the address counts, not the one that the certificate is for."""
    secure_site.names.table["other.example.org"] = [["127.0.0.1"]]
    secure_site.replies["/"] = answer()
    with pytest.raises(FetchRefusedError, match=r"other\.example\.org cannot prove who it is"):
        await secure_site.fetcher().fetch(secure_site.address(host="other.example.org"))
    assert not secure_site.requests


async def test_a_server_without_https_is_told_where_https_was_asked(site: Site) -> None:
    """Plain words where a handshake belongs."""

    def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer())
        writer.close()

    site.scheme = "https"
    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        site.port = server.sockets[0].getsockname()[1]
        with pytest.raises(FetchRefusedError, match="No secure connection"):
            await site.fetcher().fetch(site.address())


async def test_a_refusal_names_a_host_in_its_own_letters(site: Site) -> None:
    """A reader sees what they wrote, not its encoding."""
    with pytest.raises(FetchRefusedError, match=r"no site called новини\.укр"):
        await site.fetcher().fetch("http://новини.укр/")
