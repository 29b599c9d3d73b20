"""Hours at the command line: how one is given, and how one is printed."""

from datetime import UTC, datetime, tzinfo
from typing import Annotated

import typer

from bot.i18n import SOURCE_LANGUAGE, in_language
from bot.subscribers.moments.local import local_moment

At = Annotated[
    datetime | None,
    typer.Option(formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"], help="When, in DEFAULT_TIMEZONE."),
]


def in_zone(moment: datetime, zone: tzinfo) -> str:
    """Return a moment with its zone and the distance from UTC then: "… (Europe/Kyiv, GMT+02:00)"."""
    offset = f"{moment.astimezone(zone):%z}"
    named = "UTC" if str(zone) == "UTC" else f"{zone}, GMT{offset[:3]}:{offset[3:]}"
    return f"{in_language(SOURCE_LANGUAGE).short_moment(moment, zone)} ({named})"


def moment_of(at: datetime, zone: tzinfo) -> datetime:
    """Return a local time of this zone in UTC. Raises InvalidInputError if clocks skip or repeat it."""
    return local_moment(at.date(), at.hour * 60 + at.minute, zone).astimezone(UTC)
