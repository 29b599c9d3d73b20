"""Connects python-telegram-bot with the inbox: how updates and jobs reach the handlers."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from time import perf_counter
from typing import Any

from telegram import Update
from telegram.ext import ApplicationBuilder, ExtBot

from bot.config import Settings
from bot.delivery.rate.pacer import Lane, Pacer
from bot.inbox.inbox import Inbox
from bot.inbox.jobs import CurrentUpdate, Job, JobRunner, handling, repeated
from bot.inbox.priority import without_permit
from bot.runtime.paced_loop import PacedLoop
from bot.services import Services
from bot.telegram.limiter import PacedLimiter
from bot.telegram.replies import Replies
from bot.telegram.transport import AiohttpRequest
from handlers import context, routes
from handlers.context import ComebackApplication
from handlers.editors import intake, letters
from handlers.readers import checking, typed

Took = Callable[[str, float], None]

LETTERS_S = 5.0  # between two messages to an editor about what readers write
_LOOKED_UP = 32  # messages of readers that are answered at once: as many as can be on the wire
_CHECKED = 16  # messages whose links are followed at once, one of each chat: each takes up to 10 s a link
_READING = 16  # links and files of editors that are read at once: each takes up to 20 s and 3 MB
_READING_OF_ONE = 4  # of them for one editor, so that 50 links of one hold up no other
# Before an update is handled again because the database did not answer: a deadlock is over at once.
_PAUSES_S = (0.1, 0.2, 0.4, 0.8)  # then the person is asked to try again
_PAUSES_UNSEEN_S = (*_PAUSES_S, *(5.0,) * 60)  # where nobody would try again: who blocks or unblocks the bot


def build_application(
    settings: Settings, services: Services, pacer: Pacer, request: AiohttpRequest
) -> ComebackApplication:
    """Return python-telegram-bot's application with our handlers. It sends in the Pacer's reply lane."""
    api, limiter = settings.bot_api_url, PacedLimiter(pacer)
    bot: ExtBot[Lane] = ExtBot(
        settings.token(),
        base_url=f"{api}/bot",
        base_file_url=f"{api}/file/bot",
        request=request,
        get_updates_request=request,
        rate_limiter=limiter,
    )
    types = context.context_types()
    application = ApplicationBuilder().bot(bot).updater(None).job_queue(None).context_types(types).build()
    context.install(application, services, Replies(request, bot.base_url, limiter))
    routes.install(application)
    return application


def update_handler(
    application: ComebackApplication, took: Took
) -> Callable[[dict[str, Any]], Awaitable[Job | None]]:
    """Return the function that handles an update for the inbox, and returns the Job that is left of it.

    `took` is called with the name of the handler and the seconds that it took.
    """

    async def handle(raw: dict[str, Any]) -> Job | None:
        began = perf_counter()
        current = await _until_done(application, raw)
        took(current.handler, perf_counter() - began)
        return current.next_job

    return handle


def job_runners(application: ComebackApplication, took: Took) -> dict[str, JobRunner]:
    """Return the runner of each kind of Job. Each has its own limits, so that no kind waits for another.

    `took`: see `update_handler`.
    """

    async def repeat(kind: str, content: dict[str, Any]) -> None:
        began = perf_counter()
        await _until_done(application, *repeated(content))
        took(f"job {kind}", perf_counter() - began)

    return {
        intake.READ: JobRunner(partial(repeat, intake.READ), limit=_READING, chat_limit=_READING_OF_ONE),
        checking.CHECK: JobRunner(partial(repeat, checking.CHECK), limit=_CHECKED),
        typed.LOOK_UP: JobRunner(partial(repeat, typed.LOOK_UP), limit=_LOOKED_UP),
    }


def letter_loop(application: ComebackApplication, services: Services, inbox: Inbox) -> PacedLoop:
    """Return the loop that notifies editors of readers' letters. One process does it for all."""

    async def notify() -> bool:
        return inbox.heartbeat.leads() and await letters.notify(application.bot, services)

    return PacedLoop(notify, services.feedback.arrived, rest_s=LETTERS_S)


async def _until_done(
    application: ComebackApplication, raw: dict[str, Any], job_content: dict[str, Any] | None = None
) -> CurrentUpdate:
    """Handle an update, again after a pause where the database did not answer. What it did may come twice."""
    pauses = iter(_PAUSES_UNSEEN_S if "my_chat_member" in raw else _PAUSES_S)
    while True:
        pause = next(pauses, None)
        current = CurrentUpdate(raw, job_content, is_last_try=pause is None)
        with handling(current):
            await _process(application, raw)
        if pause is None or not current.is_undone:
            return current
        async with without_permit():
            await asyncio.sleep(pause)


async def _process(application: ComebackApplication, raw: dict[str, Any]) -> None:
    update = Update.de_json(raw, application.bot)
    if update is not None:
        await application.process_update(update)
