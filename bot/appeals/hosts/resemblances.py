"""Resemblances: the ways in which a host can pass for another one, each with the known host that it finds."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum

import disarm

from bot.appeals.hosts import lures
from bot.appeals.hosts.known_hosts import HostName, KnownHost, fold, looks
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
_FOR_ORGANISATIONS = frozenset({"org", "ngo", "ong", "int"})
_LIKE_LATIN = {disarm.Script.CYRILLIC, disarm.Script.GREEK, disarm.Script.ARMENIAN, disarm.Script.CHEROKEE}


class LookalikeKind(StrEnum):
    """In what a host differs from the one that it looks like; the value is the sentence that says so."""

    LETTERS = mark("{host} uses letters that only look like those of {known} ({organisation}).")
    DIGITS = mark("{host} has a digit where {known} ({organisation}) has a letter.")
    SPELLING = mark("{host} is spelled almost like {known} ({organisation}): one letter differs.")
    HYPHEN = mark("{host} differs from {known} ({organisation}) only by a hyphen.")
    ENDING = mark("{host} has the same name as {known} ({organisation}), but a different ending.")
    WORDS = mark("{host} adds words to the name of {known} ({organisation}) and is another site.")
    SUBDOMAIN = mark("{host} begins like {known} ({organisation}) but belongs to {owner}.")
    SCRIPTS = mark("{host} mixes letters of different alphabets, which can imitate another name.")


class KnownHosts:
    """Known hosts by what lookalikes have in common with them.

    hosts: by registered name. joined, folded: by `HostName.joined` and `HostName.folded`, which many share.
    telling: the folded names that are long enough to be recognised inside of another one.
    """

    def __init__(self, known: Iterable[KnownHost]) -> None:
        self.hosts: dict[str, KnownHost] = {}
        self.folded: dict[str, list[KnownHost]] = defaultdict(list)
        self.joined: dict[str, list[KnownHost]] = defaultdict(list)
        for one in known:
            self.hosts.setdefault(one.name.registered, one)
            if one.name.label:  # else it is a suffix where anybody may register
                self.folded[one.name.folded].append(one)
                self.joined[one.name.joined].append(one)
        self.telling = [folded for folded in self.folded if len(folded) >= _TELLING]
        self._by_end: dict[str, set[str]] = defaultdict(set)
        for joined in (one for one in self.joined if len(one) >= _TELLING):
            for end in _ends(joined):
                self._by_end[end].add(joined)

    def almost(self, joined: str) -> Iterator[str]:
        """Yield the names without hyphens that are one typing error away."""
        near: set[str] = set().union(*(self._by_end.get(end, ()) for end in _ends(joined)))
        yield from sorted(one for one in near if spelling.distance(joined, one, 1) == 1)


def _ends(joined: str) -> tuple[str, str]:
    return f"{joined[:_END]}…", f"…{joined[-_END:]}"


def _nearest(hosts: Sequence[KnownHost], name: HostName) -> KnownHost:
    """Return the host with the same ending, else the first one."""
    return next((one for one in hosts if one.name.suffix == name.suffix), hosts[0])


Found = tuple[KnownHost, LookalikeKind] | None
Resemblance = Callable[[KnownHosts, HostName], Found]


def same_letters(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find a name that reads the same: in other letters, with digits or hyphens, with another ending."""
    if name.folded not in known_hosts.folded:
        return None
    known = _nearest(known_hosts.folded[name.folded], name)
    kind = _difference(name, known)
    if known.name.suffix == name.suffix:
        return known, kind
    if known.is_common or (kind in _OF_SISTERS and _may_be_sister(known, name)):
        return None
    return known, kind


def _difference(name: HostName, known: KnownHost) -> LookalikeKind:
    if not name.label.isascii():
        return LookalikeKind.LETTERS
    if name.plain == known.name.plain:
        return LookalikeKind.ENDING
    if name.joined == known.name.joined:
        return LookalikeKind.HYPHEN
    other_digits = re.sub(r"\D", "", name.plain) != re.sub(r"\D", "", known.name.plain)
    return LookalikeKind.DIGITS if other_digits else LookalikeKind.LETTERS


# In these, the sites of one organisation in several countries differ.
_OF_SISTERS = {LookalikeKind.ENDING, LookalikeKind.HYPHEN, LookalikeKind.SPELLING}


def _may_be_sister(known: KnownHost, name: HostName) -> bool:
    """Return whether the host may be of the same organisation in another country, by its ending.

    Nobody can list them all, and an alarm on one of them would harm it. True does not mean that it is one.
    """
    *kind, ending = name.suffix.split(".")
    if known.is_alone or name.is_shared or _FOR_COMPANIES & set(kind):
        return False
    is_country = len(ending) == _COUNTRY or not ending.isascii()
    return ending in _FOR_ORGANISATIONS if not is_country else bool(kind) or ending not in _FOR_ALL


def one_letter_off(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find a name with one letter added, left out, replaced or swapped."""
    if name.joined in known_hosts.joined:  # it is no misspelling
        return None
    for joined in known_hosts.almost(name.joined):
        known = _nearest(known_hosts.joined[joined], name)
        if _is_no_chance(name, known):
            return known, LookalikeKind.SPELLING
    return None


def _is_no_chance(name: HostName, known: KnownHost) -> bool:
    """Return whether the name is too near to be another one. The plural of a common name is another one."""
    length, same_ending = len(known.name.joined), known.name.suffix == name.suffix
    if known.is_common:
        is_plural = name.plain.rstrip("s") == known.name.plain.rstrip("s")
        return same_ending and length >= _COMMON_LONG and not is_plural
    return same_ending or (length >= _LONG and not _may_be_sister(known, name))


def whole_host_below(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find a whole known host in front of another one: unicef.org.evil.net, unicef-org.evil.net."""
    below = [fold(part) for label in name.below for part in label.split("-")]
    for known in (one for folded in below for one in known_hosts.folded.get(folded, ())):
        wanted = [fold(part) for part in re.split(r"[.-]", known.name.registered)]
        if any(below[at : at + len(wanted)] == wanted for at in range(len(below))):
            return known, LookalikeKind.SUBDOMAIN
    return None


def name_with_dots(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find a known name with a dot in it: western.union.com."""
    if not name.below:
        return None
    joined = "".join((*map(looks, name.below), name.plain)).replace("-", "")
    for known in known_hosts.joined.get(joined, ()):
        if len(joined) >= _TELLING:
            return known, LookalikeKind.SUBDOMAIN
    return None


def name_below(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find a known name as a label below another host: gofundme.evil.net.

    Branches may have such a host of a diocese or a town; only a lure in the other name betrays a pretence.
    """
    is_lured = any(lures.is_lure(word, countries=False) for word in name.plain.split("-"))
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

    Beside the name of a shop for money any word does; beside other names a lure, for their own sites have a
    town or a "foundation" there; beside a word of everyday language only the ending of a host.
    """
    if known.is_alone and not known.is_common:
        return True
    if "common" in known.notes:
        return all(map(lures.is_ending, others))
    own = known.name.suffix.split(".")
    return all(word in own or lures.is_lure(word, countries=known.is_alone) for word in others)


def grown_together(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find a known name that has grown together with lures, and with nothing else: donategofundme.com."""
    for folded in known_hosts.telling:
        before, found, after = name.folded.partition(folded)
        if found and (before or after):
            known = _nearest(known_hosts.folded[folded], name)
            if not known.is_common and _are_lures(known, before, after):
                return known, LookalikeKind.WORDS
    return None


def _are_lures(known: KnownHost, before: str, after: str) -> bool:
    """Return whether what stands around a known name are lures, or its own ending."""
    is_own_ending = after == fold(known.name.suffix.replace(".", ""))
    parts = (before,) if is_own_ending else (before, after)
    return all(lures.are_lures(part, countries=known.is_alone) for part in parts)


def mixed_scripts(known_hosts: KnownHosts, name: HostName) -> Found:
    """Find the name nearest to one that mixes alphabets."""
    if not is_mixed(name):
        return None
    distances = ((disarm.edit_distance(name.folded, folded), folded) for folded in known_hosts.telling)
    distance, folded = min(distances, default=(_MIXED + 1, ""))
    if distance > _MIXED:
        return None
    return _nearest(known_hosts.folded[folded], name), LookalikeKind.LETTERS


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
    name_with_dots,
    name_below,
    mixed_scripts,
)
"""In this order: the first one that finds a host names the difference best."""
