"""Reports on their way: sent as a push is, held as a push is, and gathered with the Stories of the night."""

from datetime import timedelta

import pytest

from bot.appeals.appeals import Appeals
from bot.appeals.reports import Reports
from bot.delivery.outcome import Blocked, Rejected
from bot.editors.rights import Rights
from bot.subscribers.help_given import HelpGiven
from bot.subscribers.subscribers import Subscribers
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.models import Delivery
from storage.words import AppealRhythm, BroadcastState, DeliveryState, Rhythm, SubscriberState
from tests.digests.worlds import MORNING, NIGHT, CorrectionWorld
from tests.factories import MovableClock, add_subscribers, get_subscriber

TEXT = "Eighty people crossed it on the first day."
TITLE = {"en": "What became of this appeal", "uk": "Що сталося далі з цим збором"}


class ReportWorld(CorrectionWorld):
    """A CorrectionWorld with an Appeal that readers helped, and Reports on it."""

    def __init__(self, database: Database, clock: MovableClock) -> None:
        super().__init__(database, clock)
        self.appeals = Appeals(database, clock, Rights())
        self.reports = Reports(database, clock, Rights())
        self.given = HelpGiven(database, clock)
        self.appeal_id = 0

    async def helpers(self, number: int, **values: object) -> list[int]:
        """Add so many readers who said that they helped."""
        if not self.appeal_id:
            made = await self.appeals.propose(
                organisation="Bridge Friends", url="https://example.org/help", actor="one"
            )
            await self.appeals.verify(made.id, actor="two")
            self.appeal_id = made.id
        found = await add_subscribers(self.database, number, **values)
        for chat in found:
            await self.given.declare(chat, months=3, appeal_id=self.appeal_id)
        return found

    async def report(self, text: str = TEXT) -> int:
        """Send a Report, and return the id of its Broadcast once that is finished."""
        draft = await self.reports.write(self.appeal_id, text, actor="one")
        number = await self.reports.send(draft.id, actor="two")
        await self.broadcasts.start_due()
        self.broadcast_id = number
        await self.finish(self.worker())
        return number

    async def receipt(self, broadcast_id: int, chat: int) -> Delivery | None:
        subscriber = await get_subscriber(self.database, chat)
        async with self.database.read() as session:
            return await session.get(Delivery, (broadcast_id, subscriber.id))


@pytest.fixture
def world(database: Database, clock: MovableClock) -> ReportWorld:
    return ReportWorld(database, clock)


async def test_by_day_it_comes_at_once_to_those_who_helped(world: ReportWorld) -> None:
    """In each reader's language around it, once, without an Appeal, however many others there are."""
    world.clock.now = MORNING
    [english] = await world.helpers(1)
    others = await add_subscribers(world.database, 600)
    [ukrainian] = await world.helpers(1, language="uk", appeal_rhythm=AppealRhythm.EVERY_STORY)
    number = await world.report()
    got = dict(world.telegram.got)
    assert sorted(got) == sorted([english, ukrainian])
    assert not set(got) & set(others)
    for chat, language in ((english, "en"), (ukrainian, "uk")):
        assert got[chat].splitlines()[:2] == [TITLE[language], "Bridge Friends"]
        assert TEXT in got[chat]
    assert ("Language: English" in got[english], "English" in got[ukrainian]) == (False, False)
    assert "англійська" in got[ukrainian]
    async with world.database.read() as session:
        progress = await broadcasts.progress(session, number)
        found = await broadcasts.get(session, number)
    assert found is not None
    assert (progress.sent, progress.ranges, found.expected) == (2, 1, 2)
    receipt = await world.receipt(number, ukrainian)
    assert receipt is not None
    assert (receipt.state, receipt.appeal) == (DeliveryState.SENT, False)
    assert (await get_subscriber(world.database, ukrainian)).appealed_at is None


async def test_at_night_it_waits_and_comes_alone_in_the_morning(world: ReportWorld) -> None:
    """As a push that was held comes: the whole Report, once."""
    [chat] = await world.helpers(1)
    number = await world.report()
    assert world.telegram.got == []
    held = await world.receipt(number, chat)
    assert held is not None
    assert held.state is DeliveryState.HELD
    world.clock.now = MORNING
    assert await world.gather() == 1
    assert TEXT in world.telegram.got[0][1]
    came = await world.receipt(number, chat)
    assert came is not None
    assert came.state is DeliveryState.SENT
    world.clock.now = MORNING + timedelta(days=1)
    assert await world.gather() == 0


async def test_it_is_gathered_with_the_stories_of_the_night(world: ReportWorld) -> None:
    """One message names the organisation below the stories; a button opens the Report; no Appeal comes."""
    [chat] = await world.helpers(1, appeal_rhythm=AppealRhythm.EVERY_STORY)
    await world.push("The bridge holds", appeal=True)
    number = await world.report()
    await world.push("The school opens")
    world.clock.now = MORNING
    assert await world.gather() == 1
    [(_, text)] = world.telegram.got
    lines = [line for line in text.splitlines() if line]
    assert lines[0] == "Your new stories:"
    assert lines[-1] == "What became of an appeal: Bridge Friends"
    labels = dict(world.telegram.buttons[chat])
    assert labels["Report: Bridge Friends"].startswith("became:1:")
    assert "How to help" not in labels
    merged = await world.receipt(number, chat)
    assert merged is not None
    assert (merged.state, merged.message_id) == (DeliveryState.MERGED, 1)


async def test_several_reports_without_a_story(world: ReportWorld) -> None:
    """They come in one message with a heading of their own."""
    [chat] = await world.helpers(1)
    for text in (TEXT, "The second bridge is open too."):
        await world.report(text)
    world.clock.now = MORNING
    assert await world.gather() == 1
    assert world.telegram.got[0][1].startswith("There is news of appeals:")
    assert [label for label, _ in world.telegram.buttons[chat]] == ["Report: Bridge Friends"] * 2


@pytest.mark.parametrize("rhythm", [Rhythm.DAILY, Rhythm.WEEKLY])
async def test_readers_of_digests_get_it_in_their_digest(world: ReportWorld, rhythm: Rhythm) -> None:
    """Not before the hour that they chose, and not as a message of its own."""
    [chat] = await world.helpers(1, rhythm=rhythm, hour=18, weekday=0)
    await world.report()
    await world.push("The school opens")
    world.clock.now = MORNING
    assert await world.gather() == 0
    world.clock.now = MORNING.replace(hour=18)
    assert await world.gather() == 1
    assert "What became of an appeal: Bridge Friends" in dict(world.telegram.got)[chat]


async def test_after_a_day_off_it_comes_with_the_welcome(world: ReportWorld) -> None:
    """The three lines are followed by the line on the Report, and its button."""
    [chat] = await world.helpers(1, away_until=MORNING + timedelta(days=2))
    for headline in ("The bridge holds", "The school opens"):
        await world.push(headline)
    await world.report()
    world.clock.now = MORNING + timedelta(days=2)
    assert await world.gather() == 1
    text = dict(world.telegram.got)[chat]
    assert text.startswith("Welcome back!")
    assert "What became of an appeal: Bridge Friends" in text
    assert "Report: Bridge Friends" in dict(world.telegram.buttons[chat])


async def test_catching_up_shows_it(world: ReportWorld) -> None:
    """A Report that waits alone is something that the reader missed; it does not come again."""
    [chat] = await world.helpers(1)
    await world.report()
    shown = await world.digests.catch_up(chat)
    assert "What became of an appeal: Bridge Friends" in shown.message.text
    assert shown.at is not None
    world.clock.now = MORNING
    assert await world.gather() == 0


async def test_a_correction_of_a_story_keeps_the_report_beside_it(world: ReportWorld) -> None:
    """Also where the withdrawal of the last story leaves nothing but the Report."""
    [chat] = await world.helpers(1)
    story = await world.push("The bridge holds")
    await world.report()
    world.clock.now = MORNING
    await world.gather()
    await world.rename(story, "The bridge stands")
    await world.correct(story)
    shown = world.telegram.texts(chat)[-1] or ""
    assert ("The bridge stands" in shown, "Bridge Friends" in shown) == (True, True)
    await world.withdraw(story)
    shown = world.telegram.texts(chat)[-1] or ""
    assert ("The bridge stands" in shown, "Bridge Friends" in shown) == (False, True)


async def test_a_report_that_is_cancelled_does_not_come(world: ReportWorld) -> None:
    """What is held of it is dropped in the morning."""
    [chat] = await world.helpers(1)
    number = await world.report()
    async with world.database.transaction() as session:
        await broadcasts.change(session, number, state=BroadcastState.CANCELLED)
    world.clock.now = MORNING
    assert await world.gather() == 0
    dropped = await world.receipt(number, chat)
    assert dropped is not None
    assert dropped.state is DeliveryState.SKIPPED


async def test_stop_drops_what_waits(world: ReportWorld) -> None:
    """After /stop no Report comes, nor after "Ask me again as before" for one that is sent later."""
    stopped, erased = await world.helpers(2)
    await world.report()
    await Subscribers(world.database, world.clock, "en").set_state(stopped, SubscriberState.STOPPED)
    world.clock.now = MORNING
    assert await world.gather() == 1
    assert world.telegram.chats == [erased]
    await world.given.erase(erased)
    number = await world.report()
    async with world.database.read() as session:
        assert (await broadcasts.progress(session, number)).done == 0


async def test_blocked_and_refused(world: ReportWorld) -> None:
    """A reader who blocked the bot is noted, and what Telegram refused is sent again by a retry."""
    world.clock.now = MORNING
    blocked, refused, fine = await world.helpers(3)
    world.telegram.outcomes = {blocked: Blocked(), refused: Rejected("bad")}
    number = await world.report()
    assert (await get_subscriber(world.database, blocked)).state is SubscriberState.BLOCKED
    world.telegram.outcomes.clear()
    world.telegram.got.clear()
    assert await world.control.retry(number, actor="two") == 1
    await world.finish(world.worker())
    assert world.telegram.chats == [refused]
    assert fine


async def test_muted_words_hold_no_report_back(world: ReportWorld) -> None:
    """They are for Stories that come unasked: a Report is what the reader asked to be told."""
    world.clock.now = MORNING
    [chat] = await world.helpers(1, muted_words="people")
    await world.report()
    assert world.telegram.chats == [chat]


async def test_who_says_that_they_helped_after_it_was_sent_gets_the_next_one(world: ReportWorld) -> None:
    """Quiet hours or not: a Report goes to those of its start."""
    [early] = await world.helpers(1)
    await world.report()
    assert world.clock.now == NIGHT
    world.clock.now = MORNING
    [late] = await world.helpers(1)
    await world.gather()
    assert world.telegram.chats == [early]
    await world.report("The second one.")
    assert sorted(world.telegram.chats) == sorted([early, early, late])
