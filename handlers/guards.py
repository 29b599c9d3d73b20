"""Wrap handlers: find the Subscriber first, check who may do this, and answer every tap."""

from telegram import Chat, ChatMember, Update

from bot.editors import actors
from bot.editors.roles import Right, refusal
from bot.errors import RefusedError
from bot.i18n import mark
from bot.rendering.buttons import (
    START,
    STOP,
    DayOffButton,
    FollowedThreads,
    FollowThread,
    ForgetMe,
    PreferencesButton,
    WelcomeButton,
    story_in,
)
from handlers.context import Context, Handler

# They change what a group or channel gets.
_FOR_ADMINS = (
    PreferencesButton.PREFIX,
    DayOffButton.PREFIX,
    FollowedThreads.PREFIX,
    ForgetMe.PREFIX,
    WelcomeButton.PREFIX,
    START,
    STOP,
)
_ADMINS = {ChatMember.OWNER, ChatMember.ADMINISTRATOR}


def actor_of(update: Update) -> str:
    """Return the name in the audit log of the person who did this."""
    person = update.effective_user
    return actors.actor_of(person.id) if person else "unknown"


def known(handler: Handler) -> Handler:
    """Put the Subscriber and the texts into the context before the handler runs."""

    async def guarded(update: Update, context: Context) -> None:
        chat, person = update.effective_chat, update.effective_user
        if chat is None:
            return
        await context.meet(chat, person.language_code if person else None)
        await handler(update, context)

    return guarded


def _link_to_chat(username: str, data: str) -> str:
    """Return the link to the chat with the bot, at the story of a button."""
    story_id = story_in(data)
    return f"https://t.me/{username}?start=" + ("latest" if story_id is None else f"story_{story_id}")


def tapped(handler: Handler) -> Handler:
    """Answer the tap once the handler is through, so that the button stops spinning.

    In a group or channel a message is everybody's: a tap to read something opens the person's own chat with
    the bot, and changes nothing for the others. Only admins change such a message, with what the chat gets.
    """

    async def guarded(update: Update, context: Context) -> None:
        query = update.callback_query
        if query is not None and await _is_for_oneself(update, context, query.data or ""):
            await query.answer(url=_link_to_chat(context.bot.username, query.data or ""))
            return
        await handler(update, context)
        if update.callback_query is not None and context.job_content is None:
            await context.replies.stop_spinning(update.callback_query.id)

    return guarded


async def _is_for_oneself(update: Update, context: Context, data: str) -> bool:
    """Return whether a tap is answered in the person's own chat. Raises RefusedError if it is for admins."""
    chat = update.effective_chat
    if chat is None or chat.type == Chat.PRIVATE:
        return False
    if data.startswith(FollowThread.PREFIX) and chat.type != Chat.CHANNEL:
        return not await _is_admin(update, context)
    if data.startswith(_FOR_ADMINS):
        await require_admin(update, context)
        return False
    return True


async def require_admin(update: Update, context: Context) -> None:
    """Raise RefusedError if this is a group and the person is none of its admins."""
    if not await _is_admin(update, context):
        raise RefusedError(mark("Only admins of this group can change what it gets."))


async def _is_admin(update: Update, context: Context) -> bool:
    """Return whether the person may change what the chat gets; in a private chat always."""
    chat, person, message = update.effective_chat, update.effective_user, update.effective_message
    if chat is None or chat.type == Chat.PRIVATE:
        return True
    sender = message.sender_chat if message and not update.callback_query else None
    if sender is not None and sender.id == chat.id:  # an admin who stays anonymous writes as the group
        return True
    member = await context.bot.get_chat_member(chat.id, person.id) if person else None
    return member is not None and member.status in _ADMINS


def admins_only(handler: Handler) -> Handler:
    """Run the handler only for the admins of a group; refuse others with a sentence."""

    async def guarded(update: Update, context: Context) -> None:
        await require_admin(update, context)
        await handler(update, context)

    return guarded


async def require_right(update: Update, context: Context, right: Right) -> None:
    """Raise RefusedError if the person may not do this now: buttons may be older than their role."""
    for needed in (Right.WRITE, right):
        if not await context.may(update, needed):
            raise RefusedError(refusal(needed))


def editors_only(handler: Handler, *, everywhere: bool = False) -> Handler:
    """Run the handler only for editors, in their private chat: a group would see it all.

    `everywhere`: in groups too.
    """

    async def guarded(update: Update, context: Context) -> None:
        await require_right(update, context, Right.WRITE)
        if not everywhere and update.effective_chat and update.effective_chat.type != Chat.PRIVATE:
            raise RefusedError(mark("Everyone here would see this. Please send it to me in a private chat."))
        await handler(update, context)

    return guarded
