"""Labels: the navigation, and the words of pages for roles and zones."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from bot.editors.desk_address import PATH
from bot.i18n import mark
from bot.rendering.words.editors import ROLES
from bot.subscribers.places import places
from bot.web.desk.visit import Visit
from storage.words import EditorRole

_NAVIGATION: Sequence[tuple[str, str]] = (
    ("/", mark("Today")),
    ("/stories", mark("Stories")),
    ("/pushes", mark("Pushes")),
    ("/calendar", mark("Calendar")),
    ("/appeals", mark("Appeals")),
    ("/inbox", mark("Inbox")),
    ("/readers", mark("Readers")),
    ("/results", mark("Results")),
    ("/sources", mark("Sources")),
    ("/topics", mark("Topics")),
    ("/threads", mark("Threads")),
    ("/editors", mark("Editors")),
    ("/audit", mark("Audit")),
    ("/settings", mark("Configuration")),
)


def navigation(visit: Visit) -> Sequence[tuple[str, str]]:
    """Return address and label of each page in the navigation."""
    return [(PATH + path, visit.texts.say(label)) for path, label in _NAVIGATION]


def role_name(visit: Visit, role: EditorRole) -> str:
    """Return the name of a role."""
    return visit.texts.say(ROLES[role])


def zone_name(visit: Visit) -> str:
    """Return the name of the zone in which the editor reads times: its city."""
    return places.of_zone(visit.zone.key).name(visit.texts.language)


def day_utc(visit: Visit, at: datetime) -> str:
    """Return the day of a moment in UTC, by which readers are numbered."""
    return visit.texts.date(at, UTC)


GLOBALS: Mapping[str, Callable[..., Any]] = {
    "day_utc": day_utc,
    "nav": navigation,
    "role_name": role_name,
    "zone_name": zone_name,
}
"""The functions by the names that templates use."""
