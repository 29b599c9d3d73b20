"""Decompress an HTTP body piece by piece, with a limit on its size before and after.

aiohttp's own decompression does not do: it ignores an unknown encoding, and reads two header lines as one.
"""

import zlib

ENCODINGS = "gzip, deflate"
"""Our Accept-Encoding: what the standard library can decompress with a limit."""

_GZIP = 16 + zlib.MAX_WBITS
_ZLIB = zlib.MAX_WBITS
_DEFLATE = -zlib.MAX_WBITS  # "deflate" without the zlib header that RFC 9110 requires; some servers send that
_ZLIB_METHOD = 8  # the low half of a zlib stream's first byte (RFC 1950); a bare deflate stream has another


class TooLargeError(Exception):
    """The body is larger than the limit."""


class CorruptDataError(Exception):
    """The body cannot be decompressed: it has another encoding, is cut short, or was changed on the way."""


class Decompressor:
    """Decompresses a body as it arrives.

    Neither the received nor the decompressed bytes may exceed `limit`: a decompression bomb stops at the
    limit, and so does a large stream that decompresses to nothing.
    """

    def __init__(self, encoding: str, limit: int) -> None:
        """`encoding` is the value of Content-Encoding. Raises CorruptDataError if it is none of ENCODINGS."""
        if encoding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise CorruptDataError(encoding)
        self._encoding = encoding
        self._limit = limit
        self._received = 0
        self._made = bytearray()
        self._stream = zlib.decompressobj(_GZIP) if encoding.endswith("gzip") else None

    def feed(self, data: bytes) -> None:
        """Decompress the next piece. Raises TooLargeError or CorruptDataError."""
        self._received += len(data)
        self._refuse_more_than(self._received)
        self._made += self._decompressed(data)
        self._refuse_more_than(len(self._made))

    def finish(self) -> bytes:
        """Return the whole body. Raises CorruptDataError if its end is missing."""
        if self._stream is not None and self._received and not self._stream.eof:
            raise CorruptDataError("cut short")
        return bytes(self._made)

    def partial(self) -> bytes:
        """Return what is decompressed so far, up to the limit."""
        return bytes(self._made[: self._limit])

    def _decompressed(self, data: bytes) -> bytes:
        if self._encoding == "deflate" and self._stream is None and data:
            self._stream = zlib.decompressobj(_ZLIB if data[0] & 0xF == _ZLIB_METHOD else _DEFLATE)
        if self._stream is None:
            return data
        try:
            made = self._stream.decompress(data, self._limit + 1 - len(self._made))
        except zlib.error as error:
            raise CorruptDataError(str(error)) from error
        # Some servers pad with zeros; a second stream after the first is an attack.
        if self._stream.unused_data.strip(b"\0"):
            raise CorruptDataError("goes on after its end")
        return made

    def _refuse_more_than(self, size: int) -> None:
        if size > self._limit:
            raise TooLargeError
