"""The pages of a gathered message."""

import re

from telegram import Update

from bot.digests.view import DigestPage
from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.rendering.render import DIGEST_PAGE
from handlers.context import Context


async def turn(update: Update, context: Context) -> None:
    """Another page of what came with this message, or back to it from a story."""
    query = update.callback_query
    found = re.fullmatch(rf"digest:({DIGEST_PAGE})", (query.data if query else None) or "")
    if found is None:
        raise InvalidInputError(mark("This button is from an older version. See what there is: /latest"))
    await context.show(
        update, await context.services.digests.page(context.subscriber, DigestPage.parse(found[1]))
    )
