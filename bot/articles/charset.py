"""Character sets: decode the bytes of a page or a file to text."""

import codecs
import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from bot.language.detect import detect

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_DECLARED = re.compile(rb"""(?:charset|encoding)\s{0,9}=\s{0,9}["']?([A-Za-z0-9_.:-]{2,40})""")
_DECLARED_WITHIN = 16 * 1024  # bytes; 16 of 133 real pages declare it after 1,024, the last at 13,113

# Browsers decode these labels as the Windows set that contains them (WHATWG Encoding Standard).
_LABELS = {
    **dict.fromkeys(("iso-8859-1", "latin1", "us-ascii", "ascii"), "cp1252"),
    "gb2312": "gb18030",
}
_NOT_CHARSETS = {
    "utf-7",
    "idna",
    "punycode",
    "unicode-escape",
    "raw-unicode-escape",
}  # codecs of Python that no page is written in

# The 8-bit sets to choose from if nothing names one, and the letters beyond ASCII of the languages written in
# them. They share most of their bytes, so that a statistical guess mixes them up.
_EIGHT_BIT = ("cp1252", "cp1251", "cp1250", "iso8859_2", "koi8_u", "cp1257", "cp1254", "cp1253", "iso8859_5")
_CYRILLIC = "абвгдежзийклмнопрстуфхцчшщьюя"
_LETTERS = {
    **dict.fromkeys(("de", "da", "nb", "sv", "fi", "nl"), "äöüßéæøåèëïêóáàç"),
    "en": "éèêëçïîñöüôáíóàäâåæøœ",
    **dict.fromkeys(("fr", "ca"), "àâæçéèêëîïôœùûüÿíóúò·"),
    **dict.fromkeys(("es", "pt", "it", "gl", "eu"), "áéíóúüñçãõâêôàèìòùºª¿¡"),
    "pl": "ąćęłńóśźżé", "cs": "áčďéěíňóřšťúůýž", "sk": "áäčďéíĺľňóôŕšťúýž", "hu": "áéíóöőúüű",
    "ro": "ăâîșțşţ", **dict.fromkeys(("hr", "sl", "bs"), "čćđšžé"), "tr": "çğıöşüâîİ",
    "lt": "ąčęėįšųūž", "lv": "āčēģīķļņšūž", "et": "äõöüšž",
    "uk": _CYRILLIC + "єіїґ’", "ru": _CYRILLIC + "ёъыэ", "be": _CYRILLIC + "ёіўыэ’", "bg": _CYRILLIC + "ъѝ",
    "sr": _CYRILLIC + "ђјљњћџ", "mk": _CYRILLIC + "ѓѕјљњќџѐѝ", "el": "αβγδεζηθικλμνξοπρσςτυφχψωάέήίόύώϊϋΐΰ",
}  # fmt: skip
_SIGNS = frozenset("\xa0\xad‘’‚“”„‹›«»–—…•·°§©®™€£¥½¼¾²³×±´`¡¿№′″†")
_FOREIGN = 0.02  # share of the characters beyond ASCII that may be neither signs nor the language's letters
_ODD = 0.02  # pairs of letters that no word has, for each character; Arabic that is read as Greek has many
_AFTER_LATIN = "\u0250"  # the first letter that is in no alphabet of Latin letters

_ASIAN = (
    "cp932",
    "euc_jp",
    "gb18030",
    "big5",
    "euc_kr",
    "cp1255",
    "cp1256",
)  # charset-normalizer knows these well
_UNASSIGNED = re.compile("[\x80-\x9f\ue000-\uf8ff]")  # what Asian sets make of bytes without a character
_BEYOND = 0.05  # share of the characters; a text in English with a few odd bytes has less
_GUESSED_FROM = 64 * 1024  # bytes; a longer sample takes more time and changes no guess
_BETWEEN = re.compile(rb"[<>\n]+")  # around tags and lines; in no set are these bytes parts of letters

_DAMAGE = 0.1  # damaged characters for each sound one of several bytes; more is another character set
_DECLARED_DAMAGE = 1.0  # the same if the text says that it is in UTF-8
_FEW = 0.005  # share of damaged characters in a text whose declared set is believed all the same

# In UTF-16, every second byte of Latin, Greek, Cyrillic and Hebrew text is below 6; hardly any byte is in
# other character sets.
_UTF16_HIGH_BYTES = bytes(range(6))
_UTF16_SHARE = 0.7
_UTF16_SAMPLE = 4096


def decode(data: bytes, hint: str | None = None) -> str | None:
    """Decode the bytes; return None if no character set fits, or if several fit and nothing decides.

    Try in order: byte order mark, UTF-16 without a mark, UTF-8, UTF-8 with a few damaged characters, the set
    that the text declares, the set that its server named (`hint`), a choice by the letters, and the named
    UTF-8 with damage to nearly all of the few characters beyond ASCII. UTF-8 comes first because text in
    another set is hardly ever valid UTF-8 by chance. A damaged character becomes U+FFFD.
    """
    for mark, charset in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(charset, "replace")
    named = list(_named(data, hint))
    return next((text for text in _readings(data, named) if text is not None), None)


def _readings(data: bytes, named: Sequence[str]) -> Iterator[str | None]:
    """Yield the possible readings of data without a mark, the best first; None where a set does not fit."""
    for charset in (*_utf16(data), "utf-8"):
        yield _decoded(data, charset)
    yield _damaged_utf8(data, _DECLARED_DAMAGE if named[:1] == ["utf-8"] else _DAMAGE)
    for charset in named:
        if charset != "utf-8":
            yield _decoded(data, charset)
            yield _nearly_decoded(data, charset)
    yield _chosen(data)
    if "utf-8" in named:
        yield _nearly_decoded(data, "utf-8")


def _utf16(data: bytes) -> Iterator[str]:
    sample = data[:_UTF16_SAMPLE]
    if _high_bytes(sample[1::2]) > _UTF16_SHARE:
        yield "utf-16-le"
    elif _high_bytes(sample[0::2]) > _UTF16_SHARE:
        yield "utf-16-be"


def _named(data: bytes, hint: str | None) -> Iterator[str]:
    declared = _DECLARED.search(data[:_DECLARED_WITHIN])
    for named in (declared[1].decode("ascii") if declared else None, hint):
        label = (named or "").lower().replace("_", "-")
        if label and label not in _NOT_CHARSETS:
            yield _LABELS.get(label, label)


def _high_bytes(sample: bytes) -> float:
    """Return the share of bytes, 0 to 1, that could be the upper halves of UTF-16 letters."""
    return 1 - len(sample.translate(None, _UTF16_HIGH_BYTES)) / (len(sample) or 1)


def _decoded(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except (UnicodeError, LookupError):
        return None


def _nearly_decoded(data: bytes, charset: str) -> str | None:
    """Decode with a set that does not fit a few bytes; return None if there are more."""
    try:
        text = data.decode(charset, "replace")
    except LookupError:
        return None
    return text if text.count("\ufffd") <= _FEW * len(text) else None


def _damaged_utf8(data: bytes, most: float) -> str | None:
    """Decode UTF-8 with at most so many damaged characters for each sound one; else return None."""
    text = data.decode("utf-8", "replace")
    damaged = text.count("\ufffd")
    sound = sum(character > "\x7f" for character in text) - damaged
    return text if sound and damaged <= most * sound else None


def _chosen(data: bytes) -> str | None:
    """Decode with the set in which all letters are of the language that the text is in.

    Return None if there is none, or if two sets that fit give different texts.
    """
    sample = _prose(data)
    readings = {text: charset for charset in reversed(_EIGHT_BIT) if (text := _decoded(sample, charset))}
    fitting = sorted(
        (odd, charset)
        for text, charset in readings.items()
        if _has_its_letters(text) and (odd := _odd_pairs(text)) <= _ODD * len(text)
    )
    if len(fitting) == 1 or (fitting and fitting[0][0] < fitting[1][0]):
        return data.decode(fitting[0][1], "replace")
    return None if fitting else _asian(data, sample)


def _prose(data: bytes) -> bytes:
    """Return the tags, lines and texts between tags that are not ASCII: those are in a human language.

    Scripts and names of files mostly are ASCII. The end of a long text is left out, from a line on.
    """
    prose = b"\n".join(part for part in _BETWEEN.split(data) if not part.isascii())
    if len(prose) <= _GUESSED_FROM:
        return prose
    cut = prose.rfind(b"\n", 0, _GUESSED_FROM)
    return prose[: cut if cut > 0 else _GUESSED_FROM]


def _odd_pairs(text: str) -> int:
    """Count the letters beside each other that no word has: a capital after a small letter, or two scripts.

    KOI8 has small letters where Windows has capitals; a Greek set has Greek ones for accented Latin ones.
    """
    return sum(
        (one.islower() and other.isupper()) or (_is_latin(one) != _is_latin(other))
        for one, other in pairwise(text)
        if one.isalpha() and other.isalpha()
    )


def _is_latin(letter: str) -> bool:
    return letter < _AFTER_LATIN


def _has_its_letters(text: str) -> bool:
    """Return whether the characters beyond ASCII are signs or letters of the language that the text is in."""
    beyond = [character for character in text.lower() if character > "\x7f" and character not in _SIGNS]
    letters = _LETTERS.get(detect(text) or "")
    if letters is None or not any(character > "\x7f" for character in text):
        return False
    return sum(character not in letters for character in beyond) <= _FOREIGN * len(beyond)


def _asian(data: bytes, sample: bytes) -> str | None:
    """Decode with the set of Asian languages that gives the most coherent text."""
    from charset_normalizer import from_bytes  # noqa: PLC0415  # 3 MiB, which only the pool needs

    matches = from_bytes(sample, cp_isolation=list(_ASIAN))
    ranked = sorted(matches, key=lambda m: (-m.coherence, m.chaos, _ASIAN.index(m.encoding)))
    fitting = (match.encoding for match in ranked if _may_be_asian(str(match)))
    readings = (_decoded(data, charset) for charset in fitting)
    return next((text for text in readings if text is not None), None)


def _may_be_asian(text: str) -> bool:
    """Return whether enough characters are beyond ASCII, and none of them is a control or unassigned."""
    beyond = sum(character > "\x7f" for character in text)
    return beyond >= _BEYOND * len(text) and not _UNASSIGNED.search(text)
