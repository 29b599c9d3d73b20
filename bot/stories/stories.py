"""Use cases of Stories: add a Story unless it is stored already, update it, and read it."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from bot.clock import Clock
from bot.editors.rights import Rights
from bot.editors.roles import Right
from bot.errors import NotFoundError, RefusedError, WithdrawnError
from bot.i18n import mark
from bot.rendering.autolinks import without_links
from bot.stories.intake import duplicates as signatures
from bot.stories.intake import intake
from bot.stories.intake.analysis import Analysis
from bot.stories.intake.duplicates import Likeness
from bot.stories.intake.intake import Added, IncomingStory, IntakeResult
from bot.stories.locks import RELEASED, lock, require
from bot.stories.topics import names_by_slug
from bot.webhooks.story_events import announce
from storage import audit
from storage.audit import AuditLog
from storage.database import Database
from storage.models import Story, Topic
from storage.stories import duplicates, search, stories, topics
from storage.stories.translations import warnings_of
from storage.words import ContentWarning, EventKind, StoryState

_COMPARED = 20  # stored Stories that share most bands with an incoming one


@dataclass(frozen=True, slots=True)
class _Result:
    """Like Added, but with ids: the Stories are read after the transaction, which keeps others waiting."""

    story_id: int
    result: IntakeResult = IntakeResult.NEW
    related_id: int | None = None


class Stories:
    """Use cases around Stories; each is one transaction."""

    def __init__(self, database: Database, clock: Clock, rights: Rights) -> None:
        self._database = database
        self._clock = clock
        self._rights = rights
        self._audit = AuditLog("story", clock)

    async def add(
        self,
        analysis: Analysis,
        topic_names: Sequence[str] = (),
        *,
        actor: str,
        anyway: bool = False,
        source_id: int | None = None,
    ) -> Added:
        """Store a Story as a draft with its Summaries, unless it is stored already.

        `anyway` adds it although its address or nearly its text is stored; the very same text is never
        stored twice. Raises InvalidInputError for a Topic name without letters and digits.
        """
        topics_by_slug, incoming = names_by_slug(topic_names), intake.prepare(analysis, self._clock())
        async with self._intake() as session:
            result = await self._add(
                session, incoming, topics_by_slug, actor=actor, anyway=anyway, source_id=source_id
            )
        [added] = await self._load([result])
        return added

    async def add_all(
        self,
        analyses: Sequence[Analysis],
        topic_names: Sequence[str] = (),
        *,
        actor: str,
        anyway: bool = False,
        publish_quietly: bool = False,
        warnings: Collection[ContentWarning] = (),
    ) -> list[Added]:
        """Add several Stories in one transaction, so that only one waits for the disk; see `add`.

        `publish_quietly` publishes the new ones without a push. `warnings`: their content warnings.
        """
        topics_by_slug = names_by_slug(topic_names)
        prepared = [intake.prepare(analysis, self._clock(), warnings) for analysis in analyses]
        async with self._intake() as session:
            results = [
                await self._add(
                    session, incoming, topics_by_slug, actor=actor, anyway=anyway, publish=publish_quietly
                )
                for incoming in prepared
            ]
        return await self._load(results)

    async def update(self, story_id: int, analysis: Analysis, *, actor: str) -> Story:
        """Replace headline, text, Summaries and plea of a Story that can be changed, and return it.

        Its id, state, address, Topics and Thread stay. Raises NotFoundError if there is none, RefusedError
        in another state or if a Story has this very text.
        """
        incoming = intake.prepare(analysis, self._clock())
        async with self._intake() as session:
            story = await lock(session, story_id)
            if story.state in RELEASED:
                await self._rights.require(session, Right.PUBLISH, actor)
            same = await stories.find_same(session, fingerprint=incoming.text["fingerprint"], address=None)
            if same is not None:
                raise RefusedError(
                    mark("Story {number} already has this text. Nothing was changed."), number=same[0]
                )
            before = _text_of(story)
            address = story.address or await _free_address(session, incoming)
            incoming.text["proposed_warnings"] = intake.proposed_warnings(analysis, story.warnings.split())
            await stories.change(session, story_id, **incoming.text, address=address)
            await duplicates.remove_bands(session, story_id)
            await _store_parts(session, story_id, incoming)
            story = await lock(session, story_id)
            await self._audit.record(session, actor, "update", story_id, before=before, after=_text_of(story))
            return story

    async def checksums(self) -> frozenset[str]:
        """Return the SHA-256 checksums of the files that Stories were added from."""
        async with self._database.read() as session:
            return frozenset(await audit.noted(session, "story", "add", "sha256"))

    async def read(self, story_id: int, language: str | None = None) -> Story:
        """Return a published Story, or the Translation of it for readers of `language`.

        Raises NotFoundError if there is none, or none that readers may see: WithdrawnError if it was
        withdrawn.
        """
        async with self._database.read() as session:
            story = await stories.get(session, story_id)
            if story is not None and story.is_withdrawn:
                raise _withdrawn(story)
            if story is None or story.state is not StoryState.PUBLISHED:
                raise NotFoundError(
                    mark("There is no story {number}. See the latest stories: /latest"),
                    number=story_id,
                )
            if language is None or language == story.language:
                return story
            [shown] = await stories.in_language(session, [story], language)
            return shown

    async def inspect(self, story_id: int) -> Story:
        """Return a Story in any state, for editors. Raises NotFoundError if there is none."""
        async with self._database.read() as session:
            return await require(session, story_id)

    async def latest(
        self, *, limit: int, offset: int = 0, language: str | None = None
    ) -> tuple[Sequence[Story], int]:
        """Return published Stories, newest first, and how many there are in all.

        A Story and its Translations count once; the one in `language` is returned, if there is one.
        """
        async with self._database.read() as session:
            total = await stories.count_shown(session)
            return await stories.latest(session, limit=limit, offset=offset, language=language), total

    async def newest(self, *, limit: int) -> Sequence[Story]:
        """Return the newest published Stories, each in its original language; see `latest`."""
        async with self._database.read() as session:
            return await stories.latest(session, limit=limit)

    async def listed(self, states: Sequence[StoryState] | None = None) -> Sequence[Story]:
        """Return all Stories, or those in `states`, oldest first."""
        async with self._database.read() as session:
            return await stories.in_states(session, states)

    async def counts(self) -> dict[StoryState, int]:
        """Return how many Stories there are, by state."""
        async with self._database.read() as session:
            return {state: await stories.count(session, state) for state in StoryState}

    async def topics(self) -> Sequence[Topic]:
        """Return all Topics, by name."""
        async with self._database.read() as session:
            return await topics.every(session)

    @asynccontextmanager
    async def _intake(self) -> AsyncIterator[AsyncSession]:
        """Open a transaction during which no other Story is added; else two could add the same one."""
        async with self._database.transaction() as session:
            await duplicates.lock_intake(session)
            with session.no_autoflush:  # all audit entries are written at once, at the end
                yield session

    async def _add(
        self,
        session: AsyncSession,
        incoming: IncomingStory,
        topics_by_slug: Mapping[str, str],
        *,
        actor: str,
        anyway: bool,
        publish: bool = False,
        source_id: int | None = None,
    ) -> _Result:
        same = await stories.find_same(
            session, fingerprint=incoming.text["fingerprint"], address=incoming.address
        )
        if same is not None and (same[1] or not anyway):
            return _Result(same[0], IntakeResult.SAME if same[1] else IntakeResult.CHANGED)
        likeness, similar_id = (None, None) if anyway else await _most_alike(session, incoming)
        if similar_id is not None and likeness is Likeness.ALIKE:
            return _Result(similar_id, IntakeResult.ALIKE)
        address = None if same else incoming.address  # two Stories never have the same address
        story_id = await self._store(session, incoming, address=address, publish=publish, source_id=source_id)
        await _store_topics(session, story_id, topics_by_slug)
        await self._record_added(session, actor, story_id, incoming, publish=publish)
        return _Result(story_id, related_id=similar_id)

    async def _store(
        self,
        session: AsyncSession,
        incoming: IncomingStory,
        *,
        address: str | None,
        publish: bool,
        source_id: int | None,
    ) -> int:
        now = self._clock()
        story_id = await stories.add(
            session,
            **incoming.text,
            state=StoryState.PUBLISHED if publish else StoryState.DRAFT,
            address=address,
            source_id=source_id,
            added_at=now,
            released_at=now if publish else None,
            warnings=incoming.warnings,
        )
        if story_id is None:
            raise LookupError("a story conflicted with another that is not there")
        await _store_parts(session, story_id, incoming)
        return story_id

    async def _record_added(
        self, session: AsyncSession, actor: str, story_id: int, incoming: IncomingStory, *, publish: bool
    ) -> None:
        after = {"sha256": incoming.checksum} if incoming.checksum else {}
        await self._audit.record(session, actor, "add", story_id, after=after)
        if publish:
            await self._audit.record(session, actor, "publish", story_id)
            await announce(session, EventKind.PUBLISHED, story_id, now=self._clock())

    async def _load(self, results: Sequence[_Result]) -> list[Added]:
        """Read the Stories that the results name."""
        wanted = {number for one in results for number in (one.story_id, one.related_id) if number}
        async with self._database.read() as session:
            found = {story.id: story for story in await stories.some(session, wanted)}
        return [Added(found[one.story_id], one.result, found.get(one.related_id or 0)) for one in results]


async def _store_parts(session: AsyncSession, story_id: int, incoming: IncomingStory) -> None:
    """Store what an incoming Story has in other tables: Summaries, bands, words to search."""
    await stories.set_summaries(session, story_id, incoming.summaries)
    await duplicates.add_bands(session, story_id, incoming.bands)
    await search.index(session, story_id, incoming.index_entry)


async def _store_topics(session: AsyncSession, story_id: int, topics_by_slug: Mapping[str, str]) -> None:
    if topics_by_slug:
        about = await topics.ensure(session, topics_by_slug)
        await stories.add_topics(session, story_id, [topic.id for topic in about])


async def _most_alike(session: AsyncSession, incoming: IncomingStory) -> tuple[Likeness | None, int | None]:
    """Return how the most similar stored Story relates to the incoming one, and its id; or (None, None)."""
    sharing = await duplicates.sharing(session, incoming.bands, limit=_COMPARED) if incoming.bands else ()
    own = incoming.text["signature"] or b""
    near = [story_id for story_id, signature in sharing if signatures.is_near(own, signature)]
    if not near:
        return None, None
    return intake.most_alike(incoming.text["body"], await duplicates.bodies(session, near))


async def _free_address(session: AsyncSession, incoming: IncomingStory) -> str | None:
    """Return the incoming Story's address, or None if another Story has it."""
    address = incoming.address
    taken = address and await stories.find_same(session, fingerprint="", address=address)
    return None if taken else address


def _text_of(story: Story) -> dict[str, object]:
    """Return what an update replaces, for the audit log."""
    summaries = {str(summary.length): summary.text for summary in story.summaries}
    return {"headline": story.headline, "body": story.body, "summaries": summaries, "plea": story.plea}


def _withdrawn(story: Story) -> WithdrawnError:
    """Return the answer to a reader who opens a withdrawn Story: that it was, and why, if editors said it.

    With a content warning it does not say why: the words may be about what the reader chose not to see.
    """
    if not story.notice or warnings_of(story):
        return WithdrawnError(mark("This story was withdrawn."))
    reason = without_links(story.notice)
    return WithdrawnError(mark("This story was withdrawn. The reason: {reason}"), reason=reason)
