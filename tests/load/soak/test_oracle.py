"""The oracle finds what is wrong: each promise is broken once in a small history that keeps all of them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.load.soak.diary import Accident, Deed, Diary, Flood, Kind, Push, Received, Withdrawal
from tests.load.soak.oracle import Oracle
from tests.load.soak.readers import Reader
from tests.load.soak.stories import Tale

NOW, DAILY, AWAY, BLOCKED, STOPPED, ASLEEP = range(1, 7)
FOOD, ALSO_FOOD, SHELTER, TAKEN_BACK = (
    Tale(1, 1, False),
    Tale(2, 1, True),
    Tale(3, 4, False),
    Tale(4, 1, False),
)


def at(day: int, hour: int, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2027, 3, day, hour, minute, second, tzinfo=UTC)


def reader(chat: int, **given: object) -> Reader:
    """A Londoner who reads English stories on food at once, by day and by night."""
    plain = Reader(
        chat=chat,
        language="en",
        zone="Europe/London",
        rhythm="at_once",
        hour=9,
        weekday=0,
        night=None,
        rest_days=frozenset(),
        topics=frozenset({"food"}),
        languages=frozenset({"en"}),
        appeals="weekly",
    )
    return replace(plain, **given)  # type: ignore[arg-type]


def message(chat: int, number: int, moment: datetime, *stories: int, gathered: bool = False) -> Received:
    names = frozenset(stories)
    return Received(chat, number, moment, names, gathered, all_opened=True, appeal=False, now_names=names)


def honest() -> Diary:
    """Two stories on the first day, one that is taken back, one on shelter; everybody got what they chose."""
    pushed = at(25, 11, 20)
    second = at(25, 15, 20)
    diary = Diary(
        readers=[
            reader(NOW),
            reader(DAILY, rhythm="daily"),
            reader(AWAY),
            reader(BLOCKED),
            reader(STOPPED),
            reader(ASLEEP, night=(10, 18)),
        ],
        tales={one.number: one for one in (FOOD, ALSO_FOOD, SHELTER, TAKEN_BACK)},
        pushes=[
            Push(pushed, pushed + timedelta(minutes=1), FOOD.number),
            Push(pushed, pushed + timedelta(minutes=1), SHELTER.number),
            Push(second, second + timedelta(minutes=1), ALSO_FOOD.number),
            Push(second, second + timedelta(minutes=1), TAKEN_BACK.number),
        ],
        withdrawals=[Withdrawal(at(25, 15, 30), at(25, 15, 31), TAKEN_BACK.number)],
        deeds=[
            Deed(AWAY, Kind.AWAY, at(25, 8), at(25, 8, 0, 1), until=at(26, 0)),
            Deed(BLOCKED, Kind.BLOCK, at(25, 8), at(25, 8, 0, 1)),
            Deed(BLOCKED, Kind.RETURN, at(26, 8), at(26, 8, 0, 1)),
            Deed(STOPPED, Kind.STOP, at(25, 12), at(25, 12, 0, 1)),
        ],
        accidents=[Accident(second, second + timedelta(minutes=1), "kill", 1)],
        floods=[Flood(pushed, 4.0, 0)],
        calm=[at(25, 11, 22), at(25, 15, 22), at(25, 18, 1), at(26, 0, 1), at(26, 8, 1), at(26, 9, 1)],
    )
    diary.received = [
        message(NOW, 1, pushed, 1),
        replace(message(NOW, 2, second, 2), appeal=True),
        message(DAILY, 1, at(26, 9, 0, 1), 1, 2, gathered=True),
        message(AWAY, 1, at(26, 0, 0, 1), 1, 2, gathered=True),
        message(BLOCKED, 1, at(26, 8, 0, 2), 1, 2, gathered=True),
        message(STOPPED, 1, pushed, 1),
        message(ASLEEP, 1, at(25, 18, 0, 1), 1, 2, gathered=True),
    ]
    return diary


def _lose(diary: Diary) -> None:
    del diary.received[0]


def _lose_one_of_a_digest(diary: Diary) -> None:
    diary.received[2] = message(DAILY, 1, at(26, 9, 0, 1), 1, gathered=True)


def _an_hour_late(diary: Diary) -> None:
    diary.received[2] = replace(diary.received[2], at=at(26, 10))


def _an_hour_early(diary: Diary) -> None:
    diary.received[2] = replace(diary.received[2], at=at(26, 8))


def _again(diary: Diary) -> None:
    diary.received.append(message(NOW, 9, at(26, 8), 1))


def _more_than_a_kill_allows(diary: Diary) -> None:
    moment = diary.accidents[0].began
    diary.received += [message(NOW, 9, moment, 1), message(NOW, 10, moment, 2), message(NOW, 11, moment, 2)]


def _of_another_topic(diary: Diary) -> None:
    diary.received.append(message(NOW, 9, at(25, 11, 20), SHELTER.number))


def _in_the_night(diary: Diary) -> None:
    diary.received[6] = replace(diary.received[6], at=at(25, 11, 20))


def _on_a_day_off(diary: Diary) -> None:
    diary.received.append(message(AWAY, 9, at(25, 11, 20), 1))


def _after_stop(diary: Diary) -> None:
    diary.received.append(message(STOPPED, 9, at(25, 15, 20), 2))


def _while_blocked(diary: Diary) -> None:
    diary.received.append(message(BLOCKED, 9, at(25, 11, 20), 1))


def _in_two_messages(diary: Diary) -> None:
    moment = diary.received[3].at
    diary.received[3:4] = [message(AWAY, 1, moment, 1), message(AWAY, 2, moment, 2)]


def _not_at_all_on_return(diary: Diary) -> None:
    del diary.received[3]


def _one_appeal_too_many(diary: Diary) -> None:
    diary.received[0] = replace(diary.received[0], appeal=True)


def _an_appeal_for_who_wants_none(diary: Diary) -> None:
    diary.readers[0] = replace(diary.readers[0], appeals="on_request")


def _before_it_is_published(diary: Diary) -> None:
    diary.received[0] = replace(diary.received[0], at=at(25, 11, 10))


def _taken_back_and_still_there(diary: Diary) -> None:
    diary.received.append(message(NOW, 9, at(25, 15, 20), TAKEN_BACK.number))


def _calls_in_a_flood(diary: Diary) -> None:
    diary.floods[0] = replace(diary.floods[0], late=1)


def _no_answer(diary: Diary) -> None:
    diary.deeds[3] = replace(diary.deeds[3], answered=False)


BROKEN: list[tuple[str, Callable[[Diary], None]]] = [
    ("nobody is missed", _lose),
    ("nobody is missed", _lose_one_of_a_digest),
    ("at once, or at the reader's hour", _an_hour_late),
    ("at once, or at the reader's hour", _an_hour_early),
    ("hardly anything comes twice", _again),
    ("hardly anything comes twice", _more_than_a_kill_allows),
    ("only what a reader chose", _of_another_topic),
    ("only what a reader chose", _after_stop),
    ("nothing in quiet hours or on a day of rest", _in_the_night),
    ("nothing on a day off", _on_a_day_off),
    ("nothing after /stop", _after_stop),
    ("nothing while blocked", _while_blocked),
    ("one gathered message on return", _in_two_messages),
    ("one gathered message on return", _not_at_all_on_return),
    ("appeals no more often than allowed", _one_appeal_too_many),
    ("appeals no more often than allowed", _an_appeal_for_who_wants_none),
    ("no story before it is published", _before_it_is_published),
    ("nothing of a withdrawn story stands", _taken_back_and_still_there),
    ("a 429 stops everything", _calls_in_a_flood),
    ("every word of a reader is answered", _no_answer),
]


def test_an_honest_history_is_right() -> None:
    """Where all promises are kept, each one was checked and nothing is wrong."""
    verdicts = Oracle(honest()).verdicts()
    assert [one for one in verdicts if one.wrong] == []
    assert all(one.checked for one in verdicts)
    assert {one.promise for one in verdicts} == {promise for promise, _ in BROKEN}


@pytest.mark.parametrize(("promise", "tamper"), BROKEN)
def test_a_broken_promise_is_found(promise: str, tamper: Callable[[Diary], None]) -> None:
    """Whichever promise is broken, the oracle counts it as wrong."""
    diary = honest()
    tamper(diary)
    [verdict] = [one for one in Oracle(diary).verdicts() if one.promise == promise]
    assert verdict.wrong > 0
    assert verdict.examples


def test_who_stops_in_the_middle_of_a_push_may_miss_it() -> None:
    """What was being sent at that moment came before /stop, or not at all: both are right."""
    diary = honest()
    diary.deeds[3] = replace(diary.deeds[3], began=at(25, 11, 20, 10), ended=at(25, 11, 20, 11))
    assert sum(one.wrong for one in Oracle(diary).verdicts()) == 0
    diary.received = [one for one in diary.received if one.chat != STOPPED]
    assert sum(one.wrong for one in Oracle(diary).verdicts()) == 0


def test_repeats_that_a_kill_explains_are_allowed() -> None:
    """As many as the kill may repeat are right."""
    diary = honest()
    diary.received.append(message(NOW, 9, diary.accidents[0].began, 2))
    assert sum(one.wrong for one in Oracle(diary).verdicts()) == 0


def test_who_missed_nothing_returns_to_their_rhythm() -> None:
    """What was held before comes at the reader's hour, as if they had not been away; a passed hour is now."""
    diary = honest()
    diary.deeds += [
        Deed(DAILY, Kind.BLOCK, at(25, 16), at(25, 16, 0, 1)),
        Deed(DAILY, Kind.RETURN, at(25, 20), at(25, 20, 0, 1)),
    ]
    assert sum(one.wrong for one in Oracle(diary).verdicts()) == 0
    diary.deeds[-1] = Deed(DAILY, Kind.RETURN, at(26, 9, 0, 30), at(26, 9, 0, 31))
    diary.received[2] = replace(diary.received[2], at=at(26, 9, 0, 30))
    assert sum(one.wrong for one in Oracle(diary).verdicts()) == 0


def test_who_comes_back_may_get_it_before_all_others_are_answered() -> None:
    """Many come back at once: the message of one is there while others still wait for their answer."""
    diary = honest()
    diary.deeds[2] = replace(diary.deeds[2], ended=at(26, 8, 0, 8))
    assert sum(one.wrong for one in Oracle(diary).verdicts()) == 0


def test_a_chat_that_has_blocked_us_keeps_its_messages() -> None:
    """Telegram lets nobody change them: a story that is withdrawn meanwhile stands there, and only there."""
    diary = honest()
    diary.deeds += [Deed(NOW, Kind.BLOCK, at(25, 15, 29), at(25, 15, 29, 1))]
    diary.received.append(message(NOW, 9, at(25, 15, 20), TAKEN_BACK.number))
    assert sum(one.wrong for one in Oracle(diary).verdicts()) == 0


def test_a_return_may_lie_on_a_closed_page() -> None:
    """A gathered message whose first page names only what was withdrawn since counts as the one on return."""
    diary = honest()
    place, came = next((n, one) for n, one in enumerate(diary.received) if one.chat == BLOCKED)
    withdrawn = frozenset({TAKEN_BACK.number})
    diary.received[place] = replace(came, stories=withdrawn, now_names=frozenset(), all_opened=False)
    verdicts = {one.promise: one for one in Oracle(diary).verdicts()}
    assert verdicts["one gathered message on return"].wrong == 0
