"""/testchat: an owner makes a test chat of the chat in which they send it, names it, or ends that."""

from telegram import Update

from bot.editors.roles import Right
from bot.rendering.autolinks import without_links
from bot.rendering.message import Composer
from handlers.context import Context
from handlers.guards import actor_of, require_right

_OFF = "off"


async def canary(update: Update, context: Context) -> None:
    """Watch this chat, under the name that stands behind the command; with "off", watch it no longer."""
    await require_right(update, context, Right.MANAGE)
    chat, texts, composer = update.effective_chat, context.texts, Composer()
    if chat is None:
        return
    typed, canaries, actor = " ".join(context.args or []), context.services.canaries, actor_of(update)
    if typed.casefold() == _OFF:
        await canaries.remove(chat.id, actor=actor)
        composer.line(texts.say("This is not a test chat any more."))
    else:
        title = chat.effective_name or str(chat.id)
        name = await canaries.put(chat.id, typed, otherwise=title, actor=actor)
        composer.line(texts.say("This is a test chat now: {name}", name=without_links(name)), "bold").line()
        composer.line(texts.say("Owners hear when a push or a digest does not reach it in time."))
        composer.line(texts.say("To give it another name, send /testchat and the name."))
        composer.line(texts.say("To end this: /testchat off"))
    await context.show(update, composer.message())
