"""Roles and rights: what each kind of editor may do."""

from collections.abc import Mapping
from enum import Enum, auto

from bot.i18n import mark
from storage.words import EditorRole


class Right(Enum):
    """What somebody may do.

    write: add and edit drafts, answer readers, propose. publish: show something to readers, send it to them
    or take it away. verify: say that the link of an Appeal is right. manage: name other editors.
    """

    WRITE = auto()
    PUBLISH = auto()
    VERIFY = auto()
    MANAGE = auto()


_RIGHTS: Mapping[EditorRole, frozenset[Right]] = {
    EditorRole.EDITOR: frozenset({Right.WRITE}),
    EditorRole.PUBLISHER: frozenset({Right.WRITE, Right.PUBLISH, Right.VERIFY}),
    EditorRole.OWNER: frozenset(Right),
}

_REFUSALS: Mapping[Right, str] = {
    Right.WRITE: mark("Only editors can do this. All commands: /help"),
    Right.PUBLISH: mark("Only a publisher or an owner can do this. Please ask one of them: /editors"),
    Right.VERIFY: mark("Only a publisher or an owner can verify links. Please ask one of them: /editors"),
    Right.MANAGE: mark("Only an owner can do this. Please ask one of them: /editors"),
}


def has(role: EditorRole | None, right: Right) -> bool:
    """Return whether somebody with this role may do it; None is a reader."""
    return role is not None and right in _RIGHTS[role]


def with_right(right: Right) -> frozenset[EditorRole]:
    """Return the roles that have this right."""
    return frozenset(role for role, rights in _RIGHTS.items() if right in rights)


def refusal(right: Right) -> str:
    """Return the sentence for somebody who may not do it."""
    return _REFUSALS[right]
