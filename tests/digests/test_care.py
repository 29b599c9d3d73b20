"""Muted words and content warnings, from a push to a Digest, as the worker sends them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.broadcasts.audiences import StoryVersions
from bot.broadcasts.bodies import render_bodies
from bot.broadcasts.broadcasts import Broadcasts
from bot.config import Settings
from bot.digests.digests import Digests
from bot.digests.gatherer import Gatherer
from bot.subscribers.preferences import Preferences
from storage.broadcasts import broadcasts
from storage.broadcasts.bodies import Variant
from storage.database import Database
from storage.deliveries.held import MUTED, NOTHING_TO_TELL
from storage.models import Delivery
from storage.stories import stories, threads
from storage.words import ContentWarning, DeliveryState, Length, StoryState, WarnedStories
from tests.digests.worlds import ButtonTelegram
from tests.factories import MovableClock, add_story, add_subscribers, get_subscriber
from tests.fakes import DeliveryWorld

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVENING = datetime(2026, 11, 23, 20, tzinfo=UTC)  # two hours before quiet hours
NIGHT = datetime(2026, 11, 23, 23, tzinfo=UTC)
MORNING = datetime(2026, 11, 24, 8, tzinfo=UTC)
DEATH = ContentWarning.DEATH
WARNING = "⚠ In this story: death"
HEADLINE = "The last letter of a miner"
SECRETS = (HEADLINE, "miner", "Lindenau")


class CareWorld(DeliveryWorld):
    """A DeliveryWorld in which Bodies are rendered as in the running bot."""

    telegram: ButtonTelegram

    def __init__(self, database: Database, clock: MovableClock, settings: Settings) -> None:
        self.settings = settings
        super().__init__(database, clock)
        clock.now = NOON
        self.telegram = ButtonTelegram()
        self.gatherer = Gatherer(self.bodies, UTC)
        self.digests = Digests(database, clock, self.gatherer, "UTC")
        self.broadcasts = Broadcasts(database, clock, self.bodies)

    def bodies(self, pushed: StoryVersions) -> dict[Variant, dict[str, Any]]:
        return render_bodies(pushed, self.settings, self.clock)

    async def story(self, headline: str = HEADLINE, **values: object) -> int:
        """A published story that tells of a miner in Lindenau."""
        async with self.database.transaction() as session:
            given: dict[str, object] = {
                "headline": headline,
                "body": "A miner of Lindenau wrote it.",
                "state": StoryState.PUBLISHED,
                "released_at": self.clock(),
            }
            story_id = await add_story(session, **(given | values))
            texts = dict.fromkeys(Length, str(values.get("body", "The miner lived in Lindenau.")))
            await stories.set_summaries(session, story_id, texts)
        return story_id

    async def push(self, headline: str = HEADLINE, *, urgent: bool = False, **values: object) -> None:
        """Push a new story to all."""
        story_id = await self.story(headline, **values)
        self.broadcast_id = await self.broadcasts.schedule(story_id, actor="test")
        if urgent:
            await self._be_urgent()
        await self.broadcasts.start_due()
        await self.finish(self.worker())

    async def _be_urgent(self) -> None:
        async with self.database.transaction() as session:
            await broadcasts.change(session, self.broadcast_id, urgent=True)

    async def gather(self) -> None:
        """Send what is due."""
        started = await self.digests.start_due()
        if started is not None:
            self.broadcast_id = started
            await self.finish(self.worker())

    def texts(self, chat: int) -> list[str]:
        return [text for to, text in self.telegram.got if to == chat]

    async def endings(self, chat: int) -> list[tuple[DeliveryState, str | None]]:
        """The state and reason of each receipt of a chat, oldest first."""
        subscriber = await get_subscriber(self.database, chat)
        async with self.database.read() as session:
            statement = select(Delivery.state, Delivery.reason).where(Delivery.subscriber_id == subscriber.id)
            rows = await session.execute(statement.order_by(Delivery.broadcast_id))
        return [(state, reason) for state, reason in rows]


@pytest.fixture
def care(database: Database, clock: MovableClock, settings: Settings) -> CareWorld:
    return CareWorld(database, clock, settings)


async def _reader(world: CareWorld, **values: object) -> int:
    [chat] = await add_subscribers(world.database, 1, **values)
    return chat


@pytest.mark.parametrize("urgent", [False, True])
async def test_a_muted_story_is_skipped_and_reaches_all_others(care: CareWorld, urgent: bool) -> None:
    """Who muted one of its words, in any form, is skipped, for urgent news too; nobody else is."""
    muted = await _reader(care, muted_words="rain\nMiners", allows_urgent=True)
    other = await _reader(care, muted_words="rain\nmine")
    plain = await _reader(care)
    await care.push(urgent=urgent)
    assert care.texts(muted) == []
    assert await care.endings(muted) == [(DeliveryState.SKIPPED, MUTED)]
    assert len(care.texts(other)) == len(care.texts(plain)) == 1
    progress = (await care.broadcasts.status(care.broadcast_id)).progress
    assert (progress.sent, progress.skipped) == (2, 1)


async def test_words_count_in_the_language_that_a_reader_gets(care: CareWorld) -> None:
    """A German word does not mute the English story that its reader gets, and mutes the German one."""
    english = await _reader(care, muted_words="die")
    german = await _reader(care, muted_words="die", language="de")
    original = await care.story("A bridge", body="It holds.")
    await care.story("Eine Brücke", body="Sie hält die Last.", language="de", translation_of=original)
    care.broadcast_id = await care.broadcasts.schedule(original, actor="test")
    await care.broadcasts.start_due()
    await care.finish(care.worker())
    assert len(care.texts(english)) == 1
    assert await care.endings(german) == [(DeliveryState.SKIPPED, MUTED)]


async def test_what_is_muted_while_it_is_held_is_in_no_digest(care: CareWorld) -> None:
    """Of two held stories one is muted in the night: the morning brings the other alone."""
    care.clock.now = NIGHT
    chat = await _reader(care)
    await care.push()
    await care.push("A bridge holds", body="It holds.")
    await Preferences(care.database, care.clock).mute(chat, "miner")
    care.clock.now = MORNING
    await care.gather()
    [text] = care.texts(chat)
    assert "A bridge holds" in text
    assert _leaks(text) == []
    assert (DeliveryState.SKIPPED, NOTHING_TO_TELL) in await care.endings(chat)


async def test_what_is_muted_does_not_come_with_catchup(care: CareWorld) -> None:
    """/catchup of a reader who muted the only held story says that nothing was missed, and it never comes."""
    care.clock.now = NIGHT
    chat = await _reader(care)
    await care.push()
    await Preferences(care.database, care.clock).mute(chat, "miner")
    caught_up = await care.digests.catch_up(chat)
    assert caught_up.message.text == "You have not missed any stories."
    care.clock.now = MORNING
    await care.gather()
    assert care.texts(chat) == []


def _leaks(text: str) -> Sequence[str]:
    return [secret for secret in SECRETS if secret.casefold() in text.casefold()]


async def test_a_push_with_a_warning_comes_as_each_reader_chose(care: CareWorld) -> None:
    """By default only the warning comes, with a button; who chose so sees the story below the warning."""
    first = await _reader(care)
    shown = await _reader(care, warned_stories=WarnedStories.SHOW)
    by_day = await _reader(care, warned_stories=WarnedStories.BY_DAY)
    await care.push(warnings=DEATH)
    [cover] = care.texts(first)
    assert cover.split("\n")[0] == WARNING
    assert _leaks(cover) == []
    assert [label for label, _ in care.telegram.buttons[first]] == ["Show the story"]
    for chat in (shown, by_day):
        [text] = care.texts(chat)
        assert text.startswith(f"{WARNING}\n\n{HEADLINE}\n")


async def test_without_a_warning_all_readers_get_the_same(care: CareWorld) -> None:
    """What a reader chose for warned stories changes nothing of the others, at any hour."""
    care.clock.now = EVENING
    chats = [await _reader(care, warned_stories=choice) for choice in WarnedStories]
    await care.push(proposed_warnings=DEATH)
    assert len({care.texts(chat)[0] for chat in chats}) == 1
    assert care.texts(chats[0])[0].startswith(HEADLINE)


@pytest.mark.parametrize("urgent", [False, True])
async def test_by_day_only_waits_for_the_morning(care: CareWorld, urgent: bool) -> None:
    """In the evening a warned story is held for who wants it by day, urgent or not, and comes at 8."""
    care.clock.now = EVENING
    chat = await _reader(care, warned_stories=WarnedStories.BY_DAY, allows_urgent=True)
    other = await _reader(care, allows_urgent=True)
    await care.push(warnings=DEATH, urgent=urgent)
    assert care.texts(chat) == []
    assert len(care.texts(other)) == 1
    for hour in (20, 21, 22, 23):
        care.clock.now = EVENING.replace(hour=hour, minute=59)
        await care.gather()
    assert care.texts(chat) == []
    care.clock.now = MORNING
    await care.gather()
    assert care.texts(chat)[0].startswith(f"{WARNING}\n\n{HEADLINE}\n")


async def test_an_evening_digest_leaves_it_for_the_day(care: CareWorld) -> None:
    """A Digest at 21 has the other stories; the warned one comes in the morning by itself."""
    wish = {"warned_stories": WarnedStories.BY_DAY, "rhythm": "daily", "hour": 21}
    chat = await _reader(care, **wish)
    await care.push(warnings=DEATH)
    await care.push("A bridge holds", body="It holds.")
    care.clock.now = EVENING.replace(hour=21)
    await care.gather()
    [text] = care.texts(chat)
    assert "A bridge holds" in text
    assert _leaks(text) == []
    care.clock.now = MORNING
    await care.gather()
    assert HEADLINE in care.texts(chat)[1]
    assert len(care.texts(chat)) == 2


async def test_at_night_catchup_says_that_it_comes_by_day(care: CareWorld) -> None:
    """/catchup in the evening shows nothing of it, and it still comes in the morning."""
    care.clock.now = EVENING
    chat = await _reader(care, warned_stories=WarnedStories.BY_DAY)
    await care.push(warnings=DEATH)
    caught_up = await care.digests.catch_up(chat)
    assert caught_up.message.text == "The stories waiting for you have a warning. They arrive during the day."
    care.clock.now = MORNING
    await care.gather()
    assert len(care.texts(chat)) == 1


async def test_nothing_leaks_from_a_digest(care: CareWorld) -> None:
    """In a Digest and with /catchup a warned story is its warning, and its Thread is not named."""
    async with care.database.transaction() as session:
        thread_id = await threads.make(session, title=HEADLINE, now=NOON)
    care.clock.now = NIGHT
    chat, asking = await _reader(care), await _reader(care)
    for _ in range(2):
        await care.push(warnings=DEATH, thread_id=thread_id)
        care.clock.advance(minutes=1)
    caught_up = await care.digests.catch_up(asking)
    care.clock.now = MORNING
    await care.gather()
    for text in (*care.texts(chat), caught_up.message.text):
        assert text.count(WARNING) == 2
        assert "A running story" in text
        assert _leaks(text) == []
    assert all(button.data and button.data.endswith("w") for row in caught_up.message.rows for button in row)


async def test_a_single_held_story_comes_covered(care: CareWorld) -> None:
    """One story that was held comes as its push would: covered."""
    care.clock.now = NIGHT
    chat = await _reader(care)
    await care.push(warnings=DEATH)
    care.clock.now = MORNING
    await care.gather()
    [text] = care.texts(chat)
    assert text.startswith(WARNING)
    assert _leaks(text) == []
