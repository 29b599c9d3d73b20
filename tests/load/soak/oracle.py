"""The oracle: compares what each reader should have got with what their chat holds, promise by promise."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from tests.load.soak.diary import Deed, Diary, Kind, Received
from tests.load.soak.expectations import Expected, expected, is_awake

_AT_ONCE = timedelta(seconds=2)  # a reader's word acts within this (docs/promises.md)
_SECOND = timedelta(seconds=1)  # the dates of messages have no fraction
_DAYS_BETWEEN = {"every_story": 0, "weekly": 7, "monthly": 30}
_EXAMPLES = 3


@dataclass(slots=True)
class Verdict:
    """How often a promise was checked, and how often it was broken; `examples` are the first few of these."""

    promise: str
    checked: int = 0
    wrong: int = 0
    examples: list[str] = field(default_factory=list)

    def check(self, *, right: bool, example: object) -> None:
        """Count one check; `example` says what it was about."""
        self.checked += 1
        if not right:
            self.blame(1, str(example))

    def blame(self, number: int, example: str) -> None:
        """Count so many that are wrong."""
        self.wrong += number
        if len(self.examples) < _EXAMPLES:
            self.examples.append(example)


class Oracle:
    """Judges a diary."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary
        self._readers = {one.chat: one for one in diary.readers}
        self._calm = sorted(diary.calm)
        self._pushed = {one.story: one.began for one in diary.pushes}
        self._withdrawn = {one.story for one in diary.withdrawals}
        self._received: dict[int, list[Received]] = defaultdict(list)
        for one in sorted(diary.received, key=lambda one: (one.at, one.number)):
            self._received[one.chat].append(one)
        self._deeds: dict[int, list[Deed]] = defaultdict(list)
        for deed in sorted(diary.deeds, key=lambda one: one.began):
            self._deeds[deed.chat].append(deed)
        self._expected = expected(diary)

    def verdicts(self) -> list[Verdict]:
        """Return one verdict for each promise."""
        return [
            self._nobody_missed(),
            self._at_its_hour(),
            self._hardly_anything_twice(),
            self._only_what_was_wanted(),
            self._not_in_quiet_hours(),
            *self._not_while_absent(),
            self._one_message_on_return(),
            self._appeals(),
            self._not_before_its_hour(),
            self._nothing_withdrawn(),
            self._floods(),
            self._answers(),
        ]

    def unseen(self) -> int:
        """Return how many stories lie on pages that nobody turned: nobody read them."""
        return sum(1 for one in self._expected if self._first(one) is None and self._on_closed_page(one))

    # --- promises ---

    def _nobody_missed(self) -> Verdict:
        verdict = Verdict("nobody is missed")
        for one in self._expected:
            came = self._first(one)
            is_excused = came is None and (one.optional or self._on_closed_page(one))
            if self._deadline(one) is not None and not is_excused:
                verdict.check(right=came is not None, example=_told(one))
        return verdict

    def _at_its_hour(self) -> Verdict:
        verdict = Verdict("at once, or at the reader's hour")
        for one in self._expected:
            came, deadline = self._first(one), self._deadline(one)
            if came is not None and deadline is not None:
                right = one.due - _SECOND <= came.at <= deadline
                verdict.check(right=right, example=f"{_told(one)}, came {came.at:%F %T}")
        return verdict

    def _hardly_anything_twice(self) -> Verdict:
        verdict = Verdict("hardly anything comes twice")
        charged: Counter[int] = Counter()
        for chat, messages in self._received.items():
            known: set[int] = set()
            for one in messages:
                verdict.checked += 1
                if one.stories and one.stories <= known:
                    blamed = self._accident(one.at)
                    if blamed is None:
                        verdict.blame(1, f"chat {chat}, stories {sorted(one.stories)}, {one.at:%F %T}")
                    else:
                        charged[blamed] += 1
                known |= one.stories
        for number, repeats in charged.items():
            accident = self._diary.accidents[number]
            if repeats > accident.may_repeat:
                verdict.blame(repeats - accident.may_repeat, f"{repeats} repeats after {accident.kind}")
        return verdict

    def repeats(self) -> int:
        """Return how many messages brought only what had come before."""
        number = 0
        for messages in self._received.values():
            known: set[int] = set()
            for one in messages:
                number += bool(one.stories) and one.stories <= known
                known |= one.stories
        return number

    def _only_what_was_wanted(self) -> Verdict:
        verdict = Verdict("only what a reader chose")
        wanted = {(one.chat, one.story) for one in self._expected}
        for chat, messages in self._received.items():
            for one in messages:
                for story in one.stories - self._withdrawn:
                    verdict.check(
                        right=(chat, story) in wanted,
                        example=f"chat {chat}, story {story}, {one.at:%F %T}",
                    )
        return verdict

    def _not_in_quiet_hours(self) -> Verdict:
        verdict = Verdict("nothing in quiet hours or on a day of rest")
        for chat, messages in self._received.items():
            reader = self._readers[chat]
            for one in messages:
                # A message that left a moment before the night may bear its first second.
                right = is_awake(reader, one.at) or is_awake(reader, one.at - _AT_ONCE)
                verdict.check(right=right, example=f"chat {one.chat}, {one.at:%F %T}")
        return verdict

    def _not_while_absent(self) -> Iterator[Verdict]:
        names = {
            Kind.AWAY: "nothing on a day off",
            Kind.STOP: "nothing after /stop",
            Kind.BLOCK: "nothing while blocked",
        }
        for kind, name in names.items():
            verdict = Verdict(name)
            for reader in self._diary.readers:
                for begin, end in _absences(self._deeds[reader.chat], kind):
                    came = [
                        one
                        for one in self._received[reader.chat]
                        if begin + _AT_ONCE < one.at and (end is None or one.at < end - _SECOND)
                    ]
                    verdict.check(
                        right=not came,
                        example=came[:1],
                    )
            yield verdict

    def _one_message_on_return(self) -> Verdict:
        verdict = Verdict("one gathered message on return")
        groups: dict[tuple[int, int], list[Expected]] = defaultdict(list)
        for one in self._expected:
            if one.is_return and one.together is not None and self._deadline(one) is not None:
                groups[one.chat, one.together].append(one)
        for (chat, _), wanted in groups.items():
            stories = {one.story for one in wanted}
            brought = [one for one in self._received[chat] if one.stories & stories]
            extra = sum(1 for one in brought[1:] if self._accident(one.at) is None)
            # All that its first page named may have been withdrawn since.
            has_come = bool(brought) or self._on_closed_page(wanted[0])
            verdict.check(
                right=has_come and not extra,
                example=f"chat {chat}, stories {sorted(stories)}",
            )
        return verdict

    def _appeals(self) -> Verdict:
        verdict = Verdict("appeals no more often than allowed")
        for chat, messages in self._received.items():
            reader, last = self._readers[chat], None
            days, zone = _DAYS_BETWEEN.get(reader.appeals), ZoneInfo(reader.zone)
            known: set[int] = set()
            for one in messages:
                is_repeat, known = bool(one.stories) and one.stories <= known, known | one.stories
                if not one.appeal or is_repeat:
                    continue
                day = one.at.astimezone(zone).date()
                right = days is not None and (last is None or (day - last).days >= days)
                verdict.check(right=right, example=f"chat {one.chat}, {one.at:%F %T}")
                last = day
        return verdict

    def _not_before_its_hour(self) -> Verdict:
        verdict = Verdict("no story before it is published")
        for one in self._diary.received:
            for story in one.stories:
                at = self._pushed.get(story)
                right = at is not None and one.at >= at - _SECOND
                verdict.check(
                    right=right,
                    example=f"chat {one.chat}, story {story}, {one.at:%F %T}",
                )
        return verdict

    def _nothing_withdrawn(self) -> Verdict:
        verdict = Verdict("nothing of a withdrawn story stands")
        for one in self._diary.received:
            left = one.now_names & self._withdrawn - self._withdrawn_while_blocked(one.chat)
            verdict.check(right=not left, example=f"chat {one.chat}, message {one.number}")
        return verdict

    def _withdrawn_while_blocked(self, chat: int) -> set[int]:
        """Return the stories that were taken back while the chat let nobody change its messages."""
        shut = list(_absences(self._deeds[chat], Kind.BLOCK))
        return {
            one.story
            for one in self._diary.withdrawals
            if any(begin <= one.ended and (end is None or one.began <= end) for begin, end in shut)
        }

    def _floods(self) -> Verdict:
        verdict = Verdict("a 429 stops everything")
        for one in self._diary.floods:
            verdict.check(right=one.late == 0, example=f"{one.late} calls at {one.at:%F %T}")
        return verdict

    def _answers(self) -> Verdict:
        verdict = Verdict("every word of a reader is answered")
        for one in self._diary.deeds:
            verdict.check(right=one.answered, example=f"chat {one.chat}, {one.kind}, {one.began:%F %T}")
        return verdict

    # --- inside ---

    def _first(self, wanted: Expected) -> Received | None:
        """Return the first message that brought the story."""
        return next((one for one in self._received[wanted.chat] if wanted.story in one.stories), None)

    def _deadline(self, wanted: Expected) -> datetime | None:
        """Return when all was calm for the first time after it was due; None: that was after the end."""
        pushes_end = next((one.ended for one in self._diary.pushes if one.story == wanted.story), wanted.due)
        after = pushes_end if wanted.together is None else wanted.due
        place = bisect_left(self._calm, after)
        return self._calm[place] + _SECOND if place < len(self._calm) else None

    def _on_closed_page(self, wanted: Expected) -> bool:
        """Return whether the story may lie on a page that nobody turned."""
        deadline = self._deadline(wanted)
        return any(
            one.gathered
            and not one.all_opened
            and deadline is not None
            and wanted.due - _SECOND <= one.at <= deadline
            for one in self._received[wanted.chat]
        )

    def _accident(self, at: datetime) -> int | None:
        """Return the place of the accident that was going on; None: there was none."""
        return next(
            (
                place
                for place, one in enumerate(self._diary.accidents)
                if one.began <= at <= one.ended + _SECOND
            ),
            None,
        )


def _absences(deeds: Sequence[Deed], kind: Kind) -> Iterator[tuple[datetime, datetime | None]]:
    """Yield from when until when a reader was absent in this way; None: until the end."""
    ends = {Kind.AWAY: Kind.BACK, Kind.STOP: Kind.START, Kind.BLOCK: Kind.RETURN}
    for place, deed in enumerate(deeds):
        if deed.kind is not kind:
            continue
        end = next((one.began for one in deeds[place:] if one.kind is ends[kind]), None)
        if deed.until is not None:
            end = deed.until if end is None else min(end, deed.until)
        yield deed.ended, end


def _told(one: Expected) -> str:
    return f"chat {one.chat}, story {one.story}, due {one.due:%F %T}"
