"""Errors on pages: the status of an answer, and the sentence with the name of an editor who was first."""

from collections.abc import Sequence

from bot.editors.actors import person_of
from bot.errors import InvalidInputError, NotFoundError, RefusedError, UserError
from bot.i18n import Texts, mark
from bot.stories.conflicts import ConflictError
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
        return visit.texts.say(error.sentence, **error.values)
    when, person = visit.texts.short_moment(error.at, visit.zone), person_of(error.actor)
    who = error.values["who"]
    if person is not None:
        is_own = person == visit.editor.person_id
        who = visit.texts.say("you") if is_own else await visit.name_of(person)
    return visit.texts.say(error.sentence, **{**error.values, "who": who, "when": when})


def sentence_of(error: UserError, texts: Texts) -> str:
    """Return what an error says that names no editor, in this language."""
    return texts.say(error.sentence, **error.values)
