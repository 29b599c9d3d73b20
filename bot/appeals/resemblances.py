"""Resemblances: the ways in which a host can pass for another one, each with the known host that it finds."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum

import disarm

from bot.appeals import lures
from bot.appeals.known_hosts import SHORT, HostName, KnownHost, fold
from bot.i18n import mark
from bot.language import spelling

_TELLING = 5  # letters of a name that is recognised inside a longer one, or with a wrong letter
_LONG = 7  # letters of a name in which a wrong letter is no chance, whatever the ending
_COMMON_LONG = 6  # the same of a common name, with the same ending
_END = 2  # letters; a single typing error in a name of five leaves its first two or its last two unchanged
_MIXED = 2  # wrong letters of a name in several alphabets: nobody types those by chance
_COUNTRY = 2  # letters of a country's ending
# Endings of countries that are sold to everybody, and those below a country for companies.
_FOR_ALL = frozenset(
    {"co", "io", "me", "tv", "cc", "ws", "ai", "to", "ly", "gg", "su", "pw", "tk", "ml", "ga"}
)
_FOR_COMPANIES = frozenset({"com", "net", "co", "biz", "info"})
_LIKE_LATIN = {disarm.Script.CYRILLIC, disarm.Script.GREEK, disarm.Script.ARMENIAN, disarm.Script.CHEROKEE}


class LookalikeKind(StrEnum):
    """In what a host differs from the one that it looks like; the value is the sentence that says so."""

    LETTERS = mark("{host} uses letters that only look like those of {known} ({organisation}).")
    DIGITS = mark("{host} has a digit where {known} ({organisation}) has a letter.")
    SPELLING = mark("{host} is spelled almost like {known} ({organisation}): one letter differs.")
    HYPHEN = mark("{host} differs from {known} ({organisation}) only by a hyphen.")
    ENDING = mark("{host} has the name of {known} ({organisation}) with another ending.")
    WORDS = mark("{host} adds words to the name of {known} ({organisation}) and is another site.")
    SUBDOMAIN = mark("{host} begins like {known} ({organisation}) but belongs to {owner}.")
    SCRIPTS = mark("{host} mixes letters of different alphabets, which can imitate another name.")


class KnownHosts:
    """Known hosts by what lookalikes have in common with them.

    hosts: by registered name. folded: by folded name, which many hosts may share.
    """

    def __init__(self, known: Iterable[KnownHost]) -> None:
        self.hosts: dict[str, KnownHost] = {}
        self.folded: dict[str, list[KnownHost]] = defaultdict(list)
        for one in known:
            self.hosts.setdefault(one.name.registered, one)
            self.folded[one.name.folded].append(one)
        self.telling = [folded for folded in self.folded if len(folded) >= _TELLING]
        self._by_end: dict[str, set[str]] = defaultdict(set)
        for folded in self.telling:
            for end in _ends(folded):
                self._by_end[end].add(folded)

    def nearest(self, name: HostName, folded: str) -> KnownHost:
        """Return the host of this folded name with the same ending, else the first one."""
        hosts = self.folded[folded]
        return next((one for one in hosts if one.name.suffix == name.suffix), hosts[0])

    def almost(self, folded: str) -> Iterator[str]:
        """Yield the folded names that are one typing error away."""
        near: set[str] = set().union(*(self._by_end.get(end, ()) for end in _ends(folded)))
        yield from sorted(one for one in near if spelling.distance(folded, one, 1) == 1)


def _ends(folded: str) -> tuple[str, str]:
    return f"{folded[:_END]}…", f"…{folded[-_END:]}"


Found = tuple[KnownHost, LookalikeKind] | None
Resemblance = Callable[[KnownHosts, HostName], Found]


def same_letters(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find a name that reads the same: in other letters, with digits or hyphens, with another ending."""
    if name.folded not in known_hosts.folded:
        return None
    known = known_hosts.nearest(name, name.folded)
    if known.name.plain == name.label:
        pretends = _ending_pretends(known_hosts.folded[name.folded], name)
        return (known, LookalikeKind.ENDING) if pretends else None
    if known.is_common and known.name.suffix != name.suffix:
        return None
    return known, _difference(name, known)


def _difference(name: HostName, known: KnownHost) -> LookalikeKind:
    if not name.label.isascii():
        return LookalikeKind.LETTERS
    plain, wanted = name.plain.replace("-", ""), known.name.plain.replace("-", "")
    if plain == wanted:
        return LookalikeKind.HYPHEN
    other_digits = re.sub(r"\D", "", plain) != re.sub(r"\D", "", wanted)
    return LookalikeKind.DIGITS if other_digits else LookalikeKind.LETTERS


def _ending_pretends(hosts: Sequence[KnownHost], name: HostName) -> bool:
    """Return whether another ending is a pretence: not that of a country, where there are branches."""
    if all(one.is_common for one in hosts):
        return False
    return not (_is_of_country(name) and any(one.has_branches for one in hosts))


def _is_of_country(name: HostName) -> bool:
    *kind, country = name.suffix.split(".")
    if name.is_shared or country in _FOR_ALL or _FOR_COMPANIES & set(kind):
        return False
    return len(country) == _COUNTRY or not country.isascii()


def one_letter_off(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find a name with one letter added, left out, replaced or swapped."""
    for folded in known_hosts.almost(name.folded):
        known = known_hosts.nearest(name, folded)
        if _is_no_chance(name, known):
            return known, LookalikeKind.SPELLING
    return None


def _is_no_chance(name: HostName, known: KnownHost) -> bool:
    """Return whether the name is too near to be another one. The plural of a common name is another one."""
    length, same_ending = len(known.name.folded), known.name.suffix == name.suffix
    if known.is_common:
        is_plural = name.plain.rstrip("s") == known.name.plain.rstrip("s")
        return same_ending and length >= _COMMON_LONG and not is_plural
    return same_ending or length >= _LONG


def whole_host_below(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find a whole known host in front of another one: unicef.org.evil.net, unicef-org.evil.net."""
    below = [fold(part) for label in name.below for part in label.split("-")]
    for known in (one for folded in below for one in known_hosts.folded.get(folded, ())):
        wanted = [fold(part) for part in re.split(r"[.-]", known.name.registered)]
        if any(below[at : at + len(wanted)] == wanted for at in range(len(below))):
            return known, LookalikeKind.SUBDOMAIN
    return None


def name_below(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find a known name as a label below another host: gofundme.evil.net.

    Branches may have such a host of a diocese or a town; only a lure in the other name betrays a pretence.
    """
    is_lured = any(map(lures.is_lure, name.plain.split("-")))
    for known in (one for label in name.below for one in known_hosts.folded.get(fold(label), ())):
        if not known.is_common and (is_lured or not known.has_branches):
            return known, LookalikeKind.SUBDOMAIN
    return None


def beside_hyphens(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find a known name with words before or behind it: unicef-ukraine.org, dec-appeal.org.uk."""
    words = name.plain.split("-")
    for start in range(len(words)):
        for end in range(start + 1, len(words) + 1):
            others = words[:start] + words[end:]
            found = known_hosts.folded.get(fold("".join(words[start:end])), ()) if others else ()
            for known in found:
                if _is_lured(known, others):
                    return known, LookalikeKind.WORDS
    return None


def _is_lured(known: KnownHost, others: Sequence[str]) -> bool:
    """Return whether the words beside a known name make a pretence of it.

    Beside a name that nobody else has, any word does; beside that of branches a town may stand, and beside a
    word anything.
    """
    if known.is_common and len(known.name.folded) > SHORT:
        return all(map(lures.is_ending, others))
    if known.is_common or known.has_branches:
        return all(lures.is_lure(word) or lures.is_country_code(word) for word in others)
    return True


def grown_together(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find a known name that has grown together with lures, and with nothing else: donategofundme.com."""
    for folded in known_hosts.telling:
        before, found, after = name.folded.partition(folded)
        if found and (before or after) and lures.are_lures(before) and lures.are_lures(after):
            known = known_hosts.nearest(name, folded)
            if not known.is_common:
                return known, LookalikeKind.WORDS
    return None


def mixed_scripts(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find the name nearest to one that mixes alphabets."""
    if not is_mixed(name):
        return None
    distances = ((disarm.edit_distance(name.folded, folded), folded) for folded in known_hosts.telling)
    distance, folded = min(distances, default=(_MIXED + 1, ""))
    return (known_hosts.nearest(name, folded), LookalikeKind.LETTERS) if distance <= _MIXED else None


def is_mixed(name: HostName) -> bool:
    """Return whether a label mixes Latin letters with those of an alphabet that has letters like them."""
    scripts = (set(disarm.detect_scripts(label)) for label in (*name.below, name.label))
    return any(disarm.Script.LATIN in found and found & _LIKE_LATIN for found in scripts)


RESEMBLANCES: Sequence[Resemblance] = (
    same_letters,
    one_letter_off,
    whole_host_below,
    beside_hyphens,
    grown_together,
    name_below,
    mixed_scripts,
)
"""In this order: the first one that finds a host names the difference best."""
