"""An address as a QR picture, for posters."""

import io

import segno

_SCALE = 16  # pixels a dot: sharp on a sheet of paper
_BORDER = 4  # dots of white around it (ISO/IEC 18004)


def png(address: str) -> bytes:
    """The picture as PNG; a quarter of it may be torn or dirty, and phones still read it."""
    picture = io.BytesIO()
    segno.make(address, error="q", micro=False).save(picture, kind="png", scale=_SCALE, border=_BORDER)
    return picture.getvalue()
