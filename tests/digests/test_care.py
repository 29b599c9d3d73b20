"""Muted words and content warnings, from a push to a Digest, as the worker sends them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select

from bot.broadcasts.agreement import Agreement
from bot.broadcasts.audiences import StoryVersions
from bot.broadcasts.bodies import render_bodies
from bot.broadcasts.broadcasts import Broadcasts
from bot.broadcasts.corrections import Corrections
from bot.config import Settings
from bot.digests.digests import Digests
from bot.digests.gatherer import Gatherer
from bot.editors.rights import Rights
from bot.rendering.buttons import DigestPage, StoryView
from bot.stories.search.story_words import StoryWords
from bot.subscribers.days_off import DaysOff
from bot.subscribers.preferences import Preferences
from storage.appeals import appeals
from storage.broadcasts import broadcasts, lists
from storage.broadcasts.bodies import Variant
from storage.database import Database
from storage.deliveries.held import MUTED, NOTHING_TO_TELL
from storage.models import Delivery
from storage.stories import stories, threads
from storage.words import AppealState, ContentWarning, DeliveryState, Length, StoryState, WarnedStories
from tests.digests.worlds import ButtonTelegram, MessageTelegram
from tests.factories import MovableClock, add_story, add_subscribers, get_subscriber
from tests.fakes import DeliveryWorld

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
EVENING = datetime(2026, 11, 23, 20, tzinfo=UTC)  # two hours before quiet hours
NIGHT = datetime(2026, 11, 23, 23, tzinfo=UTC)
MORNING = datetime(2026, 11, 24, 8, tzinfo=UTC)
BACK = datetime(2026, 11, 26, 8, tzinfo=UTC)
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
        self.broadcasts = Broadcasts(database, clock, Agreement(Rights()), self.bodies)

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


async def test_the_words_of_a_story_are_read_once_a_version(
    care: CareWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seconds later, another reader's digest reads them again only if an editor changed the story."""
    care.clock.now = NIGHT
    chats = [await _reader(care, muted_words="harbour") for _ in range(3)]
    await care.push()
    read: list[str] = []
    build = StoryWords.__init__

    def counted(words: StoryWords, text: str, language: str) -> None:
        read.append(text.partition("\n")[0])
        build(words, text, language)

    monkeypatch.setattr(StoryWords, "__init__", counted)
    for chat in chats[:2]:
        assert (await care.digests.catch_up(chat)).at is not None
        care.clock.advance(minutes=1)
    assert read == [HEADLINE]
    async with care.database.transaction() as session:
        [pushed] = await lists.newest(session)
        assert pushed.story_id is not None
        await stories.change(session, pushed.story_id, headline="The harbour is open")
    assert (await care.digests.catch_up(chats[2])).at is None
    assert read == [HEADLINE, "The harbour is open"]


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
    assert [label for label, _ in care.telegram.buttons[chat]] == ["1 · ⚠ death", "2 · ⚠ death"]
    assert all(button.data and button.data.endswith("w") for row in caught_up.message.rows for button in row)


async def _appeal(world: CareWorld, story_id: int) -> None:
    async with world.database.transaction() as session:
        appeal = await appeals.add(
            session,
            organisation="Lindenau Circle",
            purpose="",
            url="https://example.org/help",
            valid_until=None,
            state=AppealState.VERIFIED,
            proposed_at=NOON,
        )
        await stories.set_appeal(session, story_id, appeal.id)


async def _away(world: CareWorld, **values: object) -> int:
    """A reader with a day off, for whom two parts of a warned Thread with an Appeal and a Story are held."""
    chat = await _reader(world, **values)
    await DaysOff(world.database, world.clock, "UTC").start(chat, BACK.replace(hour=0))
    async with world.database.transaction() as session:
        thread_id = await threads.make(session, title=HEADLINE, now=NOON)
    await world.push("A bridge holds", body="It holds.")
    for _ in range(2):
        world.clock.advance(minutes=1)
        await world.push(warnings=DEATH, thread_id=thread_id)
    async with world.database.read() as session:
        newest = await broadcasts.get(session, world.broadcast_id)
    assert newest is not None
    assert newest.story_id is not None
    await _appeal(world, newest.story_id)
    world.clock.now = BACK
    return chat


async def test_nothing_leaks_from_a_return(care: CareWorld) -> None:
    """The three lines and all of it name the warning: no headline, Thread, button or Appeal of the story."""
    chat = await _away(care)
    await care.gather()
    [text] = care.texts(chat)
    assert text.splitlines()[2:] == [
        "3 stories arrived while you were away. 1 running story has a new part.",
        "Latest in “A running story”: ⚠ death",
        "The latest story is a good place to start.",
    ]
    (read, view), (_, data) = care.telegram.buttons[chat]
    parsed, page = StoryView.parse(view), DigestPage.parse(data)
    assert read == "Read the latest story"
    assert parsed is not None
    assert not parsed.warned  # the cover comes first
    assert page is not None
    whole = await care.digests.page(await get_subscriber(care.database, chat), page)
    assert [one for one in (WARNING, "A running story") if one in whole.text] == [WARNING, "A running story"]
    labels = [button.text for row in whole.rows for button in row]
    assert labels == ["1 · A bridge holds", "2 · ⚠ death"]
    assert _leaks("\n".join([text, whole.text, *labels])) == []


async def test_a_return_shows_who_wants_it_the_warning_and_the_headline(care: CareWorld) -> None:
    """With “show”, the line on the newest has both, and the Appeal is the one thing to do."""
    chat = await _away(care, warned_stories=WarnedStories.SHOW)
    await care.gather()
    assert care.texts(chat)[0].splitlines()[3:] == [
        f"Latest in “{HEADLINE}”: ⚠ death · {HEADLINE}",
        "❤ Lindenau Circle asks for help.",
    ]


async def _settled(world: CareWorld, broadcast_ids: Sequence[int]) -> None:
    """Run workers until these corrections have reached all messages."""
    world.clock.advance(minutes=2)
    await world.broadcasts.start_due()
    for one in broadcast_ids:
        world.broadcast_id = one
        await world.finish(world.worker())


@pytest.mark.parametrize(("choice", "says_why"), [(WarnedStories.WARN, False), (WarnedStories.SHOW, True)])
async def test_corrections_and_withdrawals_tell_only_what_the_cover_does(
    care: CareWorld, choice: WarnedStories, says_why: bool
) -> None:
    """The editors' words on a change of a warned story are for readers who chose to see such stories."""
    corrections = Corrections(care.database, care.clock, Rights(), care.bodies)
    care.telegram = telegram = MessageTelegram()
    chat = await _reader(care, warned_stories=choice)
    await care.push(warnings=DEATH)
    care.clock.now = NIGHT
    story_id = await care.story(warnings=DEATH)
    for one in (story_id, await care.story("A bridge holds", body="It holds.")):
        care.broadcast_id = await care.broadcasts.schedule(one, actor="test")
        await care.broadcasts.start_due()
        await care.finish(care.worker())
    care.clock.now = MORNING
    await care.gather()
    async with care.database.read() as session:
        pushed = min(await lists.newest(session), key=lambda one: one.id).story_id
    assert pushed is not None
    for one in (pushed, story_id):
        await _settled(care, await corrections.correct(one, note="The miner is alive.", actor="test"))
    shown = [text or "" for text in telegram.texts(chat)]
    assert ["Corrected: The miner is alive." in text for text in shown] == [says_why] * 2
    for one in (pushed, story_id):
        await _settled(care, await corrections.withdraw(one, reason="No miner died.", actor="test"))
    shown = [text or "" for text in telegram.texts(chat)]
    assert ["The reason: No miner died." in text for text in shown] == [says_why] * 2
    assert "withdrawn" in shown[0]
    assert "A bridge holds" in shown[1]


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
