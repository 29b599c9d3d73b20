"""/search: stories by their words."""

from telegram import Update

from bot.errors import InvalidInputError, NotFoundError
from bot.i18n import mark
from bot.rendering import render
from handlers.context import Context
from handlers.readers.stories import NOT_FOUND, SHOWN_WORDS


async def search(update: Update, context: Context) -> None:
    """The stories that have all the words, the best first."""
    await _show(update, context, " ".join(context.args or []), page=0)


async def search_page(update: Update, context: Context) -> None:
    """‹ and › under what was found: the button carries the page and the words."""
    data = (update.callback_query.data if update.callback_query else None) or ""
    _, page, words = data.split(":", 2)
    await _show(update, context, words, page=int(page))


async def _show(update: Update, context: Context, typed: str, page: int) -> None:
    services, size, language = context.services, render.LATEST_PAGE, context.texts.language
    found = await services.search.find(typed, language, limit=size, offset=page * size)
    if not found.words:
        raise InvalidInputError(mark("Say some words of the story, of two letters or more: /search bridge"))
    if page and not found.stories:  # fewer fit since the button was shown
        page = 0
        found = await services.search.find(typed, language, limit=size)
    if not found.stories:
        raise NotFoundError(NOT_FOUND, words=typed[:SHOWN_WORDS])
    await context.show(update, render.found(found.stories, found.words, page, found.total, context.reader))
