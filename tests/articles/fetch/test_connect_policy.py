"""The fetcher connects only to public hosts: bad addresses, private names, redirects and certificates."""

import asyncio
import socket

import pytest

from bot.articles.fetch import connector
from bot.articles.fetch.connector import SocketFactory
from bot.articles.fetch.errors import FetchRefusedError
from bot.articles.fetch.public_hosts import OPEN_WEB, OutOfReachError
from bot.errors import InvalidInputError
from tests.sites import HOST, Site, answer, opened, redirect

pytestmark = [pytest.mark.enable_socket, pytest.mark.allow_hosts(["127.0.0.1"])]

NO_ADDRESS = "is not a valid address"
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
        ("http://xn--\u0080.org/", NO_ADDRESS),
        ("http://xn--a.org/", NO_ADDRESS),
        ("http://]/", NO_ADDRESS),
        ("http://[]@/", NO_ADDRESS),
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
    """A bad address is refused with its reason, and no name is looked up."""
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
async def test_a_name_with_a_private_address_is_refused(site: Site, found: list[str]) -> None:
    """One private address is enough; the test site's 127.0.0.1 is allowed only at its own port."""
    site.names.table["evil.example.org"] = [found]
    with pytest.raises(FetchRefusedError, match=NOT_OPEN):
        await site.fetcher().fetch("http://evil.example.org/")


async def test_a_numeric_address_is_checked(site: Site) -> None:
    """A numeric address is checked without a resolver: the test site's port is allowed, another is not."""
    site.replies["/"] = answer()
    assert (await site.fetcher().fetch(f"http://127.0.0.1:{site.port}/")).body
    for address in (f"http://127.0.0.2:{site.port}/", f"http://[::1]:{site.port}/"):
        with pytest.raises(FetchRefusedError, match=NOT_OPEN):
            await site.fetcher().fetch(address)


TCP = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")


@pytest.mark.parametrize("end", [("127.0.0.1", 80), ("169.254.169.254", 80), ("1.1.1.1", 22), ("a.org", 80)])
async def test_no_socket_is_made_for_what_is_out_of_reach(end: tuple[str, int]) -> None:
    """The socket factory refuses by itself, whatever was checked before."""
    with pytest.raises(OutOfReachError):
        SocketFactory(OPEN_WEB)((*TCP, end))


async def test_a_socket_has_a_small_receive_buffer(monkeypatch: pytest.MonkeyPatch) -> None:
    """The receive buffer is set; Linux reports twice its size."""
    monkeypatch.setattr(connector, "RECEIVE_BUFFER", 10_000)
    with SocketFactory(OPEN_WEB)((*TCP, ("1.1.1.1", 443))) as made:
        assert made.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) <= 20_000


async def test_a_name_that_changes_is_connected_to_where_it_was_checked(site: Site) -> None:
    """DNS rebinding: each request looks a name up once and connects to the address that was checked."""
    site.names.table[HOST] = [["127.0.0.1"], ["10.0.0.1"]]
    await site.fetch(answer())
    assert site.names.asked == [HOST]
    with pytest.raises(FetchRefusedError, match=NOT_OPEN):
        await site.fetch(answer())
    assert len(site.requests) == 1


async def test_a_name_that_changes_between_redirects_is_checked_again(site: Site) -> None:
    """DNS rebinding during a fetch: a redirect uses neither connection nor lookup of the page before."""
    site.names.table[HOST] = [["127.0.0.1"], ["169.254.169.254"]]

    async def kept_open(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(redirect("/secret"))
        await reader.read()

    with pytest.raises(FetchRefusedError, match=NOT_OPEN):
        await site.fetch(kept_open)
    assert len(site.requests) == 1


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("file:///etc/passwd", "redirects to file:///etc/passwd"),
        ("gopher://example.org/1", "which Comeback cannot read"),
        ("http://2130706433/", "which Comeback cannot read"),
        ("http://user:secret@example.org/", "which Comeback cannot read"),
        ("http:\\\\example.org\\", "which Comeback cannot read"),
        ("http://exa mple.org/", "which Comeback cannot read"),
        ("http://example.org:99999/", "which Comeback cannot read"),
        ("/" + "a" * 4000, "which Comeback cannot read"),
        ("", "which Comeback cannot read"),
        ("/\xff\xfe", "which Comeback cannot read"),
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
    """A redirect to a bad address is refused like the address itself, and a circle ends."""
    with pytest.raises(FetchRefusedError, match=reason):
        await site.fetch(redirect(target))
    assert len(site.requests) <= 6


async def test_a_redirect_from_https_to_http_is_refused(secure_site: Site, site: Site) -> None:
    """A page without https may be changed on its way, so that a redirect to it is refused."""
    site.replies["/"] = answer()
    with pytest.raises(FetchRefusedError, match="without https"):
        await secure_site.fetch(redirect(site.address()))
    assert not site.requests


async def test_an_unknown_name_is_named(site: Site) -> None:
    """The sentence repeats the unknown name, so that a typing error shows."""
    with pytest.raises(FetchRefusedError, match=r"no site called nowhere\.example\.org"):
        await site.fetcher().fetch("http://nowhere.example.org/")


async def test_a_failing_name_server_has_its_sentence(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the name server fails, the sentence does not claim that the site does not exist."""

    async def away(*_: object) -> None:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(site.names, "resolve", away)
    with pytest.raises(FetchRefusedError, match="cannot be reached"):
        await site.fetch(answer())


async def test_a_name_without_an_address_has_its_sentence(site: Site) -> None:
    """A resolver that returns no address for a name counts as an unknown name."""
    site.names.table[HOST] = [[]]
    with pytest.raises(FetchRefusedError, match="no site called"):
        await site.fetch(answer())


async def test_a_closed_port_has_its_sentence() -> None:
    """A port without a listener is refused with its sentence."""
    async with opened(Site()) as site:
        pass
    with pytest.raises(FetchRefusedError, match="cannot be reached"):
        await site.fetch(answer())


async def test_a_self_signed_certificate_is_refused(secure_site: Site) -> None:
    """With the system's certificates, a self-signed one is refused."""
    secure_site.trust = None
    with pytest.raises(FetchRefusedError, match="The certificate of"):
        await secure_site.fetch(answer())
    assert not secure_site.requests


async def test_a_certificate_for_another_name_is_refused(secure_site: Site) -> None:
    """The certificate must be for the name in the address."""
    secure_site.names.table["other.example.org"] = [["127.0.0.1"]]
    secure_site.replies["/"] = answer()
    with pytest.raises(FetchRefusedError, match=r"The certificate of other\.example\.org is not valid"):
        await secure_site.fetcher().fetch(secure_site.address(host="other.example.org"))
    assert not secure_site.requests


async def test_a_server_without_https_has_its_sentence(site: Site) -> None:
    """Plain text in place of a TLS handshake is refused with its sentence."""

    def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer())
        writer.close()

    site.scheme = "https"
    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        site.port = server.sockets[0].getsockname()[1]
        with pytest.raises(FetchRefusedError, match="no secure connection"):
            await site.fetcher().fetch(site.address())


async def test_a_refusal_names_a_host_in_its_own_letters(site: Site) -> None:
    """The sentence shows a host in its own letters, not in Punycode."""
    with pytest.raises(FetchRefusedError, match=r"no site called новини\.укр"):
        await site.fetcher().fetch("http://новини.укр/")
