"""The Card of a Broadcast during an outage of Telegram."""

from datetime import UTC, timedelta

import pytest

from bot.broadcasts.broadcasts import BroadcastStatus
from bot.broadcasts.pilots.leavers import Leavers, UsualRate
from bot.broadcasts.pilots.pilot import Pilot, PilotPhase
from bot.cli.broadcast_output import line as line_of
from bot.delivery.rate.throughput import Throughput
from bot.i18n import in_language
from handlers.editors.broadcasts.progress import drawn
from storage.broadcasts.aftermaths import Deeds
from storage.broadcasts.broadcasts import Progress
from storage.models import Broadcast
from storage.words import BroadcastKind, BroadcastState
from tests.factories import NOON


def _status(**more: object) -> BroadcastStatus:
    broadcast = Broadcast(id=1, kind=BroadcastKind.PUSH, state=BroadcastState.RUNNING, expected=400_000)
    return BroadcastStatus(broadcast, Progress(88_000, 0, 0, 0, 800, 176), **more)  # type: ignore[arg-type]


def test_an_outage_is_shown_with_its_beginning_and_how_many_wait() -> None:
    """The Card shows since when Telegram does not answer and how many wait, and no speed."""
    speed = Throughput()
    for second in range(5):
        speed.note(NOON + timedelta(seconds=second), second * 100)
    silent = _status(outage_since=NOON + timedelta(hours=2, minutes=2))
    told = drawn(silent, in_language("en"), UTC, speed).text
    assert "No answer from Telegram since 2:02\u202fPM; 312,000 waiting" in told
    assert "a second" not in told
    assert "No answer from Telegram" not in drawn(_status(), in_language("en"), UTC, speed).text


def test_a_line_of_counts_begins_with_a_capital() -> None:
    """Where a language puts the word before its number."""
    assert "\nНадіслано: 88" in drawn(_status(), in_language("uk"), UTC).text
    assert "\n88,000 sent, " in drawn(_status(), in_language("en"), UTC).text


def test_the_command_line_shows_it_too() -> None:
    """The command line shows the outage with its day, in UTC."""
    silent = _status(outage_since=NOON)
    assert f"Telegram does not answer since {NOON:%Y-%m-%d} 12:00 UTC" in line_of(silent)
    assert "does not answer" not in line_of(_status())


def test_a_card_that_has_ended_says_what_readers_did() -> None:
    """Only what anybody did, and not while the push still runs."""
    deeds = Deeds(stopped=3, days_off=1, clicks=40)
    running = _status(deeds=deeds)
    assert "48 hours" not in drawn(running, in_language("en"), UTC).text
    running.broadcast.state = BroadcastState.FINISHED
    line = "Within 48 hours: 3 stopped, 1 took a day off, 40 opened its help link"
    assert line in drawn(running, in_language("en"), UTC).text.splitlines()
    ended = _status()
    ended.broadcast.state = BroadcastState.FINISHED
    assert "48 hours" not in drawn(ended, in_language("en"), UTC).text


@pytest.mark.parametrize(
    ("phase", "line"),
    [
        (PilotPhase.SENDING, "The pilot wave is being sent: about 4,000, at random"),
        (
            PilotPhase.WAITING,
            "The pilot wave is sent. Unless too many leave, the others follow: 12:00\u202fPM",
        ),
        (PilotPhase.WAITING, "Left within 15 minutes: 7 of 3,900. Usual: 3.9 (from 0 to 10)"),
        (PilotPhase.OVER, "Left within 15 minutes: 7 of 3,900. Usual: 3.9 (from 0 to 10)"),
        (PilotPhase.SKIPPED, "No pilot wave: it takes at least 2,000 subscribers."),
    ],
)
def test_a_card_says_how_far_the_pilot_wave_is(phase: PilotPhase, line: str) -> None:
    """And beside who left what is usual, once the wave is sent."""
    leavers = Leavers.of(3_900, 7, UsualRate(1_000, 999_000))
    running = _status(pilot=Pilot(phase, 15, 4_000, NOON, leavers))
    assert line in drawn(running, in_language("en"), UTC).text.splitlines()


def test_while_the_pilot_wave_lasts_no_time_is_promised() -> None:
    """What is left at this pace would leave out the wait."""
    speed = Throughput()
    for second in range(5):
        speed.note(NOON + timedelta(seconds=second), second * 100)
    texts = in_language("en")
    assert "a second" in drawn(_status(), texts, UTC, speed).text
    for phase in (PilotPhase.SENDING, PilotPhase.WAITING):
        running = _status(pilot=Pilot(phase, 15, 4_000, NOON))
        assert "a second" not in drawn(running, texts, UTC, speed).text


def test_the_command_line_shows_the_pilot_wave() -> None:
    """With its end in UTC, and the leavers."""
    running = _status(pilot=Pilot(PilotPhase.WAITING, 15, 4_000, NOON, Leavers.of(3_900, 7, None)))
    assert "(pilot wave: waiting until 12:00 UTC, 7 of 3900 left, at most 39 may)" in line_of(running)
