"""Changes that editors make to a Story: headline, Summaries, plea, Topics, warnings, Appeal, Thread …"""

import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

from babel import localedata
from sqlalchemy.ext.asyncio import AsyncSession

from bot.articles.page.blocks import LONGEST_HEADLINE, clean, fold
from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.i18n import mark
from bot.language.lexicon import plain_code
from bot.pleas.findings import LONGEST_PLEA
from bot.stories import origins
from bot.stories.locks import RELEASED, lock, locked, require
from bot.stories.search import search_terms
from bot.stories.topics import LONGEST_NAME, NAMELESS, slug
from storage.appeals import appeals
from storage.audit import AuditLog
from storage.database import Database
from storage.models import Story, Topic
from storage.stories import search, stories, threads, topics
from storage.words import AppealState, ContentWarning, Length, StoryState

LONGEST_SUMMARY = 1500  # characters: with headline, plea and help card it still fits a message of 4,096

_LONGEST_SPEAKER = 100  # characters, as many as a card shows


class Editing:
    """Use cases that change one Story; each is one transaction, adds 1 to its version, and is audited.

    `version` is the one that the editor saw: if the Story is at another one, nothing is changed and
    ConflictError says who changed it. None changes the Story whatever its version. Only drafts, scheduled and
    published Stories can be changed, and all but drafts only by those who may publish, since readers get them
    as they are; else RefusedError is raised. A change to the present value does nothing.
    """

    def __init__(self, database: Database, clock: Clock, rights: Rights) -> None:
        self._database = database
        self._clock = clock
        self._rights = rights
        self._audit = AuditLog("story", clock)
        self._session: AsyncSession | None = None

    @asynccontextmanager
    async def together(self, story_id: int, *, version: int | None, actor: str) -> AsyncIterator["Editing"]:
        """Open one transaction for several changes of a Story: all of them are made, or none.

        Make them with the Editing that this gives, without a version. Raises the errors of a single change.
        """
        async with self._locked(story_id, version, actor) as (session, _):
            joined = Editing(self._database, self._clock, self._rights)
            joined._session = session  # an Editing too
            yield joined

    @asynccontextmanager
    async def _locked(
        self, story_id: int, version: int | None, actor: str, *, also: int | None = None
    ) -> AsyncIterator[tuple[AsyncSession, Story]]:
        """Open a transaction with the Story locked for a change that `actor` may make."""
        if self._session is not None:  # in `together`, which has asked all this
            yield self._session, await lock(self._session, story_id)
            return
        async with locked(self._database, story_id, version, also=also) as (session, story):
            if story.state in RELEASED:
                await self._rights.require(session, Right.PUBLISH, actor)
            yield session, story

    async def set_headline(self, story_id: int, headline: str, *, version: int | None, actor: str) -> None:
        """Replace the headline, made one line. Raises InvalidInputError unless it has 1 to 300 characters."""
        headline = fold(headline)
        if not 1 <= len(headline) <= LONGEST_HEADLINE:
            raise InvalidInputError(
                mark("A headline must have 1 to {limit} characters; this one has {number}."),
                limit=LONGEST_HEADLINE,
                number=len(headline),
            )
        async with self._locked(story_id, version, actor) as (session, story):
            change = (story.headline, headline)
            if await self._audit.record_change(session, actor, "headline", story_id, headline=change):
                await stories.change(session, story_id, headline=headline)
                entry = search_terms.index_entry(headline, story.body, story.language)
                await search.index(session, story_id, entry)

    async def set_summary(
        self, story_id: int, length: Length, text: str, *, version: int | None, actor: str
    ) -> None:
        """Replace the Summary of one Length: one sentence a line, or one paragraph.

        Raises InvalidInputError unless it has 1 to 1,500 characters.
        """
        text = "\n".join(filter(None, map(fold, clean(text).split("\n"))))
        if not 1 <= len(text) <= LONGEST_SUMMARY:
            raise InvalidInputError(
                mark("A summary must have 1 to {limit} characters; this one has {number}."),
                limit=LONGEST_SUMMARY,
                number=len(text),
            )
        async with self._locked(story_id, version, actor) as (session, story):
            old = {one.length: one.text for one in story.summaries}.get(length, "")
            same = (length.value, length.value)
            if await self._audit.record_change(
                session, actor, "summary", story_id, length=same, text=(old, text)
            ):
                await stories.set_summaries(session, story_id, {length: text})
                await stories.change(session, story_id)

    async def set_plea(
        self, story_id: int, words: str | None, speaker: str | None = None, *, version: int | None, actor: str
    ) -> None:
        """Replace the plea by words of the Story's text and the person who said them; None removes it.

        A proposed one is dropped. Raises InvalidInputError unless the words stand in the text and have
        1 to 240 characters.
        """
        async with self._locked(story_id, version, actor) as (session, story):
            plea = None if words is None else _quoted(words, story.body)
            await self._set_plea(session, story, plea, fold(speaker or "")[:_LONGEST_SPEAKER] or None, actor)

    async def agree_to_plea(self, story_id: int, *, version: int | None, actor: str) -> None:
        """Show readers the proposed plea. Raises NotFoundError if nothing is proposed any more."""
        async with self._locked(story_id, version, actor) as (session, story):
            if story.proposed_plea is None:
                raise NotFoundError(mark("No plea is proposed any more."))
            await self._set_plea(session, story, story.proposed_plea, story.proposed_plea_speaker, actor)

    async def _set_plea(
        self, session: AsyncSession, story: Story, plea: str | None, speaker: str | None, actor: str
    ) -> None:
        changes = {
            "plea": (story.plea, plea),
            "plea_speaker": (story.plea_speaker, speaker),
            "proposed_plea": (story.proposed_plea, None),
        }
        if await self._audit.record_change(session, actor, "plea", story.id, **changes):
            await stories.change(
                session,
                story.id,
                plea=plea,
                plea_speaker=speaker,
                proposed_plea=None,
                proposed_plea_speaker=None,
            )

    async def set_language(self, story_id: int, code: str, *, version: int | None, actor: str) -> None:
        """Set the language to an ISO 639 code such as "uk". Raises InvalidInputError if there is none such.

        Raises RefusedError if a Story of the same group of Translations is in that language.
        """
        language = _language(code)
        async with self._locked(story_id, version, actor) as (session, story):
            change = (story.language, language)
            if await self._audit.record_change(session, actor, "language", story_id, language=change):
                await _require_free(session, story, language, story.translation_of)
                await stories.change(session, story_id, language=language)
                entry = search_terms.index_entry(story.headline, story.body, language)
                await search.index(session, story_id, entry)

    async def set_topic(
        self, story_id: int, topic_id: int, *, chosen: bool, version: int | None, actor: str
    ) -> None:
        """Add a Topic to the Story if `chosen`, else remove it. Raises NotFoundError for an unknown Topic."""
        async with self._locked(story_id, version, actor) as (session, story):
            topic = await topics.get(session, topic_id)
            if topic is None:
                raise NotFoundError(mark("This topic no longer exists. Choose another one."))
            others = [one for one in story.topics if one.id != topic_id]
            await self._set_topics(session, story, [*others, topic] if chosen else others, actor)

    async def add_topic(self, story_id: int, name: str, *, version: int | None, actor: str) -> None:
        """Add the Topic of this name to the Story; create the Topic if there is none.

        Raises InvalidInputError for a name without letters and digits, or of more than 64 characters.
        """
        key, name = slug(name), fold(name)
        if not key:
            raise InvalidInputError(NAMELESS)
        if len(name) > LONGEST_NAME:
            raise InvalidInputError(
                mark("A topic’s name can have at most {limit} characters."), limit=LONGEST_NAME
            )
        async with self._locked(story_id, version, actor) as (session, story):
            [topic] = await topics.ensure(session, {key: name})
            others = [one for one in story.topics if one.id != topic.id]
            await self._set_topics(session, story, [*others, topic], actor)

    async def set_warnings(
        self, story_id: int, warnings: Collection[ContentWarning], *, version: int | None, actor: str
    ) -> None:
        """Set the content warnings of the Story, none with an empty collection. Nothing stays proposed."""
        codes = " ".join(one for one in ContentWarning if one in warnings)
        async with self._locked(story_id, version, actor) as (session, story):
            change, proposed = (story.warnings, codes), (story.proposed_warnings, "")
            if await self._audit.record_change(
                session, actor, "warnings", story_id, warnings=change, proposed=proposed
            ):
                await stories.change(session, story_id, warnings=codes, proposed_warnings="")

    async def set_appeal(
        self, story_id: int, appeal_id: int | None, *, version: int | None, actor: str
    ) -> None:
        """Let the Story name a proposed or verified Appeal, or none. Raises NotFoundError for any other."""
        async with self._locked(story_id, version, actor) as (session, story):
            if appeal_id is not None:
                appeal = await appeals.get(session, appeal_id)
                if appeal is None or appeal.state is AppealState.RETIRED:
                    raise NotFoundError(mark("This appeal is no longer available. Choose another one."))
            change = (story.appeal_id, appeal_id)
            if await self._audit.record_change(session, actor, "appeal", story_id, appeal=change):
                await stories.change(session, story_id, appeal_id=appeal_id)

    async def set_thread(
        self, story_id: int, thread_id: int | None, *, version: int | None, actor: str
    ) -> None:
        """Move the Story into a Thread, or out of its Thread. Raises NotFoundError for an unknown Thread."""
        async with self._locked(story_id, version, actor) as (session, story):
            if thread_id is not None and await threads.get(session, thread_id) is None:
                raise NotFoundError(mark("This thread no longer exists. Choose another one."))
            await self._join(session, story, thread_id, actor)

    async def begin_thread(self, story_id: int, *, version: int | None, actor: str) -> None:
        """Make a new Thread with the Story as its first; the headline becomes the Thread's title."""
        async with self._locked(story_id, version, actor) as (session, story):
            thread_id = await threads.make(session, title=story.headline, now=self._clock())
            await self._join(session, story, thread_id, actor)

    async def continue_story(
        self, story_id: int, earlier_id: int, *, version: int | None, actor: str
    ) -> None:
        """Move the Story into the Thread of an earlier one, because it says what happened next.

        If the earlier one has no Thread, make one with its headline as the title. Raises InvalidInputError if
        both are the same Story, NotFoundError if there is no earlier one.
        """
        if earlier_id == story_id:
            raise InvalidInputError(
                mark("A story cannot continue itself. Give the number of the earlier one.")
            )
        async with self._locked(story_id, version, actor, also=earlier_id) as (session, story):
            earlier = await require(session, earlier_id)
            thread_id = earlier.thread_id
            if thread_id is None:
                thread_id = await threads.make(session, title=earlier.headline, now=self._clock())
                await self._join(session, earlier, thread_id, actor)
            await self._join(session, story, thread_id, actor)

    async def set_translation(
        self, story_id: int, other_id: int | None, *, version: int | None, actor: str
    ) -> None:
        """Make the Story a Translation of another one; None makes it an original.

        If the other one is a Translation itself, its original becomes the original of both. Raises
        InvalidInputError if both are the same Story, and RefusedError if the Story has Translations or its
        language is taken in the group.
        """
        async with self._locked(story_id, version, actor) as (session, story):
            original_id = None
            if other_id is not None:
                other = await require(session, other_id)
                original_id = other.translation_of or other.id
                await _require_translatable(session, story, original_id)
            change = (story.translation_of, original_id)
            if await self._audit.record_change(
                session, actor, "translation", story_id, translation_of=change
            ):
                await stories.change(session, story_id, translation_of=original_id)

    async def _set_topics(
        self, session: AsyncSession, story: Story, chosen: Collection[Topic], actor: str
    ) -> None:
        old, new = (sorted(topic.slug for topic in some) for some in (story.topics, chosen))
        if await self._audit.record_change(session, actor, "topics", story.id, topics=(old, new)):
            await stories.set_topics(session, story.id, [topic.id for topic in chosen])
            await stories.change(session, story.id)

    async def _join(self, session: AsyncSession, story: Story, thread_id: int | None, actor: str) -> None:
        change = (story.thread_id, thread_id)
        if await self._audit.record_change(session, actor, "thread", story.id, thread=change):
            await stories.change(session, story.id, thread_id=thread_id)
            if thread_id is not None and story.state is StoryState.PUBLISHED:
                await threads.name_after(session, thread_id, story_id=story.id, headline=story.headline)


async def _require_translatable(session: AsyncSession, story: Story, original_id: int) -> None:
    if original_id == story.id:
        raise InvalidInputError(mark("A story cannot be a translation of itself. Give another number."))
    if await stories.translations_of(session, story.id):
        raise RefusedError(
            mark("Story {number} has translations of its own, so it cannot be a translation."),
            number=story.id,
        )
    await _require_free(session, story, story.language, original_id)


async def _require_free(session: AsyncSession, story: Story, language: str, original_id: int | None) -> None:
    """Raise RefusedError if another Story of the group is in `language`: which one would readers get?"""
    group = [*await stories.translations_of(session, original_id or story.id)]
    if original_id is not None:
        group.append(await require(session, original_id))
    for other in group:
        if other.id != story.id and other.language == language:
            raise RefusedError(
                mark(
                    "This story already exists in that language: story {other}. Change one of the two first."
                ),
                other=other.id,
            )


def _quoted(words: str, body: str) -> str:
    """Return the words of a plea without their quotation marks.

    Raises InvalidInputError if they do not stand in the text or are too long.
    """
    words = fold(words).strip('“”„«»"')
    if not 1 <= len(words) <= LONGEST_PLEA:
        raise InvalidInputError(
            mark("A plea must have 1 to {limit} characters; this one has {number}."),
            limit=LONGEST_PLEA,
            number=len(words),
        )
    if not origins.holds(body, words):
        raise InvalidInputError(mark("The story does not say that. Copy the plea from its text."))
    return words


def _language(code: str) -> str:
    """Return the ISO 639 code of a typed one ("UK", "pt-BR"). Raises InvalidInputError if there is none."""
    language = plain_code(code) or ""
    if not re.fullmatch(r"[a-z]{2,3}", language) or not localedata.exists(language):
        raise InvalidInputError(
            mark("{code} is not a language code: give two or three letters, such as en or uk."),
            code=code.strip()[:20] or "–",
        )
    return language
