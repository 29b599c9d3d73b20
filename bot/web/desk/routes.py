"""All routes of the desk but those of the entry; each page's own list stands in its file."""

from bot.web.desk import today
from bot.web.desk.appeals import appeals, reports
from bot.web.desk.content import sources, threads, topics
from bot.web.desk.people import editors, inbox, readers
from bot.web.desk.pushes import calendar, live, missed, preparation, pushes
from bot.web.desk.records import audit, results, settings
from bot.web.desk.stories import corrections, intake, stories, story

ROUTES = (
    *today.ROUTES,
    *stories.ROUTES,
    *intake.ROUTES,
    *story.ROUTES,
    *corrections.ROUTES,
    *pushes.ROUTES,
    *live.ROUTES,
    *missed.ROUTES,
    *preparation.ROUTES,
    *calendar.ROUTES,
    *appeals.ROUTES,
    *reports.ROUTES,
    *inbox.ROUTES,
    *readers.ROUTES,
    *results.ROUTES,
    *sources.ROUTES,
    *topics.ROUTES,
    *threads.ROUTES,
    *editors.ROUTES,
    *audit.ROUTES,
    *settings.ROUTES,
)
"""A route that changes something is POST, and asks a service."""
