"""Links that people ask about: found in a text, and refused in a sentence if they lead to no web site."""

import re
from collections.abc import Callable, Iterable, Sequence
from ipaddress import ip_address

from yarl import URL

from bot.appeals.hosts.known_hosts import split
from bot.articles import urls
from bot.articles.fetch.public_hosts import WEB_PORTS, is_public_name
from bot.errors import InvalidInputError
from bot.i18n import mark

_SCHEMES = "https?|ftps?|data|tg|ton|javascript|vbscript|file|intent|blob|bitcoin|ethereum|mailto|tel|sms"
# With a scheme, or a host alone: labels with dots between them, or with signs that look like dots.
_LINK = re.compile(
    rf"(?:{_SCHEMES}):[^\s<>\"]+|(?P<host>(?:[^\W_][\w-]*[.․。])+[^\W\d_][\w-]+)(?:[:/?#][^\s<>\"]*)?",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):(?!\d)", re.IGNORECASE)
_AROUND = "([{<«„“‘\"'.,;:!?…)]}>»”’"
_OWN_CHATS = {"tg"}
_WEB = {"http", "https"}


def links_in(text: str) -> Sequence[str]:
    """Return the links in a text, each once, in order."""
    return unique(found[0].strip(_AROUND) for found in _LINK.finditer(text) if _is_link(found))


def is_only_links(text: str) -> bool:
    """Return whether a text is nothing but links."""
    found = [_LINK.fullmatch(word.strip(_AROUND)) for word in text.split()]
    return bool(found) and all(one is not None and _is_link(one) for one in found)


def _is_link(found: re.Match[str]) -> bool:
    """Return whether a match is a link: "fine.Thanks" ends like no host."""
    return not found["host"] or bool(split(found["host"]).suffix)


def unique(links: Iterable[str]) -> Sequence[str]:
    """Return the links without repetitions, in order."""
    return list(dict.fromkeys(link for link in links if link))


def read(link: str) -> URL:
    """Return a link to a web site that may be asked. Raises InvalidInputError for any other link."""
    text = link.strip()
    scheme = _SCHEME.match(text)
    if scheme is None:
        text = f"https://{text}"
    elif scheme[1].lower() not in _WEB:
        is_chat = scheme[1].lower() in _OWN_CHATS
        raise InvalidInputError(_CHAT if is_chat else _NO_SITE, scheme=scheme[1].lower())
    try:
        seen = URL(text)
    except (IndexError, ValueError):
        seen = URL()
    host = (seen.raw_host or "").rstrip(".")
    for sentence, applies in _REFUSALS:
        if host and applies(seen, host):
            raise InvalidInputError(sentence, host=host, port=seen.explicit_port)
    return urls.parse(text)


def hidden_part(link: str) -> str:
    """Return what stands behind a # in a link: it looks like a part of the address, and leads nowhere."""
    return link.partition("#")[2]


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


_CHAT = mark("A link with {scheme}: opens a chat in Telegram. I can only check links to web sites.")
_NO_SITE = mark("A link with {scheme}: leads to no web site. Do not open it, and do not pay there.")
_REFUSALS: Sequence[tuple[str, Callable[[URL, str], bool]]] = (
    (
        mark("What stands before the @ hides the site: this link leads to {host}. Do not open it."),
        lambda url, _host: url.raw_user is not None or url.raw_password is not None,
    ),
    (
        mark("{host} is a number in place of a name: no organisation asks for help at such a link."),
        lambda _url, host: _is_number(host),
    ),
    (
        mark("{host} is not on the open internet: nobody else can open this link."),
        lambda _url, host: not is_public_name(host),
    ),
    (
        mark("This link leads to port {port} of {host}: no organisation asks for help there."),
        lambda url, _host: url.explicit_port is not None and url.explicit_port not in WEB_PORTS,
    ),
)
