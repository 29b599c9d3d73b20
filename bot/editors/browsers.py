"""Browsers as editors know them: which one, on which system, out of what it calls itself (User-Agent)."""

import re
from typing import NamedTuple

LONGEST = 64
"""Characters that are kept of what a browser calls itself."""

# What nearly all of them say of themselves, whatever they are; this number of Safari is in all like Chrome.
_FILLER = re.compile(r"(?:Mozilla/\S+|AppleWebKit/\S+|\(KHTML, like Gecko\)|Gecko/\S+|Safari/537\.36) ?")
# The first match counts: later ones also stand in what earlier ones call themselves.
_BROWSERS = (
    (re.compile(r"\bEdg(?:e|A|iOS)?/"), "Edge"),
    (re.compile(r"\b(?:OPR|OPT|OPX|Opera)/"), "Opera"),
    (re.compile(r"\bSamsungBrowser/"), "Samsung Internet"),
    (re.compile(r"\bYaBrowser/"), "Yandex Browser"),
    (re.compile(r"\bVivaldi/"), "Vivaldi"),
    (re.compile(r"\b(?:Firefox|FxiOS)/"), "Firefox"),
    (re.compile(r"\b(?:Headless)?Chrom(?:e|ium)/|\bCriOS/"), "Chrome"),
    (re.compile(r"\bVersion/|\bSafari/"), "Safari"),
)
_SYSTEMS = (
    (re.compile(r"\bAndroid\b"), "Android"),
    (re.compile(r"\biPhone\b|\biPod\b"), "iPhone"),
    (re.compile(r"\biPad\b"), "iPad"),
    (re.compile(r"\bWindows\b"), "Windows"),
    (re.compile(r"\bCrOS\b"), "ChromeOS"),
    (re.compile(r"\bMac OS X\b|\bMacintosh\b"), "macOS"),
    (re.compile(r"\bLinux\b|\bX11\b"), "Linux"),
)


class Browser(NamedTuple):
    """The names of a browser and of its system; "": not known."""

    name: str
    system: str


def kept(user_agent: str) -> str:
    """Return what a browser calls itself without what nearly all say, in LONGEST printable characters."""
    printable = "".join(letter for letter in user_agent if letter.isprintable())
    return _FILLER.sub("", printable)[:LONGEST]


def known(user_agent: str) -> Browser:
    """Return which browser calls itself so, as a whole or as `kept` shortens it."""
    return Browser(_first(_BROWSERS, user_agent), _first(_SYSTEMS, user_agent))


def _first(table: tuple[tuple[re.Pattern[str], str], ...], text: str) -> str:
    return next((name for pattern, name in table if pattern.search(text)), "")
