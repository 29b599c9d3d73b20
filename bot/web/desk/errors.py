"""Errors to people on pages: the status of the answer, and the sentence."""

from collections.abc import Sequence

from bot.errors import InvalidInputError, NotFoundError, RefusedError, UserError
from bot.i18n import Texts

_STATUS: Sequence[tuple[type[UserError], int]] = (
    (NotFoundError, 404),
    (RefusedError, 403),
    (InvalidInputError, 400),
)


def status_of(error: UserError) -> int:
    """Return the status of HTTP for an error."""
    return next((code for kind, code in _STATUS if isinstance(error, kind)), 400)


def sentence_of(error: UserError, texts: Texts) -> str:
    """Return what an error says, in the editor's language."""
    return texts.say(error.sentence, **error.values)
