"""OPML files of other feed readers are read, and those that we write can be read again."""

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
    """Feeds are found in any letter case and character set; folders and other links are left out."""
    assert opml.read(NESTED, "feeds.opml") == [
        Outline("https://one.example/feed", "Café & News", "https://one.example/"),
        Outline("https://two.example/rss", "Two", None, "uk", ("Ukraine", "People")),
    ]


def test_what_we_write_we_read() -> None:
    """Titles that XML must escape survive; a comma in a Topic does not split it."""
    outlines = [
        Outline("https://one.example/?a=1&b=2", '<"Café"> & Co', "https://one.example/", "fr", ("A B", "Ü")),
        Outline("https://two.example/"),
        Outline("https://three.example/", "Three", topics=("Bread, butter/jam",)),
    ]
    one, two, three = opml.read(opml.write(outlines), "x")
    assert one == outlines[0]
    assert two == Outline("https://two.example/", "https://two.example/")
    assert three.topics == ("Bread  butter jam",)


def test_a_malformed_list_yields_the_feeds_that_are_whole() -> None:
    """A bare ampersand or a missing end loses no feed before it."""
    broken = b'<opml><body><outline xmlUrl="https://one.example/?a&b"/><outline text="R&D" xmlUrl="https://two.example/"'
    assert opml.read(broken, "x")[0].address.startswith("https://one.example/")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "is not an OPML file"),
        (b"https://one.example/", "is not an OPML file"),
        (b"<html><body>opml</body></html>", "is not an OPML file"),
        (b"<opml>" + b" " * opml.LARGEST, "is not an OPML file"),
        (
            b'<!DOCTYPE opml [<!ENTITY x SYSTEM "file:///etc/passwd">]><opml><outline xmlUrl="&x;"/></opml>',
            "DOCTYPE",
        ),
        ('<!DOCTYPE opml [<!ENTITY x "y">]><opml></opml>'.encode("utf-16"), "DOCTYPE"),
    ],
)
def test_a_file_that_is_not_opml_is_refused(data: bytes, reason: str) -> None:
    """The sentence names the file and the reason."""
    with pytest.raises(InvalidInputError, match=rf"^feeds\.opml .*{reason}"):
        opml.read(data, "feeds.opml")


def test_a_very_deep_list_ends() -> None:
    """Feeds deeper than libxml2 parses are left out without an error."""
    deep = b"<opml><body>" + b'<outline xmlUrl="https://one.example/">' * 5000
    assert 0 < len(opml.read(deep, "x")) <= 5000
