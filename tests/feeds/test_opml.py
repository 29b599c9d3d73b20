"""Lists of feeds, as other readers write them and as we do."""

import pytest

from bot.errors import InvalidInputError
from bot.feeds import opml
from bot.feeds.opml import Outline

NESTED = b"""<?xml version="1.0" encoding="ISO-8859-1"?>
<opml version="1.0"><head><title>My feeds</title></head><body>
<outline text="World"><outline text="Europe">
<outline type="rss" text="Caf\xe9 &amp; News" xmlUrl=" https://one.example/feed " htmlUrl="https://one.example/"/>
</outline><outline type="rss" title="Two" text="2" XMLURL="https://two.example/rss" language="uk"
category="/World/Ukraine,People"/></outline>
<outline text="A folder"/><outline text="A link" type="link" url="https://three.example/"/>
<outline xmlUrl=""/></body></opml>"""


def test_feeds_are_found_however_deep_they_are_nested() -> None:
    """In any letter case and character set; folders and links are none."""
    assert opml.read(NESTED, "feeds.opml") == [
        Outline("https://one.example/feed", "Café & News", "https://one.example/"),
        Outline("https://two.example/rss", "Two", None, "uk", ("Ukraine", "People")),
    ]


def test_what_we_write_we_read() -> None:
    """With titles that XML must escape; a comma cannot part one Topic into two."""
    outlines = [
        Outline("https://one.example/?a=1&b=2", '<"Café"> & Co', "https://one.example/", "fr", ("A B", "Ü")),
        Outline("https://two.example/"),
        Outline("https://three.example/", "Three", topics=("Bread, butter/jam",)),
    ]
    one, two, three = opml.read(opml.write(outlines), "x")
    assert one == outlines[0]
    assert two == Outline("https://two.example/", "https://two.example/")
    assert three.topics == ("Bread  butter jam",)


def test_a_malformed_list_yields_what_can_be_had() -> None:
    """A bare ampersand and a missing end lose nothing that stands before."""
    broken = b'<opml><body><outline xmlUrl="https://one.example/?a&b"/><outline text="R&D" xmlUrl="https://two.example/"'
    assert opml.read(broken, "x")[0].address.startswith("https://one.example/")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no OPML file"),
        (b"https://one.example/", "no OPML file"),
        (b"<html><body>opml</body></html>", "no OPML file"),
        (b"<opml>" + b" " * opml.LARGEST, "no OPML file"),
        (
            b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><outline xmlUrl="&x;"/></opml>',
            "DOCTYPE",
        ),
        ('<!DOCTYPE opml [<!ENTITY x "y">]><opml></opml>'.encode("utf-16"), "DOCTYPE"),
    ],
)
def test_what_is_no_list_is_refused(data: bytes, reason: str) -> None:
    """In one sentence that names the file."""
    with pytest.raises(InvalidInputError, match=rf"^feeds\.opml .*{reason}"):
        opml.read(data, "feeds.opml")


def test_a_very_deep_list_ends() -> None:
    """What is nested deeper than libxml2 goes is left out, and nothing breaks."""
    deep = b"<opml><body>" + b'<outline xmlUrl="https://one.example/">' * 5000
    assert 0 < len(opml.read(deep, "x")) <= 5000
