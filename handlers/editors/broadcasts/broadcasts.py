"""/broadcasts: the newest Broadcasts and their progress, and the buttons that pause, cancel or repeat one."""

from telegram import Message, Update

from bot.i18n import Texts, capital
from bot.rendering.message import Button, Composer, shorten
from bot.rendering.words.broadcasts import STATES, title_of
from handlers.context import Context
from handlers.editors.broadcasts import previews
from handlers.editors.broadcasts.buttons import BROADCASTS, CHOOSE_STORY, BroadcastAction, BroadcastButton
from handlers.editors.broadcasts.progress import counts, drawn, titled, waits
from handlers.editors.moments import moment_there
from handlers.guards import actor_of
from storage.models import Broadcast
from storage.words import UNDER_WAY

_SHOWN = 10
_LABEL = 40  # characters of a headline on a button


async def broadcasts(update: Update, context: Context) -> None:
    """Show the newest Broadcasts and how far they are, each with a button that opens its Card."""
    texts = context.texts
    await hide(update, context)
    composer = Composer().line(texts.say("Broadcasts"), "bold").line()
    newest = await context.services.broadcasts.listed(limit=_SHOWN)
    for broadcast in newest:
        status = await context.services.broadcasts.status(broadcast.id)
        composer.text(f"{broadcast.id} · ").line(title_of(broadcast, texts)[:100], "bold")
        shown = [capital(texts.say(STATES[broadcast.state]))]
        if broadcast.started_at is not None:
            shown.append(counts(status, texts))
        composer.line(" · ".join(shown)).line()
        look = BroadcastButton(BroadcastAction.LOOK, broadcast.id)
        composer.buttons(Button(_label(broadcast, texts), look.data()))
    if not newest:
        composer.line(texts.say("There are no broadcasts yet. Publish a story: /review"))
    composer.buttons(Button(texts.say("Push a story …"), CHOOSE_STORY))
    await context.show(update, composer.buttons(Button(texts.say("Refresh"), BROADCASTS)).message())


async def control(update: Update, context: Context, button: BroadcastButton) -> None:
    """Do what a button of a Card says, then show the Broadcast as it is now."""
    number, actor = button.broadcast_id, actor_of(update)
    control, starter = context.services.control, context.subscriber.chat_id
    simple = {
        BroadcastAction.PAUSE: control.pause,
        BroadcastAction.RESUME: control.resume,
        BroadcastAction.CANCEL: control.cancel,
        BroadcastAction.SEND_NOW: control.send_now,
        BroadcastAction.SEND_TO_REST: control.send_to_rest,
    }
    if button.action in simple:
        await simple[button.action](number, actor=actor)
        return await show(update, context, number)
    match button.action:
        case BroadcastAction.RETRY:
            await follow(update, context, number)
            await control.retry(number, actor=actor, starter=starter)
        case BroadcastAction.SEND_TO_MISSING:
            await follow(update, context, number)
            await control.send_to_missing(number, actor=actor, starter=starter)
        case BroadcastAction.ASK_TO_CANCEL:
            return await _ask_to_cancel(update, context, number)
        case BroadcastAction.HOURS:
            return await _choose_hour(update, context, number)
        case BroadcastAction.COUNT_MISSING:
            return await _count_missing(update, context, number)
    return await show(update, context, number)


async def show(update: Update, context: Context, broadcast_id: int) -> None:
    """Show a Broadcast; the message is a Card from now on, which is kept up to date."""
    status = await context.services.broadcasts.status(broadcast_id)
    zone = context.services.preferences.pacing(context.subscriber).zone
    message_id = await context.show(update, drawn(status, context.texts, zone))
    if message_id is not None:
        await context.services.cards.put(broadcast_id, context.subscriber.chat_id, message_id)


async def follow(update: Update, context: Context, broadcast_id: int) -> None:
    """Make the tapped message a Card of a Broadcast before it starts, so that no further one is sent."""
    tapped = update.callback_query.message if update.callback_query else None
    if isinstance(tapped, Message):
        await context.services.cards.put(broadcast_id, tapped.chat.id, tapped.message_id)


async def hide(update: Update, context: Context) -> None:
    """Note that the tapped message is no Card any more: it will show something else."""
    tapped = update.callback_query.message if update.callback_query else None
    if isinstance(tapped, Message):
        await context.services.cards.remove(tapped.chat.id, tapped.message_id)


async def _ask_to_cancel(update: Update, context: Context, number: int) -> None:
    texts = context.texts
    status = await context.services.broadcasts.status(number)
    composer = titled(status.broadcast, texts).line()
    composer.line(texts.say("Cancel this broadcast for good? Messages already sent will stay."))
    if waits(status.broadcast):
        composer.line(texts.say("Its story will not be published. It stays with the editors."))
    if status.broadcast.state in UNDER_WAY:
        composer.line(capital(counts(status, texts)))
    cancel = BroadcastButton(BroadcastAction.CANCEL, number)
    composer.buttons(Button(texts.say("Yes, cancel it"), cancel.data()))
    await _show_question(update, context, composer, number)


async def _choose_hour(update: Update, context: Context, number: int) -> None:
    """Show the hours to which a scheduled push may be moved."""
    texts, preferences = context.texts, context.services.preferences
    zone, now = preferences.pacing(context.subscriber).zone, preferences.local_now(context.subscriber)
    composer = titled((await context.services.broadcasts.status(number)).broadcast, texts).line()
    composer.line(texts.say("When should sending start?"))
    composer.line(texts.say("It is now {moment}.", moment=moment_there(now, zone, texts)))
    for row in previews.usual_hours(number, now, zone, texts)[1:]:
        composer.buttons(*row)
    composer.buttons(previews.another_hour(number, texts))
    await _show_question(update, context, composer, number)


async def _count_missing(update: Update, context: Context, number: int) -> None:
    """Show how many missed the Broadcast, with a button that sends it to them."""
    texts = context.texts
    status = await context.services.broadcasts.status(number)
    missing = await context.services.control.missing(number)
    composer = (
        titled(status.broadcast, texts)
        .line()
        .line(
            texts.count(
                "{number} subscriber has joined or come back since then and did not get it.",
                "{number} subscribers have joined or come back since then and did not get it.",
                missing,
            )
        )
    )
    if missing:
        label = texts.say("Send to {number}", number=texts.number(missing))
        composer.buttons(Button(label, BroadcastButton(BroadcastAction.SEND_TO_MISSING, number).data()))
    await _show_question(update, context, composer, number)


async def _show_question(update: Update, context: Context, composer: Composer, number: int) -> None:
    await hide(update, context)
    back = BroadcastButton(BroadcastAction.LOOK, number)
    composer.buttons(Button(context.texts.say("‹ Back"), back.data()))
    await context.show(update, composer.message())


def _label(broadcast: Broadcast, texts: Texts) -> str:
    return f"{broadcast.id} · {shorten(title_of(broadcast, texts), _LABEL, texts.more)}"
