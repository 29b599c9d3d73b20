"""Web addresses: which texts are one, and which two are the same."""

import json
from itertools import combinations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from yarl import URL

from bot.articles.urls import canonical, join, parse, same, shown
from bot.errors import InvalidInputError
from tests.paths import SHARED_DATA

PAIRS = SHARED_DATA / "hostile" / "address_pairs.json"

any_address = st.builds(
    "{}://{}{}/{}{}".format,
    st.sampled_from(["http", "https", "HTTPS"]),
    st.sampled_from(["example.org", "Example.ORG", "bücher.de", "xn--bcher-kva.de", "1.1.1.1", "[2606::1]"]),
    st.sampled_from(["", ":80", ":443", ":8080", "."]),
    st.text("aZ/.~%20%7e;é+=-_", max_size=12),
    st.text("?&=aZ%26%2B+;~#/é", max_size=12).map(lambda query: f"?{query}"),
)


@pytest.mark.parametrize("kind", ["same", "different"])
def test_the_collected_pairs_are_compared(kind: str) -> None:
    """Pairs of real addresses are the same or different as the data says."""
    if not PAIRS.exists():
        pytest.skip(f"no {PAIRS.name} beside the repository")
    for one, other in json.loads(PAIRS.read_text())[kind]:
        assert same(one, other) is (kind == "same"), (one, other)


@pytest.mark.parametrize(
    ("given", "form"),
    [
        ("https://example.org", "https://example.org/"),
        ("https://example.org?", "https://example.org/"),
        ("HTTPS://EXAMPLE.org:443/A?B=C#d", "https://example.org/A?B=C"),
        ("http://example.org:443/", "http://example.org:443/"),
        ("https://[2606:4700:0:0::1111]:443/", "https://[2606:4700::1111]/"),
        ("https://bücher.de/ü?ü=ü", "https://xn--bcher-kva.de/%C3%BC?%C3%BC=%C3%BC"),
        ("https://example.org/%e2%82%ac%7e%2f", "https://example.org/%E2%82%AC~%2F"),
        ("https://example.org/a/%2e%2e/b/../c", "https://example.org/c"),
        ("https://example.org/?id&b=&c=1&&", "https://example.org/?id&b=&c=1"),
        ("https://example.org/?UTM_Source=a&id=7&FBCLID=b", "https://example.org/?id=7"),
        ("https://example.org/?%75tm_source=a", "https://example.org/"),
        ("https://example.org/?utm_source", "https://example.org/"),
        ("https://example.org/?a=utm_source=b&utm=c", "https://example.org/?a=utm_source=b&utm=c"),
        ("https://example.org/?q=a%26utm_source%3Db", "https://example.org/?q=a%26utm_source%3Db"),
        ("https://example.org/utm_source=a/gclid", "https://example.org/utm_source=a/gclid"),
        ("https://example.org/?ns_mchannel=a&at_campaign=b&xtor=c&wt.mc_id=d", "https://example.org/"),
        ("https://example.org/100%", "https://example.org/100%25"),
    ],
)
def test_the_canonical_form(given: str, form: str) -> None:
    """The canonical form drops and keeps the right parts, in one spelling."""
    assert canonical(given) == form


def test_what_may_be_another_page_is_another_address() -> None:
    """Addresses that may show different pages stay different."""
    pages = [
        *(
            "https://example.org/a",
            "http://example.org/a",
            "https://www.example.org/a",
            "https://example.org/a/",
        ),
        *("https://m.example.org/a", "https://example.org:8443/a", "https://example.org/a/index.html"),
        *("https://example.org/a?ref=b", "https://example.org/a?source=b", "https://example.org/a?page=2"),
        *(
            "https://example.org/a;b",
            "https://example.org//a",
            "https://example.org/a%2F",
            "https://example.com/a",
        ),
        *(
            "https://example.org/a?a=1&b=2",
            "https://example.org/a?b=2&a=1",
            "https://example.org/a?at_time=1",
        ),
    ]
    assert not [pair for pair in combinations(pages, 2) if same(*pair)]


@given(any_address)
def test_the_canonical_form_is_stable(address: str) -> None:
    """The canonical form is a valid address and its own canonical form."""
    try:
        form = canonical(address)
    except InvalidInputError:
        return
    assert canonical(form) == form


@given(any_address, st.sampled_from(["utm_source=a", "gclid", "MC_EID=%26"]), st.booleans())
def test_tracking_never_makes_another_page(address: str, tracking: str, first: bool) -> None:
    """A tracking parameter is dropped at any position among the others."""
    start, _, query = address.partition("#")[0].partition("?")
    tracked = f"{start}?{tracking}&{query}" if first else f"{start}?{query}&{tracking}"
    try:
        form = canonical(f"{start}?{query}")
    except InvalidInputError:
        return
    assert canonical(tracked) == form


@given(st.one_of(st.text(), st.text().map("http://{}".format), st.text("]@[:/.%x0-").map("http://{}".format)))
@example("http://[]@")
@example("http://xn--a.org")
@example("http://a:٣")
@example("\ud800")
def test_any_text_is_an_address_or_is_refused(text: str) -> None:
    """Any text is parsed or raises InvalidInputError."""
    try:
        url = parse(text)
    except InvalidInputError:
        return
    assert url.host
    assert url.scheme in {"http", "https"}
    assert str(url).isascii()
    assert parse(str(url)) == url


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("ftp://example.org/", "not a web address"),
        ("example.org", "not a web address"),
        ("https://me:secret@example.org/", "user name or password"),
        ("https://exa mple.org/", "copy the complete address"),
        ("https://2130706433/", "copy the complete address"),
        ("https://example.org/a\\b", "copy the complete address"),
        ("https://example.org/" + "a" * 2029, "longer than 2048 characters"),
    ],
)
def test_a_refusal_says_what_to_do(address: str, reason: str) -> None:
    """A refusal is one sentence, with the address in it if that is short."""
    with pytest.raises(InvalidInputError, match=reason):
        parse(address)
    assert parse("https://example.org/" + "a" * 2028)


def test_a_password_is_not_repeated() -> None:
    """A refusal does not repeat a password, since others may read it."""
    for address in ("https://me:hunter2@example.org/", "https://me:hunter2@example.org:none/"):
        with pytest.raises(InvalidInputError, match=r"example\.org") as refusal:
            parse(address)
        assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/b", "https://example.org/b"),
        ("b?c#d", "https://example.org/a/b?c"),
        ("../b c", "https://example.org/b%20c"),
        ("//example.com/b", "https://example.com/b"),
        ("http://example.com", "http://example.com"),
        ("?c", "https://example.org/a/?c"),
        (" /новина ", "https://example.org/%D0%BD%D0%BE%D0%B2%D0%B8%D0%BD%D0%B0"),
    ],
)
def test_a_link_is_resolved(location: str, target: str) -> None:
    """A link is resolved as browsers do, with blanks and letters in it."""
    assert join(URL("https://example.org/a/"), location) == URL(target)


@pytest.mark.parametrize(
    "location", ["", " ", "\\\\example.com", "ftp:b", "http://exa mple.com", "/\ud800", "//me@b"]
)
def test_a_bad_link_is_refused(location: str) -> None:
    """A link to what is not a web address is refused."""
    with pytest.raises(InvalidInputError):
        join(URL("https://example.org/a/"), location)


def test_an_address_is_shown_short_and_plain() -> None:
    """An address in a sentence is shortened and has no invisible characters."""
    assert shown("https://example.org/a") == "https://example.org/a"
    assert len(shown("a" * 3000)) < 100
    assert (
        shown("a\u202e\n\ud800b")
        == "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b"
    )
