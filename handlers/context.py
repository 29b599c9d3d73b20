"""The context that every handler gets: services, the Subscriber, their texts, and ways to answer."""

from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

from telegram import Chat, Message, Update
from telegram.error import BadRequest, Forbidden
from telegram.ext import Application, CallbackContext, ContextTypes, ExtBot

from bot.delivery.rate.pacer import Lane
from bot.editors.roles import Right, has
from bot.i18n import Texts, in_language
from bot.inbox.jobs import Job, current_update
from bot.rendering import message as messages
from bot.rendering.render import Reader
from bot.services import Services
from bot.telegram.replies import Replies
from storage.models import Subscriber
from storage.words import ChatKind, EditorRole, SubscriberState

_SERVICES, _REPLIES = "services", "replies"
_SHUT_OUT = {SubscriberState.BLOCKED, SubscriberState.GONE}
_NOT_EDITABLE = ("message to edit not found", "message can't be edited")


class Context(CallbackContext[ExtBot[Lane], dict[str, Any], dict[str, Any], dict[str, Any]]):
    """python-telegram-bot's context, with our services and the Subscriber of the chat."""

    subscriber: Subscriber
    texts: Texts
    _role: tuple[int, EditorRole | None] | None = None

    @property
    def services(self) -> Services:
        found: Services = self.bot_data[_SERVICES]
        return found

    @property
    def replies(self) -> Replies:
        found: Replies = self.bot_data[_REPLIES]
        return found

    @property
    def reader(self) -> Reader:
        """The Subscriber's texts, zone and Length, for which messages are rendered."""
        return Reader(
            self.texts,
            self.services.zone,
            self.subscriber.length,
            self.services.help_links.address,
            covers=self.services.preferences.is_warned_first(self.subscriber),
            languages=tuple(self.subscriber.story_languages.split()),
        )

    @property
    def job_content(self) -> dict[str, Any] | None:
        """The content of the job that handles this update once more; None the first time."""
        return current_update().job_content

    def leave(self, kind: str, **content: Any) -> None:
        """Leave a job of this kind to be run after this update, so that no other update waits for it.

        The job is stored with the update, so that it also runs after a kill.
        """
        current_update().next_job = Job(kind, content)

    def come_back(self, kind: str, **content: Any) -> None:
        """Leave a job that handles this update once more: then `job_content` is `content`."""
        current_update().repeat(kind, content)

    async def may(self, update: Update, right: Right = Right.WRITE) -> bool:
        """Return whether the person of this update may do it. Their role is read once for each update."""
        person = update.effective_user
        if person is None:
            return False
        if self._role is None or self._role[0] != person.id:
            self._role = person.id, await self.services.editors.role_of(person.id)
        return has(self._role[1], right)

    async def meet(self, chat: Chat, language_code: str | None) -> None:
        """Load the Subscriber of this chat, and the texts in their language."""
        subscribers, kind = self.services.subscribers, kind_of(chat)
        subscriber = await subscribers.meet(chat.id, kind, language_code)
        if subscriber.state in _SHUT_OUT and kind is ChatKind.PRIVATE:
            await subscribers.unblocked(chat.id)  # a person who writes to the bot has not blocked it
            subscriber = await subscribers.meet(chat.id, kind, language_code)
        self.services.silence.seen(subscriber)
        self._use(subscriber)

    async def reload(self) -> None:
        """Load the Subscriber again, after a change."""
        self._use(await self.services.subscribers.meet(self.subscriber.chat_id, self.subscriber.kind, None))

    async def show(self, update: Update, answer: messages.Message) -> int | None:
        """Answer: edit the message whose button was tapped, else send a new one. Return its id."""
        query = update.callback_query
        chat = update.effective_chat
        if chat is None:
            return None
        tapped = query.message if query else None
        if isinstance(tapped, Message) and await self.edit(chat.id, tapped.message_id, answer):
            return tapped.message_id
        return await self.answer(update, chat, answer)

    async def answer(self, update: Update, chat: Chat, answer: messages.Message) -> int:
        """Answer with a new message; in a group or channel it replaces the last one to the same command."""
        topic = topic_of(update)
        message_id = await self.send(chat.id, answer, topic)
        if chat.type != Chat.PRIVATE:
            older = await self.services.group_answers.replace(chat.id, _command(update), topic, message_id)
            if older is not None:
                with suppress(BadRequest, Forbidden):  # it is gone, or older than Telegram deletes
                    await self.replies.delete(chat.id, older)
        return message_id

    async def send(
        self, chat_id: int, answer: messages.Message, topic: int | None = None, *, lane: Lane | None = None
    ) -> int:
        """Send a new message, in a forum to this topic. Return its id. `lane` None is the reply lane."""
        return await self.replies.send(chat_id, answer, topic, lane)

    async def edit(self, chat_id: int, message_id: int, answer: messages.Message) -> bool:
        """Edit a message of the bot. Return False if it cannot be edited any more."""
        try:
            await self.replies.edit(chat_id, message_id, answer)
        except BadRequest as error:
            text = error.message.lower()
            if "message is not modified" in text:  # tapped twice: it shows that already
                return True
            if any(reason in text for reason in _NOT_EDITABLE):
                return False
            raise
        return True

    def _use(self, subscriber: Subscriber) -> None:
        self.subscriber = subscriber
        self.texts = in_language(subscriber.language)


ComebackApplication = Application[ExtBot[Lane], Context, dict[str, Any], dict[str, Any], dict[str, Any], None]
Handler = Callable[[Update, Context], Coroutine[Any, Any, None]]
"""Handles one update."""


def context_types() -> ContextTypes[Context, dict[str, Any], dict[str, Any], dict[str, Any]]:
    """Return what makes python-telegram-bot build our Context."""
    return ContextTypes(context=Context)


def install(application: ComebackApplication, services: Services, replies: Replies) -> None:
    """Make the services and the way to answer reachable from every Context of this application."""
    application.bot_data[_SERVICES] = services
    application.bot_data[_REPLIES] = replies


def topic_of(update: Update) -> int | None:
    """Return the forum topic of a message or a tap; None outside forums, and in a forum's general topic.

    Replies in other groups have a thread id too, but nothing may be sent to it.
    """
    message = update.effective_message
    in_topic = isinstance(message, Message) and message.is_topic_message
    return message.message_thread_id if in_topic and message else None


def _command(update: Update) -> str:
    """Return the command that a message begins with; "" for any other message."""
    text = (update.effective_message.text if update.effective_message else None) or ""
    first = text.split(maxsplit=1)[0] if text.startswith("/") else ""
    return first.partition("@")[0].lstrip("/").lower()


def kind_of(chat: Chat) -> ChatKind:
    """Return the kind of a Telegram chat."""
    if chat.type == Chat.PRIVATE:
        return ChatKind.PRIVATE
    return ChatKind.CHANNEL if chat.type == Chat.CHANNEL else ChatKind.GROUP
