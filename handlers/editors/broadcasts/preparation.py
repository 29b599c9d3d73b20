"""Before a push is sent: its preview, what may be chosen, a test send, and the confirmation."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from telegram import Bot, Message, Update
from telegram.error import BadRequest, Forbidden

from bot.broadcasts.agreement import SecondNeededError
from bot.broadcasts.pushes import SentBeforeError
from bot.errors import InvalidInputError, RefusedError
from bot.i18n import mark
from bot.rendering.message import Button, Composer, shorten
from bot.stories.review.decisions import Decided, Decision
from bot.subscribers.moments import time_parser
from bot.subscribers.moments.date_parser import LONGEST
from handlers import dialogues
from handlers.context import Context
from handlers.editors import decisions
from handlers.editors.broadcasts import broadcasts, pilots, previews
from handlers.editors.broadcasts.buttons import (
    BROADCASTS,
    Choice,
    HourButton,
    LanguageButton,
    PaidButton,
    PilotButton,
    PreparationAction,
    PreparationButton,
    PushButton,
    SendButton,
    TopicButton,
    UrgentButton,
)
from handlers.editors.buttons import CardButton
from handlers.editors.moments import moment_there
from handlers.guards import actor_of
from storage.words import DecisionAction, StoryState

log = logging.getLogger(__name__)

_SHOWN = 8
_SHOWN_PARTS = {"entities", "link_preview_options", "reply_markup"}  # of a body, beside its text
_LABEL = 50  # characters of a headline on a button
_QUESTION = mark("Reply to this message with the day and time when sending should start.")


async def choose_story(update: Update, context: Context) -> None:
    """Show the newest published Stories, each with a button that prepares a push of it."""
    texts = context.texts
    composer = Composer().line(texts.say("Which story should be pushed?"), "bold")
    composer.line(texts.say("These are the latest stories. For any other: /review and its number"))
    newest, _ = await context.services.stories.latest(limit=_SHOWN)
    for story in newest:
        label = f"{story.id} · {shorten(story.headline, _LABEL, texts.more)}"
        composer.buttons(Button(label, PushButton(story.id).data()))
    await context.show(update, composer.buttons(Button(texts.say("‹ Back"), BROADCASTS)).message())


async def begin(update: Update, context: Context, button: PushButton) -> None:
    """Show the preview of this editor's push of a Story; begin one if there is none."""
    editor = context.subscriber.chat_id
    await _show(update, context, await context.services.preparation.prepare(button.story_id, editor=editor))


async def act(update: Update, context: Context, button: PreparationButton) -> None:
    """Do what a button of the preview says that carries no choice."""
    await _ACTS[button.action](update, context, button.broadcast_id)


async def outdated(_update: Update, _context: Context) -> None:
    """Refuse a button that this version does not know."""
    raise InvalidInputError(mark("This button is out of date. Try again: /broadcasts"))


@dataclass(frozen=True, slots=True)
class HourQuestion:
    """The answer is the hour at which a push starts."""

    for_editors: ClassVar[bool] = True

    broadcast_id: int

    @property
    def again(self) -> str:
        return PreparationButton(PreparationAction.ASK_HOUR, self.broadcast_id).data()

    def dump(self) -> dict[str, Any]:
        return {"broadcast": self.broadcast_id}

    def example(self, context: Context) -> str:
        zone, now = _zone_and_now(context)
        return time_parser.example(context.texts.language, now.astimezone(zone).date())

    def reads(self, message: Message, /) -> bool:
        return len(message.text or "") in range(1, LONGEST + 1)

    async def use(self, update: Update, context: Context, message: Message) -> bool:
        """Choose the hour, and show the push with it."""
        zone, now = _zone_and_now(context)
        words = dialogues.words_of(message)
        at = time_parser.parse_moment(words, context.texts.language, now, zone)
        await _set_hour(update, context, self.broadcast_id, at.astimezone(UTC))
        return True

    async def choices(self, context: Context) -> Sequence[Sequence[Button]]:
        zone, now = _zone_and_now(context)
        return previews.usual_hours(self.broadcast_id, now, zone, context.texts)


def load_hour(stored: Mapping[str, Any]) -> HourQuestion | None:
    """Return the question for an hour, if that is what is stored."""
    number = stored.get("broadcast")
    return HourQuestion(number) if isinstance(number, int) else None


async def choose_hour(update: Update, context: Context, button: HourButton) -> None:
    """Choose when it starts."""
    await dialogues.end(context)
    at = datetime.fromtimestamp(button.minute * 60, UTC) if button.minute else None
    await _set_hour(update, context, button.broadcast_id, at)


async def _set_hour(update: Update, context: Context, number: int, at: datetime | None) -> None:
    """Choose when a push in preparation starts, and show it; a scheduled one is moved to that hour."""
    services, actor = context.services, actor_of(update)
    if not await services.broadcasts.is_scheduled(number):
        await services.preparation.choose_hour(number, at)
        return await _show(update, context, number)
    if at is None:
        await services.control.send_now(number, actor=actor)
    else:
        await services.control.choose_hour(number, at, actor=actor)
    return await broadcasts.show(update, context, number)


async def choose_topic(update: Update, context: Context, button: TopicButton) -> None:
    """Add a Topic to the Audience, or remove it."""
    chosen = button.choice is Choice.ADD
    await context.services.preparation.choose_topic(button.broadcast_id, button.topic_id, chosen=chosen)
    await _topics(update, context, button.broadcast_id)


async def choose_language(update: Update, context: Context, button: LanguageButton) -> None:
    """Add a language to the Audience, or remove it."""
    chosen = button.choice is Choice.ADD
    await context.services.preparation.choose_language(button.broadcast_id, button.language, chosen=chosen)
    await _languages(update, context, button.broadcast_id)


async def choose_paid(update: Update, context: Context, button: PaidButton) -> None:
    """Agree to the price that was shown, or take that back."""
    preparation, number = context.services.preparation, button.broadcast_id
    await preparation.choose_paid(number, paid=button.paid, actor=actor_of(update))
    await _show(update, context, number)


async def choose_urgent(update: Update, context: Context, button: UrgentButton) -> None:
    """Choose whether it passes quiet hours."""
    preparation, number = context.services.preparation, button.broadcast_id
    await preparation.choose_urgent(number, urgent=button.urgent, actor=actor_of(update))
    await _show(update, context, number)


async def choose_pilot(update: Update, context: Context, button: PilotButton) -> None:
    """Choose whether a few get it first, and how long the others wait."""
    preparation, number = context.services.preparation, button.broadcast_id
    await preparation.choose_pilot(number, button.minutes or None, actor=actor_of(update))
    await _show(update, context, number)


async def send(update: Update, context: Context, button: SendButton) -> None:
    """Confirm it, or agree to it: it starts now, or at its hour, and this message becomes its Card.

    Where another person has to agree first, they are asked.
    """
    number = button.broadcast_id
    await broadcasts.follow(update, context, number)
    try:
        waiting = await _confirm(context, button, actor_of(update))
    except SentBeforeError:
        await _show(update, context, number)  # with that push, and a button that says "again"
        raise
    except SecondNeededError as needed:
        if not needed.others:
            raise
        await broadcasts.hide(update, context)
        await context.services.preparation.ask(number, actor=actor_of(update))
        await _show(update, context, number)
        return
    if waiting is None:
        await broadcasts.show(update, context, number)
    else:
        await decisions.show_waiting(update, context, *waiting)


async def _confirm(context: Context, button: SendButton, actor: str) -> tuple[Decision, Decided] | None:
    """Confirm a push, and publish its Story with it. Return the decision if it can still be undone."""
    services, number = context.services, button.broadcast_id
    story = (await services.preparation.preview(number)).story
    if story.state is StoryState.PUBLISHED:
        await services.preparation.confirm(number, actor=actor, version=button.version, seen=button.seen)
        return None
    decision = Decision(DecisionAction.PUSH, story.id, actor, button.version, number, button.seen)
    decided = await services.decisions.decide(decision)
    return (decision, decided) if decided.waits else None


async def _show(update: Update, context: Context, number: int) -> None:
    preview = await context.services.preparation.preview(number)
    zone, _ = _zone_and_now(context)
    await context.show(update, previews.whole(preview, context.texts, zone))


async def _test(update: Update, context: Context, number: int) -> None:
    """Send the very message to the editor who tapped, and to nobody else.

    It goes to the person of this update: this can reach nobody else.
    """
    person = update.effective_user
    if person is None:
        return
    body = await context.services.preparation.body(number, context.subscriber)
    await send_test(context.bot, person.id, body)


async def send_test(bot: Bot, person_id: int, body: Mapping[str, Any]) -> None:
    """Send a body to this person alone: only what is shown of it goes along, and so no other chat.

    Raises RefusedError if they have no chat with the bot.
    """
    shown = {part: body[part] for part in _SHOWN_PARTS & body.keys()}
    try:
        await bot.send_message(person_id, body["text"], api_kwargs=shown)
    except Forbidden as error:
        raise RefusedError(mark("Open your chat with the bot, send /start, and then try again.")) from error


async def _drop(update: Update, context: Context, number: int) -> None:
    preview = await context.services.preparation.preview(number)
    await context.services.preparation.drop(number)
    composer = Composer().line(context.texts.say("Nothing was sent."), "bold")
    card = Button(context.texts.say("Show the story"), CardButton(preview.story.id).data())
    await context.show(update, composer.buttons(card).message())


async def _decline(update: Update, context: Context, number: int) -> None:
    """Decline to agree; the one who asked gets a new preview, which says so."""
    broadcast = await context.services.preparation.decline(number, actor=actor_of(update))
    composer = Composer().line(context.texts.say("You declined. Nothing was sent."), "bold")
    await context.show(update, composer.line(shorten(broadcast.title, 200)).message())
    if broadcast.started_by is not None:
        await _tell_declined(context, broadcast.started_by, number)


async def _topics(update: Update, context: Context, number: int) -> None:
    preparation = context.services.preparation
    preview, topics = await preparation.preview(number), await preparation.topics()
    await context.show(update, previews.topics(preview, topics, context.texts))


async def _languages(update: Update, context: Context, number: int) -> None:
    preview = await context.services.preparation.preview(number)
    await context.show(update, previews.languages_of(preview, context.texts))


async def _hours(update: Update, context: Context, number: int) -> None:
    preview = await context.services.preparation.preview(number)
    zone, now = _zone_and_now(context)
    await context.show(update, previews.hour(preview, now, zone, context.texts))


async def _price(update: Update, context: Context, number: int) -> None:
    preview = await context.services.preparation.preview(number)
    await context.show(update, previews.price(preview, context.texts))


async def _pilot(update: Update, context: Context, number: int) -> None:
    preview = await context.services.preparation.preview(number)
    await context.show(update, pilots.choice(preview, context.texts))


async def _ask_hour(update: Update, context: Context, number: int) -> None:
    """Ask for an hour that no button has."""
    texts, question = context.texts, HourQuestion(number)
    zone, now = _zone_and_now(context)
    composer = Composer().line(texts.say(_QUESTION), "bold")
    composer.line(texts.say("For example: {example}", example=question.example(context)))
    composer.line(texts.say("It is now {moment}.", moment=moment_there(now, zone, texts)))
    await dialogues.ask(update, context, question, composer.message())


_ACTS: dict[PreparationAction, Callable[[Update, Context, int], Awaitable[None]]] = {
    PreparationAction.SHOW: _show,
    PreparationAction.TEST: _test,
    PreparationAction.DROP: _drop,
    PreparationAction.AGREE: _show,
    PreparationAction.DECLINE: _decline,
    PreparationAction.TOPICS: _topics,
    PreparationAction.LANGUAGES: _languages,
    PreparationAction.HOURS: _hours,
    PreparationAction.ASK_HOUR: _ask_hour,
    PreparationAction.PRICE: _price,
    PreparationAction.PILOT: _pilot,
}


async def _tell_declined(context: Context, editor: int, number: int) -> None:
    texts = await context.services.subscribers.texts_of(editor)
    zone = await context.services.subscribers.timezone_of(editor)
    preview = await context.services.preparation.preview(number)
    try:
        await context.send(editor, previews.declined(preview, texts, zone))
    except (BadRequest, Forbidden) as error:
        log.info("an editor cannot be told", extra={"reason": str(error)})


def _zone_and_now(context: Context) -> tuple[ZoneInfo, datetime]:
    preferences = context.services.preferences
    return preferences.pacing(context.subscriber).zone, preferences.local_now(context.subscriber)
