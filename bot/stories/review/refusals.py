"""Why a decision could not act, as it is stored until its editor has read it."""

from datetime import datetime
from typing import Any

from bot.errors import RefusedError, UserError
from bot.stories.conflicts import ConflictError


def dump(error: UserError) -> dict[str, Any]:
    """Return the error as plain values."""
    if isinstance(error, ConflictError):
        at = error.at.isoformat()
        return {"story": error.story_id, "actor": error.actor, "action": error.action, "at": at}
    values = {name: one if isinstance(one, int) else str(one) for name, one in error.values.items()}
    return {"sentence": error.sentence, "values": values}


def load(stored: dict[str, Any]) -> UserError:
    """Return the error that was stored: a ConflictError where another editor was first."""
    match stored:
        case {"story": int(story_id), "actor": str(actor), "action": str(action), "at": str(at)}:
            return ConflictError(story_id, actor=actor, action=action, at=datetime.fromisoformat(at))
        case {"sentence": str(sentence), "values": dict(values)}:
            return RefusedError(sentence, **values)
    raise ValueError("this is not a stored refusal")
