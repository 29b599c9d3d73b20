"""The gatherer: reads the present version of the Stories that were held for readers, for their Digests."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from typing import TypeVar

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from bot.appeals.visibility import showable
from bot.broadcasts.audiences import RenderBodies, story_versions
from bot.digests.contents import Contents
from bot.digests.digest_story import DigestStory, Reason, ranked, thread_ids
from bot.digests.occasion import Occasion, occasion_of_merged
from bot.digests.sieve import Fate, Sieve
from bot.stories.search.story_words import StoryWords
from storage.appeals import reports
from storage.broadcasts.bodies import Variant
from storage.deliveries import held
from storage.deliveries.held import Held
from storage.models import Report, Story
from storage.stories import stories, threads
from storage.stories.stories import Versions
from storage.stories.translations import appeal_of, original_of, thread_of, warnings_of
from storage.words import StoryState

T = TypeVar("T")

_PART = 100  # readers: for each that is back from a month away, a thousand rows may be held
_FRESH = timedelta(seconds=2)  # how long a change of a Thread's title, or an Appeal's last day, may go unseen


@dataclass(frozen=True, slots=True)
class GatheredStories:
    """What was held for one reader: the Stories to show, ranked, and their Broadcasts.

    `dropped` are the Broadcasts whose Stories cannot be shown any more, or were muted. `waits` says that some
    stay held until the reader's day. `reasons` say why Stories were withdrawn, where the editors said it.
    `occasion` is that of the message they came with, if they came. `reports` are the Reports to show.
    """

    came: tuple[int, ...] = ()
    dropped: tuple[int, ...] = ()
    stories: Sequence[DigestStory] = ()
    waits: bool = False
    reasons: tuple[Reason, ...] = ()
    occasion: Occasion = Occasion.GATHERED
    reports: tuple[Report, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to show."""
        return not self.stories and not self.reports

    def contents(self, story_languages: str, appeal: DigestStory | None = None) -> Contents:
        """Return what the message that they came with shows now."""
        return Contents(self.stories, story_languages, self.occasion, appeal, self.reasons, self.reports)


NOTHING = GatheredStories()


def in_parts(readers: Sequence[T]) -> Iterator[Sequence[T]]:
    """Yield the readers in parts whose held pushes fit into memory together."""
    for start in range(0, len(readers), _PART):
        yield readers[start : start + _PART]


@dataclass(frozen=True, slots=True)
class _Known:
    """A Story as it was read, with its and its Translations' versions.

    `story` is None where it cannot be shown; `reason` says why it was withdrawn, where the editors said it.
    """

    story: DigestStory | None
    reason: Reason | None
    versions: Versions


class Gatherer:
    """Reads Stories for Digests: each once for all readers within two seconds, and again when it changes."""

    def __init__(self, bodies: RenderBodies, zone: tzinfo) -> None:
        """`bodies` renders a Story as a push does; `zone` is for the dates in messages."""
        self.zone = zone
        self._bodies = bodies
        self._known: dict[int, _Known] = {}  # by Story
        self._words: dict[int, tuple[Versions, Mapping[str, StoryWords]]] = {}  # of what became too old
        self._known_at: datetime | None = None

    async def gather(
        self,
        session: AsyncSession,
        pushes: Mapping[int, Sequence[Held]],
        now: datetime,
        sieves: Mapping[int, Sieve] | None = None,
    ) -> dict[int, GatheredStories]:
        """Return by Subscriber the Stories of these held pushes, ranked for each.

        A Story that was withdrawn, or whose Broadcast was cancelled, is dropped. `sieves` by Subscriber
        decide what else does not come; without them, as for what came already, all do.
        """
        every = [one for some in pushes.values() for one in some]
        known = await self._read(session, {one.story_id for one in every if one.story_id is not None}, now)
        sent = await _reports(session, {one.report_id for one in every if one.report_id is not None})
        gathered = {
            subscriber_id: _gathered(some, known, sent, (sieves or {}).get(subscriber_id))
            for subscriber_id, some in pushes.items()
        }
        followed = await self._followed(session, gathered)
        return {
            subscriber_id: replace(one, stories=ranked(one.stories, followed.get(subscriber_id, ())))
            for subscriber_id, one in gathered.items()
        }

    async def _followed(
        self, session: AsyncSession, gathered: Mapping[int, GatheredStories]
    ) -> Mapping[int, set[int]]:
        """Return by Subscriber the Threads of these Stories that the Subscriber follows."""
        found = {thread_id for one in gathered.values() for thread_id in thread_ids(one.stories)}
        return await held.followed(session, list(gathered), found) if found else {}

    async def whole(self, session: AsyncSession, story: DigestStory) -> Mapping[Variant, bytes]:
        """Return the Bodies of a Story as a push of it would have them now."""
        if not story.bodies:
            original = next(iter(story.by_language.values()))
            bodies = self._bodies(await story_versions(session, original))
            story.bodies.update({variant: orjson.dumps(body) for variant, body in bodies.items()})
        return story.bodies

    async def _read(
        self, session: AsyncSession, story_ids: Collection[int], now: datetime
    ) -> Mapping[int, _Known]:
        """Return these Stories as they are now."""
        known = self._fresh(now)
        versions = await stories.versions(session, story_ids)
        changed = {one for one in story_ids if one not in known or known[one].versions != versions.get(one)}
        if changed:
            found = await stories.some(session, changed)
            read = await _digest_stories(session, found, now)
            reasons = {one.id: _reason(one) for one in found}
            for story_id, story in read.items():
                self._reuse_words(story_id, story, versions[story_id])
            known.update(
                {one: _Known(read.get(one), reasons.get(one), versions.get(one, ())) for one in changed}
            )
        return {one: known[one] for one in story_ids}

    def _fresh(self, now: datetime) -> dict[int, _Known]:
        """Return what is known, empty if it was too old. Keep the result: another slice may empty it."""
        if self._known_at is None or not timedelta(0) <= now - self._known_at <= _FRESH:
            self._words = {
                story_id: (one.versions, one.story.words)
                for story_id, one in self._known.items()
                if one.story is not None and one.story.words
            }
            self._known, self._known_at = {}, now
        return self._known

    def _reuse_words(self, story_id: int, story: DigestStory, versions: Versions) -> None:
        """Give a Story the words that are known of the same version: finding stems takes milliseconds."""
        of_version, words = self._words.get(story_id, ((), {}))
        if of_version == versions:
            story.words.update(words)


async def _digest_stories(
    session: AsyncSession, found: Sequence[Story], now: datetime
) -> Mapping[int, DigestStory]:
    """Return the Stories of these that are published, with their Translations and Threads."""
    groups = await stories.groups(session, found)
    thread_ids = {thread_of(story) for story in found}
    titles, warned = await threads.titles(session, thread_ids), await threads.warned(session, thread_ids)
    return {
        story.id: _digest_story(groups[original_of(story)], titles, warned, now)
        for story in found
        if story.state is StoryState.PUBLISHED
    }


def _digest_story(
    group: Sequence[Story], titles: Mapping[int, str], warned: Collection[int], now: datetime
) -> DigestStory:
    """Return a Story and its Translations, the original first, as one."""
    original = group[0]
    by_language: dict[str, Story] = {}
    for story in group:
        by_language.setdefault(story.language, story)
    thread_id = thread_of(original)
    return DigestStory(
        original_id=original_of(original),
        by_language=by_language,
        came_at=original.released_at or original.added_at,
        thread=None if thread_id is None else (thread_id, titles.get(thread_id, "")),
        has_warned_thread=thread_id in warned,
        appeal=showable(appeal_of(original), now),
        items={},
        bodies={},
        words={},
    )


def _reason(story: Story) -> Reason | None:
    """Return why the Story was withdrawn; None if it was not, or if the editors did not say it."""
    if not story.is_withdrawn or not story.notice:
        return None
    return Reason(story.notice, is_warned=bool(warnings_of(story)))


async def _reports(session: AsyncSession, report_ids: Collection[int]) -> Mapping[int, Report]:
    """Return these Reports by id. They never change once they are sent."""
    return {one.id: one for one in await reports.some(session, report_ids)} if report_ids else {}


def _gathered(
    pushes: Sequence[Held], known: Mapping[int, _Known], sent: Mapping[int, Report], sieve: Sieve | None
) -> GatheredStories:
    """Return the Stories of these pushes in their order; one that was pushed in two languages only once.

    And the Reports among them: no sieve holds one back.
    """
    found: dict[int, DigestStory] = {}
    by_fate: dict[Fate, list[int]] = {fate: [] for fate in Fate}
    for one in pushes:
        if one.story_id is None:
            by_fate[Fate.IS_DROPPED if one.cancelled else Fate.COMES].append(one.broadcast_id)
            continue
        story = None if one.cancelled else known[one.story_id].story
        fate = Fate.COMES
        if story is None:
            fate = Fate.IS_DROPPED
        elif sieve is not None:
            fate = sieve.fate(story)
        by_fate[fate].append(one.broadcast_id)
        if story is not None and fate is Fate.COMES:
            found[story.original_id] = story
    reasons = dict.fromkeys(known[one.story_id].reason for one in pushes if one.story_id is not None)
    shown = [sent[one.report_id] for one in pushes if one.report_id is not None and not one.cancelled]
    return GatheredStories(
        tuple(by_fate[Fate.COMES]),
        tuple(by_fate[Fate.IS_DROPPED]),
        list(found.values()),
        waits=bool(by_fate[Fate.WAITS]),
        reasons=tuple(reason for reason in reasons if reason),
        occasion=occasion_of_merged(pushes),
        reports=tuple(shown),
    )
