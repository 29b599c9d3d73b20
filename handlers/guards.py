"""What stands before a handler: who is it, may they, and is every tap answered."""

import re

from telegram import Chat, ChatMember, Update

from bot.errors import RefusedError
from bot.i18n import mark
from handlers.context import Context, Handler

_FOR_ADMINS = ("prefs:", "followed", "forgetme:")  # buttons that change what a channel gets
_ADMINS = {ChatMember.OWNER, ChatMember.ADMINISTRATOR}


def actor_of(update: Update) -> str:
    """How the audit log names whoever did this."""
    person = update.effective_user
    return f"editor {person.id}" if person else "unknown"


def known(handler: Handler) -> Handler:
    """The handler finds the Subscriber and their texts in its context."""

    async def guarded(update: Update, context: Context) -> None:
        chat, person = update.effective_chat, update.effective_user
        if chat is None:
            return
        await context.meet(chat, person.language_code if person else None)
        await handler(update, context)

    return guarded


def _own_chat(username: str, data: str) -> str:
    """The link to the chat with us, at the story of a button."""
    story = re.search(r"(?:^|:)story:(\d{1,9})", data)
    return f"https://t.me/{username}?start=" + (f"story_{story[1]}" if story else "latest")


def tapped(handler: Handler) -> Handler:
    """The button stops spinning once its handler is through, however that ends.

    A post in a channel is everybody's: who taps one of its stories reads on in their own chat with us.
    """

    async def guarded(update: Update, context: Context) -> None:
        query, chat = update.callback_query, update.effective_chat
        if query and chat and chat.type == Chat.CHANNEL and not (query.data or "").startswith(_FOR_ADMINS):
            await query.answer(url=_own_chat(context.bot.username, query.data or ""))
            return
        await handler(update, context)
        if update.callback_query is not None and context.job_content is None:
            await update.callback_query.answer()

    return guarded


async def require_admin(update: Update, context: Context) -> None:
    """In a group, only its admins may change what it gets. Raises RefusedError for anybody else."""
    chat, person, message = update.effective_chat, update.effective_user, update.effective_message
    if chat is None or chat.type == Chat.PRIVATE:
        return
    sender = message.sender_chat if message and not update.callback_query else None
    if sender is not None and sender.id == chat.id:  # an admin who stays anonymous writes as the group
        return
    member = await context.bot.get_chat_member(chat.id, person.id) if person else None
    if member is None or member.status not in _ADMINS:
        raise RefusedError(mark("Only the admins of this group may change what it gets."))


def admins_only(handler: Handler) -> Handler:
    """In a group, anybody but its admins is told so, and nothing happens."""

    async def guarded(update: Update, context: Context) -> None:
        await require_admin(update, context)
        await handler(update, context)

    return guarded


def editors_only(handler: Handler) -> Handler:
    """Anybody else is told so, and nothing happens; nor in a group, where everybody would see it."""

    async def guarded(update: Update, context: Context) -> None:
        person = update.effective_user
        if not context.services.is_editor(person.id if person else None):
            raise RefusedError(mark("This is for editors. What readers can do: /help"))
        if update.effective_chat and update.effective_chat.type != Chat.PRIVATE:
            raise RefusedError(mark("Not here, where everybody would see it: write that to me in private."))
        await handler(update, context)

    return guarded
