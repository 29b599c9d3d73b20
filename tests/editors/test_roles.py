"""Each role has its rights, and no other."""

import pytest

from bot.editors.actors import COMMAND_LINE, actor_of, person_of
from bot.editors.roles import Right, has, with_right
from storage.words import EditorRole

READER = None
MAY = {
    READER: set(),
    EditorRole.EDITOR: {Right.WRITE},
    EditorRole.PUBLISHER: {Right.WRITE, Right.PUBLISH, Right.VERIFY},
    EditorRole.OWNER: {Right.WRITE, Right.PUBLISH, Right.VERIFY, Right.MANAGE},
}


@pytest.mark.parametrize("right", list(Right))
@pytest.mark.parametrize("role", [READER, *EditorRole])
def test_a_role_has_its_rights(role: EditorRole | None, right: Right) -> None:
    """The table of roles and rights is the one of the design."""
    assert has(role, right) == (right in MAY[role])
    assert role is READER or (role in with_right(right)) == (right in MAY[role])


def test_an_actor_names_a_person_or_none() -> None:
    """The id of a person comes back from the audit log; the command line is no person."""
    assert person_of(actor_of(5_000_000_001)) == 5_000_000_001
    assert person_of(COMMAND_LINE) is None
    assert person_of("editor") is None
