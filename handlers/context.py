"""What every handler is given: services, the Subscriber, their texts, and a way to answer."""

from collections.abc import Callable, Coroutine
from typing import Any

from telegram import Chat, Message, Update
from telegram.error import BadRequest
from telegram.ext import Application, CallbackContext, ContextTypes, ExtBot

from bot.delivery.pacer import Lane
from bot.i18n import Texts, in_language
from bot.inbox.jobs import Job, current_update
from bot.rendering import message as messages
from bot.rendering.render import Reader
from bot.services import Services
from handlers.keyboards import parameters
from storage.models import Subscriber
from storage.words import ChatKind, SubscriberState

_SERVICES = "services"
_SHUT_OUT = {SubscriberState.BLOCKED, SubscriberState.GONE}
_NOT_EDITABLE = ("message to edit not found", "message can't be edited")


class Context(CallbackContext[ExtBot[Lane], dict[str, Any], dict[str, Any], dict[str, Any]]):
    """python-telegram-bot's context with a typed, read-only door to our services."""

    subscriber: Subscriber
    texts: Texts

    @property
    def services(self) -> Services:
        found: Services = self.bot_data[_SERVICES]
        return found

    @property
    def reader(self) -> Reader:
        """The Subscriber as messages are drawn for them."""
        return Reader(
            self.texts, self.services.zone, self.subscriber.length, self.services.help_links.address
        )

    @property
    def job_content(self) -> dict[str, Any] | None:
        """The content of the job that handles this update once more; None the first time."""
        return current_update().job_content

    def leave(self, kind: str, **content: Any) -> None:
        """Leave a job that is done after this update, and also after a kill, so that no chat waits for it."""
        current_update().next_job = Job(kind, content)

    def come_back(self, kind: str, **content: Any) -> None:
        """Leave a job that handles this update once more: then `job_content` is `content`."""
        current_update().repeat(kind, content)

    async def meet(self, chat: Chat, language_code: str | None) -> None:
        """Learn who is asking, and in which language to answer."""
        subscribers, kind = self.services.subscribers, kind_of(chat)
        subscriber = await subscribers.meet(chat.id, kind, language_code)
        if subscriber.state in _SHUT_OUT and kind is ChatKind.PRIVATE:
            await subscribers.unblocked(chat.id)  # who writes to us has not shut us out
            subscriber = await subscribers.meet(chat.id, kind, language_code)
        self.know(subscriber)

    def know(self, subscriber: Subscriber) -> None:
        self.subscriber = subscriber
        self.texts = in_language(subscriber.language)

    async def again(self) -> None:
        """Read the Subscriber anew, after a change."""
        self.know(await self.services.subscribers.meet(self.subscriber.chat_id, self.subscriber.kind, None))

    async def show(self, update: Update, answer: messages.Message) -> int | None:
        """Answer: a tap edits the message that carries the button, anything else gets a new one. Its id."""
        query = update.callback_query
        chat = update.effective_chat
        if chat is None:
            return None
        tapped = query.message if query else None
        if isinstance(tapped, Message) and await self.edit(chat.id, tapped.message_id, answer):
            return tapped.message_id
        return await self.send(chat.id, answer, topic_of(update))

    async def send(self, chat_id: int, answer: messages.Message, topic: int | None = None) -> int:
        """Send a new message, in a forum to this topic: its id."""
        sent = await self.bot.send_message(chat_id, message_thread_id=topic, **parameters(answer))
        return sent.message_id

    async def edit(self, chat_id: int, message_id: int, answer: messages.Message) -> bool:
        """Let a message of ours show this; False where it cannot be edited any more."""
        try:
            await self.bot.edit_message_text(chat_id=chat_id, message_id=message_id, **parameters(answer))
        except BadRequest as error:
            text = error.message.lower()
            if "message is not modified" in text:  # pressed twice: it shows that already
                return True
            if any(reason in text for reason in _NOT_EDITABLE):
                return False
            raise
        return True


ComebackApplication = Application[ExtBot[Lane], Context, dict[str, Any], dict[str, Any], dict[str, Any], None]
Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]


def context_types() -> ContextTypes[Context, dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Tells python-telegram-bot to build our Context."""
    return ContextTypes(context=Context)


def install(application: ComebackApplication, services: Services) -> None:
    """Hand the services to every Context of this application."""
    application.bot_data[_SERVICES] = services


def services_of(application: ComebackApplication) -> Services:
    """The services that were handed to this application."""
    found: Services = application.bot_data[_SERVICES]
    return found


def topic_of(update: Update) -> int | None:
    """The forum topic in which something was said or tapped; None elsewhere, and in a forum's general one.

    Replies in other groups have a thread id too, to which nothing may be sent.
    """
    message = update.effective_message
    in_topic = isinstance(message, Message) and message.is_topic_message
    return message.message_thread_id if in_topic and message else None


def kind_of(chat: Chat) -> ChatKind:
    """Our word for Telegram's kind of chat."""
    if chat.type == Chat.PRIVATE:
        return ChatKind.PRIVATE
    return ChatKind.CHANNEL if chat.type == Chat.CHANNEL else ChatKind.GROUP
