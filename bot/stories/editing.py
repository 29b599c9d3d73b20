"""Editing: what editors change of a Story that readers may see or will see."""

import re
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from typing import Any

from babel import localedata
from sqlalchemy.ext.asyncio import AsyncSession

from bot.articles.blocks import LONGEST_HEADLINE, clean, fold
from bot.clock import Clock
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark
from bot.language.lexicon import plain_code
from bot.stories import conflicts, search_terms
from bot.stories.stories import require, slug
from storage import audit
from storage.appeals import appeals
from storage.database import Database
from storage.models import Story, Topic
from storage.stories import search, stories, threads, topics
from storage.words import AppealState, Length, StoryState

LONGEST_SUMMARY = 1500  # characters: with headline, plea and help card it still fits a message of 4,096
_LONGEST_NAME = 64  # characters of a Topic's name, as at intake
_EDITABLE = (StoryState.DRAFT, StoryState.PUBLISHED)


class Editing:
    """Changes of one Story; each is one transaction, adds 1 to its version, and is in the audit log.

    `version` is that of the Story as the editor saw it: where it has changed since, nothing is done, and
    OvertakenError says who did what. Without a version, what is there now is changed. Drafts and published
    Stories can be changed, no others. A change to what is there already is none.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def set_headline(self, story_id: int, headline: str, *, version: int | None, actor: str) -> None:
        """Another headline, of at most 300 characters, on one line."""
        headline = fold(headline)
        if not 1 <= len(headline) <= LONGEST_HEADLINE:
            raise InvalidInputError(
                mark("A headline has 1 to {limit} characters; this one has {number}."),
                limit=LONGEST_HEADLINE,
                number=len(headline),
            )
        async with self._open(story_id, version) as (session, story):
            before, after = {"headline": story.headline}, {"headline": headline}
            if await self._note(session, story_id, "headline", actor, before=before, after=after):
                await stories.change(session, story_id, headline=headline)
                await search.index(
                    session, story_id, search_terms.entry(headline, story.body, story.language)
                )

    async def set_summary(
        self, story_id: int, length: Length, text: str, *, version: int | None, actor: str
    ) -> None:
        """Another Summary of one Length, of at most 1,500 characters: a sentence a line, or as it comes."""
        text = "\n".join(filter(None, map(fold, clean(text).split("\n"))))
        if not 1 <= len(text) <= LONGEST_SUMMARY:
            raise InvalidInputError(
                mark("A summary has 1 to {limit} characters; this one has {number}."),
                limit=LONGEST_SUMMARY,
                number=len(text),
            )
        async with self._open(story_id, version) as (session, story):
            old = {one.length: one.text for one in story.summaries}.get(length, "")
            before = {"length": length.value, "text": old}
            if await self._note(
                session, story_id, "summary", actor, before=before, after={**before, "text": text}
            ):
                await stories.set_summaries(session, story_id, {length: text})
                await stories.change(session, story_id)

    async def set_language(self, story_id: int, code: str, *, version: int | None, actor: str) -> None:
        """Which language the Story is in: a code of ISO 639, such as "uk"."""
        language = _language(code)
        async with self._open(story_id, version) as (session, story):
            before, after = {"language": story.language}, {"language": language}
            if await self._note(session, story_id, "language", actor, before=before, after=after):
                await _require_free(session, story, language, story.translation_of)
                await stories.change(session, story_id, language=language)
                await search.index(
                    session, story_id, search_terms.entry(story.headline, story.body, language)
                )

    async def set_topic(
        self, story_id: int, topic_id: int, *, chosen: bool, version: int | None, actor: str
    ) -> None:
        """Let the Story be about a Topic, or no longer."""
        async with self._open(story_id, version) as (session, story):
            topic = await topics.get(session, topic_id)
            if topic is None:
                raise NotFoundError(mark("There is no such topic any more. Choose another one."))
            others = [one for one in story.topics if one.id != topic_id]
            await self._set_topics(session, story, [*others, topic] if chosen else others, actor)

    async def add_topic(self, story_id: int, name: str, *, version: int | None, actor: str) -> None:
        """Let the Story be about the Topic of this name, which is made where there is none yet."""
        key, name = slug(name), fold(name)
        if not key:
            raise InvalidInputError(mark("A topic needs a name with letters or digits in it."))
        if len(name) > _LONGEST_NAME:
            raise InvalidInputError(
                mark("A topic's name has at most {limit} characters."), limit=_LONGEST_NAME
            )
        async with self._open(story_id, version) as (session, story):
            [topic] = await topics.ensure(session, {key: name})
            others = [one for one in story.topics if one.id != topic.id]
            await self._set_topics(session, story, [*others, topic], actor)

    async def set_appeal(
        self, story_id: int, appeal_id: int | None, *, version: int | None, actor: str
    ) -> None:
        """Let the Story name a proposed or verified Appeal, or none; readers see a verified one only."""
        async with self._open(story_id, version) as (session, story):
            if appeal_id is not None:
                appeal = await appeals.get(session, appeal_id)
                if appeal is None or appeal.state is AppealState.RETIRED:
                    raise NotFoundError(mark("There is no such appeal any more. Choose another one."))
            before, after = {"appeal": story.appeal_id}, {"appeal": appeal_id}
            if await self._note(session, story_id, "appeal", actor, before=before, after=after):
                await stories.change(session, story_id, appeal_id=appeal_id)

    async def set_thread(
        self, story_id: int, thread_id: int | None, *, version: int | None, actor: str
    ) -> None:
        """Let the Story be the next one of a Thread, or of none."""
        async with self._open(story_id, version) as (session, story):
            if thread_id is not None and await threads.get(session, thread_id) is None:
                raise NotFoundError(mark("There is no such thread any more. Choose another one."))
            await self._join(session, story, thread_id, actor)

    async def begin_thread(self, story_id: int, *, version: int | None, actor: str) -> None:
        """Let the Story be the first one of a new Thread, which has its headline for a title."""
        async with self._open(story_id, version) as (session, story):
            thread_id = await threads.make(session, title=story.headline, now=self._clock())
            await self._join(session, story, thread_id, actor)

    async def continue_story(
        self, story_id: int, earlier_id: int, *, version: int | None, actor: str
    ) -> None:
        """Let the Story tell what happened after an earlier one: both are in one Thread.

        That is the earlier one's; where it has none, a new one with its headline for a title.
        """
        if earlier_id == story_id:
            raise InvalidInputError(
                mark("A story cannot continue itself. Give the number of the earlier one.")
            )
        async with self._open(story_id, version, also=earlier_id) as (session, story):
            earlier = await require(session, earlier_id)
            thread_id = earlier.thread_id
            if thread_id is None:
                thread_id = await threads.make(session, title=earlier.headline, now=self._clock())
                await self._join(session, earlier, thread_id, actor)
            await self._join(session, story, thread_id, actor)

    async def set_translation(
        self, story_id: int, other_id: int | None, *, version: int | None, actor: str
    ) -> None:
        """Let the Story say the same as another one in another language; None: it stands by itself.

        What the other one translates itself is the original of both.
        """
        async with self._open(story_id, version) as (session, story):
            original_id = None
            if other_id is not None:
                other = await require(session, other_id)
                original_id = other.translation_of or other.id
                await self._require_translatable(session, story, original_id)
            before, after = {"translation_of": story.translation_of}, {"translation_of": original_id}
            if await self._note(session, story_id, "translation", actor, before=before, after=after):
                await stories.change(session, story_id, translation_of=original_id)

    @staticmethod
    async def _require_translatable(session: AsyncSession, story: Story, original_id: int) -> None:
        if original_id == story.id:
            raise InvalidInputError(mark("A story cannot be a translation of itself. Give another number."))
        if await stories.translations_of(session, story.id):
            raise RefusedError(
                mark("Story {number} has translations itself: it is an original."), number=story.id
            )
        await _require_free(session, story, story.language, original_id)

    @asynccontextmanager
    async def _open(
        self,
        story_id: int,
        version: int | None,
        *,
        states: Sequence[StoryState] = _EDITABLE,
        also: int | None = None,
    ) -> AsyncIterator[tuple[AsyncSession, Story]]:
        """A transaction in which nobody else changes the Story (and the one that is meant `also`).

        Refused where its state is another than these, or its version.
        """
        async with self._database.transaction() as session:
            for number in sorted({story_id, also or story_id}):  # always in one order: no deadlock
                await stories.lock(session, number)
            story = await require(session, story_id)
            if story.state not in states:
                decision = await audit.last(session, "story", story_id, [conflicts.DECISION[story.state]])
                raise conflicts.decided(story_id, story.state, decision)
            if version is not None and story.version != version:
                raise conflicts.overtaken(story_id, await audit.last(session, "story", story_id))
            yield session, story

    async def _note(
        self,
        session: AsyncSession,
        story_id: int,
        action: str,
        actor: str,
        *,
        before: dict[str, Any] | None = None,
        after: dict[str, Any] | None = None,
    ) -> bool:
        """Write it in the audit log; False where nothing would change."""
        if before is not None and before == after:
            return False
        await audit.record(
            session,
            at=self._clock(),
            actor=actor,
            action=action,
            subject="story",
            subject_id=story_id,
            before=before,
            after=after,
        )
        return True

    async def _set_topics(
        self, session: AsyncSession, story: Story, chosen: Collection[Topic], actor: str
    ) -> None:
        before, after = ({"topics": sorted(one.slug for one in some)} for some in (story.topics, chosen))
        if await self._note(session, story.id, "topics", actor, before=before, after=after):
            await stories.set_topics(session, story.id, [topic.id for topic in chosen])
            await stories.change(session, story.id)

    async def _join(self, session: AsyncSession, story: Story, thread_id: int | None, actor: str) -> None:
        before, after = {"thread": story.thread_id}, {"thread": thread_id}
        if await self._note(session, story.id, "thread", actor, before=before, after=after):
            await stories.change(session, story.id, thread_id=thread_id)


async def _require_free(session: AsyncSession, story: Story, language: str, original_id: int | None) -> None:
    """Refuse two Stories of one language that say the same: no reader could tell which one they get."""
    group = [*await stories.translations_of(session, original_id or story.id)]
    if original_id is not None:
        group.append(await require(session, original_id))
    for other in group:
        if other.id != story.id and other.language == language:
            raise RefusedError(
                mark("Story {other} says the same in that language already. Change one of the two first."),
                other=other.id,
            )


def _language(code: str) -> str:
    """The language of a code as people give it ("UK", "pt-BR")."""
    language = plain_code(code) or ""
    if not re.fullmatch(r"[a-z]{2,3}", language) or not localedata.exists(language):
        raise InvalidInputError(
            mark("{code} is no code of a language: give two or three letters, such as en or uk."),
            code=code.strip()[:20] or "–",
        )
    return language
