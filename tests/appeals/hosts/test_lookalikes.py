"""Lookalikes are found and named, and real charities are not called lookalikes."""

import time
from collections import Counter

import pytest

from bot.appeals.hosts.known_hosts import split, well_known
from bot.appeals.hosts.lookalikes import Lookalikes
from bot.appeals.hosts.resemblances import LookalikeKind
from bot.i18n import in_language
from tests.appeals.hosts.imitations import imitations
from tests.paths import REPOSITORY

_HERE = REPOSITORY / "tests" / "appeals" / "hosts"
_NEVER_CALLED = 4  # letters of a name that others have by chance: only what reads the same is a lookalike

lookalikes = Lookalikes()


def _hosts(name: str) -> list[str]:
    lines = (_HERE / name).read_text("utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize(
    ("host", "known", "kind"),
    [
        ("redcrоss.org", "redcross.org", LookalikeKind.LETTERS),  # its o is Cyrillic
        ("xn--redcrss-ejg.org", "redcross.org", LookalikeKind.LETTERS),
        ("xn--redcrss-exg.org", "redcross.org", LookalikeKind.LETTERS),  # ѻ, in another place
        ("donorbοx.org", "donorbox.org", LookalikeKind.LETTERS),  # its second o is Greek
        ("ünicef.org", "unicef.org", LookalikeKind.LETTERS),
        ("gofundrne.com", "gofundme.com", LookalikeKind.LETTERS),
        ("rnsf.org", "msf.org", LookalikeKind.LETTERS),
        ("worldvlsion.org", "worldvision.org", LookalikeKind.LETTERS),
        ("paypa1.com", "paypal.com", LookalikeKind.DIGITS),
        ("savethechi1dren.org", "savethechildren.org", LookalikeKind.DIGITS),
        ("redcrosss.org", "redcross.org", LookalikeKind.SPELLING),
        ("redcorss.org", "redcross.org", LookalikeKind.SPELLING),
        ("justgving.com", "justgiving.com", LookalikeKind.SPELLING),
        ("gofindme.com", "gofundme.com", LookalikeKind.SPELLING),
        ("just-giving.com", "justgiving.com", LookalikeKind.HYPHEN),
        ("gofundme.org", "gofundme.com", LookalikeKind.ENDING),
        ("unicef.github.io", "unicef.org", LookalikeKind.ENDING),
        ("unicef.xyz", "unicef.org", LookalikeKind.ENDING),
        ("unicef-ukraine.org", "unicef.org", LookalikeKind.WORDS),
        ("dec-appeal.org.uk", "dec.org.uk", LookalikeKind.WORDS),
        ("u24-gov.com.ua", "u24.gov.ua", LookalikeKind.WORDS),
        ("donategofundme.com", "gofundme.com", LookalikeKind.WORDS),
        ("roteskreuzat.com", "roteskreuz.at", LookalikeKind.WORDS),
        ("redcross.org.help-ua.info", "redcross.org", LookalikeKind.SUBDOMAIN),
        ("redcross․org.evil.com", "redcross.org", LookalikeKind.SUBDOMAIN),  # its first dot is a leader
        ("redcross-org.evil.com", "redcross.org", LookalikeKind.SUBDOMAIN),
        ("www.unicef.org.evil.net", "unicef.org", LookalikeKind.SUBDOMAIN),
        ("gofundme.evil.net", "gofundme.com", LookalikeKind.SUBDOMAIN),
        ("western.union.com", "westernunion.com", LookalikeKind.SUBDOMAIN),
    ],
)
def test_the_difference_is_named(host: str, known: str, kind: LookalikeKind) -> None:
    """Each way of imitation is found, with the host that is imitated and the kind of difference."""
    found = lookalikes.compare(host)
    assert found.known is not None
    assert (found.known.host, found.kind, found.same) == (known, kind, None)


@pytest.mark.parametrize(
    "host",
    [
        *("redcross.org", "www.redcross.org.uk", "donate.unicef.org", "UNICEF.ORG", "unicef.org."),
        *("a.b.c.paypal.com", "msf.fr", "u24.gov.ua"),
    ],
)
def test_a_known_host_and_hosts_below_it_are_known(host: str) -> None:
    """The registered name counts, in any spelling that means the same."""
    found = lookalikes.compare(host)
    assert found.same is not None
    assert not found.is_lookalike


@pytest.mark.parametrize(
    "host",
    [
        *("bücher.de", "россия.рф", "例え.jp", "köln.de", "español.es", "baranova27.org", "cards.org"),
        *("theliftgarage.org", "irc.org", "example.org", "localhost", "127.0.0.1", "", "xn--", "a..b"),
        *("caritas.lt", "unicef.org.co", "islamicrelief.it", "drk-hamburg.de"),
    ],
)
def test_other_hosts_are_unknown(host: str) -> None:
    """A foreign script, an odd host or a sister in another country is no lookalike, and nobody we know."""
    found = lookalikes.compare(host)
    assert (found.known, found.kind) == (None, None)


def test_mixed_alphabets_betray_an_imitation_of_a_host_that_we_do_not_know() -> None:
    """Latin letters with Cyrillic ones among them are a lookalike even if we cannot say of whom."""
    found = lookalikes.compare("smallbrіdge.org")
    assert (found.known, found.kind) == (None, LookalikeKind.SCRIPTS)
    assert found.values["host"] == "xn--smallbrdge-32i.org"


def test_below_a_platform_everybody_is_somebody_else() -> None:
    """A verified page below github.io does not vouch for its neighbours."""
    verified = {"bridge.github.io": "Bridge", "wordpress.com": "WordPress"}
    same = lookalikes.compare("bridge.github.io", verified).same
    assert same is not None
    assert same.is_verified
    for host in ("other.github.io", "github.io", "bridge-help.wordpress.com"):
        assert lookalikes.compare(host, verified).same is None


def test_verified_hosts_are_guarded_too() -> None:
    """Lookalikes of a small fund are found as soon as it is verified, and a verified host is never one."""
    assert lookalikes.warning("bridgefrlends.org.ua", {}) is None
    verified = {"bridgefriends.org.ua": "Bridge Friends", "unicef-ukraine.org": "A real one"}
    found = lookalikes.warning("bridgefrlends.org.ua", verified)
    assert found is not None
    assert (found.known and found.known.host, found.kind) == ("bridgefriends.org.ua", LookalikeKind.LETTERS)
    assert lookalikes.warning("bridgefriends.com", verified) is not None
    assert lookalikes.warning("unicef-ukraine.org", verified) is None
    assert lookalikes.warning("bridgefrlends.org.ua", {}) is None  # nothing is left of the hosts before


@pytest.mark.parametrize("language", ["en", "uk", "pl", "de", "es", "fr"])
def test_the_reason_shows_both_hosts_whole(language: str) -> None:
    """In every language the sentence of each kind names the host in ASCII, and what it imitates."""
    texts = in_language(language)
    for kind in LookalikeKind:
        values = {"host": "a.example", "known": "b.example", "organisation": "Org", "owner": "c.example"}
        sentence = texts.say(kind.value, **values)
        assert "a.example" in sentence
        assert kind is LookalikeKind.SCRIPTS or "b.example" in sentence
        assert kind is not LookalikeKind.SUBDOMAIN or "c.example" in sentence
    assert lookalikes.compare("redcrоss.org").values["host"] == "xn--redcrss-ejg.org"


def test_real_charities_raise_no_alarm() -> None:
    """None of some 400 real charities, most of them branches of those in the list, is called a lookalike."""
    charities = _hosts("charities.txt")
    assert len(charities) > 350
    assert {host for host in charities if lookalikes.compare(host).is_lookalike} == set()
    known = {one.name.registered for one in well_known()}
    assert {host for host in charities if split(host).registered in known} == set()


def test_imitations_are_found() -> None:
    """Of all small changes of 40 hosts, chosen by chance, nearly all are found where the name is telling."""
    made, found = Counter[str](), Counter[str]()
    for host in _hosts("imitated.txt"):
        if len(split(host).label) > _NEVER_CALLED:
            for kind, hosts in imitations(host).items():
                for one in hosts:
                    made[kind] += 1
                    found[kind] += lookalikes.compare(one).is_lookalike
    assert found.total() / made.total() > 0.95
    assert {kind for kind in made if found[kind] / made[kind] < 0.8} == set()


def test_each_host_of_the_list_is_found_and_there_once() -> None:
    """Every row has a host in its registered form, a name and only notes that mean something."""
    hosts = [one.host for one in well_known()]
    assert len(hosts) == len(set(hosts))
    for one in well_known():
        assert one.host == one.name.registered
        assert one.organisation
        assert one.notes <= {"branches", "common", "pages", "payment", "shortener"}
        assert lookalikes.compare(one.host).same is not None


def test_a_comparison_takes_no_time() -> None:
    """With more than 500 known hosts, a host is compared in less than 2 ms of CPU."""
    hosts = _hosts("charities.txt")
    lookalikes.compare(hosts[0])
    begun = time.process_time()
    for host in hosts:
        lookalikes.compare(host)
    assert (time.process_time() - begun) / len(hosts) < 0.002
