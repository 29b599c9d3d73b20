"""A newsroom in the middle of its work: something of every kind and state, so that no page is empty."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from bot.appeals.pages.fingerprints import Fingerprint, PageSigns
from bot.editors.actors import actor_of
from bot.feeds.opml import Outline
from bot.pleas.findings import Plea
from storage.appeals import rechecks
from storage.stories import source_entries, sources
from storage.subscribers import letters
from storage.words import AppealState, BroadcastState, EditorRole, EntryState, StoryState, SuspensionReason
from tests.factories import analysis, published
from tests.newsroom import EDITH, OMAR, Newsroom

BY_EDITH, BY_OMAR = actor_of(EDITH), actor_of(OMAR)
ELLA = 1002
LONG_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
FEED = "https://news.example.org/a/rather/long/address/of/a/feed/that/has/no/place/to/break.xml"
_DAYS = timedelta(days=30)


State = StoryState | BroadcastState | AppealState


@dataclass
class Samples:
    """The ids of what is there, by kind; those of one kind have different states."""

    stories: dict[State, int] = field(default_factory=dict)
    pushes: dict[State, int] = field(default_factory=dict)
    appeals: dict[State, int] = field(default_factory=dict)
    sources: Sequence[int] = ()
    threads: Sequence[int] = ()
    topics: Sequence[int] = ()
    letters: Sequence[int] = ()

    def of(self, kind: str) -> Sequence[int]:
        """Return the ids of a kind, as the addresses of the desk name it."""
        ids: Mapping[str, Sequence[int]] = {
            "stories": list(self.stories.values()),
            "pushes": list(self.pushes.values()),
            "appeals": list(self.appeals.values()),
            "sources": self.sources,
            "threads": self.threads,
            "topics": self.topics,
            "inbox": self.letters,
        }
        return ids[kind]


async def fill(newsroom: Newsroom) -> Samples:
    """Fill an empty newsroom. What is sent to readers is held back from now on."""
    await newsroom.services.editors.put(ELLA, EditorRole.EDITOR, actor=BY_EDITH)
    await newsroom.readers(4)
    samples = Samples()
    await newsroom.services.webhooks.add(f"https://{'hook' * 12}.example.org/", actor=BY_EDITH)
    await _appeals(newsroom, samples)
    await _stories(newsroom, samples)
    await _sources(newsroom, samples)
    await _letters(newsroom, samples)
    await _pushes(newsroom, samples)
    return samples


async def _draft(newsroom: Newsroom, headline: str, *topics: str, body: str | None = None) -> int:
    plea = Plea("Please come back", "Olena", "quote")
    added = await newsroom.services.stories.add(
        analysis(headline, body, plea=plea if body else None), topics, actor=BY_OMAR
    )
    await newsroom.services.review.mark_announced(added.story.id)
    return added.story.id


async def _stories(newsroom: Newsroom, samples: Samples) -> None:
    services, editing = newsroom.services, newsroom.services.editing
    body = "The bridge fell in spring. One sentence. “Please come back,” Olena says.\n\nTwo sentences. " * 12
    draft = await _draft(newsroom, f"A draft about a {LONG_WORD}", "Bridges", "Neighbours", body=body)
    await editing.set_appeal(draft, samples.appeals[AppealState.VERIFIED], version=None, actor=BY_EDITH)
    public = await published(services, "The bridge is open again", ["Bridges"])
    following = await published(services, "A second bridge is built", ["Bridges"])
    await editing.continue_story(following, public, version=None, actor=BY_EDITH)
    other = await published(services, "Міст знову відкрито", language="uk")
    await editing.set_translation(other, public, version=None, actor=BY_EDITH)
    rejected = await _draft(newsroom, "A story without a source")
    await services.review.reject(rejected, actor=BY_EDITH)
    withdrawn = await published(services, "A story that was wrong")
    await newsroom.services.corrections.withdraw(withdrawn, actor=BY_EDITH, reason="It was wrong.")
    samples.stories |= {
        StoryState.DRAFT: draft,
        StoryState.PUBLISHED: public,
        StoryState.REJECTED: rejected,
        StoryState.WITHDRAWN: withdrawn,
    }
    found, _ = await services.threads.listed(limit=9)
    samples.threads = [thread.id for thread, _ in found]
    samples.topics = [topic.id for topic in await services.stories.topics()]


async def _appeals(newsroom: Newsroom, samples: Samples) -> None:
    services = newsroom.services
    for state in (AppealState.PROPOSED, AppealState.VERIFIED, AppealState.SUSPENDED, AppealState.RETIRED):
        url = f"https://a-very-long-host-name-of-an-organisation.{state}.example.org/please/help"
        appeal = await services.appeals.propose(
            organisation=f"Friends of the {state} bridge",
            purpose="Nine larch beams for the footbridge.",
            url=url,
            actor=BY_OMAR,
        )
        samples.appeals[state] = number = appeal.id
        if state is not AppealState.PROPOSED:
            await services.appeals.verify(number, actor=BY_EDITH)
            await services.clicks.follow(number, counted=True)
            before = Fingerprint(url, ("example.org",), page=PageSigns(title="Bridge", has_name=True))
            after = replace(before, page=PageSigns(title="Casino"))
            async with newsroom.database.transaction() as session:
                await rechecks.change(
                    session,
                    number,
                    verified=before.dump(),
                    latest=after.dump(),
                    checked_at=newsroom.app.clock(),
                    next_at=newsroom.app.clock() + _DAYS,
                )
    await services.appeals.suspend(
        samples.appeals[AppealState.SUSPENDED], reason=SuspensionReason.EDITOR, actor=BY_EDITH
    )
    await services.appeals.retire(samples.appeals[AppealState.RETIRED], actor=BY_EDITH)
    verified = samples.appeals[AppealState.VERIFIED]
    sent = await services.reports.write(verified, "The first beams are there.", actor=BY_EDITH)
    await services.reports.send(sent.id, actor=BY_EDITH)
    link = "https://example.org/what/became/of/it"
    await services.reports.write(verified, "The bridge is open.", link=link, actor=BY_OMAR)


async def _sources(newsroom: Newsroom, samples: Samples) -> None:
    outlines = [
        Outline(address, title, None, None, ())
        for address, title in ((FEED, None), ("https://example.net/feed", "River News"))
    ]
    await newsroom.services.sources.import_(outlines, actor=BY_EDITH)
    samples.sources = [one.source.id for one in await newsroom.services.sources.listed()]
    first, second = samples.sources
    later = newsroom.app.clock() + _DAYS
    async with newsroom.database.transaction() as session:
        await sources.change(session, first, failures=3, reason=f"{FEED} is away", next_poll_at=later)
        entry = source_entries.NewEntry(
            source_id=first,
            key="a" * 64,
            headline="A page of pictures",
            seen_at=newsroom.app.clock(),
            state=EntryState.REFUSED,
            reason="It has no text.",
        )
        await source_entries.add(session, [entry])
    await newsroom.services.sources.pause(second, actor=BY_EDITH)


async def _letters(newsroom: Newsroom, samples: Samples) -> None:
    reader = min(newsroom.gate.readers)
    story, now = samples.stories[StoryState.PUBLISHED], newsroom.app.clock()
    async with newsroom.database.transaction() as session:
        for message_id, about in ((501, story), (502, None)):
            await letters.add(session, (reader, message_id), story_id=about, now=now)
        await letters.mark_answered(session, reader, 502)
    async with newsroom.database.read() as session:
        samples.letters = [one.id for one in await letters.between(session, 1, 99)]


async def _pushes(newsroom: Newsroom, samples: Samples) -> None:
    services = newsroom.services
    newsroom.gate.refused = max(newsroom.gate.readers)
    finished = await newsroom.push("The market is open again")
    await newsroom.until(finished, BroadcastState.FINISHED)
    newsroom.gate.close(after=1)
    running = await newsroom.push("The school is warm again")
    paused = await newsroom.push("The library is open again")
    await services.control.pause(paused, actor=BY_OMAR)
    cancelled = await newsroom.push("The ferry is back")
    await services.control.cancel(cancelled, actor=BY_OMAR)
    evening = await _draft(newsroom, "Bread at the station", "Bridges")
    at = newsroom.app.clock() + timedelta(hours=6)
    scheduled = await services.preparation.prepare(evening, editor=EDITH)
    await services.preparation.choose_hour(scheduled, at)
    await services.review.publish(evening, actor=BY_EDITH, push=True, broadcast_id=scheduled)
    samples.stories[StoryState.SCHEDULED] = evening
    near = await published(services, "Soup at the station")
    await services.broadcasts.schedule(near, at=at + timedelta(minutes=20), actor=BY_EDITH)
    preparing = await services.preparation.prepare(samples.stories[StoryState.DRAFT], editor=OMAR)
    samples.pushes |= {
        BroadcastState.FINISHED: finished,
        BroadcastState.RUNNING: running,
        BroadcastState.PAUSED: paused,
        BroadcastState.CANCELLED: cancelled,
        BroadcastState.SCHEDULED: scheduled,
        BroadcastState.PREPARING: preparing,
    }
