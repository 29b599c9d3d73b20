"""The editors' desk in the chat: /review and its buttons, /broadcasts."""

import re
from dataclasses import replace

from telegram import Update

from bot import render
from bot.delivery.broadcasts import BroadcastStatus
from bot.errors import InvalidInputError
from bot.message import Button, Composer, Message
from bot.render import StoryView
from bot.texts import Texts, mark
from handlers.context import Context
from storage.models import Appeal, Story
from storage.words import BroadcastState, StoryState

_SHOWN = 10
_STATES = {
    BroadcastState.DRAFT: mark("draft"),
    BroadcastState.SCHEDULED: mark("scheduled"),
    BroadcastState.RUNNING: mark("running"),
    BroadcastState.PAUSED: mark("paused"),
    BroadcastState.FINISHED: mark("finished"),
    BroadcastState.CANCELLED: mark("cancelled"),
}


async def review(update: Update, context: Context) -> None:
    """The stories that wait, one at a time, drawn just as readers will see them."""
    await _show_waiting(update, context, place=0)


async def decide(update: Update, context: Context) -> None:
    """A button of a review card."""
    query = update.callback_query
    found = re.fullmatch(
        r"review:(show|push|quiet|reject|restore):(\d{1,9})", (query.data if query else None) or ""
    )
    if found is None:
        raise InvalidInputError(mark("This button is from an older version. Ask anew: /review"))
    what, number = found.group(1), int(found.group(2))
    actor, desk = actor_of(update), context.services.review
    match what:
        case "show":
            await _show_waiting(update, context, place=number)
        case "reject":
            await desk.reject(number, actor=actor)
            await context.show(update, await _decided(context, number, None))
        case "restore":
            await desk.restore(number, actor=actor)
            await _show_waiting(update, context, place=0)
        case _:
            broadcast_id = await desk.publish(number, actor=actor, push=what == "push")
            await context.show(update, await _decided(context, number, broadcast_id))


async def broadcasts(update: Update, context: Context) -> None:
    """The newest Broadcasts and how far they are."""
    texts = context.texts
    composer = Composer().line(texts.say("Broadcasts"), "bold").line()
    newest = await context.services.broadcasts.listed(limit=_SHOWN)
    for broadcast in newest:
        composer.text(f"{broadcast.id} · ").line(broadcast.story.headline[:100], "bold")
        status = await context.services.broadcasts.status(broadcast.id)
        composer.line(_in_words(status, texts)).line()
    if not newest:
        composer.line(texts.say("There is none yet. Publish a story: /review"))
    await context.show(update, composer.buttons(Button(texts.say("Look again"), "broadcasts")).message())


def actor_of(update: Update) -> str:
    """How the audit log names whoever did this."""
    person = update.effective_user
    return f"editor {person.id}" if person else "unknown"


async def _show_waiting(update: Update, context: Context, place: int) -> None:
    texts = context.texts
    story, place, total = await context.services.review.waiting(place)
    if story is None:
        nothing = texts.say("No story waits for review.")
        await context.show(update, Composer().text(nothing).message())
        return
    view = StoryView(story.id, context.subscriber.length)
    appeal = context.services.appeals.shown_with(story)
    where = texts.say("Waits for review: {place} of {total}", place=place + 1, total=total)
    reach = await context.services.broadcasts.reach(story.id)
    reached = texts.count(
        "A push reaches {number} subscriber.", "A push reaches {number} subscribers.", reach
    )
    footer = f"{_help_in_words(appeal, texts)}\n{reached}\n{where}"
    card = render.story(story, view, appeal, context.reader, footer)
    composer = Composer()
    before = Button("‹", f"review:show:{place - 1}") if place else None
    after = Button("›", f"review:show:{place + 1}") if place + 1 < total else None
    composer.buttons(Button(texts.say("Publish and push"), f"review:push:{story.id}"))
    composer.buttons(Button(texts.say("Publish quietly"), f"review:quiet:{story.id}"))
    composer.buttons(Button(texts.say("Reject"), f"review:reject:{story.id}"))
    composer.buttons(before, after)
    await context.show(update, replace(card, rows=tuple(composer.rows)))


def _help_in_words(appeal: Appeal | None, texts: Texts) -> str:
    """What readers will have behind the help button, which stands in no card."""
    if appeal is None:
        return texts.say("No help button: no verified appeal belongs to this story.")
    address = render.host(appeal.url)
    return texts.say("Help button: {organisation}, {host}", organisation=appeal.organisation, host=address)


async def _decided(context: Context, story_id: int, broadcast_id: int | None) -> Message:
    texts = context.texts
    story: Story = await context.services.stories.inspect(story_id)
    composer = Composer().line(story.headline[:300], "bold").line()
    if broadcast_id is not None:
        composer.line(texts.say("Published, and on its way to subscribers. Progress: /broadcasts"))
        composer.buttons(Button(texts.say("Progress"), "broadcasts"))
    elif story.state is StoryState.PUBLISHED:
        composer.line(texts.say("Published quietly: readers find it, nobody is sent it."))
    else:
        composer.line(texts.say("Rejected: readers will not see it."))
        composer.buttons(Button(texts.say("Undo"), f"review:restore:{story_id}"))
    _, _, waiting = await context.services.review.waiting(0)
    next_one = Button(texts.say("Next story"), "review:show:0") if waiting else None
    return composer.buttons(next_one).message()


def _in_words(status: BroadcastStatus, texts: Texts) -> str:
    progress = status.progress
    parts = [texts.say("{number} sent", number=texts.number(progress.sent))]
    for sentence, number in (
        (mark("{number} waiting"), status.waiting),
        (mark("{number} blocked"), progress.blocked),
        (mark("{number} failed"), progress.failed),
    ):
        parts += [texts.say(sentence, number=texts.number(number))] if number else []
    line = f"{texts.say(_STATES[status.broadcast.state])}: {', '.join(parts)}"
    reason = status.broadcast.reason
    return f"{line}\n{reason}" if reason else line
