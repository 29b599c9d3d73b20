"""Requests that no correct client sends."""

import io

import aiohttp
import pytest

from bot.sandbox.world.files import MAX_UPLOAD
from tests.waiting import PATIENCE

from .conftest import OLENA, TOKEN, Caller

FORM, MULTIPART, JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"

BODIES = [
    (b"x", MULTIPART),
    (b"--a\r\nfoo", f"{MULTIPART}; boundary=a"),
    (b"--a\r\nContent-Disposition: form-data\r\n\r\nx\r\n--a--", f"{MULTIPART}; boundary=a"),
    (b"text=x", f"{FORM}; charset=nope"),
    (b"{", JSON),
    (b"[]", JSON),
    (b'"x"', JSON),
    (b"\xff", JSON),
    (b'{"text":"\\ud800"}', JSON),
    (b'{"reply_markup":' + b"[" * 5000 + b"]" * 5000 + b"}", JSON),
]


@pytest.mark.parametrize(("body", "kind"), BODIES)
async def test_unreadable_bodies_are_bad_requests(caller: Caller, body: bytes, kind: str) -> None:
    """A body that cannot be parsed is refused in Telegram's form, never with a server error."""
    url = f"{caller.sandbox.url}/bot{TOKEN}/sendMessage"
    async with caller.session.post(url, data=body, headers={"Content-Type": kind}) as answer:
        assert answer.status == 400
        assert "body" in (await answer.json())["description"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("chat_id", "9" * 5000),
        ("reply_markup", '{"inline_keyboard":[[{"text":"\\ud800","callback_data":"x"}]]}'),
        ("entities", '[{"type":"bold","offset":0,"length":1e999}]'),
    ],
)
async def test_impossible_values_in_forms(caller: Caller, field: str, value: str) -> None:
    """Numbers beyond 64 bits and lone surrogates are refused, not stored."""
    fields = {"chat_id": str(OLENA), "text": "x", field: value}
    async with caller.session.post(f"{caller.sandbox.url}/bot{TOKEN}/sendMessage", data=fields) as answer:
        assert answer.status == 400


async def test_a_file_beyond_the_limit(caller: Caller) -> None:
    """A file of more than 50 MB gets a 413, as from Telegram."""
    form = aiohttp.FormData({"chat_id": str(OLENA)})
    form.add_field("document", io.BytesIO(bytes(MAX_UPLOAD + 1)), filename="a")
    async with caller.session.post(f"{caller.sandbox.url}/bot{TOKEN}/sendDocument", data=form) as answer:
        assert answer.status == 413
        assert (await answer.json())["description"] == "Request Entity Too Large"


@pytest.mark.parametrize("url", ["http://[::1/", "https://", "nowhere"])
async def test_bad_webhook_addresses(caller: Caller, url: str) -> None:
    """A bad webhook address is refused at once."""
    assert "bad webhook" in await caller.refused("setWebhook", url=url)


@pytest.mark.parametrize("url", ["http://a..b/", "http://x:99999/"])
async def test_webhooks_at_impossible_hosts(caller: Caller, url: str) -> None:
    """An impossible host is reported as an error, and sending goes on trying."""
    sandbox = caller.sandbox
    await caller.ok("setWebhook", url=url)
    sandbox.world.say(OLENA, OLENA, "x")
    assert await sandbox.webhook.failed.until(lambda: sandbox.webhook.error is not None, PATIENCE)
    assert "last_error_message" in await caller.ok("getWebhookInfo")
