"""What stands before a handler: who is it, may they, and is every tap answered."""

from telegram import Update

from bot.errors import RefusedError
from bot.texts import mark
from handlers.context import Context, Handler


def known(handler: Handler) -> Handler:
    """The handler finds the Subscriber and their texts in its context."""

    async def guarded(update: Update, context: Context) -> None:
        chat, person = update.effective_chat, update.effective_user
        if chat is None:
            return
        await context.meet(chat, person.language_code if person else None)
        await handler(update, context)

    return guarded


def tapped(handler: Handler) -> Handler:
    """The button stops spinning once its handler is through, however that ends."""

    async def guarded(update: Update, context: Context) -> None:
        await handler(update, context)
        if update.callback_query is not None:
            await update.callback_query.answer()

    return guarded


def editors_only(handler: Handler) -> Handler:
    """Anybody else is told so, and nothing happens."""

    async def guarded(update: Update, context: Context) -> None:
        person = update.effective_user
        if not context.services.is_editor(person.id if person else None):
            raise RefusedError(mark("This is for editors. What readers can do: /help"))
        await handler(update, context)

    return guarded
