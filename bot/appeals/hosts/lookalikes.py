"""Lookalikes: hosts that pass for one that people trust, so that they send their money to somebody else.

Most fakes are plain ASCII: a letter more or less, another ending, a hyphen, a trusted name in front. A host
is compared with the well-known ones (`known_hosts.tsv`) and with those that editors have verified.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from bot.appeals.hosts.known_hosts import HostName, KnownHost, split, well_known
from bot.appeals.hosts.resemblances import RESEMBLANCES, KnownHosts, LookalikeKind, is_mixed


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a host is: `known` itself or below it (no `kind`), a lookalike of it (`kind`), or neither.

    Where only mixed alphabets betray a lookalike, `known` is None.
    """

    host: HostName
    known: KnownHost | None = None
    kind: LookalikeKind | None = None

    @property
    def is_lookalike(self) -> bool:
        """Return whether the host passes for another one."""
        return self.kind is not None

    @property
    def same(self) -> KnownHost | None:
        """Return the known host that it is, or is below of; None if it is none."""
        return None if self.kind else self.known

    @property
    def original(self) -> str:
        """The host that a lookalike passes for; where we do not know that, the host itself."""
        return self.known.host if self.known else self.host.ascii

    @property
    def sentence(self) -> str:
        """The English sentence that says why it is a lookalike; `values` fill it. Empty if it is none."""
        return self.kind.value if self.kind else ""

    @property
    def values(self) -> dict[str, str]:
        """What fills the sentence: both hosts whole, other than ASCII letters as xn--…"""
        return {
            "host": self.host.ascii,
            "owner": self.host.registered,
            "known": self.known.host if self.known else "",
            "organisation": self.known.organisation if self.known else "",
        }


class Lookalikes:
    """Compares hosts with the well-known ones, and with verified ones that the caller hands in."""

    def __init__(self, known: Sequence[KnownHost] | None = None) -> None:
        """Compare with `known`: the hosts of the package's list unless given."""
        self._given = known
        self._verified: Mapping[str, str] = {}
        self._verified_hosts = KnownHosts(())

    def warning(self, host: str, verified: Mapping[str, str]) -> Comparison | None:
        """Return why a host is a lookalike, as `sentence` and `values` for `texts.say`; None if it is none.

        `verified` gives the organisations of verified Appeals by the hosts of their links.
        """
        found = self.compare(host, verified)
        return found if found.is_lookalike else None

    def compare(self, host: str, verified: Mapping[str, str] | None = None) -> Comparison:
        """Say whether a host is a known one, a lookalike of one, or neither. Verified ones count first."""
        name, both = split(host), (self._hosts_of(verified or {}), self._known)
        for known_hosts in both:
            same = known_hosts.hosts.get(name.registered)
            if same is not None:
                return Comparison(name, same)
        for resemblance in RESEMBLANCES:
            for known_hosts in both:
                found = resemblance(known_hosts, name)
                if found is not None:
                    return Comparison(name, *found)
        return Comparison(name, None, LookalikeKind.SCRIPTS if is_mixed(name) else None)

    @cached_property
    def _known(self) -> KnownHosts:
        """The hosts that were given, or the well-known ones."""
        return well_known_hosts() if self._given is None else KnownHosts(self._given)

    def _hosts_of(self, verified: Mapping[str, str]) -> KnownHosts:
        """Return the verified hosts, taken apart only when they have changed."""
        if self._verified != verified:
            known = (
                KnownHost(host, organisation, is_verified=True) for host, organisation in verified.items()
            )
            self._verified, self._verified_hosts = dict(verified), KnownHosts(known)
        return self._verified_hosts


@cache
def well_known_hosts() -> KnownHosts:
    """Return the hosts of the package's list. To take them apart takes a moment, which few commands need."""
    return KnownHosts(well_known())
