"""Keeps the Cards of Broadcasts up to date, and notifies editors of Broadcasts that wait for them."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.broadcasts.broadcasts import BroadcastStatus
from bot.broadcasts.cards import BroadcastCards
from bot.broadcasts.reasons import RESTORED
from bot.clock import Clock
from bot.delivery.rate.pacer import Lane
from bot.delivery.rate.throughput import Throughput
from bot.editors.roles import Right
from bot.rendering.message import Message
from bot.services import Services
from handlers.editors.broadcasts.previews import request
from handlers.editors.broadcasts.progress import drawn, paused_itself, restored
from handlers.editors.names import name_of
from handlers.editors.notices import Notices
from handlers.keyboards import parameters
from storage.words import ENDED, BroadcastState

log = logging.getLogger(__name__)

_OFTEN = timedelta(seconds=3)
_SELDOM = timedelta(seconds=15)  # while more than _SOON is left
_SOON = timedelta(minutes=10)


@dataclass(slots=True)
class _CardWatch:
    """What this process knows of the Cards of one Broadcast, so that it edits only what has changed.

    - `shown`: what each Card shows, by chat and message.
    - `state`: that of the Broadcast at the last look. `next_at`: when to look again.
    """

    speed: Throughput = field(default_factory=Throughput)
    shown: dict[tuple[int, int], Message] = field(default_factory=dict)
    state: BroadcastState | None = None
    next_at: datetime | None = None

    def is_due(self, found: BroadcastCards, now: datetime) -> bool:
        """Return whether it is time to look again, or there is something that no Card shows yet."""
        is_new = found.broadcast.state is not self.state or found.is_unshown
        return is_new or self.next_at is None or now >= self.next_at

    def set_next(self, status: BroadcastStatus, now: datetime) -> None:
        """Set when to look again: in 3 s, in 15 s if much is left, after the end in 1 % of the time since."""
        left, ended_at = self.speed.left(status.waiting), status.broadcast.finished_at
        pause = _SELDOM if left and left > _SOON else _OFTEN
        if status.broadcast.state in ENDED and ended_at is not None:
            pause = max(_OFTEN, (now - ended_at) / 100)
        self.state, self.next_at = status.broadcast.state, now + pause


class ProgressCards:
    """Updates every Card of a Broadcast until it shows the end, and until what was held has come.

    The scheduler runs it in one process at a time. The locations of the Cards are in the database; what this
    process remembers it learns again after a restart.
    """

    def __init__(self, bot: ExtBot[Lane], services: Services, clock: Clock) -> None:
        self._bot = bot
        self._services = services
        self._clock = clock
        self._watches: dict[int, _CardWatch] = {}
        self._notices = Notices(self._notify)

    async def update(self) -> None:
        """Edit the Cards of which something has changed; send the first Card where there is none."""
        found = await self._services.cards.to_update()
        self._watches = {
            one.broadcast.id: self._watches.get(one.broadcast.id) or _CardWatch() for one in found
        }
        for one in found:
            watch = self._watches[one.broadcast.id]
            if watch.is_due(one, self._clock()):
                await self._update(one, watch)

    async def notify_waiting(self) -> None:
        """Notify every editor of the Broadcasts that wait for a decision, each editor once."""
        waiting = [one.id for one in await self._services.control.unannounced()]
        self._notices.forget_all_but(waiting)
        for broadcast_id in waiting:
            if await self._notices.send([broadcast_id], await self._concerned(broadcast_id)):
                await self._services.control.mark_announced(broadcast_id)

    async def _concerned(self, broadcast_id: int) -> Collection[int]:
        """Return the editors who are notified: of a push to agree to, those who may agree."""
        broadcast = (await self._services.broadcasts.status(broadcast_id)).broadcast
        if broadcast.state is BroadcastState.PREPARING and broadcast.asked_by is not None:
            return await self._services.editors.others(Right.PUBLISH, broadcast.asked_by)
        return await self._services.editors.with_right(Right.WRITE)

    async def _notify(self, editor: int, broadcast_ids: Sequence[int]) -> None:
        [broadcast_id] = broadcast_ids
        status = await self._services.broadcasts.status(broadcast_id)
        if status.broadcast.state is BroadcastState.PREPARING:
            await self._ask(broadcast_id, editor, status.broadcast.asked_by)
        elif status.broadcast.state is BroadcastState.SCHEDULED:
            await self._send(status, editor, await self._drawn(status, editor))
        else:
            texts = await self._services.subscribers.texts_of(editor)
            reason = status.broadcast.reason or ""
            is_restored = reason == RESTORED
            message = restored(status, texts) if is_restored else paused_itself(broadcast_id, reason, texts)
            await self._bot.send_message(editor, **parameters(message))

    async def _ask(self, broadcast_id: int, editor: int, asker: str | None) -> None:
        """Ask an editor to agree to a push, unless nobody wants that any more."""
        if asker is None:
            return
        subscribers = self._services.subscribers
        texts, zone = await subscribers.texts_of(editor), await subscribers.timezone_of(editor)
        preview = await self._services.preparation.preview(broadcast_id)
        name = await name_of(self._bot, asker, texts)
        await self._bot.send_message(editor, **parameters(request(preview, texts, zone, name)))

    async def _update(self, found: BroadcastCards, watch: _CardWatch) -> None:
        now, status = self._clock(), await self._services.broadcasts.status(found.broadcast.id)
        watch.speed.note(now, status.progress.done)
        try:
            for location in found.locations:
                await self._edit(status, watch, location)
            if found.is_unshown and status.broadcast.started_by is not None:
                await self._send_first(status, status.broadcast.started_by, watch)
        except TelegramError as error:  # the next turn tries again
            log.warning("the progress was not shown", extra={"reason": str(error)})
            return
        watch.set_next(status, now)
        if status.is_over:
            await self._services.cards.close(status)

    async def _send_first(self, status: BroadcastStatus, chat_id: int, watch: _CardWatch) -> None:
        """Send the first Card to the editor who started it; give up where they cannot be reached."""
        try:
            is_known = await self._send(status, chat_id, await self._drawn(status, chat_id, watch.speed))
        except (Forbidden, BadRequest) as error:
            log.info("the progress cannot be shown", extra={"reason": error.message})
            is_known = False
        if not is_known:
            await self._services.cards.stop_progress(status.broadcast.id, chat_id)

    async def _send(self, status: BroadcastStatus, chat_id: int, message: Message) -> bool:
        sent = await self._bot.send_message(chat_id, **parameters(message))
        return await self._services.cards.put(status.broadcast.id, chat_id, sent.message_id)

    async def _edit(self, status: BroadcastStatus, watch: _CardWatch, location: tuple[int, int]) -> None:
        """Edit a Card if something has changed. Remove a Card whose message does not exist any more."""
        chat_id, message_id = location
        message = await self._drawn(status, chat_id, watch.speed)
        if message == watch.shown.get(location):
            return
        try:
            await self._bot.edit_message_text(chat_id=chat_id, message_id=message_id, **parameters(message))
        except (Forbidden, BadRequest) as error:
            if "message is not modified" not in error.message.lower():
                log.info("a card has no message any more", extra={"reason": error.message})
                await self._services.cards.remove(chat_id, message_id)
                return
        watch.shown[location] = message

    async def _drawn(self, status: BroadcastStatus, chat_id: int, speed: Throughput | None = None) -> Message:
        subscribers = self._services.subscribers
        texts, zone = await subscribers.texts_of(chat_id), await subscribers.timezone_of(chat_id)
        return drawn(status, texts, zone, speed)
