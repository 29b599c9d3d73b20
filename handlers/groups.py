"""What Telegram tells of our place in a chat: let in, shut out, moved."""

from telegram import ChatMember, Update

from handlers.context import Context

_OUT = {ChatMember.LEFT, ChatMember.BANNED}


async def membership(update: Update, context: Context) -> None:
    """A private chat: blocked or unblocked. A group: added or removed. Preferences are kept."""
    change = update.my_chat_member
    if change is None:
        return
    subscribers = context.services.subscribers
    if change.new_chat_member.status in _OUT:
        await subscribers.blocked(change.chat.id)
    elif change.old_chat_member.status in _OUT:
        await subscribers.unblocked(change.chat.id)


async def migration(update: Update, context: Context) -> None:
    """A group became a supergroup: follow it to its new id."""
    message = update.effective_message
    if message is None:
        return
    if message.migrate_to_chat_id:
        await context.services.subscribers.moved(message.chat.id, message.migrate_to_chat_id)
    elif message.migrate_from_chat_id:
        await context.services.subscribers.moved(message.migrate_from_chat_id, message.chat.id)
