"""What a large newsroom has written: stories, appeals, sources, pushes. It is made up and always the same."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, count
from typing import Any

from storage.words import (
    AppealState,
    BroadcastKind,
    BroadcastState,
    EditorRole,
    EntryState,
    Length,
    ReportState,
    StoryState,
)

TOPICS, THREADS, SOURCES, EDITORS, REPORTS = 30, 200, 100, 8, 40
DIGESTS = 24 * 7
ENTRIES = 200  # of each source
LANGUAGES = ("en", "en", "en", "uk", "uk", "pl", "de", "es", "fr", "en")
_VOCABULARY = 40_000
_SENTENCES = 22
_STATES = (  # of 100 stories
    *[StoryState.PUBLISHED] * 85,
    *[StoryState.REJECTED] * 6,
    *[StoryState.WITHDRAWN] * 4,
    *[StoryState.DRAFT] * 5,
)
_APPEALS = (
    AppealState.PROPOSED,
    AppealState.SUSPENDED,
    AppealState.RETIRED,
    *[AppealState.VERIFIED] * 5,
)
Row = dict[str, Any]


def state_of(story: int) -> StoryState:
    """The state of the story with this number."""
    return _STATES[story * 37 % len(_STATES)]


def in_state(state: StoryState) -> Iterator[int]:
    """The numbers of the stories in this state."""
    return (number for number in count(1) if state_of(number) is state)


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows there are of each kind."""

    people: int
    stories: int
    pushes: int
    audit: int
    letters: int
    appeals: int


LARGE = Size(people=1_200_000, stories=50_000, pushes=200, audit=500_000, letters=20_000, appeals=300)
SMALL = Size(people=3_000, stories=120, pushes=4, audit=200, letters=30, appeals=8)


class Vocabulary:
    """Invented words, as frequent as words of a language are (Zipf): the first is in nearly every story."""

    def __init__(self) -> None:
        chance = random.Random(5)
        made = {
            "".join(
                chance.choice("bdfgklmnprstvz") + chance.choice("aeiou")
                for _ in range(chance.choice((2, 3, 4)))
            )
            for _ in range(2 * _VOCABULARY)
        }
        self.words = sorted(made)
        chance.shuffle(self.words)
        self.words = self.words[:_VOCABULARY]
        self._weights = list(accumulate(1 / (place + 3) for place in range(len(self.words))))
        self._chance = chance

    def some(self, number: int) -> list[str]:
        """So many words, the frequent ones often."""
        return self._chance.choices(self.words, cum_weights=self._weights, k=number)

    def sentence(self) -> str:
        """A sentence of a dozen words."""
        return " ".join(self.some(12)).capitalize() + "."


def stories(size: Size, words: Vocabulary, now: datetime) -> Iterator[Row]:
    """The stories, the oldest first, a twentieth of them translations of the one before."""
    span = timedelta(days=3 * 365) / size.stories
    for number in range(1, size.stories + 1):
        at = now - span * (size.stories - number)
        state = state_of(number)
        is_translation = number % 20 == 0
        yield {
            "id": number,
            "state": state,
            "headline": " ".join(words.some(8)).capitalize(),
            "byline": "By Nobody",
            "language": "uk" if is_translation else LANGUAGES[number % 10],
            "body": " ".join([*(words.sentence() for _ in range(_SENTENCES)), f"Only{number}."]),
            "fingerprint": f"{number:064}",
            "address": f"https://news.example.org/{number}",
            "source_id": 1 + number % SOURCES,
            "thread_id": 1 + number % THREADS if number % 10 == 3 else None,
            "translation_of": number - 1 if is_translation else None,
            "appeal_id": 1 + number % size.appeals if number % 5 == 0 else None,
            "added_at": at,
            "announced_at": at,
            "released_at": at if state in (StoryState.PUBLISHED, StoryState.WITHDRAWN) else None,
        }


def summaries(story: Row) -> Iterator[Row]:
    """The summaries of a story: its first sentences."""
    sentences = [f"{one}." for one in story["body"].split(". ")]
    for length, number in ((Length.BRIEF, 1), (Length.SHORT, 3), (Length.LONG, 5)):
        yield {"story_id": story["id"], "length": length, "text": "\n".join(sentences[:number])}


def appeals(size: Size, words: Vocabulary, now: datetime) -> Iterator[Row]:
    """The appeals, most of them verified."""
    for number in range(1, size.appeals + 1):
        yield {
            "id": number,
            "organisation": f"Aid {words.words[number].title()}",
            "purpose": words.sentence(),
            "url": f"https://aid{number}.example.org/give",
            "state": _APPEALS[number % len(_APPEALS)],
            "proposed_at": now - timedelta(days=400),
            "verified_at": now - timedelta(days=30),
            "looked_at": now - timedelta(days=30),
            "written_by": f"editor {2000 + number % EDITORS}",
            "verified_by": f"editor {2000 + (number + 1) % EDITORS}",
        }


def clicks(size: Size, now: datetime) -> Iterator[Row]:
    """How often the link of each appeal was followed on each day of a year."""
    for number in range(1, size.appeals + 1):
        for day in range(365):
            yield {
                "appeal_id": number,
                "day": now.date() - timedelta(days=day),
                "count": 1 + number * (day + 1) % 400,
            }


def reports(size: Size, words: Vocabulary, now: datetime) -> Iterator[Row]:
    """The reports of the first appeals."""
    for number in range(REPORTS):
        yield {
            "appeal_id": 1 + number % size.appeals,
            "organisation": "Aid",
            "text": words.sentence(),
            "state": ReportState.SENT if number else ReportState.DRAFT,
            "written_by": "editor 2000",
            "written_at": now,
        }


def editors(now: datetime) -> Iterator[Row]:
    """The editors, of each role some."""
    for number in range(EDITORS):
        role = list(EditorRole)[number % len(EditorRole)]
        yield {"person_id": 2000 + number, "role": role, "added_by": "command line", "added_at": now}


def sources(words: Vocabulary, now: datetime) -> Iterator[Row]:
    """The sources; one in ten fails."""
    for number in range(1, SOURCES + 1):
        yield {
            "id": number,
            "address": f"https://feed{number}.example.org/rss",
            "title": words.sentence(),
            "next_poll_at": now + timedelta(hours=1),
            "polled_at": now,
            "first_polled_at": now,
            "failures": 0 if number % 10 else 3,
            "reason": None if number % 10 else "The feed does not answer.",
            "added_at": now,
        }


def entries(words: Vocabulary, now: datetime) -> Iterator[Row]:
    """What the feeds of the sources held."""
    for source in range(1, SOURCES + 1):
        for number in range(ENTRIES):
            yield {
                "source_id": source,
                "key": f"{number:064}",
                "address": f"https://feed{source}.example.org/{number}",
                "headline": words.sentence(),
                "seen_at": now - timedelta(hours=number),
                "state": list(EntryState)[number % len(EntryState)],
            }


def broadcasts(size: Size, audience: Row, now: datetime) -> Iterator[Row]:
    """A push a day, the last one running; then one in preparation, some scheduled; a digest an hour."""
    stories = in_state(StoryState.PUBLISHED)
    for number in range(1, size.pushes + 1):
        began = now - timedelta(days=size.pushes - number, hours=0 if number == size.pushes else 1)
        is_running = number == size.pushes
        yield {
            "id": number,
            "story_id": next(stories),
            "state": BroadcastState.RUNNING if is_running else BroadcastState.FINISHED,
            "audience": audience,
            "created_at": began,
            "start_at": began,
            "started_at": began,
            "expected": size.people,
            "finished_at": None if is_running else began + timedelta(hours=11),
            "early_leavers": True,
        }
    yield {
        "id": size.pushes + 1,
        "story_id": next(stories),
        "state": BroadcastState.PREPARING,
        "audience": audience,
        "created_at": now,
        "started_by": 1009,
        "pilot_minutes": 15,
    }
    for number in range(5):
        at = now + timedelta(hours=2 * number + 2)
        yield {
            "id": size.pushes + 2 + number,
            "story_id": next(stories),
            "state": BroadcastState.SCHEDULED,
            "audience": audience,
            "created_at": now,
            "start_at": at,
        }
    for number in range(DIGESTS):
        at = now - timedelta(hours=number + 1)
        yield {
            "id": size.pushes + 7 + number,
            "kind": BroadcastKind.DIGEST,
            "state": BroadcastState.FINISHED,
            "audience": audience,
            "created_at": at,
            "started_at": at,
            "finished_at": at + timedelta(minutes=30),
            "expected": size.people // 100,
        }


def aftermaths(size: Size, now: datetime) -> Iterator[Row]:
    """What readers did after each push, on its day and the next."""
    for number in range(1, size.pushes + 1):
        for day in range(2):
            yield {
                "broadcast_id": number,
                "day": (now - timedelta(days=size.pushes - number - day)).date(),
                "stopped": number % 90,
                "blocked": number % 70,
                "days_off": number % 30,
                "clicks": number * 7,
                "left_15": number % 20,
                "left_30": number % 30,
                "left_60": number % 40,
            }
