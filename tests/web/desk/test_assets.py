"""The desk's files: compressed, kept by browsers for as long as they stay the same, and small."""

import gzip
from collections.abc import Mapping
from pathlib import Path

import pytest
from aiohttp import ClientSession

from bot.web.assets import Assets
from tests.web.desk.browser import Answer, Browser
from tests.web.desk.conftest import SignIn

LARGEST = 120_000  # bytes of a first page with all that it loads
_GZIP = {"Accept-Encoding": "gzip, deflate, br"}


async def wire(browser: Browser, path: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
    """Return status, headers and the very bytes of an answer."""
    jar = browser.cookies()
    async with (
        ClientSession(auto_decompress=False, cookies=jar) as session,
        session.get(browser.origin + path, headers=headers) as answer,
    ):
        return answer.status, answer.headers, await answer.read()


def named(answer: Answer) -> list[str]:
    """Return the addresses of all that a page loads."""
    return [str(one) for one in answer.page.xpath("//script/@src | //link/@href | //img/@src")]


@pytest.mark.parametrize("path", ["/", "/results", "/calendar", "/stories"])
async def test_a_first_page_is_small(sign_in: SignIn, path: str) -> None:
    """With everything that it names, as browsers ask for it; all of it is compressed."""
    browser = await sign_in()
    sizes = {}
    for one in (f"/desk{path}", *named(await browser.get(path))):
        status, headers, body = await wire(browser, one, **_GZIP)
        assert (status, headers["Content-Encoding"], headers["Vary"]) == (200, "gzip", "Accept-Encoding")
        assert len(gzip.decompress(body)) > len(body)
        sizes[one] = len(body) + sum(len(name) + len(value) + 4 for name, value in headers.items())
    assert sum(sizes.values()) < LARGEST


async def test_a_file_is_kept_until_it_changes(sign_in: SignIn) -> None:
    """Its address has its checksum; without the present one browsers ask again."""
    browser = await sign_in()
    for address in named(await browser.get("/results")):
        path, _, version = address.partition("?v=")
        status, headers, _ = await wire(browser, address)
        assert (status, headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
        assert version in headers["ETag"]
        for stale in (path, f"{path}?v=older"):
            status, headers, body = await wire(browser, stale)
            assert (status, headers["Cache-Control"]) == (200, "public, no-cache")
            assert headers["X-Content-Type-Options"] == "nosniff"
        status, headers, body = await wire(browser, path, **{"If-None-Match": headers["ETag"]})
        assert (status, body) == (304, b"")


async def test_a_browser_that_reads_no_gzip_gets_none(sign_in: SignIn) -> None:
    """Neither a page nor a file."""
    browser = await sign_in()
    for path in ("/desk/stories", named(await browser.get("/"))[1]):
        _, headers, body = await wire(browser, path, **{"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in headers
        assert not body.startswith(b"\x1f\x8b")


async def test_a_file_that_is_not_there_is_not_found(sign_in: SignIn) -> None:
    """Nor anything outside the folder, nor the licences in it."""
    browser = await sign_in()
    for path in ("missing.js", "licences", "..%2Fdesk.py", "licences%2Fhtmx.txt"):
        assert (await wire(browser, f"/desk/static/{path}"))[0] == 404


def test_another_content_has_another_address(tmp_path: Path) -> None:
    """Of two files with one name the last counts."""
    (tmp_path / "own.css").write_text("a {}")
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "own.css").write_text("b {}")
    (tmp_path / "more" / "readme.txt").write_text("not served")
    first, second = Assets(tmp_path), Assets(tmp_path, tmp_path / "more" / "own.css")
    assert first.address("own.css") != second.address("own.css")
    with pytest.raises(KeyError):
        first.address("readme.txt")
