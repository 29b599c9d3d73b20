"""Keep Telegram from turning addresses, names and commands in a story's text into links.

A story's own words hold addresses that nobody verified. Readers see them, but cannot tap them.
"""

import re

from bot.articles import urls
from bot.errors import InvalidInputError

_JOINER = "\u2060"  # a word joiner: invisible, and no part of an address
# Where a link would begin or go on: a dot before letters or within four numbers, the colon of a
# scheme, an @, a #, the $ of a cashtag, a / that begins a word.
_LINKING = re.compile(
    r"(?<=\w)\.(?=[^\W\d_]{2})|(?<=\d)\.(?=\d{1,3}\.\d)|(?<=\w):(?=//)|[@#](?=\w)|\$(?=[A-Z])|(?<![\w<>/])/(?=\w)"
)
_OPENING, _CLOSING = "([{<«„“‘\"'", ".,;:!?…)]}>»“”’\"'"
# A web address in which no program can see the beginning of another one: no user name, no port, none of the
# signs at which some programs end an address, and no dot behind the host except before the ending of a file.
_ADDRESS = re.compile(
    r"(?:https?://)?(?P<host>(?:[\w-]+\.)+[\w-]+)"
    r"(?P<rest>[/?#](?:[\w/?#&=%~+-]|\.(?=(?:html?|php|aspx?|pdf)(?![\w.-])))*)?",
    re.IGNORECASE,
)


def without_links(text: str, trusted_host: str | None = None) -> str:
    """Return `text` with joiners in each address, name, tag and command: Telegram makes no link of it.

    `trusted_host` is the host of a verified Appeal: addresses of it and of hosts below it stay as they are.
    """
    return re.sub(r"\S+", lambda word: _broken_up(word[0], trusted_host), text)


def _broken_up(word: str, trusted_host: str | None) -> str:
    if trusted_host and _is_at(word.lstrip(_OPENING).rstrip(_CLOSING), trusted_host):
        return word
    return _LINKING.sub(rf"\g<0>{_JOINER}", word)


def _is_at(word: str, trusted_host: str) -> bool:
    """Return whether a word is an address of this host, or of a host below it, and nothing else."""
    found = _ADDRESS.fullmatch(word)
    if found is None:
        return False
    try:
        host = urls.parse(f"https://{found['host']}{found['rest'] or ''}").raw_host or ""
        trusted = urls.parse(f"https://{trusted_host}").raw_host or ""
    except InvalidInputError:
        return False
    return host == trusted or host.endswith(f".{trusted}")
