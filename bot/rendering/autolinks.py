"""Keep Telegram from turning addresses, names and commands in a story's text into links.

A story's own words hold addresses that nobody verified. Readers see them, but cannot tap them.
"""

import re

_JOINER = "\u2060"  # a word joiner: invisible, and no part of an address
# Where a link would begin or go on: a dot before letters or within four numbers, the colon of a
# scheme, an @, a /.
_LINKING = re.compile(
    r"(?<=\w)\.(?=[^\W\d_]{2})|(?<=\d)\.(?=\d{1,3}\.\d)|(?<=\w):(?=//)"
    r"|(?<![\w<>/])[@/](?=\w)|(?<=\w)@(?=\w)"
)


def without_links(text: str, trusted_host: str | None = None) -> str:
    """Return `text` with joiners in each address, name and command, so that Telegram makes no link of it.

    `trusted_host` is the host of a verified Appeal: its addresses stay as they are.
    """
    return re.sub(r"\S+", lambda word: _broken_up(word[0], trusted_host), text)


def _broken_up(word: str, trusted_host: str | None) -> str:
    if trusted_host:
        host = re.escape(trusted_host)
        # Itself or below it; not before a further label, and not as the name in "name@elsewhere".
        if re.search(rf"(?:^|[^\w-]){host}(?![\w-]|\.\w|[^\s/]*@)", word.lower()):
            return word
    return _LINKING.sub(rf"\g<0>{_JOINER}", word)
