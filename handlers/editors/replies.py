"""What editors type: we ask with a message of ours, and take the reply to it."""

import re
from typing import Any

from telegram import ForceReply, Update

from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering.message import Button, Composer, Message, shorten
from bot.stories.conflicts import ConflictError
from handlers.callbacks import OUTDATED, StoryButton, act_of
from handlers.context import Context, Handler
from handlers.editors import preparation
from handlers.editors.editing import after_change
from handlers.editors.review import named
from handlers.guards import actor_of
from handlers.keyboards import parameters
from storage.models import Story
from storage.words import Length

_QUESTIONS = {
    "headline": mark("Reply to this message with the new headline. Now it is:"),
    "summary": mark("Reply with the new summary, a sentence a line or in one paragraph. Now it is:"),
    "topic": mark("Reply to this message with the name of the topic."),
    "language": mark("Reply with the code of the language: two or three letters, such as en or uk."),
    "earlier": mark("Reply with the number of the story that this one continues."),
    "translation": mark("Reply with the number of the story that this one translates."),
}
_CHANGED = {"earlier": "thread"}  # what changes, where the question is called otherwise


async def ask(update: Update, context: Context) -> None:
    """A button of an editing screen whose answer must be typed: ask, and remember for what."""
    act = act_of(update)
    if act.value not in _QUESTIONS or update.effective_chat is None:
        raise InvalidInputError(OUTDATED)
    story = (await context.services.review.look(act.story_id)).story
    markup = ForceReply(input_field_placeholder=context.texts.say("Story {number}", number=story.id))
    question = parameters(_question(act, story, context.texts)) | {"reply_markup": markup}
    sent = await context.bot.send_message(update.effective_chat.id, **question)
    # The version of what the question shows, which may be newer than the button's.
    about = {"what": act.value, "story": story.id, "version": story.version, "length": act.length.value}
    await context.services.review.ask(chat_id=sent.chat.id, message_id=sent.message_id, about=about)


def reply_or(otherwise: Handler) -> Handler:
    """The reply to a question of ours is used; `otherwise` handles any other message."""

    async def handle(update: Update, context: Context) -> None:
        message, person = update.effective_message, update.effective_user
        question = message.reply_to_message if message else None
        about = None
        if question and person and context.services.is_editor(person.id):
            review = context.services.review
            about = await review.asked(chat_id=person.id, message_id=question.message_id)
        if message is None or about is None:
            await otherwise(update, context)
            return
        if "broadcast" in about:
            await preparation.typed(update, context, about, message.text or "")
            return
        act = StoryButton(about["what"], about["story"], about["version"], Length(about["length"]))
        await _use(update, context, act, message.text or "")

    return handle


async def _use(update: Update, context: Context, act: StoryButton, text: str) -> None:
    if not text.strip():
        raise InvalidInputError(mark("I can only use a text here. Reply with one."))
    try:
        await _change(act, context, text, actor_of(update))
    except ConflictError as overtaken:
        await context.show(update, await _unused(update, context, act, overtaken))
    else:
        what = _CHANGED.get(act.what, act.what)
        await after_change(update, context, StoryButton(what, act.story_id, act.version, act.length))


async def _change(act: StoryButton, context: Context, text: str, actor: str) -> None:
    editing, story_id = context.services.editing, act.story_id
    how: dict[str, Any] = {"version": act.version, "actor": actor}
    match act.what:
        case "headline":
            await editing.set_headline(story_id, text, **how)
        case "summary":
            await editing.set_summary(story_id, act.length, text, **how)
        case "topic":
            await editing.add_topic(story_id, text, **how)
        case "language":
            await editing.set_language(story_id, text, **how)
        case "earlier":
            await editing.continue_story(story_id, _number(text), **how)
        case _:
            await editing.set_translation(story_id, _number(text), **how)


def _number(text: str) -> int:
    found = re.fullmatch(r"\D{0,40}(\d{1,9})\D{0,10}", text.strip(), re.ASCII)
    if found is None:
        raise InvalidInputError(mark("Reply with the number of a story, such as 12."))
    return int(found[1])


async def _unused(update: Update, context: Context, act: StoryButton, overtaken: ConflictError) -> Message:
    """Who was quicker, and that the reply changed nothing."""
    texts = context.texts
    error = await named(update, context, overtaken)
    composer = Composer().line(texts.say(error.sentence, **error.values))
    composer.line(texts.say("Your reply was not used; it still stands above."))
    show = StoryButton("card", act.story_id, act.version, act.length)
    return composer.buttons(Button(texts.say("Show the story"), show.data())).message()


def _question(act: StoryButton, story: Story, texts: Texts) -> Message:
    composer = Composer().line(texts.say(_QUESTIONS[act.value]), "bold").line()
    if act.value == "headline":
        composer.line(shorten(story.headline, composer.room - 2))
    elif act.value == "summary":
        now = {one.length: one.text for one in story.summaries}.get(act.length, "")
        composer.line(shorten(now, composer.room - 2))
    return composer.message()
