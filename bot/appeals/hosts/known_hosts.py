"""The hosts that people trust with money, and how a host is taken apart to compare it with them.

The list is `known_hosts.tsv`; its first lines say where it comes from and what its columns mean.
"""

import unicodedata
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import TYPE_CHECKING

import disarm

if TYPE_CHECKING:
    from tldextract import TLDExtract

# Platforms where anybody has a host of their own, and which the list of public suffixes lacks.
_PLATFORMS = (
    *("wordpress.com", "weebly.com", "tilda.ws", "godaddysites.com", "jimdofree.com", "jimdosite.com"),
    *("squarespace.com", "strikingly.com", "mystrikingly.com", "site123.me", "webnode.page", "business.site"),
    *("tumblr.com", "substack.com", "notion.site", "canva.site", "my.canva.site", "livejournal.com"),
    *("medium.com", "typeform.com", "jotform.com", "gumroad.com", "ghost.io", "webador.com", "ucraft.net"),
    *("hpage.com", "over-blog.com", "yolasite.com", "bravesites.com", "zyrosite.com", "mozello.com"),
)
# Digits and pairs of letters that are read as a letter. Both names of a comparison are changed in this way.
_DIGITS = str.maketrans("013456789", "oleasgtbg")
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))
_ALIKE = str.maketrans("i", "l")
SHORT = 4  # letters: in so short a name i and l differ, and every other letter counts


@dataclass(frozen=True)
class HostName:
    """A host in its parts: what is registered is `label.suffix`, and `below` are the labels before it.

    All are in lower case and decoded from Punycode. `is_shared`: anybody may register below the suffix, which
    is a company's.
    """

    below: tuple[str, ...]
    label: str
    suffix: str
    is_shared: bool

    @property
    def registered(self) -> str:
        """The registered name: "example.org.uk" of "www.example.org.uk"."""
        return ".".join(filter(None, (self.label, self.suffix)))

    @property
    def ascii(self) -> str:
        """The whole host as people should see it: labels in other letters than ASCII's as xn--…"""
        labels = ".".join((*self.below, self.registered)).split(".")
        return ".".join(label if label.isascii() else _encoded(label) for label in labels)

    @cached_property
    def plain(self) -> str:
        """The label as it looks: letters of other scripts and accents replaced by Latin letters."""
        return looks(self.label)

    @cached_property
    def joined(self) -> str:
        """The same without hyphens."""
        return self.plain.replace("-", "")

    @cached_property
    def folded(self) -> str:
        """The label as it may be read in a hurry."""
        return fold(self.label)


@dataclass(frozen=True)
class KnownHost:
    """A host that people trust: of a well-known organisation, or one that editors have verified."""

    host: str
    organisation: str
    notes: frozenset[str] = frozenset()
    is_verified: bool = False

    @cached_property
    def name(self) -> HostName:
        """Its parts."""
        return split(self.host)

    @property
    def has_branches(self) -> bool:
        """Return whether it has sites of its own in many countries or towns, which nobody has listed."""
        return "branches" in self.notes

    @property
    def is_alone(self) -> bool:
        """Return whether it has no sister site in another country: where all
        people pay, or one that editors have verified. Other organisations may have one that nobody listed.
        """
        return self.is_verified or bool(self.notes & {"pages", "payment"})

    @cached_property
    def is_common(self) -> bool:
        """Return whether others rightly have the same name: a word, an abbreviation."""
        return "common" in self.notes or len(self.name.folded) <= SHORT

    @property
    def has_pages(self) -> bool:
        """Return whether anybody can open a page there and ask for money."""
        return "pages" in self.notes

    @property
    def is_shortener(self) -> bool:
        """Return whether its addresses lead to other sites."""
        return "shortener" in self.notes


@cache
def _extract() -> "TLDExtract":
    """Return what splits a host at its public suffix.

    The list comes with the package: no network is used, and no cache folder is written. Hosts below a suffix
    where anybody may register (github.io, blogspot.com) belong to different people.
    """
    from tldextract import TLDExtract  # noqa: PLC0415  # keeps --help quick

    return TLDExtract(
        cache_dir=None, suffix_list_urls=(), include_psl_private_domains=True, extra_suffixes=_PLATFORMS
    )


@cache
def well_known() -> tuple[KnownHost, ...]:
    """Return the hosts of the list."""
    text = files(__package__).joinpath("known_hosts.tsv").read_text("utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(KnownHost(host, name, frozenset(" ".join(notes).split())) for host, name, *notes in rows)


def readable(host: str) -> str:
    """Return a host in lower case, decoded from Punycode, without a dot at its end."""
    return ".".join(_decoded(label) for label in host.strip().lower().rstrip(".").split("."))


def split(host: str) -> HostName:
    """Take a host apart, in any spelling: with the letters of any script, or in its ASCII form."""
    # Signs that look like a dot count as a dot: a person who reads the host sees one.
    seen = unicodedata.normalize("NFKC", readable(host)).replace("。", ".")
    found = _extract()(seen)
    below = tuple(label for label in found.subdomain.split(".") if label)
    is_shared = found.is_private or found.suffix in _PLATFORMS
    return HostName(below, found.domain, found.suffix, is_shared)


def looks(label: str) -> str:
    """Return a label in the Latin letters that it looks like (Unicode TR39), without accents."""
    if label.isascii():
        return label.lower()
    skeleton = unicodedata.normalize("NFD", disarm.skeleton_key(label))
    return "".join(letter for letter in skeleton if not unicodedata.combining(letter))


def fold(label: str) -> str:
    """Return a label as it may be read in a hurry: without hyphens, with letters for digits, "m" for "rn"."""
    folded = looks(label).replace("-", "").translate(_DIGITS)
    for pair, letter in _PAIRS:
        folded = folded.replace(pair, letter)
    return folded.translate(_ALIKE) if len(folded) > SHORT else folded


def _decoded(label: str) -> str:
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def _encoded(label: str) -> str:
    return f"xn--{label.encode('punycode').decode('ascii')}"
