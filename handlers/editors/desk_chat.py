"""What editors at the desk do through the bot: letters, invitations, tests and pictures of reports."""

from telegram.error import BadRequest, Forbidden
from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import Texts, mark
from bot.rendering.message import Message, units
from bot.services import Services
from bot.subscribers.feedback import LONGEST_ANSWER, LetterKey
from handlers.editors import letters, people
from handlers.editors.appeals import reports
from handlers.keyboards import parameters
from storage.models import Report

_NO_CHAT = mark("I cannot write to you in Telegram. Open your chat with me, and try again.")
_NO_PICTURE = mark("Telegram does not take this as a picture. Choose a JPEG or PNG file of at most 10 MB.")


class DeskChat:
    """The bot, for the pages of the desk (bot/web/desk/chat.py)."""

    def __init__(self, bot: ExtBot[Lane], services: Services) -> None:
        self._bot = bot
        self._services = services

    def invitation(self, secret: str) -> str:
        """Return the link of an invitation."""
        return people.invitation_link(self._bot, secret)

    async def forget_editor(self, person_id: int) -> None:
        """Take the editors' commands out of the menu of somebody who is no editor any more."""
        await people.forget_menu(self._bot, person_id)

    async def show_letter(self, letter: LetterKey, *, editor: int) -> None:
        """Copy a letter into the editor's chat with the bot.

        Raises NotFoundError if it is gone, RefusedError if the bot may not write to the editor.
        """
        stored = await self._services.feedback.stored(letter)
        if stored is None:
            raise NotFoundError(letters.TOO_OLD)
        try:
            await letters.show_letter(self._bot, self._services, editor, [stored], lane=Lane.REPLY)
        except (BadRequest, Forbidden) as error:
            raise RefusedError(_NO_CHAT) from error

    async def try_report(self, report: Report, *, editor: int, texts: Texts) -> None:
        """Send a Report to the editor. Raises RefusedError if the bot may not write to them."""
        try:
            await reports.send_test(self._bot, editor, report, texts)
        except (BadRequest, Forbidden) as error:
            raise RefusedError(_NO_CHAT) from error

    async def keep_picture(self, picture: bytes, *, editor: int, texts: Texts) -> str:
        """Send a picture to the editor; return the id by which Telegram has it from then on.

        Raises InvalidInputError for what Telegram does not take as a picture, RefusedError if the bot may
        not write to the editor.
        """
        caption = texts.say("The picture of your report. Nothing was sent to readers.")
        try:
            sent = await self._bot.send_photo(editor, picture, caption=caption)
        except Forbidden as error:
            raise RefusedError(_NO_CHAT) from error
        except BadRequest as error:
            raise InvalidInputError(_NO_PICTURE) from error
        return sent.photo[-1].file_id

    async def answer(self, letter: LetterKey, text: str, *, once_more: bool = False) -> None:
        """Send the reader an answer. Its author stays unknown.

        once_more: the editor knows that the letter was answered already. Raises InvalidInputError for a text
        of the wrong length, RefusedError for a second answer, NotFoundError if the letter is gone or its
        reader cannot be reached.
        """
        words = text.strip()
        if not 1 <= units(words) <= LONGEST_ANSWER:
            raise InvalidInputError(mark("An answer has 1 to {limit} characters."), limit=LONGEST_ANSWER)
        stored = await self._services.feedback.stored(letter)
        if stored is None:
            raise NotFoundError(letters.TOO_OLD)
        if stored.answered and not once_more:
            raise RefusedError(mark("An editor has answered this message already. Nothing was sent."))
        try:
            await letters.announce_answer(self._bot, self._services, letter)
            await self._bot.send_message(letter.reader, **parameters(Message(words)))
        except (BadRequest, Forbidden) as error:
            raise NotFoundError(letters.UNREACHABLE) from error
        await letters.mark_answered(self._bot, self._services, letter)
