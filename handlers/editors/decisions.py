"""Decisions about a Story in the chat: how long one can be undone, and what came of it."""

from collections.abc import Sequence

from telegram import Chat, Update

from bot.i18n import Texts
from bot.rendering.message import Button, Composer, Message, shorten
from bot.rendering.words.stories import ABOUT_TO, MEANINGS, PUBLISHED_QUIETLY, TAKEN_BACK, undo_until
from bot.services import Services
from bot.stories.review.decisions import Decided, Decision
from handlers.context import Context
from handlers.editors.broadcasts.buttons import BROADCASTS
from handlers.editors.buttons import CardButton, QueueButton, StoryAction, StoryButton
from storage.models import Story
from storage.words import DecisionAction, StoryState

_HEADLINE = 300  # characters


async def conclude(update: Update, context: Context, decision: Decision) -> None:
    """Take a decision, and show what it did; as long as it can be undone, show that."""
    decided = await context.services.decisions.decide(decision)
    if decided.waits:
        await show_waiting(update, context, decision, decided)
    else:
        made = decided.outcome.broadcast_ids
        drawn = await outcome(context.services, context.texts, decision.action, decision.story_id, made)
        await context.show(update, drawn)


async def show_waiting(update: Update, context: Context, decision: Decision, decided: Decided) -> None:
    """Show a decision that can still be undone; this message will show what came of it."""
    texts, item = context.texts, await context.services.review.look(decision.story_id)
    composer = _titled(item.story).line(texts.say(ABOUT_TO[decision.action]))
    composer.line(undo_until(round(decided.grace.total_seconds()), texts))
    composer.buttons(undo_button(item.story, texts))
    message_id = await context.show(update, composer.buttons(_next(item.total, texts)).message())
    chat = update.effective_chat
    if decided.id is not None and message_id is not None and chat is not None and chat.type == Chat.PRIVATE:
        await context.services.decisions.put_card(decided.id, message_id)


async def outcome(
    services: Services, texts: Texts, action: DecisionAction, story_id: int, made: Sequence[int] = ()
) -> Message:
    """Draw what a decision did. `made`: the Broadcasts that it scheduled."""
    if action is DecisionAction.WITHDRAW:
        return under_way(TAKEN_BACK, made, texts)
    item = await services.review.look(story_id)
    story, composer = item.story, _titled(item.story)
    if action is DecisionAction.REJECT:
        composer.line(texts.say(MEANINGS[StoryState.REJECTED]))
        if story.state is StoryState.REJECTED:
            restore = StoryButton(StoryAction.RESTORE, story_id, story.version)
            composer.buttons(Button(texts.say("Undo"), restore.data()))
    else:
        composer.line(texts.say(PUBLISHED_QUIETLY))
    return composer.buttons(_next(item.total, texts)).message()


def refused(story: Story, sentence: str, texts: Texts) -> Message:
    """Draw what its editor reads when a decision could not act. `sentence` says why."""
    composer = Composer().line(texts.say("Your decision was not carried out"), "bold").line()
    composer.line(shorten(story.headline, _HEADLINE)).line().line(sentence)
    return composer.buttons(Button(texts.say("Show the story"), CardButton(story.id).data())).message()


def under_way(sentence: str, made: Sequence[int], texts: Texts) -> Message:
    """Draw that messages in chats are being changed, if some are: by the Broadcasts `made`."""
    composer = Composer().line(texts.say(sentence), "bold")
    if made:
        composer.line(texts.say("This takes a while. See the progress: /broadcasts"))
        composer.buttons(Button(texts.say("Show progress"), BROADCASTS))
    return composer.message()


def undo_button(story: Story, texts: Texts) -> Button:
    """Return the button that undoes the decision about a Story before it acts."""
    return Button(texts.say("Undo this"), StoryButton(StoryAction.UNDO, story.id, story.version).data())


def _titled(story: Story) -> Composer:
    return Composer().line(shorten(story.headline, _HEADLINE), "bold").line()


def _next(total: int, texts: Texts) -> Button | None:
    return Button(texts.say("Next story"), QueueButton(0).data()) if total else None
