"""What editors type about a Story: the bot asks with a message, and the reply to it changes the Story."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypedDict

from telegram import Message as Answer
from telegram import Update

from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering.message import Button, Composer, Message, shorten
from bot.stories.conflicts import ConflictError
from handlers import dialogues
from handlers.context import Context
from handlers.editors.buttons import OUTDATED, StoryAction, StoryButton
from handlers.editors.editing import after_change
from handlers.editors.review import named, plea_in_words
from handlers.guards import actor_of
from storage.models import Story
from storage.words import Length

_QUESTIONS = {
    StoryAction.HEADLINE: mark("Reply to this message with the new headline. The current one:"),
    StoryAction.SUMMARY: mark(
        "Reply to this message with the new summary: one paragraph, or one sentence per line. The "
        "current one:"
    ),
    StoryAction.PLEA: mark(
        "Reply with the plea, copied from the story. You can name the speaker on a second line."
    ),
    StoryAction.TOPIC: mark("Reply to this message with the name of the topic."),
    StoryAction.LANGUAGE: mark(
        "Reply to this message with the language code: two or three letters, such as en or uk."
    ),
    StoryAction.EARLIER: mark("Reply to this message with the number of the story that this one continues."),
    StoryAction.TRANSLATION: mark("Reply to this message with the number of the original story."),
}


_CHOICES = {  # the screen on which the same can be chosen without typing
    StoryAction.TOPIC: StoryAction.TOPICS,
    StoryAction.LANGUAGE: StoryAction.LANGUAGES,
    StoryAction.EARLIER: StoryAction.THREADS,
    StoryAction.TRANSLATION: StoryAction.TRANSLATIONS,
}


@dataclass(frozen=True, slots=True)
class StoryQuestion:
    """The answer changes a Story. It must be a reply: an editor types much else meanwhile.

    - `action`: what it changes.
    - `version`: that of the Story when it was asked.
    - `length`: that of the Summary that was shown.
    """

    for_editors: ClassVar[bool] = True

    action: StoryAction
    story_id: int
    version: int
    length: Length

    @property
    def again(self) -> str:
        return self.button(StoryAction.ASK, self.action).data()

    def dump(self) -> dict[str, Any]:
        return {
            "what": self.action.value,
            "story": self.story_id,
            "version": self.version,
            "length": self.length.value,
        }

    def example(self, context: Context) -> str:
        return context.texts.say("Story {number}", number=self.story_id)

    def reads(self, _message: Answer, /) -> bool:
        return False

    async def use(self, update: Update, context: Context, message: Answer) -> bool:
        """Change the Story; if another editor was quicker, say so and change nothing."""
        text = dialogues.words_of(message)
        try:
            await _change(context, self, text, actor_of(update))
        except ConflictError as overtaken:
            await context.show(update, await _unused(update, context, self, overtaken))
        else:
            changed = StoryAction.THREAD if self.action is StoryAction.EARLIER else self.action
            await after_change(update, context, self.button(changed))
        return True

    async def choices(self, context: Context) -> Sequence[Sequence[Button]]:
        screen = _CHOICES.get(self.action)
        if screen is None:
            return []
        return [[Button(context.texts.say("Choose from a list"), self.button(screen).data())]]

    def button(self, action: StoryAction, value: str = "") -> StoryButton:
        """Return a button of the Story's card."""
        return StoryButton(action, self.story_id, self.version, self.length, value)


def load(stored: Mapping[str, Any]) -> StoryQuestion | None:
    """Return the question, if that is what is stored."""
    match stored:
        case {"what": str(what), "story": int(story_id), "version": int(version), "length": str(length)}:
            return StoryQuestion(StoryAction(what), story_id, version, Length(length))
        case _:
            return None


async def ask(update: Update, context: Context, button: StoryButton) -> None:
    """Ask for what must be typed, as a button of an editing screen demands."""
    action = next((one for one in _QUESTIONS if one == button.value), None)
    if action is None:
        raise InvalidInputError(OUTDATED)
    story = (await context.services.review.look(button.story_id)).story
    # The version of what the question shows, which may be newer than the button's.
    question = StoryQuestion(action, story.id, story.version, button.length)
    await dialogues.ask(update, context, question, _message(question, story, context.texts))


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
        case StoryAction.PLEA:
            words, _, speaker = text.strip().partition("\n")
            await editing.set_plea(story_id, words, speaker.strip("—– "), **seen)
        case StoryAction.TOPIC:
            await editing.add_topic(story_id, text, **seen)
        case StoryAction.LANGUAGE:
            await editing.set_language(story_id, text, **seen)
        case StoryAction.EARLIER:
            await editing.continue_story(story_id, _number(text), **seen)
        case _:
            await editing.set_translation(story_id, _number(text), **seen)


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
    composer.line(texts.say("Your reply was not used. You can still copy it from above."))
    card = question.button(StoryAction.CARD)
    return composer.buttons(Button(texts.say("Show the story"), card.data())).message()


def _message(question: StoryQuestion, story: Story, texts: Texts) -> Message:
    composer = Composer().line(texts.say(_QUESTIONS[question.action]), "bold").line()
    if question.action is StoryAction.HEADLINE:
        composer.line(shorten(story.headline, composer.room - 2))
    elif question.action is StoryAction.PLEA:
        if story.plea:
            composer.line(texts.say("The current plea:")).line()
            composer.line(plea_in_words(story.plea, story.plea_speaker, texts))
    elif question.action is StoryAction.SUMMARY:
        now = {one.length: one.text for one in story.summaries}.get(question.length, "")
        composer.line(shorten(now, composer.room - 2))
    return composer.message()
