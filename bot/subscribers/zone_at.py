"""`python -m bot.subscribers.zone_at LATITUDE LONGITUDE`: print the time zone of a place; nothing at sea.

A process of its own, which ends: the borders of the zones take 40 MiB, and are asked for rarely.
"""

import sys


def main() -> None:
    """Answer the question in the arguments."""
    import tzfpy  # noqa: PLC0415  # the bot's own process must not load it

    latitude, longitude = map(float, sys.argv[1:])
    zone = tzfpy.get_tz(longitude, latitude)
    print("" if zone.startswith("Etc/") else zone)  # noqa: T201  # the answer


if __name__ == "__main__":
    main()
