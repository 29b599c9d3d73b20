"""Character sets: decode the bytes of a page or a file to text."""

import codecs
import re
from collections.abc import Iterator

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

# The sets to guess from, the likeliest first: if it may choose any set, charset-normalizer takes French for
# Czech.
_GUESSED = (
    *("cp1252", "cp1251", "cp1250", "iso8859_2", "koi8_u"),
    *("cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("cp932", "euc_jp", "gb18030", "big5", "euc_kr"),
)
_GUESSED_FROM = 64 * 1024  # bytes; a longer sample takes more time and changes no guess

# In UTF-16, every second byte of Latin, Greek, Cyrillic and Hebrew text is below 6; hardly any byte is in
# other character sets.
_UTF16_HIGH_BYTES = bytes(range(6))
_UTF16_SHARE = 0.7
_UTF16_SAMPLE = 4096


def decode(data: bytes, hint: str | None = None) -> str | None:
    """Decode the bytes; return None if they fit no character set.

    Try in order: byte order mark, UTF-16 without a mark, UTF-8, the set that the page declares, the set that
    its server named (`hint`), a guess from the letters. UTF-8 comes before the declaration because text in
    another set is hardly ever valid UTF-8 by chance.
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
    """Return the share of bytes, 0 to 1, that could be the upper halves of UTF-16 letters."""
    return 1 - len(sample.translate(None, _UTF16_HIGH_BYTES)) / (len(sample) or 1)


def _decoded(data: bytes, charset: str) -> str | None:
    try:
        return data.decode(charset)
    except (UnicodeError, LookupError):
        return None


def _guessed(data: bytes) -> str | None:
    """Decode with the set that gives the most coherent text; of equals the least noisy or likeliest."""
    from charset_normalizer import from_bytes  # noqa: PLC0415  # 3 MiB, which only the pool needs

    # End the sample at a line end, so that it splits no character of several bytes.
    cut = data.rfind(b"\n", 0, _GUESSED_FROM) if len(data) > _GUESSED_FROM else len(data)
    sample = data[: cut if cut > 0 else _GUESSED_FROM]
    matches = from_bytes(sample, cp_isolation=list(_GUESSED))
    ranked = sorted(matches, key=lambda m: (-m.coherence, m.chaos, _GUESSED.index(m.encoding)))
    readings = (_decoded(data, match.encoding) for match in ranked)
    return next((text for text in readings if text is not None), None)
