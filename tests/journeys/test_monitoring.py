"""Monitoring of a whole bot: every role answers, whatever is away; what happens is counted and logged."""

import asyncio
import io
import json
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from bot import logs
from bot.config import Role, Settings
from bot.runtime.app import open_app
from bot.runtime.web import answering_while_waiting
from bot.sandbox.server import Sandbox
from tests.chats import ANNA, EDITH, OLENA, Chats
from tests.factories import add_subscribers, analysis
from tests.running import handled, running, watched
from tests.waiting import comes_true, soon

WORDS = "the words of a reader"


class Monitor:
    """Asks a bot on this machine, as Prometheus and an orchestrator do."""

    def __init__(self, session: aiohttp.ClientSession, port: int) -> None:
        self._session = session
        self._address = f"http://127.0.0.1:{port}"

    async def status(self, path: str) -> int:
        async with self._session.get(self._address + path) as answer:
            return answer.status

    async def told(self, path: str) -> tuple[int, Any]:
        """Return the status and the JSON of a page."""
        async with self._session.get(self._address + path) as answer:
            return answer.status, await answer.json()

    async def numbers(self) -> dict[str, float]:
        """Return each number by its name and labels, as they stand on the page."""
        async with self._session.get(f"{self._address}/metrics") as answer:
            assert answer.status == 200
            lines = (await answer.text()).splitlines()
        pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
        return {name: float(value) for name, _, value in pairs}


@pytest.fixture
def watched_settings(polling: Settings, unused_tcp_port: int) -> Settings:
    """A bot that polls, and whose port the test knows."""
    return polling.model_copy(update={"http_port": unused_tcp_port})


@pytest.fixture
async def monitor(unused_tcp_port: int) -> AsyncIterator[Monitor]:
    async with aiohttp.ClientSession() as session:
        yield Monitor(session, unused_tcp_port)


@pytest.mark.parametrize("role", list(Role))
async def test_every_role_can_be_monitored(
    webhook: Settings, postgres_url: str, monitor: Monitor, role: Role
) -> None:
    """A worker has these pages and no others; the numbers name the role."""
    settings = webhook.model_copy(update={"database_url": postgres_url})
    async with running(settings, role=role):
        assert await monitor.told("/live") == (200, {"live": True, "reasons": []})
        assert await monitor.told("/ready") == (200, {"ready": True, "reasons": [], "troubles": []})
        assert await monitor.told("/health") == (200, {"healthy": True, "failing": []})
        [build] = [name for name in await monitor.numbers() if name.startswith("comeback_build_info")]
        assert f'role="{role.value}"' in build
        assert await monitor.status("/telegram") == (404 if role is Role.WORKER else 405)


async def test_what_the_bot_does_is_counted(
    watched_settings: Settings, telegram: Sandbox, monitor: Monitor
) -> None:
    """A push to five readers, of whom one is gone; a command, and words that are looked up; no chat."""
    chats = Chats(telegram.world)
    async with running(watched_settings) as app:
        people = await add_subscribers(app.database, 5)
        telegram.world.add_readers(4, first=people[0])
        answer = await chats.ask(ANNA, "/help")
        await chats.ask(ANNA, WORDS)
        await chats.ask(ANNA, "/latest")
        added = await app.services.stories.add(analysis("A push that is counted"), actor="test")
        await app.services.review.publish(added.story.id, actor="test", push=True)

        async def all_are_counted() -> bool:
            return await _delivered(monitor) == {"sent": 4, "gone": 1}

        await comes_true(all_are_counted)
        await handled()
        found = await monitor.numbers()
    assert answer
    assert found["comeback_send_seconds_count"] == 5
    assert found['comeback_update_seconds_count{handler="/help"}'] == 1
    assert found['comeback_update_seconds_count{handler="message"}'] == 1
    assert found['comeback_update_seconds_count{handler="job look up"}'] == 1
    lanes = {name for name in found if name.startswith("comeback_queue_depth")}
    assert lanes == {
        f'comeback_queue_depth{{lane="{lane}"}}' for lane in ("reply", "notice", "broadcast", "inbox")
    }
    assert found["comeback_outage"] == 0
    assert not [name for name in found if any(str(chat) in name for chat in (ANNA, *people))]
    assert WORDS not in str(found)


async def _delivered(monitor: Monitor) -> dict[str, int]:
    found = await monitor.numbers()
    name = "comeback_deliveries_total"
    counted = {one.split('"')[1]: int(number) for one, number in found.items() if one.startswith(name)}
    return {outcome: number for outcome, number in counted.items() if number}


async def test_an_outage_of_telegram_at_the_start_ends_no_process(
    watched_settings: Settings, telegram: Sandbox, monitor: Monitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It lives and is not ready; other pages ask for patience. When Telegram answers, it goes on."""
    monkeypatch.setattr("bot.runtime.startup._FIRST_WAIT_S", 0.05)
    monkeypatch.setattr("bot.runtime.startup._LONGEST_WAIT_S", 0.05)
    monkeypatch.setattr("bot.runtime.app._OUTAGE_S", 0.1)
    telegram.faults.set({"fail": {"times": 1_000_000, "status": 502}, "methods": ["getMe"]})
    stopping, started = asyncio.Event(), asyncio.Event()
    settings = watched_settings.model_copy(update={"public_url": "https://bot.example.org", "desk": True})
    async with open_app(settings) as app:
        with watched("bot.runtime.startup", "cannot be reached") as tried:
            run = asyncio.create_task(app.run(stopping, started.set))
            await tried.wait()
        assert await monitor.told("/live") == (200, {"live": True, "reasons": []})
        while not (await monitor.told("/ready"))[1]["troubles"]:
            pass
        assert await monitor.told("/ready") == (
            503,
            {"ready": False, "reasons": ["starting"], "troubles": ["Telegram does not answer"]},
        )
        assert (await monitor.numbers())["comeback_outage"] == 1
        assert {await monitor.status(path) for path in ("/desk", "/h/1-x", "/nothing")} == {503}
        telegram.faults.clear()
        await soon(started.wait())
        assert await monitor.told("/ready") == (200, {"ready": True, "reasons": [], "troubles": []})
        assert await monitor.status("/nothing") == 404
        stopping.set()
        await soon(run)


async def test_a_database_that_is_late_ends_no_process(watched_settings: Settings, monitor: Monitor) -> None:
    """The process lives while it waits, says what for, and leaves the port to the bot afterwards."""
    async with answering_while_waiting(watched_settings, Role.ALL):
        assert await monitor.told("/live") == (200, {"live": True, "reasons": []})
        assert await monitor.told("/ready") == (
            503,
            {"ready": False, "reasons": ["starting", "the database does not answer"], "troubles": []},
        )
        assert await monitor.status("/metrics") == 503
    async with running(watched_settings):
        assert await monitor.status("/ready") == 200


async def test_a_process_whose_port_is_taken_says_so_in_one_line(
    watched_settings: Settings, telegram: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """And runs: readers are answered."""
    with socket.create_server(("127.0.0.1", watched_settings.http_port)):
        async with (
            answering_while_waiting(watched_settings, Role.ALL),
            running(watched_settings),
        ):
            await Chats(telegram.world).ask(ANNA, "/help")
    lines = [one.getMessage() for one in caplog.records if one.name == "bot.runtime.web"]
    assert lines == ["HTTP_PORT is taken: this process has no desk and no /live, /ready and /metrics"]


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """All that is logged as JSON, at the most verbose."""
    root, before, level = logging.getLogger(), logging.getLogger().handlers[:], logging.getLogger().level
    logs.configure("DEBUG", "json")
    [handler] = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    handler.setStream(stream)
    yield stream
    root.handlers[:], root.level = before, level


async def test_the_log_names_no_chat_and_repeats_no_words(
    watched_settings: Settings, telegram: Sandbox, written: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fails meanwhile. Lines of one update, and of one broadcast, belong together."""
    chats = Chats(telegram.world)

    async def fail(*_given: object, **_named: object) -> None:
        raise ValueError(f"invalid literal for int() with base 10: {WORDS!r}")

    async with running(watched_settings) as app:
        people = await add_subscribers(app.database, 40)
        telegram.faults.set({"fail": {"times": 40, "status": 400}, "methods": ["sendMessage"]})
        added = await app.services.stories.add(analysis("A push that is refused"), actor="test")
        await app.services.review.publish(added.story.id, actor="test", push=True)
        await comes_true(_said(written, "broadcast pauses itself"))
        telegram.faults.clear()
        telegram.world.say(OLENA, OLENA, WORDS)
        await comes_true(_said(written, "an editor cannot be notified"))
        monkeypatch.setattr(app.services.published, "latest", fail)
        await chats.ask(ANNA, "/latest")
        await handled()
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    known = {"time", "level", "logger", "message", "correlation", "error", "traceback"} | logs.FIELDS
    assert set().union(*lines) <= known
    for secret in (WORDS, telegram.token.partition(":")[2], *map(str, (ANNA, OLENA, EDITH, *people))):
        assert secret not in written.getvalue()
    [failed] = [line for line in lines if line["message"] == "a handler failed"]
    assert failed["error"] == "ValueError"
    assert failed["correlation"].startswith("update-")
    [paused] = [line for line in lines if line["message"] == "broadcast pauses itself"]
    assert paused["correlation"] == f"broadcast-{paused['broadcast']}"


def _said(written: io.StringIO, message: str) -> Any:
    async def is_there() -> bool:
        return message in written.getvalue()

    return is_there
