"""What pages of the desk do through the bot; handlers/editors/desk_chat.py does it."""

from typing import Protocol

from bot.i18n import Texts
from bot.subscribers.feedback import LetterKey
from storage.models import Report


class Chat(Protocol):
    """The bot in Telegram. Its methods raise a UserError for what it cannot do."""

    def invitation(self, secret: str) -> str:
        """Return the link of an invitation."""
        ...

    async def forget_editor(self, person_id: int) -> None:
        """Take the editors' commands out of the menu of somebody who is no editor any more."""
        ...

    async def show_letter(self, letter: LetterKey, *, editor: int) -> None:
        """Copy a letter into the editor's chat with the bot."""
        ...

    async def answer(self, letter: LetterKey, text: str, *, once_more: bool = False) -> None:
        """Send the reader an answer; `once_more`: although the letter was answered already."""
        ...

    async def try_report(self, report: Report, *, editor: int, texts: Texts) -> None:
        """Send a Report to the editor, and to nobody else."""
        ...

    async def keep_picture(self, picture: bytes, *, editor: int, texts: Texts) -> str:
        """Send a picture to the editor; return the id by which Telegram has it from then on."""
        ...
