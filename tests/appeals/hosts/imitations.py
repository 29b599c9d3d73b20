"""Imitations of a host, made the way dnstwist makes them: one small change each."""

from collections.abc import Iterator, Mapping

from bot.appeals.hosts.known_hosts import split

_KEYS = ("1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
_LIKE = {
    "a": "аàą4",
    "c": "с",
    "e": "еé3",
    "i": "і1l",
    "l": "1i",
    "m": ("rn",),
    "o": "оο0",
    "p": "р",
    "s": "ѕ5",
}
_ENDINGS = ("com", "net", "info", "xyz", "online", "com.ua")


def imitations(host: str) -> Mapping[str, list[str]]:
    """Return by kind the hosts that imitate this one."""
    name = split(host)
    label, suffix = name.label, name.suffix
    changed = {
        "homoglyph": _homoglyphs(label),
        "omission": (label[:at] + label[at + 1 :] for at in range(len(label))),
        "repetition": (label[:at] + label[at] + label[at:] for at in range(len(label))),
        "transposition": (
            label[:at] + label[at + 1] + label[at] + label[at + 2 :] for at in range(len(label) - 1)
        ),
        "replacement": _neighbours(label),
        "hyphenation": (f"{label[:at]}-{label[at:]}" for at in range(1, len(label))),
        "words": (
            f"{label}-ukraine",
            f"donate-{label}",
            f"{label}help",
            f"{label}-{suffix.replace('.', '-')}",
        ),
    }
    made = {kind: [f"{one}.{suffix}" for one in labels if one != label] for kind, labels in changed.items()}
    made["ending"] = [f"{label}.{ending}" for ending in _ENDINGS if ending != suffix]
    made["subdomain"] = [f"{host}.evil.net", f"{host.replace('.', '-')}.evil.net", f"www.{host}.help-ua.info"]
    return made


def _homoglyphs(label: str) -> Iterator[str]:
    for at, letter in enumerate(label):
        for like in _LIKE.get(letter, ()):
            yield label[:at] + like + label[at + 1 :]


def _neighbours(label: str) -> Iterator[str]:
    """Yield the label with a letter replaced by each one beside it on the keyboard."""
    for at, letter in enumerate(label):
        row = next((row for row in _KEYS if letter in row), "")
        place = row.find(letter)
        for other in row[max(place - 1, 0) : place] + row[place + 1 : place + 2]:
            yield label[:at] + other + label[at + 1 :]
