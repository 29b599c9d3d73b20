"""Errors on pages: the status of an answer, and the sentence with the name of an editor who was first."""

from collections.abc import Sequence
from typing import Any

from bot.errors import InvalidInputError, NotFoundError, RefusedError, UserError
from bot.i18n import Texts, mark
from bot.stories.conflicts import ConflictError
from bot.web.desk.people import names
from bot.web.desk.visit import Visit

NO_SESSION = mark("Your session has ended. Send /desk to the bot to get a new link.")

_STATUS: Sequence[tuple[type[UserError], int]] = (
    (NotFoundError, 404),
    (ConflictError, 409),
    (RefusedError, 403),
    (InvalidInputError, 400),
)


def status_of(error: UserError) -> int:
    """Return the HTTP status of an answer that shows this error."""
    return next((code for kind, code in _STATUS if isinstance(error, kind)), 400)


async def in_words(visit: Visit, error: UserError) -> str:
    """Return the sentence of an error; one about another editor with their name, as Telegram knows it now."""
    if not isinstance(error, ConflictError):
        return sentence_of(error, visit.texts)
    who = (await names.of_actors(visit, [error.actor]))[error.actor]
    return sentence_of(error.named(who, visit.texts.short_moment(error.at, visit.zone)), visit.texts)


def sentence_of(error: UserError, texts: Texts) -> str:
    """Return what an error says that names no editor, in this language."""
    return texts.say(error.sentence, **error.values)


def refusal(error: UserError | None, texts: Texts) -> dict[str, Any]:
    """Return what `Visit.render` takes for a page that says why something was refused, if anything was."""
    return {
        "status": status_of(error) if error else 200,
        "error": sentence_of(error, texts) if error else "",
    }
