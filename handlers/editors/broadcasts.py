"""/broadcasts: what was sent, what is under way, and what editors do with it."""

import re

from telegram import Message, Update

from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.rendering.message import Button, Composer, shorten
from handlers.callbacks import data_of
from handlers.context import Context
from handlers.editors.progress import STATES, counts, drawn
from handlers.guards import actor_of
from storage.models import Broadcast
from storage.words import BroadcastState

BUTTONS = r"broadcast:(look|pause|resume|end|cancel|retry|missed|reach|now):(\d{1,9})$"

_SHOWN = 10
_LABEL = 40  # characters of a headline on a button
_OUTDATED = mark("This button is from an older version. Ask anew: /broadcasts")


async def broadcasts(update: Update, context: Context) -> None:
    """The newest Broadcasts and how far they are, each with a button to all about it."""
    texts = context.texts
    await hide(update, context)
    composer = Composer().line(texts.say("Broadcasts"), "bold").line()
    newest = await context.services.broadcasts.listed(limit=_SHOWN)
    for broadcast in newest:
        status = await context.services.broadcasts.status(broadcast.id)
        composer.text(f"{broadcast.id} · ").line(broadcast.title[:100], "bold")
        composer.line(f"{texts.say(STATES[broadcast.state])}: {counts(status, texts)}").line()
        composer.buttons(Button(_label(broadcast), f"broadcast:look:{broadcast.id}"))
    if not newest:
        composer.line(texts.say("There is none yet. Publish a story: /review"))
    composer.buttons(Button(texts.say("Push a story …"), "draft:choose"))
    await context.show(update, composer.buttons(Button(texts.say("Look again"), "broadcasts")).message())


async def control(update: Update, context: Context) -> None:
    """A button under a Broadcast; it is shown as it is then."""
    found = re.fullmatch(BUTTONS, data_of(update))
    if found is None:
        raise InvalidInputError(_OUTDATED)
    act, number, actor = found[1], int(found[2]), actor_of(update)
    desk, starter = context.services.broadcasts, context.subscriber.chat_id
    if act in {"retry", "reach"}:
        await follow(update, context, number)
    match act:
        case "pause":
            await desk.pause(number, actor=actor)
        case "resume":
            await desk.resume(number, actor=actor)
        case "cancel":
            await desk.cancel(number, actor=actor)
        case "now":
            await desk.send_now(number, actor=actor)
        case "retry":
            await desk.retry(number, actor=actor, starter=starter)
        case "reach":
            await desk.send_to_missing(number, actor=actor, starter=starter)
        case "end" | "missed":
            await _ask(update, context, act, number)
            return
    await show(update, context, number)


async def show(update: Update, context: Context, broadcast_id: int) -> None:
    """All about one Broadcast; the message tells from now on how far it is."""
    desk = context.services.broadcasts
    status = await desk.status(broadcast_id)
    zone = context.services.preferences.pacing(context.subscriber).zone
    message_id = await context.show(update, drawn(status, context.texts, zone))
    if message_id is not None:
        await desk.show_in(broadcast_id, context.subscriber.chat_id, message_id)


async def follow(update: Update, context: Context, broadcast_id: int) -> None:
    """The message that was tapped is about to tell how far a Broadcast is: noted before that begins, else a
    further message would be sent.
    """
    tapped = update.callback_query.message if update.callback_query else None
    if isinstance(tapped, Message):
        await context.services.broadcasts.show_in(broadcast_id, tapped.chat.id, tapped.message_id)


async def hide(update: Update, context: Context) -> None:
    """The message that was tapped is about to show something else than a Broadcast."""
    tapped = update.callback_query.message if update.callback_query else None
    if isinstance(tapped, Message):
        await context.services.broadcasts.hide(tapped.chat.id, tapped.message_id)


async def _ask(update: Update, context: Context, act: str, number: int) -> None:
    """Before what cannot be taken back."""
    texts, desk = context.texts, context.services.broadcasts
    status = await desk.status(number)
    await hide(update, context)
    composer = Composer().text(f"{number} · ").line(shorten(status.broadcast.title, 200), "bold").line()
    if act == "end":
        composer.line(texts.say("Cancel this broadcast for good? What was sent stays sent."))
        sure = status.broadcast.state in {BroadcastState.RUNNING, BroadcastState.PAUSED}
        composer.line(counts(status, texts)) if sure else None
        composer.buttons(Button(texts.say("Yes, cancel it"), f"broadcast:cancel:{number}"))
    else:
        missing = await desk.missing(number)
        composer.line(
            texts.count(
                "{number} subscriber joined or came back since, and was not sent it.",
                "{number} subscribers joined or came back since, and were not sent it.",
                missing,
            )
        )
        if missing:
            label = texts.say("Send it to {number}", number=texts.number(missing))
            composer.buttons(Button(label, f"broadcast:reach:{number}"))
    composer.buttons(Button(texts.say("‹ Back"), f"broadcast:look:{number}"))
    await context.show(update, composer.message())


def _label(broadcast: Broadcast) -> str:
    return f"{broadcast.id} · {shorten(broadcast.title, _LABEL)}"
