"""Writes a moment for editors, with the city whose clock shows it."""

from datetime import datetime, tzinfo

from bot.i18n import Texts, unbroken
from bot.subscribers.places import places


def moment_there(moment: datetime, zone: tzinfo, texts: Texts) -> str:
    """Return the day and the time of `moment` in `zone`, and its city: "So., 22. Nov., 13:00 (Berlin)"."""
    city = places.of_zone(str(zone)).name(texts.language)
    return f"{texts.short_moment(moment, zone)} ({unbroken(city)})"
