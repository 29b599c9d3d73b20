"""The webhook: which requests are accepted, and when they are answered."""

import asyncio
import io
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import orjson
import pytest
from sqlalchemy import func, select
from yarl import URL

from bot.config import Settings
from bot.runtime.app import App
from bot.sandbox.server import Sandbox
from bot.web.server import WEBHOOK_PATH
from storage.models import InboxUpdate, Subscriber
from tests.chats import ANNA, OLENA, Chats
from tests.running import handled, running

HEADER = "X-Telegram-Bot-Api-Secret-Token"
SECRET = "a-secret-of-the-tests"


class WebhookClient:
    """Posts to the webhook as Telegram does, or as a stranger does."""

    def __init__(self, session: aiohttp.ClientSession, settings: Settings) -> None:
        self._session = session
        self.url = settings.webhook_url

    async def post(self, body: bytes | io.BytesIO, secret: str | None = SECRET) -> int:
        """Post to the webhook; return the status of the answer."""
        headers = {HEADER: secret} if secret is not None else {}
        async with self._session.post(self.url + WEBHOOK_PATH, data=body, headers=headers) as answer:
            return answer.status

    async def deliver(self, update_id: int, text: str, person: int = ANNA) -> int:
        """Deliver a message of a reader; return the status of the answer."""
        message = {
            "message_id": update_id,
            "date": 1_795_000_000,
            "chat": {"id": person, "type": "private", "first_name": "Reader"},
            "from": {"id": person, "is_bot": False, "first_name": "Reader", "language_code": "en"},
            "text": text,
            "entities": [{"type": "bot_command", "offset": 0, "length": len(text)}],
        }
        return await self.post(orjson.dumps({"update_id": update_id, "message": message}))

    async def get(self, path: str) -> tuple[int, Any]:
        """Return the status and the JSON of a page."""
        async with self._session.get(self.url + path) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def app(webhook: Settings, telegram: Sandbox) -> AsyncIterator[App]:
    """The bot behind a webhook; Anna and Olena have started it."""
    telegram.world.people.started |= {ANNA, OLENA}
    async with running(webhook) as running_app:
        yield running_app


@pytest.fixture
async def client(app: App) -> AsyncIterator[WebhookClient]:
    """A client of the bot's webhook."""
    async with aiohttp.ClientSession() as session:
        yield WebhookClient(session, app.settings)


async def _stored(app: App) -> tuple[int, int]:
    """Return how many updates and subscribers the database holds."""
    async with app.database.read() as session:
        return (
            await session.scalar(select(func.count()).select_from(InboxUpdate)) or 0,
            await session.scalar(select(func.count()).select_from(Subscriber)) or 0,
        )


async def test_a_wrong_secret_changes_nothing(client: WebhookClient, app: App) -> None:
    """It is answered with 403; neither the update nor its sender is stored."""
    good = (
        b'{"update_id": 7, "message": {"message_id": 1, "date": 1, "chat": {"id": 1002, "type": "private"}}}'
    )
    for secret in (None, "", "wrong", SECRET[:-1], SECRET + "x", SECRET.upper(), "й" * 10):
        assert await client.post(good, secret) == 403
    assert await _stored(app) == (0, 0)


async def test_a_secret_that_is_not_text_is_refused(app: App) -> None:
    """403 for bytes that no ordinary client could send."""
    url = URL(app.settings.webhook_url)
    reader, writer = await asyncio.open_connection(url.host, url.port)
    head = f"POST {WEBHOOK_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n{HEADER}: "
    writer.write(head.encode() + b"\xff\xfe\r\n\r\n")
    assert b" 403 " in await reader.readline()
    writer.close()
    await writer.wait_closed()


async def test_a_body_that_is_not_an_update_changes_nothing(client: WebhookClient, app: App) -> None:
    """It is answered with 400, and the next update is handled."""
    shapes = [b"", b"{", b"\xff\xfe", b"[]", b"7", b"null", b"{}", b"[" * 100_000]
    ids = [b'{"update_id": %b}' % number for number in (b'"7"', b"null", b"7.5", b"1e99", b"9" * 20)]
    for body in (*shapes, *ids):
        assert await client.post(body) == 400
    assert await _stored(app) == (0, 0)
    assert await client.deliver(8, "/help") == 200


async def test_a_body_that_is_far_too_large_is_refused(client: WebhookClient, app: App) -> None:
    """413 before it is read; nothing is stored."""
    assert await client.post(io.BytesIO(b" " * (2 * 1024 * 1024))) == 413
    assert await _stored(app) == (0, 0)


async def test_a_strange_update_does_not_stop_the_next(client: WebhookClient) -> None:
    """Future kinds of updates and unknown shapes are answered with 200, and the bot goes on.

    Telegram repeats an update that is not answered with 200, and the chat's next updates wait behind it.
    """
    strange = [
        b"",
        b', "message": {"message_id": 1}',
        b', "message": {"message_id": 1, "date": "x", "chat": 5}',
        b', "message": "hello"',
        b', "callback_query": {"id": "1", "from": {"id": 1002}}',
        b', "something_new": {"chat": {"id": "x"}}',
    ]
    for place, rest in enumerate(strange):
        assert await client.post(b'{"update_id": %d%b}' % (100 + place, rest)) == 200
    assert await client.deliver(10, "/help") == 200


async def test_an_update_that_is_delivered_twice_is_handled_once(
    client: WebhookClient, telegram: Sandbox
) -> None:
    """Five times at once and once more later: one answer, and Telegram may stop after any of them."""
    statuses = await asyncio.gather(*(client.deliver(11, "/help") for _ in range(5)))
    assert set(statuses) == {200}
    assert await client.deliver(11, "/help") == 200
    await handled()
    assert len(Chats(telegram.world).said(ANNA)) == 1


async def test_200_comes_before_the_update_is_handled(
    client: WebhookClient, app: App, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A handler that waits holds none of Telegram's connections; its chat's next update waits for it."""
    entered, release = asyncio.Event(), asyncio.Event()
    showable = app.services.appeals.showable

    async def slow() -> Any:
        entered.set()
        await release.wait()
        return await showable()

    monkeypatch.setattr(app.services.appeals, "showable", slow)
    chats = Chats(telegram.world)
    assert await client.deliver(12, "/donate") == 200
    await entered.wait()
    assert [await client.deliver(13, "/help"), await client.deliver(14, "/help", OLENA)] == [200, 200]
    await telegram.world.until(lambda: len(chats.said(OLENA)) == 1)
    assert chats.said(ANNA) == []
    release.set()
    await handled()
    assert len(chats.said(ANNA)) == 2


async def test_an_update_whose_handler_fails_is_not_repeated(
    client: WebhookClient, app: App, telegram: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The reader got an answer; the same update would only give them the same again."""

    async def fail() -> Any:
        raise RuntimeError("broken")

    monkeypatch.setattr(app.services.appeals, "showable", fail)
    assert [await client.deliver(14, "/donate"), await client.deliver(14, "/donate")] == [200, 200]
    await handled()
    [told] = Chats(telegram.world).said(ANNA)
    assert told["text"].startswith("Something went wrong on our side.")


async def test_the_health_page_says_that_the_bot_is_well(client: WebhookClient) -> None:
    """The webhook itself accepts only posts."""
    assert await client.get("/health") == (200, {"healthy": True, "failing": []})
    async with aiohttp.ClientSession() as session, session.get(client.url + WEBHOOK_PATH) as answer:
        assert answer.status == 405
