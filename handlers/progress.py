"""How far a Broadcast is: one message with a bar and buttons, kept up to date for who started it."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.clock import Clock
from bot.delivery.broadcasts import BroadcastStatus
from bot.delivery.pacer import Lane
from bot.delivery.speed import Speedometer
from bot.message import Button, Composer, Message, shorten
from bot.services import Services
from bot.texts import Texts, mark
from handlers.keyboards import parameters
from storage.models import Broadcast
from storage.words import BroadcastKind, BroadcastState

log = logging.getLogger(__name__)

STATES = {
    BroadcastState.DRAFT: mark("draft"),
    BroadcastState.SCHEDULED: mark("scheduled"),
    BroadcastState.RUNNING: mark("running"),
    BroadcastState.PAUSED: mark("paused"),
    BroadcastState.FINISHED: mark("finished"),
    BroadcastState.CANCELLED: mark("cancelled"),
}
_KINDS = {
    BroadcastKind.CORRECTION: mark("mends the messages of broadcast {number}"),
    BroadcastKind.WITHDRAWAL: mark("takes back the messages of broadcast {number}"),
}
_BUTTONS = {  # what may be done in each state, beside looking again
    BroadcastState.SCHEDULED: (("now", mark("Send now")), ("end", mark("Cancel"))),
    BroadcastState.RUNNING: (("pause", mark("Pause sending")), ("end", mark("Cancel"))),
    BroadcastState.PAUSED: (("resume", mark("Resume")), ("end", mark("Cancel"))),
}
_REFUSALS = re.compile(r"(\d+) refusals in a row, the last one: (.*)", re.DOTALL)  # bot/delivery/worker.py
_BAR = 20  # signs
_HEADLINE = 200  # characters
_ENDED = {BroadcastState.FINISHED, BroadcastState.CANCELLED}
_OFTEN = timedelta(seconds=3)
_SELDOM = timedelta(seconds=15)  # nobody looks at each second of a night
_SOON = timedelta(minutes=10)


def drawn(status: BroadcastStatus, texts: Texts, zone: tzinfo, speed: Speedometer | None = None) -> Message:
    """A Broadcast with its bar, and the buttons of whoever watches over it."""
    broadcast = status.broadcast
    composer = Composer().text(f"{broadcast.id} · ").line(shorten(broadcast.title, _HEADLINE), "bold")
    if broadcast.kind in _KINDS:
        composer.line(texts.say(_KINDS[broadcast.kind], number=broadcast.corrects_id), "italic")
    composer.line()
    for line in _lines(status, texts, zone, speed):
        composer.line(line)
    composer.buttons(
        *(
            Button(texts.say(label), f"broadcast:{act}:{broadcast.id}")
            for act, label in _BUTTONS.get(broadcast.state, ())
        )
    )
    under_way = broadcast.state in {BroadcastState.RUNNING, BroadcastState.PAUSED, BroadcastState.FINISHED}
    if under_way and status.progress.failed and broadcast.kind is not BroadcastKind.DIGEST:
        again = texts.say("Try {number} again", number=texts.number(status.progress.failed))
        composer.buttons(Button(again, f"broadcast:retry:{broadcast.id}"))
    if under_way and broadcast.kind is BroadcastKind.PUSH:
        composer.buttons(Button(texts.say("Send to who missed it …"), f"broadcast:missed:{broadcast.id}"))
    composer.buttons(
        Button(texts.say("Look again"), f"broadcast:look:{broadcast.id}"),
        Button(texts.say("All broadcasts"), "broadcasts"),
    )
    return composer.message()


def counts(status: BroadcastStatus, texts: Texts) -> str:
    """How many of each outcome, on one line."""
    progress = status.progress
    parts = [texts.say("{number} sent", number=texts.number(progress.sent))]
    for sentence, number in (
        (mark("{number} waiting"), status.waiting),
        (mark("{number} later"), progress.held),
        (mark("{number} blocked"), progress.blocked),
        (mark("{number} failed"), progress.failed),
        (mark("{number} not there any more"), progress.skipped),
    ):
        parts += [texts.say(sentence, number=texts.number(number))] if number else []
    return ", ".join(parts)


def why(reason: str, texts: Texts) -> str:
    """A Broadcast's reason in plain words."""
    refusals = _REFUSALS.fullmatch(reason)
    if refusals is None:
        return texts.say(reason)
    return texts.say(
        "Telegram refused {number} messages one after another; the last time it said: {words}",
        number=refusals[1],
        words=refusals[2],
    )


def paused_itself(broadcast_id: int, reason: str, texts: Texts) -> Message:
    """What editors are told when a Broadcast stopped by itself."""
    told = texts.say("Broadcast {number} paused itself.", number=broadcast_id)
    composer = Composer().line(told, "bold").line(why(reason, texts)).line()
    composer.line(texts.say("What was sent stays sent. Resume to go on with the others."))
    composer.buttons(
        Button(texts.say("Resume"), f"broadcast:resume:{broadcast_id}"),
        Button(texts.say("Cancel"), f"broadcast:end:{broadcast_id}"),
    )
    return composer.buttons(Button(texts.say("Progress"), f"broadcast:look:{broadcast_id}")).message()


def overdue(broadcast: Broadcast, texts: Texts, zone: tzinfo) -> Message:
    """What editors are asked when the hour of a Broadcast has passed long ago."""
    composer = Composer().line(texts.say("This push did not start in time"), "bold")
    composer.text(f"{broadcast.id} · ").line(shorten(broadcast.title, _HEADLINE)).line()
    if broadcast.start_at is not None:
        composer.line(texts.say("It was meant for {moment}.", moment=texts.moment(broadcast.start_at, zone)))
    composer.line(texts.say("The bot did not run then. Nobody was sent it. Send it now?"))
    return composer.buttons(
        Button(texts.say("Send now"), f"broadcast:now:{broadcast.id}"),
        Button(texts.say("Cancel"), f"broadcast:cancel:{broadcast.id}"),
    ).message()


def _waits(broadcast: Broadcast, texts: Texts, zone: tzinfo) -> Message:
    """Why a Broadcast waits for an editor's word."""
    if broadcast.state is BroadcastState.SCHEDULED:
        return overdue(broadcast, texts, zone)
    return paused_itself(broadcast.id, broadcast.reason or "", texts)


def _lines(status: BroadcastStatus, texts: Texts, zone: tzinfo, speed: Speedometer | None) -> Sequence[str]:
    broadcast, progress = status.broadcast, status.progress
    if broadcast.state is BroadcastState.SCHEDULED and broadcast.start_at and not broadcast.reason:
        return [texts.say("Starts: {moment}", moment=texts.moment(broadcast.start_at, zone))]
    total = progress.done + status.waiting
    part = progress.done / total if total else 1.0
    lines = [texts.say(STATES[broadcast.state])]
    if broadcast.state is not BroadcastState.SCHEDULED:
        full = int(part * _BAR)
        lines.append(f"{'▓' * full}{'░' * (_BAR - full)} {texts.share(int(part * 100) / 100)}")
        lines.append(counts(status, texts))
    if status.outage_since is not None:
        lines.append(silence(status.outage_since, status.waiting, texts, zone))
    elif broadcast.state is BroadcastState.RUNNING and speed is not None and speed.rate:
        lines.append(_pace(speed, status.waiting, texts))
    lines += [why(broadcast.reason, texts)] if broadcast.reason else []
    return lines


def silence(since: datetime, waiting: int, texts: Texts, zone: tzinfo) -> str:
    """What holds everybody up: sending goes on by itself."""
    return texts.say(
        "Telegram does not answer since {time}; {number} wait",
        time=texts.clock(since, zone),
        number=texts.number(waiting),
    )


def _pace(speed: Speedometer, waiting: int, texts: Texts) -> str:
    rate = texts.say("{number} a second", number=texts.number(round(speed.rate or 0, 1)))
    left = speed.left(waiting)
    if not left or not waiting:
        return rate
    remaining = texts.say("{span} left", span=texts.span(left))
    return f"{rate}, {remaining}"


@dataclass(slots=True)
class _Watch:
    """What this process knows of a Broadcast that it tells of."""

    speed: Speedometer = field(default_factory=Speedometer)
    shown: Message | None = None
    state: BroadcastState | None = None
    next_at: datetime | None = None


class Teller:
    """Keeps the message about each running Broadcast up to date, and tells of the end.

    Whichever process has the turn does it: the message's id is in the row, and the speed is told again as
    soon as two looks are known.
    """

    def __init__(self, bot: ExtBot[Lane], services: Services, clock: Clock) -> None:
        self._bot = bot
        self._services = services
        self._clock = clock
        self._watches: dict[int, _Watch] = {}
        self._told: set[tuple[int, int]] = set()  # Broadcasts that wait, and editors who know already

    async def tell(self) -> None:
        """Edit what has changed."""
        found = await self._services.broadcasts.watched()
        self._watches = {one.broadcast.id: self._watches.get(one.broadcast.id) or _Watch() for one in found}
        for status in found:
            await self._tell(status, self._watches[status.broadcast.id])

    async def tell_waiting(self) -> None:
        """Tell every editor of the Broadcasts that wait for their word. It is done once all were told."""
        waiting = await self._services.broadcasts.untold()
        self._told = {(one, editor) for one, editor in self._told if one in {each.id for each in waiting}}
        for broadcast in waiting:
            editors = sorted(self._services.owner_ids)
            if all([await self._tell_editor(editor, broadcast) for editor in editors]):
                await self._services.broadcasts.note_told(broadcast.id)
                self._told -= {(broadcast.id, editor) for editor in editors}

    async def _tell_editor(self, editor: int, broadcast: Broadcast) -> bool:
        """Tell one editor, if that was not done yet. False where it must be tried again."""
        if (broadcast.id, editor) in self._told:
            return True
        texts, zone = await self._reader(editor)
        try:
            await self._bot.send_message(editor, **parameters(_waits(broadcast, texts, zone)))
        except (BadRequest, Forbidden) as error:  # never wrote to us, or shut us out
            log.info("an editor cannot be told", extra={"chat": editor, "reason": str(error)})
        except TelegramError as error:
            log.warning("an editor was not told", extra={"chat": editor, "reason": str(error)})
            return False
        self._told.add((broadcast.id, editor))
        return True

    async def _tell(self, status: BroadcastStatus, watch: _Watch) -> None:
        now, broadcast = self._clock(), status.broadcast
        watch.speed.note(now, status.progress.done)
        is_new = broadcast.state is not watch.state
        if broadcast.started_by is None or (watch.next_at and now < watch.next_at and not is_new):
            return
        texts, zone = await self._reader(broadcast.started_by)
        message = drawn(status, texts, zone, watch.speed)
        left = watch.speed.left(status.waiting)
        watch.next_at = now + (_SELDOM if left and left > _SOON else _OFTEN)
        if message != watch.shown:
            try:
                await self._show(status, broadcast.started_by, message)
            except TelegramError as error:  # the next turn tries again
                log.warning("progress was not told", extra={"reason": str(error)})
                return
        watch.shown, watch.state = message, broadcast.state
        if broadcast.state in _ENDED:
            await self._services.broadcasts.tell_in(broadcast.id, None)

    async def _show(self, status: BroadcastStatus, chat_id: int, message: Message) -> None:
        """Edit the message, or send the first one. Where there is none any more, nobody is told."""
        broadcast_id, message_id = status.broadcast.id, status.broadcast.progress_message_id
        try:
            if message_id is None:
                sent = await self._bot.send_message(chat_id, **parameters(message))
                await self._services.broadcasts.tell_in(broadcast_id, sent.message_id)
            else:
                await self._bot.edit_message_text(
                    chat_id=chat_id, message_id=message_id, **parameters(message)
                )
        except Forbidden:
            await self._services.broadcasts.tell_nobody(broadcast_id)
        except BadRequest as error:
            if "message is not modified" in error.message.lower():
                return
            log.info("progress has no message any more", extra={"reason": error.message})
            await self._services.broadcasts.tell_nobody(broadcast_id)

    async def _reader(self, chat_id: int) -> tuple[Texts, tzinfo]:
        subscribers = self._services.subscribers
        return await subscribers.texts_of(chat_id), await subscribers.zone_at(chat_id)
