"""The moment that clocks in a time zone show, where they change twice a year."""

from datetime import UTC, date, datetime, time, timedelta, tzinfo

from bot.errors import InvalidInputError
from bot.i18n import mark

NO_SUCH_DAY = mark("There is no such day. Check the calendar.")
_CLOCKS_CHANGE = mark(
    "The clocks change that day, so this time is missing or comes twice. Choose another time."
)


def local_moment(day: date, minutes: int, zone: tzinfo) -> datetime:
    """Return the moment that clocks in the zone show so many minutes after the midnight that begins the day.

    Raises InvalidInputError if clocks skip or repeat this time, or if no calendar has it.
    """
    try:
        shown = datetime.combine(day, time()) + timedelta(minutes=minutes)
        sides = [shown.replace(tzinfo=zone, fold=fold) for fold in (0, 1)]
        moments = {side.astimezone(UTC) for side in sides}
    except OverflowError:
        raise InvalidInputError(NO_SUCH_DAY) from None
    if len(moments) > 1:  # PEP 495: in a gap and in a repeated hour, and only there, the two sides differ
        raise InvalidInputError(_CLOCKS_CHANGE)
    return sides[0]
