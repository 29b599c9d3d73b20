"""A new reader's first five minutes: start, two questions, a story, help, a day off, and the return."""

import pytest

from bot.config import Settings
from bot.i18n import in_language, languages
from bot.runtime.app import App
from bot.sandbox.server import Sandbox
from bot.sandbox.world.history import Message
from tests.chats import Chats, labels, links, says, speaker_of
from tests.factories import analysis, get_subscriber, published
from tests.running import running, without_announcements
from tests.waiting import comes_true

MOST_TAPS = 9
HELP = "https://example.org/help"


class Hand:
    """A person who taps and never types."""

    def __init__(self, chats: Chats, person: int) -> None:
        self.chats = chats
        self.person = person
        self.taps = 0

    async def begin(self) -> Message:
        """Tap Telegram's own button START, which sends /start."""
        self.taps += 1
        return await self.chats.ask(self.person, "/start")

    async def tap(self, message: Message, label: str) -> Message:
        self.taps += 1
        return await self.chats.tap(self.person, message, label)

    async def choose(self, command: str) -> Message:
        """Open the menu of commands, and tap one of them."""
        menu = self.chats.world.commands_for(self.person, self.person)
        assert command in [one["command"] for one in menu]
        self.taps += 2
        return await self.chats.ask(self.person, f"/{command}")


@pytest.mark.parametrize("language", languages())
async def test_the_first_five_minutes_take_nine_taps_at_most(
    polling: Settings,
    telegram: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    language: str,
) -> None:
    """Nothing is typed; the place, the rhythm and the day off are stored, and the return brings the story."""
    without_announcements(monkeypatch)
    chats, texts = Chats(telegram.world), in_language(language)
    person = speaker_of(telegram.world, language)
    hand = Hand(chats, person)
    async with running(polling) as app:
        await _publish_with_help(app)
        first = await hand.begin()
        assert says(first)[0] == texts.say("Welcome to Comeback!")
        second = await hand.tap(first, labels(first)[0])
        story = await hand.tap(second, f"✓ {texts.say('Immediately')}")
        assert story["text"].startswith("The bridge holds\n")
        assert HELP in links(await hand.tap(story, texts.say("How to help")))
        resting = await hand.tap(await hand.choose("dayoff"), texts.say("3 days"))
        kept = await get_subscriber(app.database, person)
        assert kept.zone is not None
        assert kept.away_until is not None
        await _push(app, "While you were away")
        await comes_true(lambda: _is_held(app, person))
        await hand.tap(resting, texts.say("End the day off"))
        heard = "While you were away"
        await chats.world.until(lambda: any(heard in one["text"] for one in chats.said(person)))
        back = next(one for one in chats.said(person) if heard in one["text"])
        opened = await hand.tap(back, "1")
        assert opened["text"].startswith(heard)
    assert hand.taps <= MOST_TAPS


async def _publish_with_help(app: App) -> None:
    """Publish a story with a verified Appeal."""
    story_id = await published(app.services, "The bridge holds")
    appeal = await app.services.appeals.propose(
        organisation="Bridge Friends", url=HELP, story_id=story_id, actor="test"
    )
    await app.services.appeals.verify(appeal.id, actor="test")


async def _push(app: App, headline: str) -> None:
    added = await app.services.stories.add(analysis(headline), actor="test")
    await app.services.review.publish(added.story.id, actor="test", push=True)


async def _is_held(app: App, person: int) -> bool:
    return await app.services.digests.waiting(await get_subscriber(app.database, person)) == 1
