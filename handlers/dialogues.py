"""Dialogues: ask for something in words, use the answer, and ask again where it is not understood."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from telegram import (
    Chat,
    ForceReply,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    ReplyParameters,
    Update,
)

from bot.errors import InvalidInputError, NotFoundError, UserError
from bot.i18n import mark
from bot.rendering import message as messages
from bot.rendering.buttons import CANCEL
from bot.rendering.message import Button, Composer
from bot.subscribers.stop_words import asks_to_stop
from handlers.context import Context, Handler, topic_of
from handlers.guards import require_admin
from handlers.keyboards import parameters

_TRIES = 3  # wrong answers, after which buttons are offered
_PLACEHOLDER = 64  # characters (Bot API, ForceReply)


class Question(Protocol):
    """Something that the bot asks for, and that a person answers in words."""

    for_editors: ClassVar[bool]
    """Whether only an editor's answer counts."""

    @property
    def again(self) -> str:
        """The data of the button that asks the question again."""

    def dump(self) -> dict[str, Any]:
        """Return what is stored, to recognise the question when the answer comes."""

    def example(self, context: Context) -> str:
        """Return an answer as it may look, for the input field."""

    def reads(self, message: Message, /) -> bool:
        """Return whether a message that replies to nothing is an answer, if the question was just asked."""

    async def use(self, update: Update, context: Context, message: Message) -> bool:
        """Use the answer, and show the result. Return False if the question stays open.

        Raises InvalidInputError or NotFoundError if the answer is not understood: it is asked for again.
        """

    async def choices(self, context: Context) -> Sequence[Sequence[Button]]:
        """Return rows of buttons that answer the question without typing."""


Load = Callable[[Mapping[str, Any]], Question | None]
"""Returns the question that `dump` stored; None for what it did not store."""


async def ask(
    update: Update,
    context: Context,
    question: Question,
    message: messages.Message,
    *,
    markup: ReplyKeyboardMarkup | None = None,
    tries: int = 0,
) -> None:
    """Send a message that asks; the question that was open before is over.

    A message with buttons of its own, or with this `markup`, cannot open the reply field by itself.
    """
    chat, asking = update.effective_chat, update.message
    if chat is None:
        return
    shown = parameters(message)
    if not message.rows:
        placeholder = question.example(context)[:_PLACEHOLDER]
        shown["reply_markup"] = markup or ForceReply(selective=True, input_field_placeholder=placeholder)
    to = ReplyParameters(asking.message_id, allow_sending_without_reply=True) if asking else None
    sent = await context.bot.send_message(
        chat.id, message_thread_id=topic_of(update), reply_parameters=to, **shown
    )
    await context.services.dialogues.open(chat.id, sent.message_id, question.dump(), tries=tries)


async def ask_again(
    update: Update, context: Context, question: Question, error: UserError, *, tries: int
) -> None:
    """Say in reply to an answer why it was not understood, and ask again; after `_TRIES`, offer buttons."""
    texts = context.texts
    composer = Composer().line(texts.say(error.sentence, **error.values))
    if tries < _TRIES:
        composer.line(texts.say("Try again, or cancel: /cancel"))
    else:
        composer.line(texts.say("Try again, or tap a button."))
        for row in await question.choices(context):
            composer.buttons(*row)
        composer.buttons(Button(texts.say("Never mind"), CANCEL))
    await ask(update, context, question, composer.message(), tries=tries)


def answer_or(load: Sequence[Load], otherwise: Handler) -> Handler:
    """Return a handler that uses the answer to a question; `otherwise` handles any other message."""

    async def handle(update: Update, context: Context) -> None:
        found = await _asked(update, context, load) if context.job_content is None else None
        if found is None:
            await otherwise(update, context)
            return
        question, tries, is_open = found
        message = update.effective_message
        if message is None:
            return
        await require_admin(update, context)
        if not question.for_editors and asks_to_stop(message.text or ""):
            await end(context)
            await otherwise(update, context)
        elif not is_open:
            await context.show(update, _over(context, question))
        else:
            await _use(update, context, question, message, tries)

    return handle


def ends_dialogue(handler: Handler) -> Handler:
    """Return a handler that first ends the open question: a command is about something else.

    In a group others give commands while an admin is asked, so there a question stays open.
    """

    async def handle(update: Update, context: Context) -> None:
        is_private = update.effective_chat and update.effective_chat.type == Chat.PRIVATE
        if is_private and context.job_content is None:  # a job may run long after its command
            await end(context)
        await handler(update, context)

    return handle


async def end(context: Context) -> bool:
    """End the open question of this chat. Return whether there was one."""
    if context.subscriber.open_prompt is None:
        return False
    await context.services.dialogues.close(context.subscriber.chat_id)
    await context.reload()
    return True


async def cancel(update: Update, context: Context) -> None:
    """End the open question: /cancel and the button "Never mind"."""
    await require_admin(update, context)
    was_open, texts = await end(context), context.texts
    composer = Composer()
    if was_open:
        composer.line(texts.say("All right. Nothing has changed."))
    else:
        composer.line(texts.say("There is nothing to cancel. All commands: /help"))
    if update.callback_query:
        await context.show(update, composer.message())
        return
    await remove_keyboard(update, context, composer.message())


async def remove_keyboard(update: Update, context: Context, message: messages.Message) -> None:
    """Send a message that removes the keyboard of an `ask` with a `markup`."""
    if update.effective_chat is None:
        return
    shown = parameters(message) | {"reply_markup": ReplyKeyboardRemove()}
    await context.bot.send_message(update.effective_chat.id, message_thread_id=topic_of(update), **shown)


def words_of(message: Message) -> str:
    """Return the words of an answer. Raises InvalidInputError if it has none."""
    if not (message.text or "").strip():
        raise InvalidInputError(mark("I can only use text here. Please reply with text."))
    return message.text or ""


async def _use(update: Update, context: Context, question: Question, message: Message, tries: int) -> None:
    try:
        is_done = await question.use(update, context, message)
    except (InvalidInputError, NotFoundError) as error:
        await ask_again(update, context, question, error, tries=tries + 1)
        return
    except UserError:  # the present state does not allow it, whatever is typed
        await end(context)
        raise
    if is_done:
        await end(context)


async def _asked(update: Update, context: Context, load: Sequence[Load]) -> tuple[Question, int, bool] | None:
    """Return the question that a message answers, the wrong tries before it, and whether it is open."""
    message, chat = update.effective_message, update.effective_chat
    if message is None or chat is None:
        return None
    dialogues, open_prompt = context.services.dialogues, context.subscriber.open_prompt
    replied = message.reply_to_message
    if replied is not None:
        asked = await dialogues.replied(chat.id, replied.message_id, open_prompt=open_prompt)
    elif open_prompt is not None and chat.type == Chat.PRIVATE and message.forward_origin is None:
        asked = await dialogues.typed(chat.id, open_prompt=open_prompt)
    else:
        return None
    question = next(filter(None, (one(asked.about) for one in load)), None) if asked else None
    if asked is None or question is None:
        return None
    if question.for_editors and not await context.may(update):
        return None
    if replied is None and not question.reads(message):
        return None
    return question, asked.tries, asked.is_open


def _over(context: Context, question: Question) -> messages.Message:
    """Return the message that says that a question is closed, with a button that asks it again."""
    composer = Composer().line(context.texts.say("This question is closed. Nothing has changed."))
    return composer.buttons(Button(context.texts.say("Ask me again"), question.again)).message()
