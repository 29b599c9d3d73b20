"""Filters of the templates: moments, numbers and shares as the editor's language writes them."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import jinja2

from bot.web.desk.visit import Visit


@jinja2.pass_context
def moment(context: jinja2.runtime.Context, at: datetime | None) -> str:
    """Return day and time in the editor's zone; "" for None."""
    visit = _visit(context)
    return visit.texts.short_moment(at, visit.zone) if at is not None else ""


@jinja2.pass_context
def number(context: jinja2.runtime.Context, value: float) -> str:
    """Return a number with the language's separators."""
    return _visit(context).texts.number(value)


@jinja2.pass_context
def share(context: jinja2.runtime.Context, part: float) -> str:
    """Return a part of 1 as per cent."""
    return _visit(context).texts.share(part)


@jinja2.pass_context
def field(context: jinja2.runtime.Context, at: datetime | None) -> str:
    """Return a moment as the field `datetime-local` has it, in the editor's zone; "" for None."""
    visit = _visit(context)
    return at.astimezone(visit.zone).strftime("%Y-%m-%dT%H:%M") if at is not None else ""


def _visit(context: jinja2.runtime.Context) -> Visit:
    visit: Visit = context["visit"]
    return visit


FILTERS: Mapping[str, Callable[..., Any]] = {
    "moment": moment,
    "number": number,
    "share": share,
    "field": field,
}
"""The filters by the names that templates use."""
