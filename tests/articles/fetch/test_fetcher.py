"""The fetcher gets pages from honest servers, also from clumsy ones. All run on 127.0.0.1."""

import gzip
import zlib

import pytest

from bot.articles.fetch.certificates import Certificate
from bot.articles.fetch.errors import FetchRefusedError
from tests.sites import HOST, QUICK, Site, answer, bare_deflate, redirect

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]


async def test_a_page_is_fetched_with_what_the_server_says_about_it(site: Site) -> None:
    """Address, type, charset, version and body arrive as the server sent them."""
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


async def test_a_request_names_us_and_has_no_cookie(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The request names us and our contact; it has no cookies and no password, and uses no proxy."""
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
    ids=["gzip", "x-gzip", "gzip filled up with zeros", "deflate", "bare deflate", "identity"],
)
async def test_a_compressed_page_is_decompressed(site: Site, encoding: str, body: bytes) -> None:
    """Both encodings that we accept are decompressed, in each form that servers send."""
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
    """A page at the limit, or with a server's harmless mistakes, is fetched."""
    page = await site.fetch(reply)
    assert page.body


async def test_unusable_header_values_are_dropped(site: Site) -> None:
    """A header's value that we cannot store or send back is dropped."""
    kind = "text/html; charset=\xff"
    page = await site.fetch(answer(b"Hello.", "ETag: \xff", f"Last-Modified: {'9' * 300}", kind=kind))
    assert (page.etag, page.last_modified, page.charset) == (None, None, None)


async def test_a_page_that_did_not_change_says_so(site: Site) -> None:
    """With the values of the last fetch the server answers 304, and the result is marked as unchanged."""
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
async def test_redirects_are_followed(site: Site, status: str, moved: bool) -> None:
    """The result has the final address, and says whether all redirects were permanent."""
    site.replies["/old"] = redirect("/new?a=1#top", status=status)
    site.replies["/new?a=1"] = redirect(f"//{HOST}:{site.port}/a%20b/", status="301 Moved")
    site.replies["/a%20b/"] = redirect("../a b.html", status="301 Moved")
    site.replies["/a%20b.html"] = answer()
    page = await site.fetcher().fetch(site.address("/old"))

    assert page.address == site.address("/a%20b.html")
    assert page.moved is moved
    assert site.names.asked == [HOST] * 4  # each name is looked up and checked again


async def test_five_redirects_are_followed_and_six_are_not(site: Site) -> None:
    """The limit of redirects is five."""
    for number in range(6):
        site.replies[f"/{number}"] = redirect(f"/{number + 1}")
    site.replies["/6"] = answer()

    assert (await site.fetcher().fetch(site.address("/1"))).body
    with pytest.raises(FetchRefusedError, match="more than 5 times"):
        await site.fetcher().fetch(site.address("/0"))


async def test_a_trusted_certificate_for_the_right_name_is_accepted(secure_site: Site) -> None:
    """An https address with a valid certificate is fetched."""
    assert (await secure_site.fetch(answer())).address == secure_site.address()


async def test_a_page_says_which_hosts_led_to_it(site: Site) -> None:
    """The hosts are those of the address, of each redirect and of the page, in this order."""
    site.names.table["short.example.net"] = [["127.0.0.1"]]
    site.replies["/page"] = answer()
    site.replies["/"] = redirect(site.address("/page"))
    found = await site.fetcher().fetch(site.address(host="short.example.net"))
    assert found.hosts == ("short.example.net", HOST)
    assert found.certificate is None


async def test_a_refusal_says_which_hosts_led_to_it(site: Site, secure_site: Site) -> None:
    """The hosts are known where a redirect leads to a host that is not asked, or that has no page."""
    secure_site.replies["/"] = redirect("http://elsewhere.example.net/")
    with pytest.raises(FetchRefusedError, match="without https") as downgraded:
        await secure_site.fetcher().fetch(secure_site.address())
    assert downgraded.value.hosts == (HOST, "elsewhere.example.net")
    site.names.table["empty.example.net"] = [["127.0.0.1"]]
    site.replies["/"] = redirect(site.address("/none", host="empty.example.net"))
    site.replies["/none"] = answer(status="404 Not Found")
    with pytest.raises(FetchRefusedError, match="no page") as missing:
        await site.fetcher().fetch(site.address())
    assert missing.value.hosts == (HOST, "empty.example.net")


async def test_a_secure_page_comes_with_its_certificate(secure_site: Site) -> None:
    """The subject of the certificate is known, also of an answer that arrives in one piece."""
    found = await secure_site.fetch(answer(b"<p>Hello.</p>", "Content-Length: 13"))
    assert found.certificate == Certificate(organisation="Bridge", host=HOST)
