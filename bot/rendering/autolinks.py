"""Keep Telegram from turning addresses, names and commands in a story's text into links.

A story's own words hold addresses that nobody verified. Readers see them, but cannot tap them.
"""

import re

from bot.articles import urls
from bot.errors import InvalidInputError

_JOINER = "\u2060"  # a word joiner: invisible, and no part of an address
# What an ending of a host has behind its first letter: a letter, or a sign above or below one.
_SIGN = r"[^\s\d_\x00-@\[-`{-\xbf\u2000-\u206f]"
# Where a link would begin or go on: a dot before letters, behind anything (joiners and emoji too), or
# within four numbers, the colon of a scheme, an @, a #, the $ of a cashtag, a / that begins a word.
_LINKING = re.compile(
    rf"(?<=\S)\.(?=[^\W\d_]{_SIGN})|(?<=\d)\.(?=\d{{1,3}}\.\d)|(?<=\w):(?=//)|[@#](?=\w)|\$(?=[A-Z])"
    r"|(?<![\w<>/])/(?=\w)"
)
_OPENING, _CLOSING = "([{<«„“‘\"'", ".,;:!?…)]}>»“”’\"'"
# A web address in which no program can see the beginning of another one: no user name, no port, none of the
# signs at which some programs end an address, and no dot behind the host except before the ending of a file.
_ADDRESS = re.compile(
    r"(?:https?://)?(?P<host>(?:[\w-]+\.)+[\w-]+)"
    r"(?P<rest>[/?#](?:[\w/?#&=%~+-]|\.(?=(?:html?|php|aspx?|pdf)(?![\w.-])))*)?",
    re.IGNORECASE,
)


def without_links(text: str, trusted: str | None = None) -> str:
    """Return `text` with joiners in each address, name, tag and command: Telegram makes no link of it.

    `trusted` is the link of a verified Appeal: this very address stays as it is. Other pages of its host do
    not: on many hosts anybody can ask for money.
    """
    return re.sub(r"\S+", lambda word: _broken_up(word[0], trusted), text)


def _broken_up(word: str, trusted: str | None) -> str:
    if trusted and _is_the_same(word.lstrip(_OPENING).rstrip(_CLOSING), trusted):
        return word
    return _LINKING.sub(rf"\g<0>{_JOINER}", word)


def _is_the_same(word: str, trusted: str) -> bool:
    """Return whether a word is this address, with or without its scheme, and nothing else."""
    found = _ADDRESS.fullmatch(word)
    if found is None:
        return False
    try:
        return _parts(f"https://{found['host']}{found['rest'] or ''}") == _parts(trusted)
    except InvalidInputError:
        return False


def _parts(address: str) -> tuple[str | None, str, str, str]:
    """Return host, path, query and fragment of an address, in one spelling."""
    url = urls.parse(address)
    return url.raw_host, url.raw_path.rstrip("/"), url.raw_query_string, address.partition("#")[2]
