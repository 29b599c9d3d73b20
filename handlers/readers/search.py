"""/search: find stories by their words."""

from telegram import Update

from bot.errors import InvalidInputError, NotFoundError
from bot.i18n import mark
from bot.rendering import lists
from bot.rendering.buttons import SearchPage
from handlers.context import Context
from handlers.keyboards import EXPIRED, read_button
from handlers.readers.stories import NOT_FOUND, SHOWN_WORDS


async def search(update: Update, context: Context) -> None:
    """Show the stories that have all the words, the best first."""
    await _show(update, context, " ".join(context.args or []), page=0)


async def search_page(update: Update, context: Context) -> None:
    """Show another page of what was found; its button carries the words."""
    button = read_button(update, SearchPage, EXPIRED)
    await _show(update, context, button.words, button.page)


async def _show(update: Update, context: Context, words: str, page: int) -> None:
    published, size, language = context.services.published, lists.STORIES_A_PAGE, context.texts.language
    found = await published.find(words, language, limit=size, offset=page * size)
    if not found.words:
        raise InvalidInputError(
            mark("Add words of two letters or more to search for. For example: /search bridge")
        )
    if page and not found.stories:  # fewer stories match than when the button was shown
        page = 0
        found = await published.find(words, language, limit=size)
    if not found.stories:
        raise NotFoundError(NOT_FOUND, words=words[:SHOWN_WORDS])
    await context.show(update, lists.found(found.stories, found.words, page, found.total, context.reader))
