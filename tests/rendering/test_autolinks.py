"""Telegram finds nothing to link in a story's own words."""

import re
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rendering.autolinks import without_links
from bot.sandbox.text.recognise import recognise
from tests.tappable import bare

TRUSTED = "https://example.org/help"
LINKED = [
    "send help to fake-relief.org now",
    "https://evil.example/x?y=1",
    "http://10.0.0.1/help and 10.0.0.1",
    "write to help@fake-relief.org, or @fakebot",
    "press /start or /donate",
    "see #help and $TON",
    "https://example.org@evil.com/",
    "example.org.evil.com",
    "not-example.org",
    "приклад.укр/допомога",
    "Give at https://evil-relief.net/?to=example.org today.",
    "Give at https://evil-relief.net?https://example.org/ today.",
    "Give at example.org,evil-relief.net today.",
    "https://evil-relief.net/example.org/help",
    "https://evil-relief.net/#example.org",
    "evil-relief.net@example.org",
    "https://user:example.org@evil-relief.net",
    "example.org|evil-relief.net",
    "example.org—evil-relief.net/x",
    "https://example.org/?to=https://evil-relief.net",
    "https://example.org/?to=evil-relief.net",
    "https://example.org:8443/help",
    "example.org\\@evil-relief.net",
    "xexample.org",
    "https://example.orgs/",
    "https://ехample.org/",
    "//example.org/help",
    "https://example.org",
    "https://example.org/other-jar",
    "https://example.org/help/other",
    "https://example.org/help?account=evil",
    "https://example.org/help#/evil",
    "https://www.example.org/help",
    "evil.example.org/help",
    "evil\u200d.net",
    "evil\u200c.net/give",
    "💸.la",
    "evil-.net",
    "evil.भारत",
    "हिन्दी.com",
    "e\u0301.com",
]
PLAIN = ["It cost 3.14, e.g. at noon.", "and/or 5 km/h", "<b>bold</b>", "Mr. Brown said: yes.", "10.5 %"]


@pytest.mark.parametrize("text", LINKED)
def test_nothing_is_left_to_tap(text: str) -> None:
    """Addresses, names, commands and lookalikes of the trusted host look as before and are no links."""
    parted = without_links(text, TRUSTED)
    assert recognise(parted) == []
    assert list(bare(parted)) == []
    assert parted.replace("\u2060", "") == text


@pytest.mark.parametrize("text", PLAIN)
def test_plain_words_stay_as_they_are(text: str) -> None:
    """Words that Telegram would not link do not change."""
    assert without_links(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "example.org/help",
        "(https://example.org/help)",
        "See Example.org/help.",
        "«http://EXAMPLE.org/help/»",
    ],
)
def test_the_verified_address_stays_whole(text: str) -> None:
    """The verified address of an Appeal stays a link in the story's words."""
    assert without_links(text, TRUSTED) == text


_PIECES = st.sampled_from(
    [
        *(
            "example.org",
            "example.org/help",
            "www.example.org",
            "evil-relief.net",
            "evil.example.com",
            "example.org.evil.com",
        ),
        *(
            "https://",
            "http://",
            "//",
            "/",
            "?",
            "#",
            "@",
            ":",
            ".",
            ",",
            ";",
            "|",
            "&to=",
            "=",
            "%2e",
            "\\",
            "-",
            "_",
        ),
        *(
            "(",
            ")",
            "«",
            "»",
            " ",
            "—",
            "…",
            "\u200b",
            "\u2060",
            "user",
            "help.html",
            "/donate",
            "@fakebot",
            "é",
            "укр",
        ),
    ]
)


@given(st.lists(_PIECES, max_size=8).map("".join))
def test_only_the_whole_address_is_trusted(text: str) -> None:
    """Whatever a text is made of, what can be tapped is the trusted address."""
    parted = without_links(text, TRUSTED)
    for entity in recognise(parted):
        address = parted[entity["offset"] : entity["offset"] + entity["length"]]
        assert entity["type"] == "url"
        split = urlsplit(address if "://" in address else f"https://{address}")
        assert split.username is None
        assert ((split.hostname or "").removesuffix("."), split.path.rstrip("/")) == ("example.org", "/help")
        assert (split.query, split.fragment) == ("", "")
        assert not {"evil-relief.net", "evil.example.com"} & set(
            re.split(r"[^\w.-]+", f"{split.path} {split.query} {split.fragment}")
        )


@given(st.text())
def test_no_word_is_lost(text: str) -> None:
    """Without the joiners that were added, any text is the same as before."""
    assert without_links(text).replace("\u2060", "") == text.replace("\u2060", "")
