"""What editors type about a Story: the bot asks with a message, and the reply to it changes the Story."""

import re
from typing import TypedDict

from telegram import Update

from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering.message import Button, Composer, Message, shorten
from bot.stories.conflicts import ConflictError
from handlers.context import Context, Handler
from handlers.editors import corrections, preparation, questions
from handlers.editors.buttons import OUTDATED, StoryAction, StoryButton
from handlers.editors.editing import after_change
from handlers.editors.questions import HourQuestion, NoticeQuestion, StoryQuestion
from handlers.editors.review import named
from handlers.guards import actor_of
from storage.models import Story

_QUESTIONS = {
    StoryAction.HEADLINE: mark("Reply to this message with the new headline. Now it is:"),
    StoryAction.SUMMARY: mark(
        "Reply with the new summary, a sentence a line or in one paragraph. Now it is:"
    ),
    StoryAction.TOPIC: mark("Reply to this message with the name of the topic."),
    StoryAction.LANGUAGE: mark(
        "Reply with the code of the language: two or three letters, such as en or uk."
    ),
    StoryAction.EARLIER: mark("Reply with the number of the story that this one continues."),
    StoryAction.TRANSLATION: mark("Reply with the number of the story that this one translates."),
}


async def ask(update: Update, context: Context, button: StoryButton) -> None:
    """Ask for what must be typed, as a button of an editing screen demands."""
    action = next((one for one in _QUESTIONS if one == button.value), None)
    if action is None:
        raise InvalidInputError(OUTDATED)
    story = (await context.services.review.look(button.story_id)).story
    # The version of what the question shows, which may be newer than the button's.
    question = StoryQuestion(action, story.id, story.version, button.length)
    placeholder = context.texts.say("Story {number}", number=story.id)
    await questions.ask(
        update, context, question, _message(question, story, context.texts), placeholder=placeholder
    )


def reply_or(otherwise: Handler) -> Handler:
    """Return a handler that uses the reply to a question; `otherwise` handles any other message."""

    async def handle(update: Update, context: Context) -> None:
        message = update.effective_message
        text = (message.text if message else None) or ""
        match await questions.asked(update, context):
            case HourQuestion(broadcast_id):
                await preparation.use_hour(update, context, broadcast_id, text)
            case NoticeQuestion() as notice:
                await corrections.use_notice(update, context, notice, text)
            case StoryQuestion() as question:
                await _use(update, context, question, text)
            case None:
                await otherwise(update, context)

    return handle


async def _use(update: Update, context: Context, question: StoryQuestion, text: str) -> None:
    if not text.strip():
        raise InvalidInputError(mark("I can only use a text here. Reply with one."))
    try:
        await _change(context, question, text, actor_of(update))
    except ConflictError as overtaken:
        await context.show(update, await _unused(update, context, question, overtaken))
    else:
        changed = StoryAction.THREAD if question.action is StoryAction.EARLIER else question.action
        await after_change(update, context, _button(question, changed))


class _Seen(TypedDict):
    """What each change of a Story takes: the version that the editor saw, and the editor."""

    version: int
    actor: str


async def _change(context: Context, question: StoryQuestion, text: str, actor: str) -> None:
    """Change the Story. Raises ConflictError where another editor was quicker."""
    editing, story_id = context.services.editing, question.story_id
    seen: _Seen = {"version": question.version, "actor": actor}
    match question.action:
        case StoryAction.HEADLINE:
            await editing.set_headline(story_id, text, **seen)
        case StoryAction.SUMMARY:
            await editing.set_summary(story_id, question.length, text, **seen)
        case StoryAction.TOPIC:
            await editing.add_topic(story_id, text, **seen)
        case StoryAction.LANGUAGE:
            await editing.set_language(story_id, text, **seen)
        case StoryAction.EARLIER:
            await editing.continue_story(story_id, _number(text), **seen)
        case _:
            await editing.set_translation(story_id, _number(text), **seen)


def _button(question: StoryQuestion, action: StoryAction) -> StoryButton:
    return StoryButton(action, question.story_id, question.version, question.length)


def _number(text: str) -> int:
    """Return the number of a Story in a reply. Raises InvalidInputError where there is none."""
    found = re.fullmatch(r"\D{0,40}(\d{1,9})\D{0,10}", text.strip(), re.ASCII)
    if found is None:
        raise InvalidInputError(mark("Reply with the number of a story, such as 12."))
    return int(found[1])


async def _unused(
    update: Update, context: Context, question: StoryQuestion, overtaken: ConflictError
) -> Message:
    """Return the message that says which editor was quicker, and that the reply changed nothing."""
    texts = context.texts
    error = await named(update, context, overtaken)
    composer = Composer().line(texts.say(error.sentence, **error.values))
    composer.line(texts.say("Your reply was not used; it still stands above."))
    card = _button(question, StoryAction.CARD)
    return composer.buttons(Button(texts.say("Show the story"), card.data())).message()


def _message(question: StoryQuestion, story: Story, texts: Texts) -> Message:
    composer = Composer().line(texts.say(_QUESTIONS[question.action]), "bold").line()
    if question.action is StoryAction.HEADLINE:
        composer.line(shorten(story.headline, composer.room - 2))
    elif question.action is StoryAction.SUMMARY:
        now = {one.length: one.text for one in story.summaries}.get(question.length, "")
        composer.line(shorten(now, composer.room - 2))
    return composer.message()
