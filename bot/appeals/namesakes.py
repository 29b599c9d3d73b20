"""Namesakes: Appeals that one may take for one another, by their organisation or by their host."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from bot.appeals.hosts.known_hosts import looks
from bot.appeals.hosts.lookalikes import Comparison
from storage.models import Appeal
from storage.words import AppealState

_LIKE = 0.85  # difflib's measure of two names: one other letter in eight


@dataclass(frozen=True, slots=True)
class Namesakes:
    """What one should look at twice.

    - `same_organisation`: other Appeals of an organisation of this name, or nearly, under another host.
    - `same_host`: Appeals of another organisation under the same host.
    - `alike`: why its host looks like that of another site; None if it does not.
    """

    same_organisation: Sequence[Appeal]
    same_host: Sequence[Appeal]
    alike: Comparison | None = None


def namesakes(appeal: Appeal, every: Iterable[Appeal], alike: Comparison | None = None) -> Namesakes:
    """Return which Appeals, of those that are not retired, share only one of organisation and host.

    `alike`: why its host is a lookalike.
    """
    others = [one for one in every if one.id != appeal.id and one.state is not AppealState.RETIRED]
    like = {one.id for one in others if _are_alike(one.organisation, appeal.organisation)}
    at = {one.id for one in others if host(one.url) == host(appeal.url)}
    same_organisation = [one for one in others if one.id in like - at]
    return Namesakes(same_organisation, [one for one in others if one.id in at - like], alike)


def host(url: str) -> str:
    """Return the host of a link as one compares it: without "www."."""
    return (urlsplit(url).hostname or url).removeprefix("www.")


def _are_alike(one: str, other: str) -> bool:
    """Return whether two names read alike, whatever their case, marks, signs and a single other letter."""
    first, second = _folded(one), _folded(other)
    if not first or not second:
        return first == second and one == other
    return first == second or SequenceMatcher(None, first, second, autojunk=False).ratio() >= _LIKE


def _folded(name: str) -> str:
    return "".join(letter for letter in looks(name.casefold()) if letter.isalnum())
