"""Undo a Content-Encoding piece by piece, without ever making more than was allowed.

Not left to aiohttp: it takes an unknown encoding for none, and two header lines for one.
"""

import zlib

ENCODINGS = "gzip, deflate"
"""What we say we take (Accept-Encoding): what the standard library can undo with a limit."""

_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_DEFLATE = -zlib.MAX_WBITS  # "deflate" without the zlib header that RFC 9110 asks for; some servers send it
_ZLIB_METHOD = 8  # the low half of a zlib stream's first byte (RFC 1950); no bare deflate stream begins so


class TooLargeError(Exception):
    """There is more than the limit."""


class CorruptDataError(Exception):
    """It cannot be undone: another encoding than was said, cut short, or changed on the way."""


class Decompressor:
    """Takes a body as it comes over the wire and gives what was packed in it.

    Neither side of it may exceed `limit` bytes: a bomb is stopped before it is built, and so is a stream that
    is large and packs nothing.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        """`encoding` is the value of Content-Encoding. CorruptDataError where it is not one of ours."""
        if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise CorruptDataError(encoding)
        self._encoding = encoding
        self._limit = limit
        self._taken = 0
        self._made = bytearray()
        self._stream = zlib.decompressobj(_GZIP) if encoding.endswith("gzip") else None

    def feed(self, data: bytes) -> None:
        """Take the next piece. Raises TooLargeError or CorruptDataError."""
        self._taken += len(data)
        self._refuse_more_than(self._taken)
        self._made += self._unpacked(data)
        self._refuse_more_than(len(self._made))

    def finish(self) -> bytes:
        """All that was packed. Raises CorruptDataError where the end is missing."""
        if self._stream is not None and self._taken and not self._stream.eof:
            raise CorruptDataError("cut short")
        return bytes(self._made)

    def begun(self) -> bytes:
        """What was unpacked until now, up to the limit."""
        return bytes(self._made[: self._limit])

    def _unpacked(self, data: bytes) -> bytes:
        if self._encoding == "deflate" and self._stream is None and data:
            self._stream = zlib.decompressobj(_ZLIB if data[0] & 0xF == _ZLIB_METHOD else _DEFLATE)
        if self._stream is None:
            return data
        try:
            made = self._stream.decompress(data, self._limit + 1 - len(self._made))
        except zlib.error as error:
            raise CorruptDataError(str(error)) from error
        # Some servers fill up with zeros; a second stream behind the first is a trick.
        if self._stream.unused_data.strip(b"\0"):
            raise CorruptDataError("goes on after its end")
        return made

    def _refuse_more_than(self, size: int) -> None:
        if size > self._limit:
            raise TooLargeError
