"""The page buttons of a Digest: show another page of it, or return to it from a story."""

from telegram import Update

from bot.i18n import mark
from bot.rendering.buttons import DigestPage
from handlers.context import Context
from handlers.keyboards import read_button

_OUTDATED = mark("This button is out of date. See the latest stories: /latest")


async def turn(update: Update, context: Context) -> None:
    """Show another page of this Digest, or return to it from a story."""
    page = read_button(update, DigestPage, _OUTDATED)
    await context.show(update, await context.services.digests.page(context.subscriber, page))
