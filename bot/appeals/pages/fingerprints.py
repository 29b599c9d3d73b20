"""Fingerprints: what tells to whom the page behind a help link belongs, and whether that has changed.

Pages change all the time: texts, pictures, cookie banners, the hosts that serve them. A Fingerprint has only
what stays as long as the owner does: on whose site one ends, the organisation's name, and where money goes.
Nothing here fetches or parses.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from bot.appeals.hosts.sites import site_of


class Sign(StrEnum):
    """What may differ between two Fingerprints of an Appeal."""

    HOST = "host"
    REDIRECTS = "redirects"
    CERTIFICATE = "certificate"
    PARKED = "parked"
    NAME = "name"
    TITLE = "title"
    PAYMENT = "payment"
    ACCOUNT = "account"
    CARDS = "cards"


class Verdict(StrEnum):
    """same: nothing that matters differs. odd: an editor should look. changed: others may own it now."""

    SAME = "same"
    ODD = "odd"
    CHANGED = "changed"


# Weak signs of two of these kinds together count as a strong one: the way there, the owner, and the money.
_KINDS: Mapping[Sign, str] = {
    Sign.HOST: "way",
    Sign.REDIRECTS: "way",
    Sign.CERTIFICATE: "way",
    Sign.PARKED: "owner",
    Sign.NAME: "owner",
    Sign.TITLE: "owner",
    Sign.PAYMENT: "money",
    Sign.ACCOUNT: "money",
    Sign.CARDS: "money",
}

_WHATEVER_IT_SHOWS = frozenset({Sign.HOST, Sign.PARKED, Sign.NAME})


@dataclass(frozen=True, slots=True)
class PageSigns:
    """What a page shows of its owner.

    title: as it stands in the page. has_name: the organisation's name is in it. payments: the services that
    take the money, or the site of a form that does. accounts: whom a link, a form or the text names as the
    receiver. takes_cards: it asks for the number of a card itself. is_parked: the domain is for sale.
    leads_to: the host to which the page itself forwards a browser; "" if it does not.
    """

    title: str = ""
    has_name: bool = False
    payments: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()
    takes_cards: bool = False
    is_parked: bool = False
    leads_to: str = ""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """A page, and how one gets there.

    address: the final one. hosts: all on the way to it, the final one last. certified: the organisation to
    which the final host's certificate was issued; "" if it only proves the host. Who issued it says nothing.
    """

    address: str
    hosts: tuple[str, ...]
    certified: str = ""
    page: PageSigns = field(default_factory=PageSigns)

    @property
    def host(self) -> str:
        """The host on which a browser ends."""
        return self.page.leads_to or self.hosts[-1]

    def dump(self) -> dict[str, Any]:
        """Return it as it is stored."""
        return asdict(self)

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "Fingerprint":
        """Return what `dump` stored; what an older version did not store has its default."""
        page = {name: _frozen(value) for name, value in stored.get("page", {}).items()}
        return cls(stored["address"], tuple(stored["hosts"]), stored["certified"], PageSigns(**page))


@dataclass(frozen=True, slots=True)
class Difference:
    """One sign, in words before and after. is_strong: it alone says that others may own the page."""

    sign: Sign
    before: str
    after: str
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Change:
    """What differs between two Fingerprints."""

    differences: tuple[Difference, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """What the differences mean together."""
        if not self.differences:
            return Verdict.SAME
        kinds = {_KINDS[one.sign] for one in self.differences}
        if len(kinds) > 1 or any(one.is_strong for one in self.differences):
            return Verdict.CHANGED
        return Verdict.ODD

    def agreed(self, other: "Change") -> "Change":
        """Return what this and the change at another reading have in common, for pages that rotate.

        Where the page is somebody else's both times, it is so whatever it shows; a receiver of money who
        changes from one reading to the next is only odd.
        """
        twins = {one.sign: one for one in other.differences}
        return Change(
            tuple(
                replace(one, is_strong=one.is_strong and twins[one.sign].is_strong and _is_same(one, twins))
                for one in self.differences
                if one.sign in twins and (_is_same(one, twins) or _KINDS[one.sign] == "money")
            )
        )


def _is_same(one: Difference, twins: Mapping[Sign, Difference]) -> bool:
    return one.sign in _WHATEVER_IT_SHOWS or one.after == twins[one.sign].after


def compare(before: Fingerprint, after: Fingerprint) -> Change:
    """Return what differs, as far as it matters."""
    found = [*_on_the_way(before, after), *_of_the_owner(before.page, after.page), *_of_money(before, after)]
    return Change(tuple(found))


def led_away(before: Fingerprint, hosts: tuple[str, ...]) -> Change:
    """Return what differs where the way ended at another site, which showed no page that can be read."""
    if not hosts or site_of(hosts[-1]) in {site_of(before.host), *map(site_of, before.hosts)}:
        return Change()
    return Change((Difference(Sign.HOST, before.host, hosts[-1], is_strong=True),))


def _on_the_way(before: Fingerprint, after: Fingerprint) -> list[Difference]:
    """Compare the sites, not the hosts: www, mobile and regional hosts have one owner."""
    found: list[Difference] = []
    if site_of(before.host) != site_of(after.host):
        found.append(Difference(Sign.HOST, before.host, after.host, is_strong=True))
    known = {site_of(before.host), *map(site_of, before.hosts), site_of(after.host)}
    between = [host for host in after.hosts if site_of(host) not in known]
    if between:
        found.append(Difference(Sign.REDIRECTS, ", ".join(before.hosts), ", ".join(after.hosts)))
    one, other = before.certified, after.certified
    if one and other and _words(one) != _words(other):
        found.append(Difference(Sign.CERTIFICATE, one, other))
    return found


def _of_the_owner(before: PageSigns, after: PageSigns) -> list[Difference]:
    """Compare who the page says it belongs to. While the organisation's name is there, titles may vary."""
    if after.is_parked and not before.is_parked:
        return [Difference(Sign.PARKED, before.title, after.title, is_strong=True)]
    if after.has_name:
        return []
    is_other = not _is_alike(before.title, after.title)
    if before.has_name:
        return [Difference(Sign.NAME, before.title, after.title, is_strong=is_other)]
    return [Difference(Sign.TITLE, before.title, after.title)] if is_other else []


def _of_money(before: Fingerprint, after: Fingerprint) -> list[Difference]:
    """Compare whom one pays. What was there and is gone is no sign: campaigns end.

    A new way beside the known ones is weak, and one in place of all of them is strong; so is a new account in
    place of all known ones of its kind, such as another IBAN.
    """
    old, new = before.page, after.page
    ways = {*old.payments, *old.accounts}
    is_other = bool(ways) and not ways & {*new.payments, *new.accounts}
    found: list[Difference] = []
    if set(new.payments) - set(old.payments):
        is_strong = is_other or _is_replaced(old.payments, new.payments)
        found.append(
            Difference(Sign.PAYMENT, ", ".join(old.payments), ", ".join(new.payments), is_strong=is_strong)
        )
    if set(new.accounts) - set(old.accounts):
        kinds = {one.partition(" ")[0] for one in (*old.accounts, *new.accounts)}
        is_strong = is_other or any(
            _is_replaced(*(_of_kind(kind, page.accounts) for page in (old, new))) for kind in kinds
        )
        found.append(
            Difference(Sign.ACCOUNT, ", ".join(old.accounts), ", ".join(new.accounts), is_strong=is_strong)
        )
    if new.takes_cards and not old.takes_cards:
        found.append(Difference(Sign.CARDS, "", after.host))
    return found


def _is_replaced(before: tuple[str, ...], after: tuple[str, ...]) -> bool:
    """Return whether there is something before and after, and nothing in both."""
    return bool(before) and bool(after) and not set(before) & set(after)


def _of_kind(kind: str, accounts: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(one for one in accounts if one.startswith(f"{kind} "))


def _is_alike(one: str, other: str) -> bool:
    """Return whether two titles share half of the words of the shorter one."""
    first, second = _words(one), _words(other)
    if not first or not second:
        return first == second
    return 2 * len(first & second) >= min(len(first), len(second))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w{3,}", text.casefold()))


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
