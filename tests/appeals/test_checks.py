"""Checks of links: what they lead to, what we know of it, and how rarely anybody is asked."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.appeals import asked_links
from bot.appeals.appeals import Appeals, LookalikeError
from bot.appeals.checks import Check, Checks, Verdict
from bot.appeals.hosts.link_ends import LinkEnds
from bot.appeals.hosts.lookalikes import Lookalikes
from bot.editors.rights import Rights
from bot.errors import InvalidInputError
from storage.appeals import asked_hosts
from storage.database import Database
from storage.models import Appeal, Base
from tests.factories import NOON, MovableClock, at_once
from tests.sites import Site, opened


class _Redirects(Site):
    """A site whose names all lead to this machine, and which sends on from one address to the next."""

    def leads(self, *hosts: str, path: str = "/") -> None:
        """Let each host send on to the next one, and the last one answer."""
        for host in hosts:
            self.names.table[host] = [["127.0.0.1"]]
        for number, host in enumerate(hosts[1:], 1):
            self.replies[path if number == 1 else f"/{number - 1}"] = (
                f"HTTP/1.1 302 Found\r\nLocation: {self.address(f'/{number}', host=host)}\r\n\r\n".encode()
            )
        self.replies[f"/{len(hosts) - 1}" if len(hosts) > 1 else path] = b"HTTP/1.1 404 Not Found\r\n\r\n"


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to a server of their own on 127.0.0.1."""


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def lookalikes() -> Lookalikes:
    return Lookalikes()


@pytest.fixture
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[_Redirects]:
    """The site; a link may have its port, as links to a real site may not."""
    async with opened(_Redirects()) as made:
        assert isinstance(made, _Redirects)
        monkeypatch.setattr("bot.appeals.asked_links.WEB_PORTS", {made.port})
        yield made


@pytest.fixture
def appeals(database: Database, clock: MovableClock, lookalikes: Lookalikes) -> Appeals:
    return Appeals(database, clock, Rights(), lookalikes)


@pytest.fixture
def checks(database: Database, clock: MovableClock, site: Site, lookalikes: Lookalikes) -> Checks:
    return Checks(database, clock, site.fetcher(), lookalikes)


async def _verified(appeals: Appeals, url: str, organisation: str = "Bridge Friends") -> Appeal:
    appeal = await appeals.propose(organisation=organisation, url=url, actor="test")
    return await appeals.verify(appeal.id, actor="test")


def _asked(site: Site) -> list[str]:
    """The hosts that were asked, in order."""
    return [
        line.partition(": ")[2].partition(":")[0]
        for one in site.requests
        for line in one.split("\r\n")
        if line.startswith("Host: ")
    ]


async def test_a_link_is_followed_to_a_verified_site(
    checks: Checks, appeals: Appeals, site: _Redirects
) -> None:
    """A short link that ends at the site of a verified Appeal is verified, and both hosts are known."""
    appeal = await _verified(appeals, "https://bridge-friends.org/help")
    site.leads("bit.ly", "www.bridge-friends.org")
    found = await checks.check(site.address(host="bit.ly"))
    assert (found.verdict, found.appeal and found.appeal.id) == (Verdict.VERIFIED, appeal.id)
    assert (found.first, found.last, found.end.is_open) == ("bit.ly", "www.bridge-friends.org", False)


async def test_only_what_readers_may_see_is_verified(
    checks: Checks, appeals: Appeals, site: _Redirects
) -> None:
    """A proposed or retired Appeal says nothing."""
    site.leads("bridge-friends.org")
    proposed = await appeals.propose(organisation="B", url="https://bridge-friends.org/", actor="test")
    assert (await checks.glance("bridge-friends.org")).verdict is Verdict.UNKNOWN
    await appeals.verify(proposed.id, actor="test")
    assert (await checks.glance("bridge-friends.org")).verdict is Verdict.VERIFIED
    await appeals.retire(proposed.id, actor="test")
    assert (await checks.check(site.address(host="bridge-friends.org"))).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize(
    ("link", "verdict"),
    [
        ("https://www.gofundme.com/f/bridge", Verdict.VERIFIED),
        ("https://gofundme.com/f/bridge/donate?x=1", Verdict.VERIFIED),
        ("https://www.gofundme.com/f/bridge2", Verdict.UNKNOWN),
        ("https://www.gofundme.com/f/other", Verdict.UNKNOWN),
        ("https://www.gofundme.com/", Verdict.UNKNOWN),
    ],
)
async def test_where_anybody_opens_pages_only_the_verified_page_counts(
    checks: Checks, appeals: Appeals, link: str, verdict: Verdict
) -> None:
    """A verified page on a platform vouches for no other page there."""
    await _verified(appeals, "https://www.gofundme.com/f/bridge")
    assert (await checks.glance(link)).verdict is verdict


async def test_a_lookalike_is_never_asked(checks: Checks, appeals: Appeals, site: _Redirects) -> None:
    """Neither a link to a lookalike nor one that leads there tells its owner that somebody looked."""
    site.leads("short.example.org", "un1cef.org")
    found = await checks.check(site.address(host="un1cef.org"))
    assert (found.verdict, _asked(site)) == (Verdict.LOOKALIKE, [])
    found = await checks.check(site.address(host="short.example.org"))
    assert (found.verdict, found.last, _asked(site)) == (
        Verdict.LOOKALIKE,
        "un1cef.org",
        ["short.example.org"],
    )
    await _verified(appeals, "https://bridgefriends.org/")
    assert (await checks.check(site.address(host="bridgefrlends.org"))).verdict is Verdict.LOOKALIKE
    assert _asked(site) == ["short.example.org"]


async def test_a_host_is_asked_once_a_minute(checks: Checks, clock: MovableClock, site: _Redirects) -> None:
    """The same link gets the same answer with its age; another link of the host is not followed meanwhile."""
    site.leads("short.example.org", "fund.example.net")
    first = await checks.check(site.address(host="short.example.org"))
    assert (first.last, first.end.age) == ("fund.example.net", timedelta(0))
    clock.advance(seconds=59)
    again = await checks.check(site.address(host="short.example.org"))
    assert (again.last, again.end.age) == ("fund.example.net", timedelta(seconds=59))
    other = await checks.check(site.address("/other", host="short.example.org"))
    assert (other.last, other.end.age, other.end.is_open) == ("short.example.org", None, True)
    assert _asked(site) == ["short.example.org", "fund.example.net"]
    clock.advance(seconds=1)
    await checks.check(site.address(host="short.example.org"))
    assert _asked(site) == ["short.example.org", "fund.example.net"] * 2


async def test_many_who_ask_at_once_cost_one_question(
    checks: Checks, site: _Redirects, database: Database
) -> None:
    """Of six checks of a link at the same moment one goes out, and all are answered and counted."""
    site.leads("fund.example.net")
    link = site.address(host="fund.example.net")
    found: list[Check] = await at_once(database, lambda _session: checks.glance(link))
    assert {one.verdict for one in found} == {Verdict.UNKNOWN}
    ends = LinkEnds(site.fetcher(), MovableClock())
    url = asked_links.read(link)
    answers = await at_once(database, lambda _session: ends.of(url, may_ask=lambda _host: True))
    assert ([one.is_open for one in answers], _asked(site)) == ([False] * 6, ["fund.example.net"])


async def test_a_host_may_send_on_to_itself(checks: Checks, site: _Redirects) -> None:
    """From http to https, or from / to /en: that is one look at the host."""
    site.leads("fund.example.net", "fund.example.net", "fund.example.net")
    found = await checks.check(site.address(host="fund.example.net"))
    assert (found.end.url.path, found.end.is_open) == ("/2", False)


async def test_who_sends_on_for_ever_is_left_alone(checks: Checks, site: _Redirects) -> None:
    """After five redirects the way ends; nobody knows whether it goes on."""
    site.leads(*["fund.example.net"] * 9)
    found = await checks.check(site.address(host="fund.example.net"))
    assert (found.end.is_open, len(site.requests)) == (True, 6)


@pytest.mark.parametrize("host", ["gone.example.net", "intern.example.net"])
async def test_a_host_that_does_not_answer_is_judged_by_its_name(
    checks: Checks, site: _Redirects, host: str
) -> None:
    """A name without an address, or with a private one, is unknown, and nobody at it is asked."""
    site.names.table["intern.example.net"] = [["10.0.0.1"]]
    found = await checks.check(site.address(host=host))
    assert (found.verdict, found.last, found.end.is_open, site.requests) == (Verdict.UNKNOWN, host, True, [])


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        (
            "https://unicef.org@evil.net/",
            "What stands before the @ hides the site: this link leads to evil.net.",
        ),
        ("https://unicef.org:pay@evil.net/", "leads to evil.net. Do not open it."),
        ("https://unicef.org:8443/", "This link leads to port 8443 of unicef.org"),
        ("unicef.org:8443/donate", "This link leads to port 8443 of unicef.org"),
        ("data:text/html,<b>unicef.org</b>", "A link with data: leads to no web site."),
        ("javascript:alert(1)", "A link with javascript: leads to no web site."),
        ("tg://resolve?domain=unicef", "A link with tg: opens a chat in Telegram."),
        ("https://93.184.216.34/unicef.org", "93.184.216.34 is a number in place of a name"),
        ("http://127.0.0.1/", "127.0.0.1 is a number in place of a name"),
        ("http://[::1]/", "is a number in place of a name"),
        ("http://localhost/", "localhost is not on the open internet"),
        ("http://nas.lan/", "nas.lan is not on the open internet"),
        ("https://unicef.org\\@evil.net", "is not a valid address"),
        ("https://", "is not a valid address"),
        ("https://" + "a" * 3000 + ".org", "longer than"),
    ],
)
async def test_a_bad_link_gets_one_clear_sentence(
    database: Database, clock: MovableClock, lookalikes: Lookalikes, link: str, sentence: str
) -> None:
    """No such link is followed or counted; the sentence says what is wrong with it."""
    checks = Checks(database, clock, Site().fetcher(), lookalikes)
    with pytest.raises(InvalidInputError) as refusal:
        await checks.check(link)
    assert sentence in str(refusal.value)
    assert await checks.most_asked() == []


async def test_punycode_and_what_stands_behind_a_hash_are_seen(checks: Checks) -> None:
    """The host is judged by how it looks, and shown in ASCII; a fragment is no part of the site."""
    for link in ("https://xn--redcrss-ejg.org/", "https://redcrоss.org/"):
        found = await checks.glance(link)
        assert (found.verdict, found.last) == (Verdict.LOOKALIKE, "xn--redcrss-ejg.org")
    found = await checks.glance("https://evil.net/#unicef.org")
    assert (found.verdict, found.last, found.hidden) == (Verdict.UNKNOWN, "evil.net", "unicef.org")


@pytest.mark.parametrize(
    ("text", "links", "only"),
    [
        ("https://a.org/x", ["https://a.org/x"], True),
        ("unicef.org", ["unicef.org"], True),
        ("(https://a.org), b.org.ua!", ["https://a.org", "b.org.ua"], True),
        ("redcross․org.evil.com", ["redcross․org.evil.com"], True),
        ("Please help: a.org/help. Thanks.Bye", ["a.org/help"], False),
        ("fine.Thanks", [], False),
        ("3.14", [], False),
        ("Note:this", [], False),
        ("tg://resolve?domain=x", ["tg://resolve?domain=x"], True),
        ("", [], False),
    ],
)
def test_links_are_found_in_a_text(text: str, links: list[str], only: bool) -> None:
    """Also without a scheme, and with signs that look like dots; but no numbers and no words."""
    assert list(asked_links.links_in(text)) == links
    assert asked_links.is_only_links(text) is only


async def test_asked_hosts_are_counted_by_day_and_forgotten(
    checks: Checks, appeals: Appeals, clock: MovableClock, site: _Redirects
) -> None:
    """The most asked come first with what they are; after 30 days they are not listed, after 90 not kept."""
    await _verified(appeals, "https://bridge-friends.org/")
    for _ in range(3):
        await checks.check(site.address(host="un1cef.org"))
    await checks.check(site.address(host="bridge-friends.org"))
    listed = [(one.host, one.count, one.comparison.is_lookalike) for one in await checks.most_asked()]
    assert listed == [("un1cef.org", 3, True), ("bridge-friends.org", 1, False)]
    clock.advance(days=31)
    await checks.check(site.address(host="un1cef.org"))
    assert [(one.host, one.count) for one in await checks.most_asked()] == [("un1cef.org", 1)]
    clock.advance(days=60)
    await checks.forget_asked()
    clock.advance(days=-61)
    assert [(one.host, one.count) for one in await checks.most_asked()] == [("un1cef.org", 1)]


async def test_each_question_counts_once(database: Database) -> None:
    """Of eight questions at the same moment none is lost."""
    await at_once(database, lambda session: asked_hosts.count(session, "a.org", day=NOON.date()), times=8)
    async with database.read() as session:
        assert await asked_hosts.most_asked(session, since=NOON.date(), limit=5) == [("a.org", 8)]


def test_no_row_can_name_a_person() -> None:
    """The table has columns for host, day and count, and no others."""
    assert set(Base.metadata.tables["asked_hosts"].columns.keys()) == {"host", "day", "count"}


async def test_a_lookalike_is_verified_only_by_its_name(appeals: Appeals) -> None:
    """Nobody verifies one in passing: the editor has to name the host that it looks like."""
    appeal = await appeals.propose(organisation="U", url="https://un1cef.org/help", actor="test")
    warning = await appeals.lookalike(appeal.url)
    assert warning is not None
    assert warning.original == "unicef.org"
    for although in (None, "un1cef.org", "unicef.de"):
        with pytest.raises(LookalikeError) as refusal:
            await appeals.verify(appeal.id, actor="test", although_like=although)
        assert refusal.value.original == "unicef.org"
    assert await appeals.showable() == []
    await appeals.verify(appeal.id, actor="test", although_like="unicef.org")
    assert [one.id for one in await appeals.showable()] == [appeal.id]
    assert await appeals.lookalike("https://un1cef.org/other") is None  # it is verified now
    assert await appeals.lookalike("https://un1cef.com/") is not None
