"""What was sent already: mended in the chats that have it, or taken back."""

import re
from collections.abc import Sequence

from telegram import Update

from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.rendering.message import Button, Composer, Message
from handlers.context import Context
from handlers.guards import actor_of


async def offer(context: Context, story_id: int) -> Message | None:
    """After a change to a published Story: shall those who have it see that? None where nobody has it."""
    texts = context.texts
    reach = await context.services.corrections.reach(story_id)
    if not reach.messages:
        return None
    composer = Composer().line(
        texts.count(
            "{number} message with this story is in the chats already.",
            "{number} messages with this story are in the chats already.",
            reach.messages,
        )
    )
    composer.line(texts.say("Shall their readers see the change?"))
    composer.buttons(Button(texts.say("Mend their messages"), f"correct:mend:{story_id}"))
    return composer.buttons(Button(texts.say("Only new readers"), f"correct:quiet:{story_id}")).message()


async def decide(update: Update, context: Context) -> None:
    """A button of the question above, or Withdraw on a published Story's card."""
    query = update.callback_query
    found = re.fullmatch(
        r"correct:(mend|quiet|withdraw|withdrawn):(\d{1,9})", (query.data if query else None) or ""
    )
    if found is None:
        raise InvalidInputError(mark("This button is from an older version. Ask anew: /review"))
    what, story_id = found.group(1), int(found.group(2))
    match what:
        case "mend":
            made = await context.services.corrections.mend(story_id, actor=actor_of(update))
            await context.show(update, _under_way(context, mark("The messages are being mended."), made))
        case "quiet":
            sentence = context.texts.say("New readers see the change; what was sent stays as it is.")
            await context.show(update, Composer().text(sentence).message())
        case "withdraw":
            await context.show(update, await _ask(context, story_id))
        case _:
            made = await context.services.corrections.withdraw(story_id, actor=actor_of(update))
            await context.show(update, _under_way(context, mark("The story is withdrawn."), made))


async def _ask(context: Context, story_id: int) -> Message:
    """Before a withdrawal: how much of it can still be undone."""
    texts = context.texts
    story = await context.services.stories.inspect(story_id)
    reach = await context.services.corrections.reach(story_id)
    composer = Composer().line(story.headline[:300], "bold").line()
    composer.line(texts.say("Withdraw this story? Readers will not find it any more."))
    if reach.deletable:
        composer.line(
            texts.count(
                "{number} message will be deleted.", "{number} messages will be deleted.", reach.deletable
            )
        )
    if reach.older:
        composer.line(
            texts.count(
                "{number} message is older than 48 hours: Telegram keeps it, and it will say instead that "
                "the story was withdrawn.",
                "{number} messages are older than 48 hours: Telegram keeps them, and they will say instead "
                "that the story was withdrawn.",
                reach.older,
            )
        )
    if reach.gathered:
        composer.line(
            texts.count(
                "{number} message tells of other stories too: it will be shown without this one.",
                "{number} messages tell of other stories too: they will be shown without this one.",
                reach.gathered,
            )
        )
    composer.buttons(Button(texts.say("Withdraw"), f"correct:withdrawn:{story_id}"))
    return composer.buttons(Button(texts.say("Keep it"), f"review:card:{story_id}")).message()


def _under_way(context: Context, sentence: str, made: Sequence[int]) -> Message:
    texts = context.texts
    composer = Composer().line(texts.say(sentence), "bold")
    if made:
        composer.line(texts.say("On its way to the chats that have it. Progress: /broadcasts"))
        composer.buttons(Button(texts.say("Progress"), "broadcasts"))
    return composer.message()
