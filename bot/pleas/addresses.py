"""Addresses: where a sentence sends those who want to help: a page, an e-mail address, a number, an
account.
"""

import re
from collections.abc import Iterator

from bot.articles.page.blocks import web_address

# Top-level domains that are written without "www." in texts; any two letters are a country's.
_GENERIC = (
    "com|org|net|info|foundation|charity|help|care|ngo|aid|fund|app|social|community|online|site|page|link"
    "|world|earth|church|health|example|wales|cymru|scot|irish|london|paris|berlin|hamburg|koeln|wien|tirol|bayern|swiss"
    "|bzh|alsace|corsica|quebec|museum|coop|school|academy|team|family|love|life|today|live|news|media|events|center"
    "|support|gives|giving|gift|fundraising|foundation|team|club|global|international|agency|studio|art|dog|farm|garden"
)
_SHORTEST_GENERIC = 3  # letters; two are a country's
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
WEB = re.compile(
    rf"https?://[^\s<>\"“”«»]+|(?<![@\w.-])(?:{_LABEL}\.)+(?:{_GENERIC}|[a-z]{{2}})(?![\w-])(?!\.\w)(?:/[^\s<>\"“”«»]*)?",
    re.IGNORECASE,
)
EMAIL = re.compile(rf"[\w.+-]+@(?:{_LABEL}\.)+[^\W\d_]{{2,}}")
PHONE = re.compile(
    r"(?<![\w.,])(?:\+\d{1,3}[ -]?)?(?:\(0?\d{1,5}\) ?)?\d{2,5}(?:[ -]\d{1,4}){1,5}(?![\w%])"
    r"|(?<![\w.,])0\d{6,11}(?!\w)"
)
ACCOUNT = re.compile(
    r"\b[A-Z]{2}\d{2}(?: ?[\dA-Z]{2,7}){3,9}\b"
    r"|(?<![\w.,])\d{2}(?: \d{4}){5,6}(?!\w)|(?<!\d)\d{4}(?: ?\d{4}){3}(?!\d)"
)
_AFTER = ".,;:!?)]}'’…—–-"
_ABBREVIATION = re.compile(r"^(?:[^\W\d_]\.)+[^\W\d_]{1,2}$")  # "z.B", "e.V", "p.m"


def written_addresses(text: str) -> Iterator[str]:
    """Yield the addresses of pages that are written out in a text, with their scheme."""
    for match in WEB.finditer(text):
        words = match[0].rstrip(_AFTER)
        host = words.split("/", 1)[0]
        if words[:4].lower() != "http" and (_ABBREVIATION.match(host) or not _is_host(host)):
            continue
        address = web_address(words if words[:4].lower() == "http" else f"https://{words}")
        if address:
            yield address


def _is_host(host: str) -> bool:
    """Return whether this is a host's name, and not two sentences without a space ("Ende.Am")."""
    last = host.rsplit(".", 1)[-1]
    return last.islower() and (len(last) >= _SHORTEST_GENERIC or last in _COUNTRIES)


# Country codes that are no common words in our languages, besides those of countries whose language we read.
_COUNTRIES = frozenset(
    re.findall(
        r"\w+",
        "ar at au be bg bo br by ca cat gal eus ch cl co cr cu cz de dk do ec ee es eu fi "
        "fr gl gr gt hk hn hr hu ie il in io is it jp ke kr kz li lt lu lv ly md "
        "me mx my ng ni nl no nz pa pe ph pk pl pt py ro rs ru se sg si sk sn sv "
        "th tr tt tv ua ug uk us uy ve za ",
    )
)
