"""A part of the bot fails: the others go on, it starts again, and `/health` names it meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.config import Role, Settings
from bot.runtime.app import App, open_app
from bot.sandbox.server import Sandbox
from bot.sandbox.world.world import World
from storage.deliveries import leases, rates
from storage.words import BroadcastState
from tests.chats import ANNA, EDITH
from tests.factories import add_subscribers, analysis
from tests.running import running, watched


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the rests of a part after a failure: they are not what is tested."""
    monkeypatch.setattr("bot.runtime.supervisor._FIRST_PAUSE_S", 0.01)
    monkeypatch.setattr("bot.runtime.supervisor._LONGEST_PAUSE_S", 0.02)


@pytest.fixture
def on_postgresql(webhook: Settings, postgres_url: str) -> Settings:
    """Settings for PostgreSQL, where processes share the rate."""
    return webhook.model_copy(update={"database_url": postgres_url})


async def push(app: App, headline: str) -> int:
    added = await app.services.stories.add(analysis(headline), actor="test")
    broadcast_id = await app.services.review.publish(added.story.id, actor="test", push=True)
    assert broadcast_id is not None
    return broadcast_id


def times(world: World, person: int, headline: str) -> int:
    return sum(one["text"].startswith(headline) for one in world.messages(person))


async def health(settings: Settings) -> tuple[int, Any]:
    async with aiohttp.ClientSession() as session, session.get(f"{settings.webhook_url}/health") as answer:
        return answer.status, await answer.json()


def failing(
    monkeypatch: pytest.MonkeyPatch, module: Any, verb: str, *, always: bool = False
) -> Callable[[], None]:
    """Make a function of ours fail: until the returned function is called, or once."""
    real = getattr(module, verb)

    async def fail(*_given: object, **_named: object) -> None:
        if not always:
            monkeypatch.setattr(module, verb, real)
        raise ZeroDivisionError("ours")

    monkeypatch.setattr(module, verb, fail)
    return lambda: monkeypatch.setattr(module, verb, real)


@pytest.mark.parametrize(
    "fault",
    [(rates, "lock", "shared rate"), (leases, "observe", "worker")],
    ids=["rate", "leases"],
)
async def test_a_push_survives_an_error_in_any_part(
    on_postgresql: Settings,
    telegram: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: tuple[Any, str, str],
) -> None:
    """It is logged with the part's name; each reader gets the push once; then the bot is well again."""
    module, verb, part = fault
    async with running(on_postgresql) as app:
        people = await add_subscribers(app.database, 60)
        telegram.world.add_readers(60, first=people[0])
        failing(monkeypatch, module, verb)
        await push(app, "A push in trouble")
        await telegram.world.until(
            lambda: all(times(telegram.world, person, "A push in trouble") for person in people)
        )
        assert await health(on_postgresql) == (200, {"healthy": True, "failing": []})
    assert {times(telegram.world, person, "A push in trouble") for person in people} == {1}
    assert part in {getattr(record, "part", None) for record in caplog.records}


async def test_health_names_a_part_that_keeps_failing(
    on_postgresql: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing can be sent while the rate cannot be read; `/health` says which part it is."""
    async with running(on_postgresql):
        assert await health(on_postgresql) == (200, {"healthy": True, "failing": []})
        mend = failing(monkeypatch, rates, "lock", always=True)
        with watched("bot.runtime.supervisor", "a part failed") as failed:
            telegram.world.say(ANNA, ANNA, "/help")
            await failed.wait()
        while await health(on_postgresql) != (503, {"healthy": False, "failing": ["shared rate"]}):
            pass
        mend()
        await telegram.world.bot_message(ANNA, after=0)


@asynccontextmanager
async def deaf(telegram: Sandbox, monkeypatch: pytest.MonkeyPatch, chat: int) -> AsyncIterator[None]:
    """Make Telegram accept messages to this chat and never answer, for the time of the `async with`."""
    hears = asyncio.Event()
    call = telegram.api.call

    async def hang(name: str, raw: dict[str, Any], *given: Any) -> Any:
        if name.lower() == "sendmessage" and str(raw.get("chat_id")) == str(chat):
            await hears.wait()
        return await call(name, raw, *given)

    monkeypatch.setattr(telegram.api, "call", hang)
    try:
        yield
    finally:
        hears.set()


async def test_an_editor_that_cannot_be_reached_holds_up_no_push(
    polling: Settings, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A push pauses itself and is resumed before its editor was notified: it and the next one go on."""
    telegram.world.people.started.add(EDITH)
    async with running(polling.model_copy(update={"send_rate": 50})) as app:
        people = await add_subscribers(app.database, 60)
        telegram.world.add_readers(60, first=people[0])
        async with deaf(telegram, monkeypatch, EDITH):
            first = await _refused(app, telegram, "The first one")
            telegram.faults.clear()
            await app.services.control.resume(first, actor="test")
            await _until(app, first, BroadcastState.FINISHED)
            reached = sum(times(telegram.world, one, "The first one") for one in people)
            progress = (await app.services.broadcasts.status(first)).progress
            assert (reached, reached + progress.failed) == (progress.sent, len(people))
            assert reached > 0
            second = await _refused(app, telegram, "The second one")
            telegram.faults.clear()
        told = await telegram.world.bot_message(EDITH, after=0)
        while not told["text"].startswith(f"Broadcast {second} paused itself"):
            told = await telegram.world.bot_message(EDITH, after=told["message_id"])


async def _refused(app: App, telegram: Sandbox, headline: str) -> int:
    """Return a push that paused itself, since Telegram refused it again and again."""
    telegram.faults.set({"fail": {"times": 10_000, "status": 400}, "methods": ["sendMessage"]})
    with watched("bot.delivery.broadcast_notes", "broadcast pauses itself") as paused:
        broadcast_id = await push(app, headline)
        await paused.wait()
    await _until(app, broadcast_id, BroadcastState.PAUSED)
    return broadcast_id


async def _until(app: App, broadcast_id: int, state: BroadcastState) -> None:
    while (await app.services.broadcasts.status(broadcast_id)).broadcast.state is not state:
        pass


async def test_a_process_in_the_role_web_takes_no_worker_identity(
    on_postgresql: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the next worker would take it for its dead predecessor."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    async with open_app(on_postgresql, role=Role.WEB) as web:
        assert web.worker is None
        assert list(tmp_path.glob("*.lock")) == []
        async with open_app(on_postgresql, role=Role.WORKER) as worker:
            assert worker.worker is not None
            assert len(list(tmp_path.glob("*.lock"))) == 1
