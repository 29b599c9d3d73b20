"""The words for editors: their roles, and what each of them may do."""

from collections.abc import Mapping

from bot.i18n import mark
from storage.words import EditorRole

ROLES: Mapping[EditorRole, str] = {
    EditorRole.EDITOR: mark("Editor"),
    EditorRole.PUBLISHER: mark("Publisher"),
    EditorRole.OWNER: mark("Owner"),
}
MAY: Mapping[EditorRole, str] = {
    EditorRole.EDITOR: mark("Writes and edits drafts, answers readers, proposes pushes and appeals."),
    EditorRole.PUBLISHER: mark("Can also publish, send, correct and withdraw stories, and verify links."),
    EditorRole.OWNER: mark("Can do everything, and chooses who the editors are."),
}
