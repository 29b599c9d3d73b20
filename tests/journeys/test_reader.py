"""From a reader's /start to the push that reaches them, over HTTP, by polling and by webhook."""

import pytest

from bot.config import Settings
from bot.sandbox.server import Sandbox
from storage.words import Length, SubscriberState
from tests.chats import ANNA, EDITH, OLENA, TOM, Chats, labels, says
from tests.factories import analysis, get_subscriber, published
from tests.running import running, without_announcements


async def _pushed(chats: Chats, person: int, headline: str) -> None:
    """Wait until a story was pushed to a reader."""
    await chats.world.until(lambda: any(headline in says(one) for one in chats.said(person)))


async def test_a_reader_chooses_gets_a_push_and_stops(
    either: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They start, read, choose a length; an editor publishes, the push comes as chosen; /stop ends it."""
    without_announcements(monkeypatch)
    chats = Chats(telegram.world)
    async with running(either) as app:
        await published(app.services, "The bridge holds")
        for headline in ("First push", "Second push"):
            await app.services.stories.add(analysis(headline), actor="test")
        await chats.ask(ANNA, "/start")
        assert labels(await chats.ask(ANNA, "/latest"))[0] == "1 · The bridge holds"
        menu = await chats.tap(ANNA, await chats.ask(ANNA, "/preferences"), "Content")
        await chats.tap(ANNA, await chats.tap(ANNA, menu, "Summary length"), "1 sentence")
        await chats.ask(EDITH, "/start")

        await chats.push(EDITH, await chats.ask(EDITH, "/review"))
        for person in (ANNA, EDITH):
            await _pushed(chats, person, "First push")
        assert says(chats.said(ANNA)[-1])[-1] == "One sentence."
        longer = await chats.tap(ANNA, chats.said(ANNA)[-1], "+ Longer")
        assert "Three sentences." in longer["text"]

        assert (await chats.ask(ANNA, "/stop"))["text"].startswith("You will get no more")
        await chats.ask(TOM, "/start")
        await chats.push(EDITH, await chats.ask(EDITH, "/review"))
        await _pushed(chats, TOM, "Second push")
        assert not [one for one in chats.said(ANNA) if "Second push" in one["text"]]
    async with running(either) as app:  # a stop settles what was sent
        second, first = await app.services.broadcasts.listed()
        for broadcast in (first, second):
            assert broadcast.expected == 2
            assert (await app.services.broadcasts.status(broadcast.id)).progress.sent == 2


async def test_preferences_survive_a_restart(either: Settings, telegram: Sandbox) -> None:
    """Language, length, topics and state are the same after the bot was stopped and started."""
    chats = Chats(telegram.world)
    async with running(either) as app:
        await published(app.services, topics=["Food", "Schools"])
        await chats.ask(ANNA, "/start")
        await chats.tap(ANNA, await chats.ask(ANNA, "/topics"), "✓ Food")
        before = menu = chats.said(ANNA)[-1]
        for label in (
            *("‹ Back", "Summary length", "5 sentences", "‹ Preferences"),
            *("Timing", "Turn new stories off", "‹ Preferences"),
            *("Languages", "Language", "Українська", "‹ Налаштування"),
        ):
            before = menu = await chats.tap(ANNA, menu, label)
    async with running(either) as app:
        kept = await get_subscriber(app.database, ANNA)
        assert (kept.language, kept.length, kept.state) == ("uk", Length.LONG, SubscriberState.PAUSED)
        assert (await chats.ask(ANNA, "/preferences"))["text"] == before["text"]
        again = await chats.tap(
            ANNA, await chats.tap(ANNA, before, "Що надсилати"), "Теми"
        )  # a button from before the restart
        assert "✓ Schools" in labels(again)
        assert "Food" in labels(again)


async def test_what_was_said_while_the_bot_was_away(either: Settings, telegram: Sandbox) -> None:
    """Messages that came while nothing ran are answered at the next start, each once."""
    chats = Chats(telegram.world)
    async with running(either):
        await chats.ask(ANNA, "/start")
    for person in (ANNA, OLENA):
        telegram.world.say(person, person, "/help")
    async with running(either):
        await chats.handled()
    assert len(chats.said(ANNA)) == 2
    assert "/latest\u00a0— переглянути останні історії" in chats.said(OLENA)[-1]["text"]


@pytest.mark.parametrize("order", ["polling first", "webhook first"])
async def test_changing_from_one_way_to_the_other(
    polling: Settings, webhook: Settings, telegram: Sandbox, order: str
) -> None:
    """A bot that polled gets its webhook, and the reverse, by nothing but its settings."""
    chats = Chats(telegram.world)
    ways = [polling, webhook] if order == "polling first" else [webhook, polling]
    for way in ways:
        async with running(way):
            assert "/latest" in (await chats.ask(ANNA, "/help"))["text"]
            assert (telegram.world.updates.webhook is not None) is bool(way.webhook_url)


async def test_an_update_that_is_handed_over_again_after_a_restart(
    polling: Settings, telegram: Sandbox
) -> None:
    """The bot answered but could not confirm, and is started again: Telegram repeats, the bot does not."""
    chats = Chats(telegram.world)
    async with running(polling):
        await chats.ask(ANNA, "/start")
        telegram.faults.set({"fail": {"times": 1000, "status": 502}, "methods": ["getUpdates"]})
        said = telegram.world.say(ANNA, ANNA, "/help")
        await telegram.world.bot_message(ANNA, after=said["message_id"])
    assert len(telegram.world.updates) == 1
    telegram.faults.clear()
    async with running(polling):
        await chats.handled()
        await chats.ask(ANNA, "/donate")
    assert [says(one)[0][:7] for one in chats.said(ANNA)] == ["Welcome", "Read an", "There a"]
