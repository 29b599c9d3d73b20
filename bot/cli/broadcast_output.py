"""How `comeback broadcast …` prints a broadcast: as JSON and as a line."""

from bot.broadcasts.broadcasts import BroadcastStatus
from bot.broadcasts.pilots.pilot import SMALLEST_AUDIENCE, Pilot, PilotPhase, size_of
from bot.broadcasts.reasons import in_english


def as_fields(status: BroadcastStatus) -> dict[str, object]:
    """Return a Broadcast as the fields of --json."""
    broadcast, progress = status.broadcast, status.progress
    return {
        "id": broadcast.id,
        "story": broadcast.story_id,
        "report": broadcast.report_id,
        "kind": broadcast.kind,
        "corrects": broadcast.corrects_id,
        "state": broadcast.state,
        "reason": in_english(broadcast.reason),
        "expected": None if broadcast.expected is None else status.expected,
        "sent": progress.sent,
        "later": progress.later,
        "failed": progress.failed,
        "blocked": progress.blocked,
        "skipped": progress.skipped,
        "held": progress.held,
        "waiting": status.waiting,
        "stopped_48h": status.deeds.stopped,
        "blocked_48h": status.deeds.blocked,
        "days_off_48h": status.deeds.days_off,
        "help_clicks_48h": status.deeds.clicks,
        **_pilot_json(status.pilot),
        "outage_since": status.outage_since,
        "start_at": broadcast.start_at,
        "finished_at": broadcast.finished_at,
    }


def _pilot_json(pilot: Pilot | None) -> dict[str, object]:
    leavers = pilot.leavers if pilot else None
    return {
        "pilot": pilot.phase if pilot else None,
        "pilot_minutes": pilot.minutes if pilot else None,
        "pilot_size": pilot.size if pilot else None,
        "pilot_ends_at": pilot.ends_at if pilot else None,
        "pilot_sent": leavers.reached if leavers else None,
        "pilot_left": leavers.left if leavers else None,
        "pilot_usual_rate": leavers.usual if leavers else None,
        "pilot_usual_least": leavers.least if leavers else None,
        "pilot_most": leavers.most if leavers else None,
    }


def _pilot_line(pilot: Pilot | None) -> str:
    """Return how far its pilot wave is."""
    if pilot is None:
        return ""
    if pilot.phase is PilotPhase.SKIPPED:
        return f" (no pilot wave: it takes {SMALLEST_AUDIENCE} subscribers)"
    ends = f" until {pilot.ends_at:%H:%M} UTC" if pilot.phase is PilotPhase.WAITING and pilot.ends_at else ""
    leavers = pilot.leavers
    left = f", {leavers.left} of {leavers.reached} left, at most {leavers.most} may" if leavers else ""
    return f" (pilot wave: {pilot.phase}{ends}{left})"


def line(status: BroadcastStatus) -> str:
    """Return a Broadcast on one line."""
    broadcast, counts = status.broadcast, _counts(status)
    reason = f" ({in_english(broadcast.reason)})" if broadcast.reason else _pilot_line(status.pilot)
    if status.outage_since is not None:
        reason += f" (Telegram does not answer since {status.outage_since:%Y-%m-%d %H:%M} UTC)"
    of = f"{broadcast.kind} of broadcast {broadcast.corrects_id}: " if broadcast.corrects_id else ""
    of = "report: " if broadcast.report_id else of
    return f"{broadcast.id:>5}  {broadcast.state:<9}  {counts}  {of}{broadcast.title}{reason}"


def _counts(status: BroadcastStatus) -> str:
    progress = status.progress
    later = f" ({progress.later} of them later, in digests)" if progress.later else ""
    held = f"{progress.held} held, " if progress.held else ""
    skipped = f", {progress.skipped} left out" if progress.skipped else ""
    counts = f"{progress.sent} sent{later}, {status.waiting} waiting, {held}"
    return f"{counts}{progress.blocked} blocked, {progress.failed} failed{skipped}"


def pilot_size(reach: int) -> str:
    """Return what is asked about the pilot wave of a push to so many."""
    size = size_of(reach)
    if size is None:
        return f", without a pilot wave (it takes {SMALLEST_AUDIENCE})"
    return f", first to about {size} of them"
