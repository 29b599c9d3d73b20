"""/donate: list the verified Appeals, each with its link."""

from collections.abc import Sequence
from dataclasses import replace

from telegram import Chat, Update

from bot.rendering import lists
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import HelpedButton, HelpedChoice
from bot.rendering.message import Button, Composer, Message, shorten, units
from handlers.context import Context
from storage.models import Appeal

_ORGANISATION = 60  # units
_HEAD = 200  # units of room for the line above the counts


async def donate(update: Update, context: Context) -> None:
    """Show every Appeal that is verified and still valid; to an editor also how often its link was opened."""
    shown = await context.services.appeals.showable()
    message = lists.appeals(shown, context.reader)
    chat = update.effective_chat
    if chat is not None and chat.type == Chat.PRIVATE:
        if await context.may(update):
            message = await _with_clicks(message, shown, context)
        helped = Button(context.texts.say("I helped"), HelpedButton(HelpedChoice.OPEN).data())
        message = replace(message, rows=(*message.rows, (helped,))) if shown else message
    await context.show(update, message)


async def _with_clicks(message: Message, shown: Sequence[Appeal], context: Context) -> Message:
    """Add for editors how often each link was opened, where that is counted."""
    counts, texts = await context.services.clicks.counts(), context.texts
    composer = Composer().append(message)
    counted = [appeal for appeal in shown if appeal.id in counts]
    if counted and composer.room > _HEAD:
        composer.line().line().line(
            texts.say("Only editors see this: how often each link was opened"), "italic"
        )
    for appeal in counted:
        clicks = counts[appeal.id]
        name = without_links(shorten(appeal.organisation, _ORGANISATION))
        line = texts.say(
            "{organisation}: {total} in all, {recent} in the last week",
            organisation=name,
            total=texts.number(clicks.total),
            recent=texts.number(clicks.recent),
        )
        if composer.room < units(line) + 1:
            break
        composer.line(line, "italic")
    return composer.message()
