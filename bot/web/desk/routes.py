"""All routes of the desk but those of the entry; each page's own list stands in its file."""

from bot.web.desk import editors, readers, results, today
from bot.web.desk.pushes import calendar, live, preparation, pushes
from bot.web.desk.stories import corrections, intake, stories, story

ROUTES = (
    *today.ROUTES,
    *stories.ROUTES,
    *intake.ROUTES,
    *story.ROUTES,
    *corrections.ROUTES,
    *pushes.ROUTES,
    *live.ROUTES,
    *preparation.ROUTES,
    *calendar.ROUTES,
    *readers.ROUTES,
    *results.ROUTES,
    *editors.ROUTES,
)
"""A route that changes something is POST, and asks a service."""
