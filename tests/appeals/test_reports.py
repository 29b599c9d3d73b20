"""Reports on both databases: who may write and send one, to whom it goes, and which Appeals lack one."""

import pytest

from bot.appeals.appeals import Appeals
from bot.appeals.reports import Reports, ReportShare
from bot.editors.rights import Rights
from bot.errors import InvalidInputError, NotFoundError, RefusedError
from bot.subscribers.help_given import HelpGiven
from storage.appeals import reports as stored
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.editors import editors
from storage.models import Appeal
from storage.stories import stories, threads
from storage.subscribers import subscribers
from storage.words import (
    AppealState,
    BroadcastKind,
    BroadcastState,
    ChatKind,
    EditorRole,
    ReportState,
    SubscriberState,
    SuspensionReason,
)
from tests.factories import NOON, MovableClock, add_story, add_subscribers, at_once, get_subscriber

OWNER, PUBLISHER, EDITOR = (f"editor {number}" for number in (1, 2, 3))
TEXT = "The bridge is open again. Eighty people crossed it on the first day."
LINK = "https://news.example.net/bridge"


class _World:
    def __init__(self, database: Database, clock: MovableClock) -> None:
        rights = Rights({1})
        self.database, self.clock = database, clock
        self.appeals = Appeals(database, clock, rights)
        self.reports = Reports(database, clock, rights)
        self.strict = Reports(database, clock, rights, need_two=True)
        self.given = HelpGiven(database, clock)

    async def appeal(self, *, verified: bool = True, organisation: str = "Bridge Friends") -> int:
        made = await self.appeals.propose(
            organisation=organisation, url="https://example.org/help", actor="command line"
        )
        if verified:
            await self.appeals.verify(made.id, actor=OWNER)
        return made.id

    async def role(self, person: int, role: EditorRole) -> None:
        async with self.database.transaction() as session:
            await editors.put(session, person, role=role, added_by=OWNER, now=NOON)

    async def draft(self, *, actor: str = EDITOR, link: str | None = None) -> int:
        return (await self.reports.write(await self.appeal(), TEXT, link=link, actor=actor)).id


@pytest.fixture
async def world(database: Database, clock: MovableClock) -> _World:
    made = _World(database, clock)
    await made.role(2, EditorRole.PUBLISHER)
    await made.role(3, EditorRole.EDITOR)
    return made


async def test_a_report_is_written_seen_and_sent(world: _World) -> None:
    """The draft is kept with its language; sending it schedules one Broadcast of the kind REPORT."""
    draft = await world.draft()
    preview = await world.reports.preview(draft)
    assert (preview.report.text, preview.report.language, preview.reach) == (TEXT, "en", 0)
    assert preview.report.organisation == "Bridge Friends"
    number = await world.reports.send(draft, actor=PUBLISHER, starter=2)
    async with world.database.read() as session:
        broadcast = await broadcasts.get(session, number)
    assert broadcast is not None
    assert (broadcast.kind, broadcast.state) == (BroadcastKind.REPORT, BroadcastState.SCHEDULED)
    assert (broadcast.report_id, broadcast.story_id, broadcast.started_by) == (draft, None, 2)
    assert broadcast.title == "Bridge Friends"
    [report] = await world.reports.of(preview.report.appeal_id)
    assert (report.state, report.sent_by, report.sent_at) == (ReportState.SENT, PUBLISHER, NOON)


async def test_it_goes_to_who_helped_or_follows_and_to_nobody_else(world: _World) -> None:
    """Helpers of this Appeal, followers of a Thread whose Story or Translation names it; only active ones."""
    appeal_id, other = await world.appeal(), await world.appeal(organisation="Others")
    helper, follower, reader, stopped, elsewhere = await add_subscribers(world.database, 5)
    (group,) = await add_subscribers(world.database, 1, kind=ChatKind.GROUP)
    for chat in (helper, stopped):
        await world.given.declare(chat, months=3, appeal_id=appeal_id)
    await world.given.declare(elsewhere, months=3, appeal_id=other)
    async with world.database.transaction() as session:
        thread = await threads.make(session, title="The bridge", now=NOON)
        unrelated = await threads.make(session, title="The school", now=NOON)
        original = await add_story(session, thread_id=thread)
        await stories.set_appeal(session, await add_story(session, translation_of=original), appeal_id)
        for chat in (follower, group, helper):
            subscriber = await get_subscriber(world.database, chat)
            await threads.follow(session, subscriber_id=subscriber.id, thread_id=thread)
        left = await get_subscriber(world.database, reader)
        await threads.follow(session, subscriber_id=left.id, thread_id=unrelated)
        await subscribers.change(session, stopped, state=SubscriberState.STOPPED)
    draft = await world.reports.write(appeal_id, TEXT, actor=EDITOR)
    assert (await world.reports.preview(draft.id)).reach == 3


@pytest.mark.parametrize("state", [AppealState.RETIRED, AppealState.SUSPENDED])
async def test_a_report_on_an_appeal_that_has_ended(world: _World, state: AppealState) -> None:
    """That is when one reports: it is written and sent as any other."""
    appeal_id = await world.appeal()
    if state is AppealState.RETIRED:
        await world.appeals.retire(appeal_id, actor=OWNER)
    else:
        await world.appeals.suspend(appeal_id, reason=SuspensionReason.EDITOR, actor=OWNER)
    draft = await world.reports.write(appeal_id, TEXT, link=LINK, actor=EDITOR)
    assert await world.reports.send(draft.id, actor=PUBLISHER)


async def test_none_for_what_nobody_verified(world: _World) -> None:
    """An Appeal that is only proposed, or was proposed and retired, has nothing to report on."""
    proposed = await world.appeal(verified=False)
    with pytest.raises(RefusedError, match="not verified"):
        await world.reports.write(proposed, TEXT, actor=EDITOR)
    await world.appeals.retire(proposed, actor=OWNER)
    with pytest.raises(RefusedError, match="not verified"):
        await world.reports.write(proposed, TEXT, actor=EDITOR)
    with pytest.raises(NotFoundError):
        await world.reports.write(999, TEXT, actor=EDITOR)


async def test_an_appeal_that_changed_since_is_not_reported_on(world: _World) -> None:
    """Its new words are not verified: a draft from before is not sent until they are."""
    draft = await world.draft()
    appeal_id = (await world.reports.preview(draft)).report.appeal_id
    async with world.database.transaction() as session:
        changed = await session.get(Appeal, appeal_id)
        assert changed is not None
        changed.state = AppealState.PROPOSED
    with pytest.raises(RefusedError, match="not verified"):
        await world.reports.send(draft, actor=OWNER)


async def test_who_may_send(world: _World) -> None:
    """A publisher or an owner; not an editor, not somebody whose role is gone, not a reader."""
    draft = await world.draft()
    await world.role(4, EditorRole.PUBLISHER)
    async with world.database.transaction() as session:
        await editors.remove(session, 4)
    for actor in (EDITOR, "editor 4", "editor 99"):
        with pytest.raises(RefusedError):
            await world.reports.send(draft, actor=actor)
    with pytest.raises(RefusedError):
        await world.reports.write(1, TEXT, actor="editor 99")
    assert await world.reports.send(draft, actor=OWNER)


async def test_a_link_needs_two_people(world: _World) -> None:
    """Who wrote a Report with a link does not send it; without one, they may; alone, they may too."""
    with_link = await world.draft(actor=PUBLISHER, link=LINK)
    assert await world.reports.needs_another((await world.reports.preview(with_link)).report, actor=PUBLISHER)
    with pytest.raises(RefusedError, match="yourself"):
        await world.reports.send(with_link, actor=PUBLISHER)
    assert await world.reports.send(with_link, actor=OWNER)
    assert await world.reports.send(await world.draft(actor=PUBLISHER), actor=PUBLISHER)
    own = await world.draft(actor=OWNER, link=LINK)
    async with world.database.transaction() as session:
        await editors.remove(session, 2)
    assert await world.reports.send(own, actor=OWNER)


async def test_the_setting_for_all_pushes_holds_for_reports(world: _World) -> None:
    """With it on, every Report needs a second person."""
    draft = await world.draft(actor=PUBLISHER)
    with pytest.raises(RefusedError, match="yourself"):
        await world.strict.send(draft, actor=PUBLISHER)
    assert await world.strict.send(draft, actor=OWNER)


@pytest.mark.parametrize(
    "link",
    ["http://example.net/", "https://user:pw@example.net/", "https://1.2.3.4/", "tg://x", "javascript:x"],
)
async def test_a_wrong_link_is_refused(world: _World, link: str) -> None:
    """A link of a Report is as strictly read as that of an Appeal."""
    with pytest.raises(InvalidInputError):
        await world.reports.write(await world.appeal(), TEXT, link=link, actor=EDITOR)


async def test_the_site_of_an_appeal_that_is_being_checked_is_not_linked(world: _World) -> None:
    """A page that may belong to others now reaches no reader by a Report either."""
    appeal_id = await world.appeal()
    draft = await world.reports.write(appeal_id, TEXT, link="https://example.org/thanks", actor=EDITOR)
    await world.appeals.suspend(appeal_id, reason=SuspensionReason.CHANGED, actor=OWNER)
    with pytest.raises(RefusedError, match=r"example\.org is not verified now"):
        await world.reports.send(draft.id, actor=OWNER)
    await world.appeals.verify(appeal_id, actor=OWNER)
    assert await world.reports.send(draft.id, actor=OWNER)


@pytest.mark.parametrize("text", ["", "   \n ", "x" * 601, "😀" * 301])
async def test_a_text_of_the_wrong_length(world: _World, text: str) -> None:
    """It is counted as Telegram counts, so that a caption always fits."""
    with pytest.raises(InvalidInputError):
        await world.reports.write(await world.appeal(), text, actor=EDITOR)


async def test_nobody_sends_what_they_did_not_see(world: _World) -> None:
    """Another text is another draft: the button of the first one sends nothing, and no id comes back."""
    draft = await world.draft()
    appeal_id = (await world.reports.preview(draft)).report.appeal_id
    newer = await world.reports.write(appeal_id, "Something else happened.", actor=EDITOR)
    assert newer.id != draft
    with pytest.raises(NotFoundError):
        await world.reports.send(draft, actor=OWNER)
    await world.reports.drop(newer.id, actor=EDITOR)
    again = await world.reports.write(appeal_id, "And something else.", actor=EDITOR)
    assert again.id not in {draft, newer.id}
    assert [one.text for one in await world.reports.of(appeal_id)] == ["And something else."]


async def test_two_who_send_at_once_send_it_once(world: _World) -> None:
    """Of six taps at the same moment one turns the draft into a sent Report."""
    draft = await world.draft()
    sent = await at_once(
        world.database, lambda session: stored.mark_sent(session, draft, sent_by=OWNER, now=NOON)
    )
    assert sent.count(True) == 1
    with pytest.raises(NotFoundError):
        await world.reports.send(draft, actor=OWNER)


async def test_which_appeals_lack_a_report(world: _World) -> None:
    """Those first verified 60 days ago; being verified again in between does not restart the time."""
    early, late = await world.appeal(), await world.appeal(organisation="Late", verified=False)
    world.clock.advance(days=30)
    await world.appeals.verify(late, actor=OWNER)
    await world.appeals.suspend(early, reason=SuspensionReason.EDITOR, actor=OWNER)
    await world.appeals.verify(early, actor=OWNER)
    world.clock.advance(days=29)
    assert await world.reports.to_remind() == []
    world.clock.advance(days=1)
    assert [one.id for one in await world.reports.to_remind()] == [early]
    await world.reports.mark_reminded(early)
    assert await world.reports.to_remind() == []
    assert [one.id for one in await world.reports.without_report()] == [early]
    world.clock.advance(days=30)
    assert [one.id for one in await world.reports.to_remind()] == [late]
    draft = await world.reports.write(late, TEXT, actor=EDITOR)
    await world.reports.send(draft.id, actor=OWNER)
    assert await world.reports.to_remind() == []


async def test_the_share_that_was_reported_in_time(world: _World) -> None:
    """Appeals count once their 90 days are over: a Report on the 91st day is late."""
    first, second, _never = [await world.appeal(organisation=str(number)) for number in range(3)]
    world.clock.advance(days=89)
    await world.reports.send((await world.reports.write(first, TEXT, actor=EDITOR)).id, actor=OWNER)
    assert await world.reports.share() == ReportShare(0, 0)
    await world.appeal(organisation="young")
    world.clock.advance(days=2)
    await world.reports.send((await world.reports.write(second, TEXT, actor=EDITOR)).id, actor=OWNER)
    assert await world.reports.share() == ReportShare(3, 1)
