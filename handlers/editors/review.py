"""/review: the card of a story, drawn just as readers will see it, with what editors may decide."""

import logging
import re
from collections.abc import Sequence
from dataclasses import replace

from telegram import Update
from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.delivery.pacer import Lane
from bot.errors import InvalidInputError, RefusedError, UserError
from bot.i18n import Texts, mark
from bot.rendering import render
from bot.rendering.buttons import StoryView
from bot.rendering.message import Button, Composer, Message, shorten
from bot.rendering.render import Reader, length_buttons
from bot.services import Services
from bot.stories import conflicts
from bot.stories.conflicts import ConflictError
from bot.stories.review import ReviewItem
from handlers.callbacks import OUTDATED, StoryButton, act_of, data_of
from handlers.context import Context, Handler
from handlers.editors import preparation
from handlers.guards import actor_of
from handlers.keyboards import parameters
from storage.models import Appeal, Story
from storage.words import AppealState, Length, StoryState

log = logging.getLogger(__name__)

BUTTONS = r"review:(?:show|card|body|push|quiet|reject|restore):"

_CARDS = 3  # more drafts than this at once are told in one message
_LONGEST_NAME = 64
_COMMAND_LINE = mark("command line")
_STATES = {
    StoryState.PUBLISHED: mark("Published: readers find it."),
    StoryState.REJECTED: mark("Rejected: readers will not see it."),
    StoryState.WITHDRAWN: mark("Withdrawn: readers no longer find it."),
}


async def review(update: Update, context: Context) -> None:
    """The stories that wait, one at a time; with a number that story, whatever became of it."""
    words = " ".join(context.args or [])
    if not words:
        await _show_waiting(update, context, place=0)
    elif words.isascii() and words.isdecimal():
        await show_card(update, context, int(words[:9]))
    else:
        raise InvalidInputError(mark("Give a story's number, or none for those that wait: /review 12"))


async def show_card(update: Update, context: Context, story_id: int, *, length: Length | None = None) -> None:
    """Show a story's card; a tap changes the message that carries the button into it."""
    waiting = await context.services.review.look(story_id)
    chosen = length or context.subscriber.length
    await context.show(update, await card(context.services, context.reader, waiting, chosen))


async def card(services: Services, reader: Reader, waiting: ReviewItem, length: Length) -> Message:
    """A story as readers see it, with what editors may do about it."""
    drawn = await sketch(services, reader, waiting, length)
    return replace(drawn, rows=_decisions(waiting, length, reader.texts))


async def sketch(services: Services, reader: Reader, waiting: ReviewItem, length: Length) -> Message:
    """A story as readers see it, and below it what they do not: no buttons."""
    story, texts = waiting.story, reader.texts
    appeal = services.appeals.shown_with(story)
    lines = [_help_in_words(appeal, story, texts)]
    if waiting.place is None:
        lines.append(texts.say(_STATES[story.state]))
    else:
        reach = await services.broadcasts.reach(story.id)
        lines.append(
            texts.count("A push reaches {number} subscriber.", "A push reaches {number} subscribers.", reach)
        )
        place, total = waiting.place + 1, waiting.total
        lines.append(texts.say("Waits for review: {place} of {total}", place=place, total=total))
    drawn = render.story(story, StoryView(story.id, length), appeal, reader, "\n".join(lines))
    return replace(drawn, rows=())


async def decide(update: Update, context: Context) -> None:
    """A decision, or an arrow, under a card."""
    plain = re.fullmatch(r"review:(show|card):(\d{1,9})", data_of(update))
    if plain:
        number = int(plain[2])
        await (_show_waiting if plain[1] == "show" else show_card)(update, context, number)
        return
    act, desk, actor = act_of(update), context.services.review, actor_of(update)
    match act.what:
        case "card":
            await show_card(update, context, act.story_id, length=act.length)
        case "body" if act.value.isdecimal():
            await _show_body(update, context, act)
        case "reject":
            await desk.reject(act.story_id, actor=actor, version=act.version)
            await context.show(update, await _decided(context, act.story_id))
        case "restore":
            await desk.restore(act.story_id, actor=actor)
            await show_card(update, context, act.story_id, length=act.length)
        case "push":
            await desk.agree(act.story_id, version=act.version)
            await preparation.begin(update, context, act.story_id)
        case "quiet":
            await desk.publish(act.story_id, actor=actor, push=False, version=act.version)
            await context.show(update, await _decided(context, act.story_id))
        case _:
            raise InvalidInputError(OUTDATED)


def overtakable(handler: Handler) -> Handler:
    """Whoever taps a card that somebody was quicker with is told who did what, and sees it as it is now."""

    async def guarded(update: Update, context: Context) -> None:
        try:
            await handler(update, context)
        except ConflictError as overtaken:
            act = StoryButton.parse(data_of(update))
            mine = overtaken.actor == actor_of(update) and overtaken.action in conflicts.DECISION.values()
            if act is not None and not mine:  # of a double tap the first one's answer stays
                await show_card(update, context, act.story_id, length=act.length)
            raise await named(update, context, overtaken) from overtaken

    return guarded


async def named(update: Update, context: Context, overtaken: ConflictError) -> UserError:
    """The sentence with the name of whoever did it, as Telegram knows it now: we keep none."""
    texts, zone = context.texts, context.services.zone
    when = f"{texts.date(overtaken.at, zone)}, {overtaken.at.astimezone(zone):%H:%M}"
    values = {**overtaken.values, "who": await _who(update, context, overtaken.actor), "when": when}
    return RefusedError(overtaken.sentence, **values)


async def announce(bot: ExtBot[Lane], services: Services) -> None:
    """Send every editor the cards of the drafts that none was told of yet; many at once in one message.

    They are noted as told before they are sent: after a kill one message may be missing, and /review still
    has the story; the other way round each restart could send them all again.
    """
    fresh = await services.review.take_unannounced()
    for owner_id in sorted(services.owner_ids) if fresh else []:
        texts = await services.subscribers.texts_of(owner_id)
        try:
            for message in await _announcements(services, Reader(texts, services.zone), fresh):
                await bot.send_message(owner_id, **parameters(message))
        except (BadRequest, Forbidden):  # never wrote to us, or shut us out
            log.info("an editor has no chat with the bot", extra={"chat": owner_id})
        except TelegramError as error:
            log.warning("an editor was not told", extra={"chat": owner_id, "reason": str(error)})


async def _announcements(services: Services, reader: Reader, fresh: Sequence[int]) -> list[Message]:
    if len(fresh) > _CARDS:
        number = len(fresh)
        told = reader.texts.count(
            "{number} new story waits for review: /review",
            "{number} new stories wait for review: /review",
            number,
        )
        return [Composer().text(told).message()]
    found = [await services.review.look(story_id) for story_id in fresh]
    return [
        await card(services, reader, waiting, reader.length)
        for waiting in found
        if waiting.story.state is StoryState.DRAFT
    ]


async def _who(update: Update, context: Context, actor: str) -> str:
    if actor == actor_of(update):
        return context.texts.say("you")
    editor = re.fullmatch(r"editor (\d{1,19})", actor)
    if editor is None:
        return context.texts.say(_COMMAND_LINE) if actor == _COMMAND_LINE else actor
    try:
        chat = await context.bot.get_chat(int(editor[1]))
    except TelegramError:
        return editor[1]
    return shorten(chat.full_name or editor[1], _LONGEST_NAME)


async def _show_waiting(update: Update, context: Context, place: int) -> None:
    story, _, _ = await context.services.review.waiting(place)
    if story is None:
        nothing = context.texts.say("No story waits for review.")
        await context.show(update, Composer().text(nothing).message())
        return
    await show_card(update, context, story.id)


async def _show_body(update: Update, context: Context, act: StoryButton) -> None:
    """A page of the whole story, as readers see it; its buttons lead to other pages and back to the card."""
    story = (await context.services.review.look(act.story_id)).story
    drawn = render.story(story, StoryView(story.id, act.length, int(act.value)), None, context.reader)
    rows = [tuple(_in_review(button, act) for button in row) for row in drawn.rows]
    await context.show(update, replace(drawn, rows=tuple(rows)))


def _in_review(button: Button, act: StoryButton) -> Button:
    """A reader's button under a page of the story, as it is for an editor."""
    view = StoryView.parse(button.data or "")
    if view is None:
        return button
    there = (
        replace(act, what="body", value=str(view.page)) if view.page else replace(act, what="card", value="")
    )
    return Button(button.text, there.data())


def _decisions(waiting: ReviewItem, length: Length, texts: Texts) -> tuple[tuple[Button, ...], ...]:
    """The buttons of a card: what may be decided in the story's state, lengths, neighbours."""
    story, place = waiting.story, waiting.place
    act = StoryButton("card", story.id, story.version, length)
    composer = Composer()
    if story.state is StoryState.DRAFT:
        composer.buttons(Button(texts.say("Publish and push"), replace(act, what="push").data()))
        composer.buttons(Button(texts.say("Publish quietly"), replace(act, what="quiet").data()))
        composer.buttons(Button(texts.say("Reject"), replace(act, what="reject").data()))
    if story.state is StoryState.REJECTED:
        composer.buttons(Button(texts.say("Undo"), replace(act, what="restore").data()))
    if story.state in {StoryState.DRAFT, StoryState.PUBLISHED}:
        composer.buttons(Button(texts.say("Change …"), replace(act, what="edit").data()))
    if story.state is StoryState.PUBLISHED:
        composer.buttons(Button(texts.say("Push …"), f"draft:story:{story.id}"))
        composer.buttons(Button(texts.say("Withdraw"), f"correct:withdraw:{story.id}"))
    composer.buttons(*length_buttons(act.length, lambda length: replace(act, length=length).data(), texts))
    composer.buttons(Button(texts.say("Full story"), replace(act, what="body", value="1").data()))
    if place is not None:
        before = Button("‹", f"review:show:{place - 1}") if place else None
        after = Button("›", f"review:show:{place + 1}") if place + 1 < waiting.total else None
        composer.buttons(before, after)
    return tuple(composer.rows)


def _help_in_words(shown: Appeal | None, story: Story, texts: Texts) -> str:
    """What readers will have behind the help button, which stands in no card."""
    if shown is not None:
        organisation, address = shown.organisation, render.host(shown.url)
        return texts.say("Help button: {organisation}, {host}", organisation=organisation, host=address)
    if story.appeal is not None and story.appeal.state is AppealState.PROPOSED:
        return texts.say(
            "No help button until this appeal is verified: {organisation}",
            organisation=shorten(story.appeal.organisation, _LONGEST_NAME),
        )
    return texts.say("No help button: no verified appeal belongs to this story.")


async def _decided(context: Context, story_id: int) -> Message:
    texts = context.texts
    waiting = await context.services.review.look(story_id)
    story = waiting.story
    composer = Composer().line(story.headline[:300], "bold").line()
    if story.state is StoryState.PUBLISHED:
        composer.line(texts.say("Published quietly: readers find it, nobody is sent it."))
    else:
        composer.line(texts.say("Rejected: readers will not see it."))
        composer.buttons(Button(texts.say("Undo"), StoryButton("restore", story_id, story.version).data()))
    return composer.buttons(
        Button(texts.say("Next story"), "review:show:0") if waiting.total else None
    ).message()
