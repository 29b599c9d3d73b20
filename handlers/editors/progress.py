"""How far a Broadcast is: one message with a bar and buttons, kept up to date for who started it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo

from telegram.error import BadRequest, Forbidden, TelegramError
from telegram.ext import ExtBot

from bot.broadcasts import reasons
from bot.broadcasts.broadcasts import ENDED, BroadcastCards, BroadcastStatus
from bot.broadcasts.control import OVERDUE
from bot.clock import Clock
from bot.delivery.pacer import Lane
from bot.delivery.throughput import Throughput
from bot.i18n import Texts, mark
from bot.rendering.message import Button, Composer, Message, shorten
from bot.services import Services
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
_BAR = 20  # signs
_HEADLINE = 200  # characters
_OFTEN = timedelta(seconds=3)
_SELDOM = timedelta(seconds=15)  # nobody looks at each second of a night
_SOON = timedelta(minutes=10)


def drawn(status: BroadcastStatus, texts: Texts, zone: tzinfo, speed: Throughput | None = None) -> Message:
    """A Broadcast with its bar, and the buttons of whoever watches over it; one that is overdue asks."""
    broadcast = status.broadcast
    if broadcast.state is BroadcastState.SCHEDULED and broadcast.reason == OVERDUE:
        return overdue(status, texts, zone)
    composer = Composer().text(f"{broadcast.id} · ").line(shorten(broadcast.title, _HEADLINE), "bold")
    if _mends(status):
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
    left_out = mark("{number} not there any more") if _mends(status) else mark("{number} left out")
    parts = [_sent(status, texts)]
    for sentence, number in (
        (mark("{number} waiting"), status.waiting),
        (mark("{number} later"), progress.held),
        (mark("{number} blocked"), progress.blocked),
        (mark("{number} failed"), progress.failed),
        (left_out, progress.skipped),
    ):
        parts += [texts.say(sentence, number=texts.number(number))] if number else []
    return ", ".join(parts)


def _sent(status: BroadcastStatus, texts: Texts) -> str:
    sent = texts.say("{number} sent", number=texts.number(status.progress.sent))
    if not status.progress.later:
        return sent
    later = texts.say("{number} of them later, in digests", number=texts.number(status.progress.later))
    return f"{sent} ({later})"


def _mends(status: BroadcastStatus) -> bool:
    """It changes messages that are there, and sends none."""
    return status.broadcast.kind in _KINDS


def why(reason: str, texts: Texts) -> str:
    """A Broadcast's reason in plain words."""
    read = reasons.load(reason)
    if isinstance(read, str):
        return texts.say(read)
    return texts.say(
        "Telegram refused {number} messages one after another; the last time it said: {words}",
        number=str(read.number),
        words=read.last,
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


def overdue(status: BroadcastStatus, texts: Texts, zone: tzinfo) -> Message:
    """What editors are asked when the hour of a Broadcast has passed long ago."""
    broadcast = status.broadcast
    composer = Composer().line(texts.say("This push did not start in time"), "bold")
    composer.text(f"{broadcast.id} · ").line(shorten(broadcast.title, _HEADLINE)).line()
    if broadcast.start_at is not None:
        composer.line(texts.say("It was meant for {moment}.", moment=texts.moment(broadcast.start_at, zone)))
    composer.line(texts.say("The bot did not run then. Nobody was sent it. Send it now?"))
    return composer.buttons(
        Button(texts.say("Send now"), f"broadcast:now:{broadcast.id}"),
        Button(texts.say("Cancel"), f"broadcast:cancel:{broadcast.id}"),
    ).message()


def _lines(status: BroadcastStatus, texts: Texts, zone: tzinfo, speed: Throughput | None) -> Sequence[str]:
    broadcast, progress = status.broadcast, status.progress
    if broadcast.state is BroadcastState.SCHEDULED and broadcast.start_at and not broadcast.reason:
        return [texts.say("Starts: {moment}", moment=texts.moment(broadcast.start_at, zone))]
    total = max(progress.done + status.waiting, status.expected if _is_cancelled(status) else 0)
    part = progress.done / total if total else float(not _is_cancelled(status))
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


def _is_cancelled(status: BroadcastStatus) -> bool:
    """Those who were not sent it will not be: the bar stays where it was."""
    return status.broadcast.state is BroadcastState.CANCELLED


def _pace(speed: Throughput, waiting: int, texts: Texts) -> str:
    rate = texts.say("{number} a second", number=texts.number(round(speed.rate or 0, 1)))
    left = speed.left(waiting)
    if not left or not waiting:
        return rate
    remaining = texts.say("{span} left", span=texts.span(left))
    return f"{rate}, {remaining}"


@dataclass(slots=True)
class _Watch:
    """What this process knows of a Broadcast: what each of its Cards shows, and when to look again."""

    speed: Throughput = field(default_factory=Throughput)
    shown: dict[tuple[int, int], Message] = field(default_factory=dict)
    state: BroadcastState | None = None
    next_at: datetime | None = None

    def is_due(self, watched: BroadcastCards, now: datetime) -> bool:
        """It is time to look again, or there is something that no Card shows yet."""
        is_new = watched.broadcast.state is not self.state or watched.is_unshown
        return is_new or self.next_at is None or now >= self.next_at

    def rest(self, status: BroadcastStatus, now: datetime) -> None:
        """Look again soon, but seldom at what takes long: after its end, in a hundredth of the time since."""
        left, ended_at = self.speed.left(status.waiting), status.broadcast.finished_at
        rest = _SELDOM if left and left > _SOON else _OFTEN
        if status.broadcast.state in ENDED and ended_at is not None:
            rest = max(_OFTEN, (now - ended_at) / 100)
        self.state, self.next_at = status.broadcast.state, now + rest


class ProgressCards:
    """Keeps every Card of a Broadcast true until it shows the end: also how what was held has come.

    Whichever process has the turn does it: where the Cards are is in the database, and the speed is told
    again as soon as two looks are known.
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
        for watched in found:
            watch = self._watches[watched.broadcast.id]
            if watch.is_due(watched, self._clock()):
                await self._tell(watched, watch)

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
        status = await self._services.broadcasts.status(broadcast.id)
        try:
            if broadcast.state is BroadcastState.SCHEDULED:
                await self._send(status, editor, await self._drawn(status, editor))
            else:
                texts = await self._services.subscribers.texts_of(editor)
                told = paused_itself(broadcast.id, broadcast.reason or "", texts)
                await self._bot.send_message(editor, **parameters(told))
        except (BadRequest, Forbidden) as error:  # never wrote to us, or shut us out
            log.info("an editor cannot be told", extra={"chat": editor, "reason": str(error)})
        except TelegramError as error:
            log.warning("an editor was not told", extra={"chat": editor, "reason": str(error)})
            return False
        self._told.add((broadcast.id, editor))
        return True

    async def _tell(self, watched: BroadcastCards, watch: _Watch) -> None:
        now, status = self._clock(), await self._services.broadcasts.status(watched.broadcast.id)
        watch.speed.note(now, status.progress.done)
        try:
            for place in watched.places:
                await self._edit(status, watch, *place)
            if watched.is_unshown and status.broadcast.started_by is not None:
                await self._begin(status, status.broadcast.started_by, watch)
        except TelegramError as error:  # the next turn tries again
            log.warning("progress was not told", extra={"reason": str(error)})
            return
        watch.rest(status, now)
        if status.is_over:
            await self._services.broadcasts.close_cards(status)

    async def _begin(self, status: BroadcastStatus, chat_id: int, watch: _Watch) -> None:
        """Send the first Card to the editor who started it; nobody is told where that cannot be."""
        try:
            is_known = await self._send(status, chat_id, await self._drawn(status, chat_id, watch.speed))
        except (Forbidden, BadRequest) as error:
            log.info("progress cannot be told", extra={"reason": error.message})
            is_known = False
        if not is_known:
            await self._services.broadcasts.tell_nobody(status.broadcast.id, chat_id)

    async def _send(self, status: BroadcastStatus, chat_id: int, message: Message) -> bool:
        sent = await self._bot.send_message(chat_id, **parameters(message))
        return await self._services.broadcasts.show_in(status.broadcast.id, chat_id, sent.message_id)

    async def _edit(self, status: BroadcastStatus, watch: _Watch, chat_id: int, message_id: int) -> None:
        """Let a Card show what is so now. Where the message is not there any more, nobody is told."""
        message = await self._drawn(status, chat_id, watch.speed)
        if message == watch.shown.get((chat_id, message_id)):
            return
        try:
            await self._bot.edit_message_text(chat_id=chat_id, message_id=message_id, **parameters(message))
        except (Forbidden, BadRequest) as error:
            if "message is not modified" not in error.message.lower():
                log.info("progress has no message any more", extra={"reason": error.message})
                await self._services.broadcasts.hide(chat_id, message_id)
                return
        watch.shown[chat_id, message_id] = message

    async def _drawn(self, status: BroadcastStatus, chat_id: int, speed: Throughput | None = None) -> Message:
        subscribers = self._services.subscribers
        texts, zone = await subscribers.texts_of(chat_id), await subscribers.zone_at(chat_id)
        return drawn(status, texts, zone, speed)
