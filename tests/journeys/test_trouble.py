"""Telegram is away, slow, flooded or refuses; and the bot is stopped in the middle of work."""

import asyncio
import time
from typing import Any

import pytest
from pydantic import SecretStr

from bot.config import Settings
from bot.delivery.rate.pacer import Pacer
from bot.errors import ConfigError
from bot.runtime.app import open_app
from bot.runtime.sending import limits_for
from bot.sandbox.server import Sandbox
from bot.sandbox.world.world import World
from bot.telegram.transport import AiohttpRequest
from storage.words import SubscriberState
from tests.chats import ANNA, EDITH, OLENA, TOM, Chats
from tests.factories import add_subscribers, analysis, get_subscriber, published
from tests.running import running, watched, without_announcements
from tests.waiting import PATIENCE, soon

PUSHED = "A push in trouble"


@pytest.fixture(autouse=True)
def _only_the_push(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no draft's card meet the fault that is meant for the push."""
    without_announcements(monkeypatch)


async def _push(app: Any) -> int:
    """Publish a story and start its push; return the number of the Broadcast."""
    added = await app.services.stories.add(analysis(PUSHED), actor="test")
    broadcast_id = await app.services.review.publish(added.story.id, actor="test", push=True)
    assert broadcast_id is not None
    return int(broadcast_id)


def _times(world: World, person: int) -> int:
    """Return how often a person got the push."""
    return sum(one["text"].startswith(PUSHED) for one in world.messages(person))


def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits between tries: they are not what is tested."""
    for module in ("bot.runtime.startup", "bot.telegram.polling"):
        monkeypatch.setattr(f"{module}._FIRST_WAIT_S", 0.05)
        monkeypatch.setattr(f"{module}._LONGEST_WAIT_S", 0.1)


async def test_telegram_comes_later_than_the_bot(
    polling: Settings, unused_tcp_port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start logs that and tries again; when Telegram is there, readers are answered."""
    _hurry(monkeypatch)
    settings = polling.model_copy(update={"bot_api_url": f"http://127.0.0.1:{unused_tcp_port}"})
    stopping, started = asyncio.Event(), asyncio.Event()
    telegram = Sandbox(polling.token())
    async with open_app(settings) as app:
        with watched("bot.runtime.startup", "cannot be reached") as tried:
            run = asyncio.create_task(app.run(stopping, started=started.set))
            await tried.wait()
        await telegram.start(port=unused_tcp_port)
        await started.wait()
        assert "/latest" in (await Chats(telegram.world).ask(ANNA, "/help"))["text"]
        stopping.set()
        await run
    await telegram.stop()


@pytest.mark.parametrize("method", ["getMe", "setMyCommands", "deleteWebhook", "setWebhook"])
async def test_telegram_fails_in_the_middle_of_the_start(
    either: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    """Whichever of the first calls fails for a moment, the start goes on."""
    _hurry(monkeypatch)
    telegram.faults.set({"fail": {"times": 1, "status": 502}, "methods": [method]})
    async with running(either):
        assert "/latest" in (await Chats(telegram.world).ask(ANNA, "/help"))["text"]


async def test_a_start_without_telegram_can_be_stopped(polling: Settings, unused_tcp_port: int) -> None:
    """Ctrl-C ends it at once while Telegram cannot be reached."""
    settings = polling.model_copy(update={"bot_api_url": f"http://127.0.0.1:{unused_tcp_port}"})
    stopping = asyncio.Event()
    async with open_app(settings) as app:
        with watched("bot.runtime.startup", "cannot be reached") as tried:
            run = asyncio.create_task(app.run(stopping))
            await tried.wait()
        stopping.set()
        await soon(run)
        assert run.exception() is None


async def test_telegram_goes_and_comes_back(
    polling: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of Telegram is gone for a while; afterwards readers are answered as before."""
    _hurry(monkeypatch)
    port = int(telegram.url.rpartition(":")[2])
    chats = Chats(telegram.world)
    async with running(polling):
        await chats.ask(ANNA, "/start")
        with watched("bot.telegram.polling", "no updates") as noticed:
            await telegram.stop()
            await noticed.wait()
        await telegram.start(port=port)
        assert "/latest" in (await chats.ask(ANNA, "/help"))["text"]


@pytest.mark.parametrize("status", [500, 502])
async def test_polls_that_fail_lose_no_update(
    polling: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    """What readers wrote meanwhile is answered."""
    _hurry(monkeypatch)
    chats = Chats(telegram.world)
    async with running(polling):
        telegram.faults.set({"fail": {"times": 3, "status": status}, "methods": ["getUpdates"]})
        answers = await chats.both(chats.ask(ANNA, "/help"), chats.ask(TOM, "/help"))
        assert all("/latest" in answer["text"] for answer in answers)


async def test_a_lost_answer_of_a_poll_is_asked_for_again(
    polling: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader is answered once."""
    _hurry(monkeypatch)
    chats = Chats(telegram.world)
    async with running(polling):
        telegram.faults.set({"drop": {"times": 2}, "methods": ["getUpdates"]})
        assert "/latest" in (await chats.ask(ANNA, "/help"))["text"]
        assert len(chats.said(ANNA)) == 1


async def test_a_push_reaches_all_readers_through_an_outage(
    polling: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram fails in the middle of it; no reader gets it twice."""
    monkeypatch.setattr("bot.delivery.sender._FIRST_WAIT_S", 0.02)
    async with running(polling) as app:
        people = await add_subscribers(app.database, 60)
        telegram.world.add_readers(60, first=people[0])
        telegram.faults.set({"fail": {"times": 40, "status": 500}, "methods": ["sendMessage"]})
        await _push(app)
        await telegram.world.until(lambda: all(_times(telegram.world, person) for person in people))
    assert {_times(telegram.world, person) for person in people} == {1}


async def test_nothing_is_sent_during_a_flood(
    polling: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a 429 nothing is sent until its time has passed; then all get the push once."""
    sends: list[float] = []
    floods: list[float] = []
    call, flood = AiohttpRequest.call, Pacer.flood

    async def noted_call(request: AiohttpRequest, url: str, *given: Any, **named: Any) -> Any:
        if url.endswith("/sendMessage"):
            sends.append(time.monotonic())
        return await call(request, url, *given, **named)

    def noted_flood(pacer: Pacer, seconds: float) -> None:
        floods.append(time.monotonic())
        flood(pacer, seconds)

    monkeypatch.setattr(AiohttpRequest, "call", noted_call)
    monkeypatch.setattr(Pacer, "flood", noted_flood)
    slow = polling.model_copy(update={"send_rate": 10})
    async with running(slow) as app:
        people = await add_subscribers(app.database, 5)
        telegram.world.add_readers(5, first=people[0])
        telegram.faults.set({"flood": {"times": 1, "retry_after": 2}, "methods": ["sendMessage"]})
        await _push(app)
        await telegram.world.until(lambda: all(_times(telegram.world, person) for person in people))
    assert {_times(telegram.world, person) for person in people} == {1}
    [flooded] = floods
    assert len(sends) == len(people) + 1
    assert min(moment for moment in sends if moment > flooded) >= flooded + 2


async def test_a_push_notices_readers_that_blocked_the_bot(polling: Settings, telegram: Sandbox) -> None:
    """No update said so; the other readers get the push."""
    chats = Chats(telegram.world)
    async with running(polling) as app:
        for person in (ANNA, OLENA, TOM):
            await chats.ask(person, "/start")
        telegram.world.people.blocked.add(OLENA)
        broadcast_id = await _push(app)
        await telegram.world.until(lambda: bool(_times(telegram.world, ANNA) and _times(telegram.world, TOM)))
    async with open_app(polling) as app:
        progress = (await app.services.broadcasts.status(broadcast_id)).progress
        assert (progress.sent, progress.blocked, progress.failed) == (2, 1, 0)
        assert (await get_subscriber(app.database, OLENA)).state is SubscriberState.BLOCKED


async def test_a_push_that_telegram_refuses_pauses_itself(
    polling: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After twenty-five refusals in a row; the editor gets the reason."""
    chats = Chats(telegram.world)
    async with running(polling.model_copy(update={"send_rate": 50})) as app:
        await chats.ask(EDITH, "/start")
        people = await add_subscribers(app.database, 200)
        telegram.world.add_readers(200, first=people[0])
        telegram.faults.set({"fail": {"times": 25, "status": 400}, "methods": ["sendMessage"]})
        broadcast_id = await _push(app)
        said = chats.said(EDITH)[-1]["message_id"]
        told = await telegram.world.bot_message(EDITH, after=said)
        while not told["text"].startswith(f"Broadcast {broadcast_id} paused itself"):
            told = await telegram.world.bot_message(EDITH, after=told["message_id"])
    async with open_app(polling) as app:
        status = await app.services.broadcasts.status(broadcast_id)
        assert status.broadcast.state == "paused"
        assert status.waiting > 0


async def test_a_wrong_token_ends_the_start(polling: Settings) -> None:
    """One sentence names the setting."""
    settings = polling.model_copy(update={"bot_token": SecretStr("42:another-token-that-is-not-known-here")})
    with pytest.raises(ConfigError, match=r"^BOT_TOKEN is wrong: Telegram does not know this token\.$"):
        async with running(settings):
            pass


async def test_a_token_that_was_revoked_ends_the_run(polling: Settings, telegram: Sandbox) -> None:
    """@BotFather gave out a new token while the bot ran: it ends and says so, instead of polling on."""
    async with open_app(polling) as app:
        started = asyncio.Event()
        run = asyncio.create_task(app.run(asyncio.Event(), started=started.set))
        await started.wait()
        telegram.token = "42:the-new-token-which-the-bot-does-not-have"
        telegram.world.say(ANNA, ANNA, "/help")
        with pytest.raises(ConfigError, match="BOT_TOKEN is wrong"):
            await soon(run)


async def test_a_taken_port_ends_the_start(webhook: Settings) -> None:
    """The second of two bots on one port ends with one sentence that names the setting."""
    async with running(webhook):
        with pytest.raises(ConfigError, match="HTTP_PORT is wrong"):
            async with running(webhook):
                pass


async def test_a_stop_in_the_middle_of_a_push_loses_and_repeats_nothing(
    either: Settings, telegram: Sandbox
) -> None:
    """Sends on the wire are waited for, and no other begins; after a start, all readers get the push once."""
    chats = Chats(telegram.world)
    settings = either.model_copy(update={"send_rate": 100})
    async with running(settings) as app:
        await published(app.services)
        people = await add_subscribers(app.database, 200)
        telegram.world.add_readers(200, first=people[0])
        telegram.faults.set({"slow_ms": 300, "methods": ["sendMessage"]})
        await _push(app)
        await telegram.world.until(lambda: sum(_times(telegram.world, one) for one in people) >= 10)
        telegram.world.say(ANNA, ANNA, "/help")
        on_the_wire = limits_for(100).window
        before = sum(_times(telegram.world, one) for one in people)
        begun = time.monotonic()
    assert time.monotonic() - begun < PATIENCE
    assert 10 <= sum(_times(telegram.world, one) for one in people) <= before + on_the_wire
    telegram.faults.clear()
    async with running(settings):
        await telegram.world.until(lambda: all(_times(telegram.world, one) for one in people))
        await chats.handled()
    assert {_times(telegram.world, one) for one in people} == {1}
    assert len(chats.said(ANNA)) == 1
