"""Stories: taken in, and read."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.errors import InvalidInputError, NotFoundError
from bot.stories.reading import Reading
from bot.texts import mark
from storage import audit, stories, topics
from storage.database import Database
from storage.models import Story, Topic
from storage.words import StoryState

_MATCHES = 5
_LONGEST_NAME = 64  # characters of a Topic's name: a button shows fewer


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a story that was taken in: `fresh` is False where it was here already."""

    story: Story
    fresh: bool


class Stories:
    """The use cases around a Story; each is one transaction."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def add(self, reading: Reading, topic_names: Sequence[str] = (), *, actor: str) -> Added:
        """Keep a Story as a draft with its Summaries; the same text twice is kept once."""
        article = reading.article
        fingerprint = _fingerprint(article.body)
        async with self._database.sessions.begin() as session:
            story_id = await stories.add(
                session,
                state=StoryState.DRAFT,
                headline=article.headline,
                byline=article.byline,
                address=article.address,
                picture=article.picture,
                language=reading.language,
                body=article.body,
                fingerprint=fingerprint,
                published=article.published,
                plea=reading.plea.text if reading.plea else None,
                plea_speaker=reading.plea.speaker if reading.plea else None,
                help_sentence=reading.help.sentence if reading.help else None,
                help_organisation=reading.help.organisation if reading.help else None,
                help_url=reading.help.url if reading.help else None,
                added_at=self._clock(),
            )
            if story_id is None:
                same = await stories.find_same(session, fingerprint=fingerprint, address=article.address)
                if same is None:
                    raise LookupError("a story conflicted with another that is not there")
                return Added(same, fresh=False)
            await stories.set_summaries(session, story_id, reading.summaries)
            named = _by_slug(topic_names)
            about = await topics.ensure(session, named)
            await stories.add_topics(session, story_id, [topic.id for topic in about])
            await self._record(session, actor, "add", story_id)
            return Added(await require(session, story_id), fresh=True)

    async def read(self, story_id: int) -> Story:
        """A published Story, for readers."""
        async with self._database.snapshots() as session:
            story = await stories.get(session, story_id)
        if story is None or story.state is not StoryState.PUBLISHED:
            raise NotFoundError(
                mark("There is no story {number}. See what there is: /latest"),
                number=story_id,
            )
        return story

    async def inspect(self, story_id: int) -> Story:
        """A Story in whatever state, for editors."""
        async with self._database.snapshots() as session:
            return await require(session, story_id)

    async def latest(self, *, limit: int, offset: int = 0) -> tuple[Sequence[Story], int]:
        """Published Stories, newest first, and how many there are in all."""
        async with self._database.snapshots() as session:
            total = await stories.count(session, StoryState.PUBLISHED)
            return await stories.latest(session, limit=limit, offset=offset), total

    async def find(self, words: str) -> Sequence[Story]:
        """The published Stories that hold all of `words`, at most five, the most fitting first."""
        wanted = re.findall(r"\w[\w'’-]*", words)
        if not wanted:
            raise InvalidInputError(mark("Say a story's number or some of its words: /summary 1"))
        async with self._database.snapshots() as session:
            return await stories.with_words(session, wanted[:8], limit=_MATCHES)

    async def listed(self, states: Sequence[StoryState] | None = None) -> Sequence[Story]:
        """All Stories, or those in `states`, oldest first."""
        async with self._database.snapshots() as session:
            return await stories.in_states(session, states)

    async def counts(self) -> dict[StoryState, int]:
        """How many there are, by state."""
        async with self._database.snapshots() as session:
            return {state: await stories.count(session, state) for state in StoryState}

    async def topics(self) -> Sequence[Topic]:
        """All Topics there are, by name."""
        async with self._database.snapshots() as session:
            return await topics.every(session)

    async def _record(self, session: AsyncSession, actor: str, action: str, story_id: int) -> None:
        await audit.record(
            session, at=self._clock(), actor=actor, action=action, subject="story", subject_id=story_id
        )


def slug(name: str) -> str:
    """A Topic's name as people type it and buttons carry it: lower case, words joined by hyphens."""
    return "-".join(re.findall(r"\w+", name.lower()))[:48]


def _by_slug(names: Sequence[str]) -> dict[str, str]:
    """The Topics' names as they are kept, by their slugs."""
    named = {slug(name): name.strip()[:_LONGEST_NAME] for name in names}
    if "" in named:
        raise InvalidInputError(mark("A topic needs a name with letters or digits in it."))
    return named


def _fingerprint(body: str) -> str:
    """The same for texts that differ in case and white space only."""
    return hashlib.sha256(" ".join(body.casefold().split()).encode()).hexdigest()


async def require(session: AsyncSession, story_id: int) -> Story:
    """The Story, in whatever state; NotFoundError where there is none."""
    story = await stories.get(session, story_id)
    if story is None:
        raise NotFoundError(mark("There is no story {number}."), number=story_id)
    return story
