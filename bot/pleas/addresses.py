"""Addresses: where a sentence sends those who want to help: a page, an e-mail address, a number, an
account.
"""

import re
from collections.abc import Iterator

from bot.articles.page.blocks import web_address

# Top-level domains that are written without "www." in texts: generic ones, and those of countries.
_GENERIC = (
    "com|org|net|info|foundation|charity|help|care|ngo|aid|fund|app|social|community|online|site|page|link"
    "|world|earth|church|health|example|wales|cymru|scot|irish|london|paris|berlin|hamburg|koeln|wien|tirol|bayern|swiss"
    "|bzh|cat|gal|eus|alsace|corsica|quebec|museum|coop|school|academy|team|family|love|life|today|live|news|media|events"
    "|center|support|gives|giving|gift|fundraising|club|global|international|agency|studio|art|dog|farm|garden"
)
_COUNTRIES = (
    "ae|ar|at|au|ba|be|bg|bo|br|by|ca|ch|cl|co|cr|cu|cz|de|dk|do|ec|ee|es|eu|fi|fr|ge|gr|gt|hk|hn|hr|hu|ie|il|in|io"
    "|is|it|jp|ke|kr|kz|li|lt|lu|lv|ly|md|me|mk|mx|my|ng|ni|nl|no|nz|pa|pe|ph|pk|pl|pt|py|ro|rs|ru|se|sg|si|sk|sn|sv"
    "|th|tr|tt|tv|ua|ug|uk|us|uy|uz|ve|za"
)
_ENDINGS = frozenset(f"{_GENERIC}|{_COUNTRIES}".split("|"))
# Those of them that are common words: "Come home.it is late" holds no address. Austria and Belgium, whose
# languages we read, are left out.
_WORDS = frozenset({"by", "do", "in", "is", "it", "me", "my", "no", "us"})
_LONGEST_WORD = 12  # letters; a longer label is a name, whatever follows
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_WEB = re.compile(
    rf"https?://[^\s<>\"“”«»]+|(?<![@\w.-])(?:{_LABEL}\.)+(?:{_GENERIC}|{_COUNTRIES})(?![\w-])(?!\.\w)(?:/[^\s<>\"“”«»]*)?",
    re.IGNORECASE,
)
EMAIL = re.compile(rf"[\w.+-]+@(?:{_LABEL}\.)+[^\W\d_]{{2,}}")
PHONE = re.compile(
    r"(?<![\w.,])(?:\+\d{1,3}[ -]?)?(?:\(0?\d{1,5}\) ?)?\d{2,5}(?:[ -]\d{1,4}){1,5}(?![\w%])"
    r"|(?<![\w.,])0\d{6,11}(?!\w)"
)
ACCOUNT = re.compile(
    r"\b[A-Z]{2}\d{2}(?: ?[\dA-Z]){6,63}\b"
    r"|(?<![\w.,])\d{2}(?: \d{4}){5,6}(?!\w)|(?<!\d)\d{4}(?: ?\d{4}){3}(?!\d)"
)
_AFTER = ".,;:!?)]}'’…—–-"
_ABBREVIATION = re.compile(r"^(?:[^\W\d_]\.)+[^\W\d_]{1,2}$")  # "z.B", "e.V", "p.m"


def written_addresses(text: str) -> Iterator[str]:
    """Yield the addresses of pages that are written out in a text, with their scheme."""
    for match in pages(text):
        words = match[0].rstrip(_AFTER)
        address = web_address(words if _has_scheme(words) else f"https://{words}")
        if address:
            yield address


def pages(text: str) -> Iterator[re.Match[str]]:
    """Yield the places where a text writes the address of a page."""
    for match in _WEB.finditer(text):
        words = match[0].rstrip(_AFTER)
        if _has_scheme(words) or _is_host(words.split("/", 1)[0], in_path="/" in words):
            yield match


def _has_scheme(words: str) -> bool:
    return words[:4].lower() == "http"


def _is_host(host: str, *, in_path: bool) -> bool:
    """Return whether this is a host's name, and neither an abbreviation nor a lost space ("Ende.Am")."""
    if _ABBREVIATION.match(host):
        return False
    name, last = host.rsplit(".", 1)
    if last in _WORDS:
        labels = name.split(".")
        return in_path or labels[0].lower() == "www" or len(labels[-1]) > _LONGEST_WORD
    return last in _ENDINGS
