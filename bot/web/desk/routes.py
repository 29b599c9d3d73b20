"""All routes of the desk but those of the entry; each page's own list stands in its file."""

from bot.web.desk import (
    appeals,
    audit,
    editors,
    inbox,
    reports,
    settings,
    sources,
    threads,
    today,
    topics,
)

ROUTES = (
    *today.ROUTES,
    *appeals.ROUTES,
    *reports.ROUTES,
    *sources.ROUTES,
    *topics.ROUTES,
    *threads.ROUTES,
    *inbox.ROUTES,
    *editors.ROUTES,
    *audit.ROUTES,
    *settings.ROUTES,
)
"""A route that changes something is POST, and asks a service."""
