"""Actors: the names under which the audit log knows people."""

import re

from bot.i18n import Texts

COMMAND_LINE = "command line"
_EDITOR = re.compile(r"editor (\d{1,19})")


def actor_of(person_id: int) -> str:
    """Return the name of this person in the audit log."""
    return f"editor {person_id}"


def person_of(actor: str) -> int | None:
    """Return the id of this actor; None for one that is no person, such as the command line."""
    found = _EDITOR.fullmatch(actor)
    return int(found[1]) if found else None


def impersonal(actor: str, texts: Texts) -> str:
    """Return what to call an actor that is no person."""
    return texts.say("someone at the command line") if actor == COMMAND_LINE else actor
