"""Prints the time zone of a place; "" at sea: `python -m …timezone_lookup LATITUDE LONGITUDE`.

It runs as a process of its own, which ends: the borders of the zones take 40 MiB and are needed rarely.
"""

import sys


def main() -> None:
    """Print the zone of the place in the arguments."""
    import tzfpy  # noqa: PLC0415  # the bot's own process must not load it

    latitude, longitude = map(float, sys.argv[1:])
    zone = tzfpy.get_tz(longitude, latitude)
    sys.stdout.write("\n" if zone.startswith("Etc/") else f"{zone}\n")


if __name__ == "__main__":
    main()
