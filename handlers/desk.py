"""The editors' desk in the chat: /broadcasts."""

from telegram import Update

from bot.delivery.broadcasts import BroadcastStatus
from bot.message import Button, Composer
from bot.texts import Texts, mark
from handlers.context import Context
from storage.words import BroadcastKind, BroadcastState

_SHOWN = 10
_KINDS = {
    BroadcastKind.CORRECTION: mark("mends the messages of broadcast {number}"),
    BroadcastKind.WITHDRAWAL: mark("takes back the messages of broadcast {number}"),
}
_STATES = {
    BroadcastState.DRAFT: mark("draft"),
    BroadcastState.SCHEDULED: mark("scheduled"),
    BroadcastState.RUNNING: mark("running"),
    BroadcastState.PAUSED: mark("paused"),
    BroadcastState.FINISHED: mark("finished"),
    BroadcastState.CANCELLED: mark("cancelled"),
}


async def broadcasts(update: Update, context: Context) -> None:
    """The newest Broadcasts and how far they are."""
    texts = context.texts
    composer = Composer().line(texts.say("Broadcasts"), "bold").line()
    newest = await context.services.broadcasts.listed(limit=_SHOWN)
    for broadcast in newest:
        composer.text(f"{broadcast.id} · ").line(broadcast.title[:100], "bold")
        status = await context.services.broadcasts.status(broadcast.id)
        if broadcast.kind is not BroadcastKind.PUSH:
            composer.line(texts.say(_KINDS[broadcast.kind], number=broadcast.corrects_id), "italic")
        composer.line(_in_words(status, texts)).line()
    if not newest:
        composer.line(texts.say("There is none yet. Publish a story: /review"))
    await context.show(update, composer.buttons(Button(texts.say("Look again"), "broadcasts")).message())


def _in_words(status: BroadcastStatus, texts: Texts) -> str:
    progress = status.progress
    parts = [texts.say("{number} sent", number=texts.number(progress.sent))]
    for sentence, number in (
        (mark("{number} waiting"), status.waiting),
        (mark("{number} blocked"), progress.blocked),
        (mark("{number} failed"), progress.failed),
        (mark("{number} not there any more"), progress.skipped),
    ):
        parts += [texts.say(sentence, number=texts.number(number))] if number else []
    line = f"{texts.say(_STATES[status.broadcast.state])}: {', '.join(parts)}"
    reason = status.broadcast.reason
    return f"{line}\n{reason}" if reason else line
