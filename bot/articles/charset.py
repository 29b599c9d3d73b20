"""Bytes to text: which character set a page or a file is written in."""

import codecs
import re
from collections.abc import Iterator

from charset_normalizer import from_bytes

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

_DECLARED = re.compile(rb"""(?:charset|encoding)\s{0,9}=\s{0,9}["']?([A-Za-z0-9_.:-]{2,40})""")
_DECLARED_WITHIN = 16 * 1024  # bytes; 16 of 133 real pages declare it after 1,024, the last at 13,113

# What browsers understand by these labels (WHATWG Encoding Standard): the Windows set that contains them.
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
}  # Python codecs, not pages

# Guessed among these only, the likelier first: given all sets, charset-normalizer takes French for Czech.
_GUESSED = (
    *("cp1252", "cp1251", "cp1250", "iso8859_2", "koi8_u"),
    *("cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("cp932", "euc_jp", "gb18030", "big5", "euc_kr"),
)
_GUESSED_FROM = 64 * 1024  # bytes; more costs time and changes nothing

# UTF-16 has every second byte below 6 in Latin, Greek, Cyrillic and Hebrew text; other text has hardly any.
_UTF16_HIGH_BYTES = bytes(range(6))
_UTF16_SHARE = 0.7
_UTF16_SAMPLE = 4096


def decode(data: bytes, hint: str | None = None) -> str | None:
    """The text, or None when no character set explains the bytes.

    In turn: byte order mark, UTF-16 without a mark, valid UTF-8, what the page declares, what its server
    named (`hint`), a guess from the letters. UTF-8 goes before the declaration: text in another set is hardly
    ever valid UTF-8 by chance.
    """
    for mark, charset in _BOMS:
        if data.startswith(mark):
            return _decoded(data[len(mark) :], charset)
    for charset in _candidates(data, hint):
        text = _decoded(data, charset)
        if text is not None:
            return text
    return _guessed(data)


def _candidates(data: bytes, hint: str | None) -> Iterator[str]:
    sample = data[:_UTF16_SAMPLE]
    if _high_bytes(sample[1::2]) > _UTF16_SHARE:
        yield "utf-16-le"
    elif _high_bytes(sample[0::2]) > _UTF16_SHARE:
        yield "utf-16-be"
    yield "utf-8"
    declared = _DECLARED.search(data[:_DECLARED_WITHIN])
    for named in (declared[1].decode("ascii") if declared else None, hint):
        label = (named or "").lower().replace("_", "-")
        if label and label not in _NOT_CHARSETS:
            yield _LABELS.get(label, label)


def _high_bytes(sample: bytes) -> float:
    """Which share of the bytes could be the upper halves of UTF-16 letters."""
    return 1 - len(sample.translate(None, _UTF16_HIGH_BYTES)) / (len(sample) or 1)


def _decoded(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except (UnicodeError, LookupError):
        return None


def _guessed(data: bytes) -> str | None:
    """The most coherent reading; among equals the less noisy, then the likelier set."""
    # Cut at a line end, so that no character of a wide set is halved.
    cut = data.rfind(b"\n", 0, _GUESSED_FROM) if len(data) > _GUESSED_FROM else len(data)
    sample = data[: cut if cut > 0 else _GUESSED_FROM]
    matches = from_bytes(sample, cp_isolation=list(_GUESSED))
    ranked = sorted(matches, key=lambda m: (-m.coherence, m.chaos, _GUESSED.index(m.encoding)))
    readings = (_decoded(data, match.encoding) for match in ranked)
    return next((text for text in readings if text is not None), None)
