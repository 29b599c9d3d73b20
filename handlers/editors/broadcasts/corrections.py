"""Asks an editor whether to correct or withdraw the messages that readers have, and handles the answer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from telegram import Message as Answer
from telegram import Update

from bot.rendering.message import Button, Composer, Message
from bot.rendering.words.stories import CORRECTED
from bot.stories.review.decisions import Decision
from handlers import dialogues
from handlers.context import Context
from handlers.editors import decisions
from handlers.editors.broadcasts.buttons import CorrectionAction, CorrectionButton
from handlers.editors.buttons import CardButton
from handlers.guards import actor_of
from storage.models import Story
from storage.words import DecisionAction, StoryState


async def offer(context: Context, story: Story) -> None:
    """Ask the editor whether readers shall see a change of a Story in the messages that they have.

    Nothing is asked where the Story is not published, or no chat has a message with it.
    """
    if story.state is not StoryState.PUBLISHED:
        return
    texts = context.texts
    reach = await context.services.corrections.reach(story.id)
    if not reach.messages:
        return
    composer = Composer().line(
        texts.count(
            "{number} sent message contains this story.",
            "{number} sent messages contain this story.",
            reach.messages,
        )
    )
    composer.line(texts.say("Should they be corrected too?"))
    say_what = CorrectionButton(CorrectionAction.SAY_WHAT, story.id)
    correct = CorrectionButton(CorrectionAction.CORRECT, story.id)
    leave = CorrectionButton(CorrectionAction.LEAVE, story.id)
    composer.buttons(Button(texts.say("Correct, and say what was wrong"), say_what.data()))
    composer.buttons(Button(texts.say("Correct sent messages"), correct.data()))
    composer.buttons(Button(texts.say("Leave them unchanged"), leave.data()))
    await context.send(context.subscriber.chat_id, composer.message())


async def decide(update: Update, context: Context, button: CorrectionButton) -> None:
    """A button of the question above, or Withdraw on a published Story's card."""
    corrections, actor = context.services.corrections, actor_of(update)
    match button.action:
        case CorrectionAction.CORRECT:
            made = await corrections.correct(button.story_id, actor=actor)
            await context.show(update, decisions.under_way(CORRECTED, made, context.texts))
        case CorrectionAction.LEAVE:
            sentence = context.texts.say("Sent messages stay as they are. New readers see the change.")
            await context.show(update, Composer().text(sentence).message())
        case CorrectionAction.ASK_TO_WITHDRAW:
            await context.show(update, await _confirmation(context, button.story_id))
        case CorrectionAction.WITHDRAW:
            decision = Decision(DecisionAction.WITHDRAW, button.story_id, actor)
            await decisions.conclude(update, context, decision)
        case CorrectionAction.SAY_WHAT:
            await _ask(update, context, NoticeQuestion(button.story_id, withdraws=False))
        case CorrectionAction.SAY_WHY:
            await _ask(update, context, NoticeQuestion(button.story_id, withdraws=True))


@dataclass(frozen=True, slots=True)
class NoticeQuestion:
    """The answer says what was wrong in a Story, or why it is withdrawn, and starts that Broadcast.

    It must be a reply: an editor types much else meanwhile.
    """

    for_editors: ClassVar[bool] = True

    story_id: int
    withdraws: bool

    @property
    def again(self) -> str:
        action = CorrectionAction.SAY_WHY if self.withdraws else CorrectionAction.SAY_WHAT
        return CorrectionButton(action, self.story_id).data()

    def dump(self) -> dict[str, Any]:
        return {"notice": self.story_id, "withdraws": self.withdraws}

    def example(self, context: Context) -> str:
        return context.texts.say("Story {number}", number=self.story_id)

    def reads(self, _message: Answer, /) -> bool:
        return False

    async def use(self, update: Update, context: Context, message: Answer) -> bool:
        """Correct or withdraw the Story with the sentence that the editor replied."""
        words, actor = dialogues.words_of(message), actor_of(update)
        if self.withdraws:
            decision = Decision(DecisionAction.WITHDRAW, self.story_id, actor, reason=words)
            await decisions.conclude(update, context, decision)
        else:
            made = await context.services.corrections.correct(self.story_id, actor=actor, note=words)
            await context.show(update, decisions.under_way(CORRECTED, made, context.texts))
        return True

    async def choices(self, context: Context) -> Sequence[Sequence[Button]]:
        action = CorrectionAction.ASK_TO_WITHDRAW if self.withdraws else CorrectionAction.CORRECT
        label = (
            context.texts.say("Withdraw") if self.withdraws else context.texts.say("Correct sent messages")
        )
        return [[Button(label, CorrectionButton(action, self.story_id).data())]]


def load(stored: Mapping[str, Any]) -> NoticeQuestion | None:
    """Return the question, if that is what is stored."""
    match stored:
        case {"notice": int(story_id), "withdraws": bool(withdraws)}:
            return NoticeQuestion(story_id, withdraws)
        case _:
            return None


async def _ask(update: Update, context: Context, question: NoticeQuestion) -> None:
    """Ask for the sentence that readers will see."""
    texts = context.texts
    story = await context.services.stories.inspect(question.story_id)
    if question.withdraws:
        asked = texts.say("Why is the story being withdrawn? Reply with one short sentence.")
        seen = texts.say("Readers will see your sentence instead of the story. No messages will be deleted.")
    else:
        asked = texts.say("What was wrong? Reply with one short sentence.")
        seen = texts.say("Readers see your sentence in the corrected story.")
    composer = Composer().line(asked, "bold").line(seen).line().line(story.headline[:300])
    await dialogues.ask(update, context, question, composer.message())


async def _confirmation(context: Context, story_id: int) -> Message:
    """Return the question before a withdrawal, which says how many messages can still be deleted."""
    texts = context.texts
    story = await context.services.stories.inspect(story_id)
    reach = await context.services.corrections.reach(story_id)
    composer = Composer().line(story.headline[:300], "bold").line()
    composer.line(texts.say("Withdraw this story? Readers will no longer find it."))
    if reach.deletable:
        composer.line(
            texts.count(
                "{number} message will be deleted.", "{number} messages will be deleted.", reach.deletable
            )
        )
    if reach.older:
        composer.line(
            texts.count(
                "{number} message is older than 48 hours and cannot be deleted. It will say "
                "instead that the story was withdrawn.",
                "{number} messages are older than 48 hours and cannot be deleted. They will say "
                "instead that the story was withdrawn.",
                reach.older,
            )
        )
    if reach.gathered:
        composer.line(
            texts.count(
                "{number} message contains other stories too. This story will be removed from it.",
                "{number} messages contain other stories too. This story will be removed from them.",
                reach.gathered,
            )
        )
    withdraw = CorrectionButton(CorrectionAction.WITHDRAW, story_id)
    say_why = CorrectionButton(CorrectionAction.SAY_WHY, story_id)
    composer.buttons(Button(texts.say("Withdraw"), withdraw.data()))
    composer.buttons(Button(texts.say("Withdraw, and say why"), say_why.data()))
    return composer.buttons(Button(texts.say("Keep it"), CardButton(story_id).data())).message()
