"""Draw an address as a QR code, for posters."""

import io

import segno

_SCALE = 16  # pixels of a module: sharp on a sheet of paper
_BORDER = 4  # white modules around the code (ISO/IEC 18004)


def png(address: str) -> bytes:
    """Return the picture as PNG. Phones still read it if a quarter of it is torn or dirty (level Q)."""
    picture = io.BytesIO()
    segno.make(address, error="q", micro=False).save(picture, kind="png", scale=_SCALE, border=_BORDER)
    return picture.getvalue()
