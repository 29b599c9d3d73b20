"""Handle what Telegram reports about the bot's membership in a chat: added, removed, blocked, moved."""

from contextlib import suppress

from telegram import (
    Chat,
    ChatMember,
    ChatMemberAdministrator,
    ChatMemberRestricted,
    ChatMemberUpdated,
    Update,
)
from telegram.error import BadRequest, Forbidden

from bot.i18n import Texts
from bot.rendering.buttons import START
from bot.rendering.message import Button, Composer, Message
from handlers.context import Context, kind_of
from storage.words import ChatKind

_OUT = {ChatMember.LEFT, ChatMember.BANNED}


async def membership(update: Update, context: Context) -> None:
    """Note that the bot was blocked or unblocked, added or removed. The chat's preferences stay."""
    change = update.my_chat_member
    if change is None:
        return
    chat, subscribers = change.chat, context.services.subscribers
    if not _may_write(chat, change.new_chat_member):
        await subscribers.blocked(chat.id)
    elif not _may_write(chat, change.old_chat_member):
        if chat.type == Chat.CHANNEL:  # an admin who lets the bot post in a channel wants its posts
            await subscribers.join(chat.id, kind_of(chat), change.from_user.language_code)
        else:
            await subscribers.unblocked(chat.id)
        if kind_of(chat) is ChatKind.GROUP:
            await _greet(change, context)


async def migration(update: Update, context: Context) -> None:
    """Follow a group that became a supergroup to its new chat id."""
    message = update.effective_message
    if message is None:
        return
    if message.migrate_to_chat_id:
        await context.services.subscribers.moved(message.chat.id, message.migrate_to_chat_id)
    elif message.migrate_from_chat_id:
        await context.services.subscribers.moved(message.migrate_from_chat_id, message.chat.id)


def _may_write(chat: Chat, member: ChatMember) -> bool:
    """Return whether the bot is in the chat; in a channel, whether it may post."""
    if chat.type == Chat.CHANNEL:
        return isinstance(member, ChatMemberAdministrator) and member.can_post_messages is True
    if isinstance(member, ChatMemberRestricted):
        return member.is_member
    return member.status not in _OUT


async def _greet(change: ChatMemberUpdated, context: Context) -> None:
    """Say once what the bot is for: nothing else comes to a group whose admins have not asked for it."""
    subscribers = context.services.subscribers
    texts = await subscribers.texts_of(change.chat.id, change.from_user.language_code)
    is_subscribed = await subscribers.is_active(change.chat.id)
    with suppress(BadRequest, Forbidden):  # some groups do not let new members write
        await context.send(change.chat.id, _greeting(texts, is_subscribed=is_subscribed))


def _greeting(texts: Texts, *, is_subscribed: bool) -> Message:
    composer = Composer()
    if is_subscribed:
        composer.line(texts.say("I am back. This group gets new stories as before."))
        return composer.message()
    composer.line(texts.say("Hello!"), "bold").line()
    composer.line(
        texts.say(
            "I send short summaries of stories about people who need help. You can see what "
            "happened next, and how to help. Our editors check every link."
        )
    )
    composer.line(texts.say("This group gets no stories until one of its admins turns them on."))
    return composer.buttons(Button(texts.say("Turn new stories on"), START)).message()
