"""Stories: taken in, and read."""

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark
from bot.stories import conflicts
from bot.stories import duplicates as likeness
from bot.stories import intake as arrivals
from bot.stories.analysis import Analysis
from bot.stories.duplicates import Likeness
from bot.stories.intake import Added, IncomingStory, IntakeResult
from storage import audit
from storage.database import Database
from storage.models import Story, Topic
from storage.stories import duplicates, search, stories, topics
from storage.words import StoryState

_COMPARED = 20  # Stories that share most bands with one that comes in
_LONGEST_NAME = 64  # characters of a Topic's name: a button shows fewer


@dataclass(frozen=True, slots=True)
class _Kept:
    """As Added, by numbers: the Stories are read when nobody waits for this transaction any more."""

    story_id: int
    outcome: IntakeResult = IntakeResult.NEW
    related_id: int | None = None


class Stories:
    """The use cases around a Story; each is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(
        self,
        analysis: Analysis,
        topic_names: Sequence[str] = (),
        *,
        actor: str,
        anyway: bool = False,
        source_id: int | None = None,
    ) -> Added:
        """Keep a Story as a draft with its Summaries, unless it is here already.

        `anyway`: even where its address or nearly its text is here; the very same text is kept once.
        """
        named, arrival = by_slug(topic_names), arrivals.prepare(analysis, self._clock())
        async with self._taking_in() as session:
            kept = await self._add(session, arrival, named, actor=actor, anyway=anyway, source_id=source_id)
        [added] = await self._added([kept])
        return added

    async def add_all(
        self,
        analyses: Sequence[Analysis],
        topic_names: Sequence[str] = (),
        *,
        actor: str,
        anyway: bool = False,
        publish_quietly: bool = False,
    ) -> list[Added]:
        """As `add`, for several in one transaction, so that the disk is waited for once.

        `publish_quietly`: readers find the new ones at once, and nobody is sent them.
        """
        named = by_slug(topic_names)
        prepared = [arrivals.prepare(analysis, self._clock()) for analysis in analyses]
        async with self._taking_in() as session:
            kept = [
                await self._add(session, arrival, named, actor=actor, anyway=anyway, publish=publish_quietly)
                for arrival in prepared
            ]
        return await self._added(kept)

    async def update(self, story_id: int, analysis: Analysis, *, actor: str) -> Story:
        """Give a draft or published Story the text that it has by now.

        Its number, state, address, Topics and Thread stay; headline, text, Summaries and plea are replaced.
        """
        arrival = arrivals.prepare(analysis, self._clock())
        async with self._taking_in() as session:
            story = await _open(session, story_id)
            same = await stories.find_same(session, fingerprint=arrival.fingerprint, address=None)
            if same is not None:
                raise RefusedError(
                    mark("Story {number} has this very text already. Nothing was changed."), number=same[0]
                )
            before = _text_of(story)
            address = story.address or await _free_address(session, arrival)
            await stories.change(session, story_id, **arrival.values, address=address)
            await duplicates.forget(session, story_id)
            await _keep_parts(session, story_id, arrival)
            story = await _open(session, story_id)
            await self._record(session, actor, "update", story_id, before=before, after=_text_of(story))
            return story

    async def digests(self) -> frozenset[str]:
        """The SHA-256 sums of the files that Stories were read out of."""
        async with self._database.read() as session:
            return frozenset(await audit.noted(session, "story", "add", "sha256"))

    async def read(self, story_id: int, language: str | None = None) -> Story:
        """A published Story, for readers: itself, or what says the same to readers of `language`."""
        async with self._database.read() as session:
            story = await stories.get(session, story_id)
            if story is not None and story.state is StoryState.WITHDRAWN:
                raise NotFoundError(mark("This story was withdrawn."))
            if story is None or story.state is not StoryState.PUBLISHED:
                raise NotFoundError(
                    mark("There is no story {number}. See what there is: /latest"),
                    number=story_id,
                )
            if language is None or language == story.language:
                return story
            [shown] = await stories.in_language(session, [story], language)
            return shown

    async def inspect(self, story_id: int) -> Story:
        """A Story in whatever state, for editors."""
        async with self._database.read() as session:
            return await require(session, story_id)

    async def latest(
        self, *, limit: int, offset: int = 0, language: str | None = None
    ) -> tuple[Sequence[Story], int]:
        """Published Stories, newest first, and how many there are in all.

        One that is there in several languages counts once, and comes in `language` if it can.
        """
        async with self._database.read() as session:
            total = await stories.count_shown(session)
            return await stories.latest(session, limit=limit, offset=offset, language=language), total

    async def listed(self, states: Sequence[StoryState] | None = None) -> Sequence[Story]:
        """All Stories, or those in `states`, oldest first."""
        async with self._database.read() as session:
            return await stories.in_states(session, states)

    async def counts(self) -> dict[StoryState, int]:
        """How many there are, by state."""
        async with self._database.read() as session:
            return {state: await stories.count(session, state) for state in StoryState}

    async def topics(self) -> Sequence[Topic]:
        """All Topics there are, by name."""
        async with self._database.read() as session:
            return await topics.every(session)

    @asynccontextmanager
    async def _taking_in(self) -> AsyncIterator[AsyncSession]:
        """A transaction in which no other story comes in: else two could come in that are the same one."""
        async with self._database.transaction() as session:
            await duplicates.lock_intake(session)
            with session.no_autoflush:  # the audit is written at once, at the end
                yield session

    async def _add(
        self,
        session: AsyncSession,
        arrival: IncomingStory,
        named: dict[str, str],
        *,
        actor: str,
        anyway: bool,
        publish: bool = False,
        source_id: int | None = None,
    ) -> _Kept:
        now = self._clock()
        here = await stories.find_same(session, fingerprint=arrival.fingerprint, address=arrival.address)
        if here is not None and (here[1] or not anyway):
            return _Kept(here[0], IntakeResult.SAME if here[1] else IntakeResult.CHANGED)
        kin, like = (None, None) if anyway else await _most_alike(session, arrival)
        if like is not None and kin is Likeness.ALIKE:
            return _Kept(like, IntakeResult.ALIKE)
        story_id = await stories.add(
            session,
            **arrival.values,
            state=StoryState.PUBLISHED if publish else StoryState.DRAFT,
            address=None if here else arrival.address,  # one address leads to one Story
            source_id=source_id,
            added_at=now,
            released_at=now if publish else None,
        )
        if story_id is None:
            raise LookupError("a story conflicted with another that is not there")
        await _keep_parts(session, story_id, arrival)
        if named:
            about = await topics.ensure(session, named)
            await stories.add_topics(session, story_id, [topic.id for topic in about])
        came = {"sha256": arrival.digest} if arrival.digest else {}
        await self._record(session, actor, "add", story_id, after=came)
        if publish:
            await self._record(session, actor, "publish", story_id)
        return _Kept(story_id, related_id=like)

    async def _added(self, kept: Sequence[_Kept]) -> list[Added]:
        wanted = {number for one in kept for number in (one.story_id, one.related_id) if number}
        async with self._database.read() as session:
            found = {story.id: story for story in await stories.some(session, wanted)}
        return [Added(found[one.story_id], one.outcome, found.get(one.related_id or 0)) for one in kept]

    async def _record(
        self, session: AsyncSession, actor: str, action: str, story_id: int, **changed: dict[str, Any]
    ) -> None:
        now, subject = self._clock(), "story"
        await audit.record(
            session, at=now, actor=actor, action=action, subject=subject, subject_id=story_id, **changed
        )


async def _keep_parts(session: AsyncSession, story_id: int, arrival: IncomingStory) -> None:
    await stories.set_summaries(session, story_id, arrival.summaries)
    await duplicates.add_bands(session, story_id, arrival.bands)
    await search.index(session, story_id, arrival.entry)


async def _most_alike(session: AsyncSession, arrival: IncomingStory) -> tuple[Likeness | None, int | None]:
    """The Story here that shares most with this one, and what they are to each other."""
    sharing = await duplicates.sharing(session, arrival.bands, limit=_COMPARED) if arrival.bands else ()
    own = arrival.values["signature"]
    near = [story_id for story_id, signature in sharing if likeness.is_near(own, signature)]
    if not near:
        return None, None
    return arrivals.most_alike(arrival.values["body"], await duplicates.bodies(session, near))


async def _free_address(session: AsyncSession, arrival: IncomingStory) -> str | None:
    """The text's address, unless another Story has it."""
    address = arrival.address
    taken = address and await stories.find_same(session, fingerprint="", address=address)
    return None if taken else address


def _text_of(story: Story) -> dict[str, Any]:
    """What an update replaces, for the audit."""
    summaries = {str(summary.length): summary.text for summary in story.summaries}
    return {"headline": story.headline, "body": story.body, "summaries": summaries, "plea": story.plea}


def slug(name: str) -> str:
    """A Topic's name as people type it and buttons carry it: lower case, words joined by hyphens."""
    return "-".join(re.findall(r"\w+", name.lower()))[:48]


def by_slug(names: Sequence[str]) -> dict[str, str]:
    """The Topics' names as they are kept, by their slugs."""
    named = {slug(name): name.strip()[:_LONGEST_NAME] for name in names}
    if "" in named:
        raise InvalidInputError(mark("A topic needs a name with letters or digits in it."))
    return named


async def require(session: AsyncSession, story_id: int) -> Story:
    """The Story, in whatever state; NotFoundError where there is none."""
    story = await stories.get(session, story_id)
    if story is None:
        raise NotFoundError(mark("There is no story {number}."), number=story_id)
    return story


async def _open(session: AsyncSession, story_id: int) -> Story:
    """A draft or published Story as it is now, which nobody else changes until this transaction ends."""
    story = await stories.lock(session, story_id) or await require(session, story_id)
    if story.state not in {StoryState.DRAFT, StoryState.PUBLISHED}:
        decision = await audit.last(session, "story", story_id, [conflicts.DECISION[story.state]])
        raise conflicts.decided(story_id, story.state, decision)
    return story
