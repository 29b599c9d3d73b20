"""Draws the Card of a Broadcast: a message with a progress bar and the buttons that control the Broadcast."""

from collections.abc import Sequence
from datetime import datetime, tzinfo

from bot.broadcasts import reasons
from bot.broadcasts.broadcasts import OVERDUE, BroadcastStatus
from bot.broadcasts.pilots.pilot import Pilot, PilotPhase
from bot.broadcasts.pilots.pilot_words import pilot_lines
from bot.broadcasts.reasons import RESTORED, TooManyLeft
from bot.delivery.rate.throughput import Throughput
from bot.i18n import Texts, capital, mark
from bot.rendering.message import Button, Composer, Message, shorten
from bot.rendering.words.broadcasts import STATES, is_correction, purpose, title_of
from handlers.editors.broadcasts.buttons import BROADCASTS, BroadcastAction, BroadcastButton
from handlers.editors.moments import moment_there
from storage.models import Broadcast
from storage.words import ENDED, UNDER_WAY, BroadcastKind, BroadcastState, StoryState

_CANCEL = (BroadcastAction.ASK_TO_CANCEL, mark("Cancel"))
_BUTTONS = {  # what may be done in each state, beside looking again
    BroadcastState.SCHEDULED: ((BroadcastAction.SEND_NOW, mark("Send now")), _CANCEL),
    BroadcastState.RUNNING: ((BroadcastAction.PAUSE, mark("Pause sending")), _CANCEL),
    BroadcastState.PAUSED: ((BroadcastAction.RESUME, mark("Resume")), _CANCEL),
}
_BAR = 10  # signs
_HEADLINE = 200  # characters


def titled(broadcast: Broadcast, texts: Texts) -> Composer:
    """Begin a message about a Broadcast: its number and its title."""
    title = shorten(title_of(broadcast, texts), _HEADLINE)
    return Composer().text(f"{broadcast.id} · ").line(title, "bold")


def drawn(status: BroadcastStatus, texts: Texts, zone: tzinfo, speed: Throughput | None = None) -> Message:
    """Draw the Card of a Broadcast; for an overdue one, the question whether to send it now."""
    broadcast = status.broadcast
    if broadcast.state is BroadcastState.SCHEDULED and broadcast.reason == OVERDUE:
        return overdue(status, texts, zone)
    composer = titled(broadcast, texts)
    if does := purpose(broadcast, texts):
        composer.line(does, "italic")
    composer.line()
    for line in _lines(status, texts, zone, speed):
        composer.line(line)
    for row in _rows(status, texts):
        composer.buttons(*row)
    return composer.message()


def _rows(status: BroadcastStatus, texts: Texts) -> Sequence[Sequence[Button]]:
    """Return the buttons of a Card, row by row."""
    broadcast = status.broadcast
    rows = [
        [
            _button(texts.say(label), action, broadcast.id)
            for action, label in _BUTTONS.get(broadcast.state, ())
        ]
    ]
    if status.pilot is not None and status.pilot.is_open:
        rows = _pilot_rows(status.pilot, broadcast, rows, texts)
    elif broadcast.state in (*UNDER_WAY, BroadcastState.FINISHED):
        if status.progress.failed and broadcast.kind is not BroadcastKind.DIGEST:
            again = texts.say("Retry {number}", number=texts.number(status.progress.failed))
            rows.append([_button(again, BroadcastAction.RETRY, broadcast.id)])
        if broadcast.kind is BroadcastKind.PUSH:
            missed = texts.say("Send to those who missed it …")
            rows.append([_button(missed, BroadcastAction.COUNT_MISSING, broadcast.id)])
    if broadcast.state is BroadcastState.SCHEDULED and broadcast.kind is BroadcastKind.PUSH:
        rows.append([_button(texts.say("Choose the time …"), BroadcastAction.HOURS, broadcast.id)])
    look = _button(texts.say("Refresh"), BroadcastAction.LOOK, broadcast.id)
    return [*rows, [look, Button(texts.say("All broadcasts"), BROADCASTS)]]


def _pilot_rows(
    pilot: Pilot, broadcast: Broadcast, rows: list[list[Button]], texts: Texts
) -> list[list[Button]]:
    """Return the buttons of a push in its pilot wave, of which `rows` are the usual ones."""
    if pilot.phase is PilotPhase.ASKING:
        return [_to_the_others(broadcast.id, texts)]
    now = texts.say("Send to the others now")
    return [*rows, [_button(now, BroadcastAction.SEND_TO_REST, broadcast.id)]]


def _to_the_others(broadcast_id: int, texts: Texts) -> list[Button]:
    """Return the buttons that answer whether it is sent to the others though too many left."""
    return [
        _button(texts.say("Send to the others"), BroadcastAction.RESUME, broadcast_id),
        _button(texts.say("Cancel"), BroadcastAction.ASK_TO_CANCEL, broadcast_id),
    ]


def _button(label: str, action: BroadcastAction, broadcast_id: int) -> Button:
    return Button(label, BroadcastButton(action, broadcast_id).data())


def counts(status: BroadcastStatus, texts: Texts) -> str:
    """Return how many have each outcome, on one line."""
    progress = status.progress
    left_out = mark("{number} left out")
    if is_correction(status.broadcast):
        left_out = mark("{number} no longer there")
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


def paused_itself(broadcast_id: int, reason: str, texts: Texts) -> Message:
    """Draw the message for editors when a Broadcast paused itself."""
    title = texts.say("Broadcast {number} paused itself.", number=broadcast_id)
    composer = Composer().line(title, "bold").line(reasons.sentence(reason, texts)).line()
    if isinstance(reasons.load(reason), TooManyLeft):
        composer.line(texts.say("The others have not got it. Read the story again, then decide."))
        composer.buttons(*_to_the_others(broadcast_id, texts))
    else:
        composer.line(texts.say("Messages already sent will stay. Resume to send the others."))
        composer.buttons(
            _button(texts.say("Resume"), BroadcastAction.RESUME, broadcast_id),
            _button(texts.say("Cancel"), BroadcastAction.ASK_TO_CANCEL, broadcast_id),
        )
    look = _button(texts.say("Show progress"), BroadcastAction.LOOK, broadcast_id)
    return composer.buttons(look).message()


def restored(status: BroadcastStatus, texts: Texts) -> Message:
    """Draw the question for editors when a Broadcast was under way in a backup that was restored."""
    broadcast = status.broadcast
    composer = titled(broadcast, texts)
    composer.line(capital(reasons.sentence(RESTORED, texts))).line()
    composer.line(texts.say("Who got it after the backup was made is not known."))
    composer.line(
        texts.count(
            "If you resume, {number} reader gets it, perhaps a second time.",
            "If you resume, {number} readers get it, some perhaps a second time.",
            status.waiting,
        )
    )
    if broadcast.kind is BroadcastKind.DIGEST:
        composer.line(texts.say("If you cancel, these stories do not come to them any more."))
    composer.buttons(
        _button(texts.say("Resume"), BroadcastAction.RESUME, broadcast.id),
        _button(texts.say("Cancel"), BroadcastAction.ASK_TO_CANCEL, broadcast.id),
    )
    look = _button(texts.say("Show progress"), BroadcastAction.LOOK, broadcast.id)
    return composer.buttons(look).message()


def waits(broadcast: Broadcast) -> bool:
    """Return whether the Story of a push waits for its hour, so that readers cannot see it yet."""
    story = broadcast.story if broadcast.story_id is not None else None
    return story is not None and story.state is StoryState.SCHEDULED


def overdue(status: BroadcastStatus, texts: Texts, zone: tzinfo) -> Message:
    """Draw the question for editors when the hour of a push has passed long ago."""
    broadcast = status.broadcast
    composer = Composer().line(texts.say("This push did not start in time"), "bold")
    composer.text(f"{broadcast.id} · ").line(shorten(title_of(broadcast, texts), _HEADLINE)).line()
    if broadcast.start_at is not None:
        composer.line(
            texts.say("It was scheduled for {moment}.", moment=moment_there(broadcast.start_at, zone, texts))
        )
    composer.line(texts.say("The bot was not running then. Nobody got it. Send it now?"))
    if waits(broadcast):
        composer.line(texts.say("Until you send it, readers cannot see the story."))
    return composer.buttons(
        _button(texts.say("Send now"), BroadcastAction.SEND_NOW, broadcast.id),
        _button(texts.say("Cancel"), BroadcastAction.CANCEL, broadcast.id),
    ).message()


def _lines(status: BroadcastStatus, texts: Texts, zone: tzinfo, speed: Throughput | None) -> Sequence[str]:
    """Return the lines of a Card below its title."""
    broadcast = status.broadcast
    if broadcast.state is BroadcastState.SCHEDULED and broadcast.start_at and not broadcast.reason:
        starts = texts.say("Starts: {moment}", moment=moment_there(broadcast.start_at, zone, texts))
        embargoed = [texts.say("Readers cannot see the story before.")] if waits(broadcast) else []
        return [starts, *embargoed, *pilot_lines(status.pilot, texts, zone)]
    lines = [capital(texts.say(STATES[broadcast.state]))]
    if broadcast.reason == RESTORED and broadcast.state is BroadcastState.SCHEDULED and broadcast.start_at:
        moment = moment_there(broadcast.start_at, zone, texts)
        lines.append(texts.say("It was scheduled for {moment}.", moment=moment))
    if broadcast.state is not BroadcastState.SCHEDULED:
        lines += [_bar(status.part_done, texts), capital(counts(status, texts))]
    if status.outage_since is not None:
        lines.append(silence(status.outage_since, status.waiting, texts, zone))
    elif status.pilot is not None and status.pilot.is_open:
        pass  # what is left at this pace would leave out the wait
    elif broadcast.state is BroadcastState.RUNNING and speed is not None and speed.rate:
        lines.append(_pace(speed, status.waiting, texts))
    lines += pilot_lines(status.pilot, texts, zone)
    if broadcast.state in ENDED and status.deeds:
        lines.append(_aftermath(status, texts))
    return [*lines, reasons.sentence(broadcast.reason, texts)] if broadcast.reason else lines


def _aftermath(status: BroadcastStatus, texts: Texts) -> str:
    """Return what readers did within 48 hours after the Broadcast reached them."""
    deeds = status.deeds
    parts = [
        texts.say(sentence, number=texts.number(number))
        for sentence, number in (
            (mark("{number} stopped"), deeds.stopped),
            (mark("{number} blocked the bot"), deeds.blocked),
            (mark("{number} took a day off"), deeds.days_off),
            (mark("{number} opened its help link"), deeds.clicks),
        )
        if number
    ]
    return texts.say("Within 48 hours: {counts}", counts=", ".join(parts))


def _bar(part: float, texts: Texts) -> str:
    """Return the share in words, which a screen reader can speak, and then the bar."""
    full = int(part * _BAR)
    done = texts.say("{share} done", share=texts.share(int(part * 100) / 100))
    return f"{done} {'▓' * full}{'░' * (_BAR - full)}"


def silence(since: datetime, waiting: int, texts: Texts, zone: tzinfo) -> str:
    """Return the line about an outage of Telegram: since when, and how many wait."""
    return texts.say(
        "No answer from Telegram since {time}; {number} waiting",
        time=texts.spoken_clock(since, zone),
        number=texts.number(waiting),
    )


def _pace(speed: Throughput, waiting: int, texts: Texts) -> str:
    rate = texts.say("{number} a second", number=texts.number(round(speed.rate or 0, 1)))
    left = speed.left(waiting)
    if not left or not waiting:
        return rate
    remaining = texts.say("{span} left", span=texts.span(left))
    return f"{rate}, {remaining}"
