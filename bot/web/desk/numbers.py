"""Numbers that forms and addresses have, as browsers send them or as somebody makes them up."""

_DIGITS = 9  # a database takes any number with so many


def number_in(written: str) -> int | None:
    """Return the number from 0 on that a text consists of; None for anything else."""
    plain = written.isascii() and written.isdecimal() and len(written) <= _DIGITS
    return int(written) if plain else None
