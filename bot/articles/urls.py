"""Web addresses: parse them as people type them, and reduce them to one form to compare."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from yarl import URL

from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.language import rule_tables

LONGEST = 2048  # characters, encoded; servers, browsers and Telegram cut longer ones at different lengths

_LONGEST_SHOWN = 80  # characters of an address that a sentence repeats
_LONGEST_HOST = 253  # characters; RFC 1035, without the dot at the end
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.ASCII)  # RFC 1035, and _ as in some host names
_USER = re.compile(r"//[^/?#]*@")
# If the last label matches, browsers read the host as an IPv4 address (WHATWG URL, "ends in a number"):
# 127.1, 0177.0.0.1, 0x7f.1, 2130706433.
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*", re.ASCII)


def parse(address: str) -> URL:
    """Check and encode an address; drop white space around it, its fragment and a dot at the host's end.

    Raises InvalidInputError unless it is a complete http or https address of at most 2,048 characters, with a
    host in its usual spelling and without user name.
    """
    text = address.strip()
    if len(text) > LONGEST:
        raise _too_long()
    if not text.isprintable() or " " in text or "\\" in text:
        raise _unreadable(text)
    return _checked(_read(text), text)


def join(base: URL, location: str) -> URL:
    """Resolve `location` against the page's address `base`. Raises InvalidInputError as `parse` does."""
    text = location.strip()
    # Servers send blanks and browsers follow them; only in the host they are an error.
    if not text or len(text) > LONGEST or not text.isprintable() or "\\" in text:
        raise _unreadable(text)
    return _checked(base.join(_read(text)), text)


def canonical(address: str) -> str:
    """Return the form that all spellings of an address share, to compare and to store. It can be fetched.

    Drop the fragment and tracking parameters (`rules/tracking.toml`). Keep what may select another page:
    scheme, www, letter case and slashes of the path, the order of parameters. Raises InvalidInputError as
    `parse` does.
    """
    url = parse(address)
    kept = (part for part in url.raw_query_string.split("&") if part and not _is_tracking(part))
    # Join the raw parts, since yarl would decode them and turn "?id" into "?id=".
    return "?".join(filter(None, (f"{url.origin()}{url.raw_path}", "&".join(kept))))


def same(one: str, other: str) -> bool:
    """Return whether two addresses are spellings of one. Raises InvalidInputError as `parse` does."""
    return canonical(one) == canonical(other)


def shown(address: str) -> str:
    """Return an address for a sentence: shortened, without password and invisible characters."""
    open_part = _USER.sub("//…@", address)
    seen = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in open_part)
    return seen if len(seen) <= _LONGEST_SHOWN else f"{seen[:_LONGEST_SHOWN]}…"


def _read(text: str) -> URL:
    try:
        return URL(text)
    except (IndexError, ValueError) as error:  # IndexError: yarl 1.25 at "http://[]@"
        raise _unreadable(text) from error


def _checked(url: URL, text: str) -> URL:
    if url.scheme not in {"http", "https"}:
        raise InvalidInputError(
            "{address} is not a web address: give one that begins with https:// or http://",
            address=shown(text),
        )
    if url.raw_user is not None or url.raw_password is not None:
        raise InvalidInputError(
            "{address} contains a user name or password: give it without them.", address=shown(text)
        )
    host = _host(url)
    if host is None:
        raise _unreadable(text)
    if len(str(url)) > LONGEST:
        raise _too_long()
    return url.with_fragment(None).with_host(host)


def _host(url: URL) -> str | None:
    """Return the host without a dot at its end; None if programs might read its spelling differently."""
    host = (url.raw_host or "").removesuffix(".")
    labels = host.split(".")
    try:
        if ":" in host:
            sound = IPv6Address(host).scope_id is None
        elif _NUMBER.fullmatch(labels[-1]):
            sound = str(IPv4Address(host)) == host
        else:
            sound = len(host) <= _LONGEST_HOST and all(map(_LABEL.fullmatch, labels)) and bool(url.host)
    except (AddressValueError, UnicodeError):  # UnicodeError: url.host decodes what follows xn--
        return None
    return host if sound else None


def _is_tracking(part: str) -> bool:
    known = rule_tables.table("tracking")
    name = part.partition("=")[0].lower()
    return name in known["names"] or name.startswith(tuple(known["prefixes"]))


def _unreadable(text: str) -> InvalidInputError:
    sentence = mark("{address} is not a valid address: copy the complete address from your browser.")
    return InvalidInputError(sentence, address=shown(text))


def _too_long() -> InvalidInputError:
    sentence = mark("The address is longer than {limit} characters: use a shorter address of the same page.")
    return InvalidInputError(sentence, limit=LONGEST)
