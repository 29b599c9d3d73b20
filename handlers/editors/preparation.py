"""Before a Broadcast starts: its preview, what may be chosen, a test send, and the confirmation."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from telegram import ForceReply, Message, Update
from telegram.error import TelegramError

from bot.broadcasts.preparation import Preview
from bot.broadcasts.pushes import SentBeforeError
from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.rendering.message import Button, Composer, shorten
from bot.subscribers import time_parser
from handlers.callbacks import data_of
from handlers.context import Context
from handlers.editors import broadcasts, previews, progress
from handlers.guards import actor_of
from handlers.keyboards import parameters
from storage.words import StoryState

BUTTONS = r"draft:"

_FORM = re.compile(r"draft:([a-z]{3,8}):(\d{1,9})(?::([a-z]{2,3}|\d{1,9}))?(?::(\d{1,9}|[+-]))?")
_SHOWN = 8
_SHOWN_PARTS = {"entities", "link_preview_options", "reply_markup"}  # of a body, beside its text
_LABEL = 50  # characters of a headline on a button
_OUTDATED = mark("This button is from an older version. Ask anew: /broadcasts")
_QUESTION = mark("Reply to this message with the day and the hour at which it shall start.")


async def begin(update: Update, context: Context, story_id: int) -> None:
    """The preview of this editor's draft for a Story."""
    editor = context.subscriber.chat_id
    await _show(update, context, await context.services.preparation.prepare(story_id, editor=editor))


async def choose(update: Update, context: Context) -> None:
    """A button of a draft."""
    if data_of(update) == "draft:choose":
        await _choose_story(update, context)
        return
    found = _FORM.fullmatch(data_of(update))
    if found is None:
        raise InvalidInputError(_OUTDATED)
    act, number, value, more = found[1], int(found[2]), found[3] or "", found[4] or ""
    match act:
        case "story":
            await begin(update, context, number)
        case "show":
            await _show(update, context, number)
        case "test":
            await _test(update, context, number)
        case "send" if value.isdecimal() and more.isdecimal():
            await _send(update, context, number, version=int(value), seen=int(more))
        case "drop":
            await _drop(update, context, number)
        case "ask":
            await _ask(update, context, number)
        case "paid" | "urgent" | "agree":
            await (_paid if act == "paid" else _urgent)(update, context, act, number, value)
        case _:
            await _option(update, context, act, number, (value, more))


async def typed(update: Update, context: Context, about: Mapping[str, Any], text: str) -> None:
    """The reply to our question for an hour."""
    zone, now = _zone_and_now(context)
    at = time_parser.parse_moment(text, context.texts.language, now, zone)
    await context.services.preparation.choose_hour(about["broadcast"], at.astimezone(UTC))
    await _show(update, context, about["broadcast"])


async def _option(update: Update, context: Context, act: str, number: int, value: tuple[str, str]) -> None:
    """Topics, languages, the hour: a screen, or a choice on it."""
    desk, texts = context.services.preparation, context.texts
    zone, now = _zone_and_now(context)
    match act, *value:
        case "topic", str(topic), "+" | "-" as sign if topic.isdecimal():
            await desk.choose_topic(number, int(topic), chosen=sign == "+")
        case "language", str(language), "+" | "-" as sign if language.isalpha():
            await desk.choose_language(number, language, chosen=sign == "+")
        case "hour", str(minute), "" if minute.isdecimal():
            at = datetime.fromtimestamp(int(minute) * 60, UTC) if int(minute) else None
            await desk.choose_hour(number, at)
            await _show(update, context, number)
            return
        case (("topic" | "language" | "hour"), "", ""):
            pass
        case _:
            raise InvalidInputError(_OUTDATED)
    preview = await desk.preview(number)
    if act == "topic":
        screen = previews.topics(preview, await desk.topics(), texts)
    elif act == "language":
        screen = previews.languages_of(preview, texts)
    else:
        screen = previews.hour(preview, now, zone, texts)
    await context.show(update, screen)


async def _choose_story(update: Update, context: Context) -> None:
    """The newest published Stories, one of which may be pushed."""
    texts = context.texts
    composer = Composer().line(texts.say("Which story shall be pushed?"), "bold")
    composer.line(texts.say("These are the newest ones. Others: /review with their number"))
    newest, _ = await context.services.stories.latest(limit=_SHOWN)
    for story in newest:
        composer.buttons(Button(f"{story.id} · {shorten(story.headline, _LABEL)}", f"draft:story:{story.id}"))
    await context.show(update, composer.buttons(Button(texts.say("‹ Back"), "broadcasts")).message())


async def _show(update: Update, context: Context, broadcast_id: int) -> None:
    preview = await context.services.preparation.preview(broadcast_id)
    zone, _ = _zone_and_now(context)
    await context.show(update, previews.whole(preview, context.texts, zone))


async def _test(update: Update, context: Context, broadcast_id: int) -> None:
    """Send the very message to whoever tapped, and to nobody else.

    `User.send_message` takes no chat, and of the body only what is shown goes with it: this can reach nobody
    but the person of this update.
    """
    person = update.effective_user
    if person is None:
        return
    body = await context.services.preparation.body(broadcast_id, context.subscriber)
    shown = {part: body[part] for part in _SHOWN_PARTS & body.keys()}
    await person.send_message(body["text"], api_kwargs=shown)


async def _send(update: Update, context: Context, number: int, *, version: int, seen: int) -> None:
    """Confirmed: it starts now, or at its hour, and this message tells how far it is."""
    services, actor = context.services, actor_of(update)
    preview = await services.preparation.preview(number)
    await broadcasts.follow(update, context, number)
    if preview.story.state is StoryState.DRAFT:
        await services.review.publish(
            preview.story.id, actor=actor, push=True, version=version, broadcast_id=number
        )
    else:
        try:
            await services.preparation.confirm(number, actor=actor, version=version, seen=seen)
        except SentBeforeError:
            await _show(update, context, number)  # with that push, and a button that says "again"
            raise
    await broadcasts.show(update, context, number)


async def _drop(update: Update, context: Context, number: int) -> None:
    preview = await context.services.preparation.preview(number)
    await context.services.preparation.drop(number)
    composer = Composer().line(context.texts.say("Nothing was sent."), "bold")
    card = Button(context.texts.say("Show the story"), f"review:card:{preview.story.id}")
    await context.show(update, composer.buttons(card).message())


async def _paid(update: Update, context: Context, _act: str, number: int, value: str) -> None:
    """The price first; a second tap agrees to it."""
    drafts = context.services.preparation
    if not value:
        await context.show(update, previews.price(await drafts.preview(number), context.texts))
        return
    await drafts.choose_paid(number, paid=value == "1", actor=actor_of(update))
    await _show(update, context, number)


async def _urgent(update: Update, context: Context, act: str, number: int, value: str) -> None:
    """One editor proposes it, another agrees; where there is only one, they alone."""
    services, actor = context.services, actor_of(update)
    if act == "agree":
        broadcast = await services.preparation.agree_urgent(number, actor=actor)
        composer = Composer().line(context.texts.say("Agreed: it may pass quiet hours."), "bold")
        await context.show(update, composer.line(shorten(broadcast.title, 200)).message())
        if broadcast.started_by is not None:
            await _tell_agreed(context, broadcast.started_by, number)
        return
    if value == "0":
        await services.preparation.not_urgent(number)
    else:
        others = services.owner_ids - {context.subscriber.chat_id}
        await services.preparation.propose_urgent(number, actor=actor, alone=not others)
        await _ask_others(context, await services.preparation.preview(number), sorted(others))
    await _show(update, context, number)


async def _ask_others(context: Context, preview: Preview, others: list[int]) -> None:
    for editor in others:
        texts = await context.services.subscribers.texts_of(editor)
        try:
            await context.bot.send_message(editor, **parameters(previews.proposal(preview, texts)))
        except TelegramError as error:
            progress.log.info("an editor was not asked", extra={"chat": editor, "reason": str(error)})


async def _tell_agreed(context: Context, starter: int, number: int) -> None:
    texts = await context.services.subscribers.texts_of(starter)
    zone = await context.services.subscribers.timezone_of(starter)
    preview = await context.services.preparation.preview(number)
    await context.send(starter, previews.whole(preview, texts, zone))


async def _ask(update: Update, context: Context, number: int) -> None:
    """Ask for an hour that no button names."""
    if update.effective_chat is None:
        return
    texts = context.texts
    zone, now = _zone_and_now(context)
    example = time_parser.example(texts.language, now.astimezone(zone).date())
    composer = Composer().line(texts.say(_QUESTION), "bold")
    composer.line(texts.say("For example: {example}", example=example))
    composer.line(texts.say("It is now {moment}.", moment=texts.moment(now, zone)))
    markup = ForceReply(input_field_placeholder=example)
    sent: Message = await context.bot.send_message(
        update.effective_chat.id, **parameters(composer.message()) | {"reply_markup": markup}
    )
    about = {"broadcast": number}
    await context.services.review.ask(chat_id=sent.chat.id, message_id=sent.message_id, about=about)


def _zone_and_now(context: Context) -> tuple[Any, datetime]:
    preferences = context.services.preferences
    return preferences.pacing(context.subscriber).zone, preferences.local_now(context.subscriber)
