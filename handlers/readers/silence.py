"""Ask a reader who has been silent for long, once, whether fewer messages would suit them better."""

import logging

from telegram import Update
from telegram.error import BadRequest, Forbidden, RetryAfter, TelegramError
from telegram.ext import ExtBot

from bot import tasks
from bot.delivery.rate.pacer import Lane
from bot.i18n import Texts, in_language, mark
from bot.rendering.buttons import PreferencesButton, SilenceButton, SilenceChoice
from bot.rendering.message import Button, Composer, Message
from bot.services import Services
from handlers.context import Context
from handlers.guards import require_admin
from handlers.keyboards import parameters, read_button
from handlers.preferences import day_off
from storage.models import Subscriber
from storage.words import Rhythm

log = logging.getLogger(__name__)

_PATIENCE_S = 60.0  # for the turn of one question: behind a flood its hour may be over
_OUTDATED = mark("This button is out of date. Choose how often: /preferences")


class SilenceQuestions:
    """Asks readers, each once. The scheduler runs it in one process at a time."""

    def __init__(self, bot: ExtBot[Lane], services: Services) -> None:
        self._bot = bot
        self._services = services

    async def ask(self) -> None:
        """Ask the readers of this turn. Where Telegram is in trouble, the next turns ask the others."""
        silence = self._services.silence
        for subscriber in await silence.to_ask():
            if not await silence.claim(subscriber):
                continue
            try:
                await self._send(subscriber)
            except RetryAfter:
                await silence.give_back(subscriber)
                return
            except (BadRequest, Forbidden) as error:
                log.info("a silent reader cannot be asked", extra={"reason": error.message})
                if isinstance(error, Forbidden):
                    await self._services.subscribers.blocked(subscriber.chat_id)
            except (TelegramError, TimeoutError) as error:  # it may have arrived, and must not come twice
                log.warning("a question to a silent reader got no answer", extra={"reason": str(error)})
                return

    async def _send(self, subscriber: Subscriber) -> None:
        message = question(in_language(subscriber.language), subscriber.rhythm)
        sending = self._bot.send_message(
            subscriber.chat_id,
            rate_limit_args=Lane.NOTICE,
            disable_notification=True,
            **parameters(message),
        )
        await tasks.within(_PATIENCE_S, sending)


async def choose(update: Update, context: Context) -> None:
    """Do what the reader chose: one message a week, a break, or all as it is."""
    choice = read_button(update, SilenceButton, _OUTDATED).choice
    await require_admin(update, context)
    if choice is SilenceChoice.BREAK:
        await day_off.day_off(update, context)
        return
    texts = context.texts
    if choice is SilenceChoice.WEEKLY:
        await context.services.preferences.set_rhythm(context.subscriber.chat_id, Rhythm.WEEKLY)
        composer = Composer().text(texts.say("Done. You get your stories in one message a week."))
    else:
        composer = Composer().text(texts.say("Good. Everything stays as it is."))
    overview = PreferencesButton("overview")
    await context.show(update, composer.buttons(Button(texts.say("Preferences"), overview.data())).message())


def question(texts: Texts, rhythm: Rhythm) -> Message:
    """Draw the question. A reader of weekly messages is not offered what they have."""
    composer = Composer().line(texts.say("We have not heard from you for a while."), "bold").line()
    composer.line(texts.say("That is fine. Would fewer messages suit you better? I ask this only once."))
    if rhythm is not Rhythm.WEEKLY:
        weekly = SilenceButton(SilenceChoice.WEEKLY)
        composer.buttons(Button(texts.say("One message a week"), weekly.data()))
    composer.buttons(
        Button(texts.say("Take a break"), SilenceButton(SilenceChoice.BREAK).data()),
        Button(texts.say("Leave it as it is"), SilenceButton(SilenceChoice.STAY).data()),
    )
    return composer.message()
