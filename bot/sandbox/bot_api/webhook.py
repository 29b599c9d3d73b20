"""The webhook: send updates to the bot."""

import asyncio
import re
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

import aiohttp
import orjson

from bot.sandbox.bot_api.refusals import Refusal, bad_request
from bot.sandbox.bot_api.updates import Update, Updates
from bot.sandbox.text.spans import host_of
from bot.sandbox.world.signals import Signal

Call = Callable[[str, dict[str, Any]], Awaitable[Any]]

SIGNATURE_HEADER = "X-Telegram-Bot-Api-Secret-Token"
# core.telegram.org/bots/api#setwebhook
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
CONNECTIONS, MAX_CONNECTIONS = 40, 100
# A failed request is repeated at once, then after 2, 4, 8 … seconds, as Telegram does (observed).
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
ANSWER_SECONDS = 60.0
SUCCESS = range(200, 300)  # HTTP status


class Webhook:
    """Posts updates to the bot until it accepts them: in order within a chat, and for many chats at once."""

    def __init__(
        self,
        updates: Updates,
        *,
        clock: Callable[[], datetime],
        call: Call,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._updates = updates
        self._clock = clock
        self._call = call
        self._pause = pause
        # The Unix time of the last failure, and its reason.
        self.error: tuple[int, str] | None = None
        self.failed = Signal()
        self._sending: asyncio.Task[None] | None = None

    def set(self, given: dict[str, Any]) -> None:
        """Apply setWebhook's parameters and start sending; an empty address stops it. Raises Refusal.

        Telegram accepts only https at four ports; the sandbox also accepts http, since the bot is local.
        """
        if not given["url"]:
            self.remove()
            return
        if "certificate" in given:
            raise bad_request("the sandbox does not support certificates")
        if not given["url"].startswith(("http://", "https://")) or not host_of(given["url"]):
            raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
        if "secret_token" in given and not _SECRET.fullmatch(given["secret_token"]):
            raise bad_request("secret token contains unallowed characters")
        if not 1 <= given.get("max_connections", CONNECTIONS) <= MAX_CONNECTIONS:
            raise bad_request(f"max_connections must be 1-{MAX_CONNECTIONS}")
        self._updates.direct(
            {
                "url": given["url"],
                "secret": given.get("secret_token"),
                "connections": given.get("max_connections", CONNECTIONS),
            }
        )
        self.error = None
        self.resume()

    def remove(self) -> None:
        """Stop sending; unconfirmed updates stay for getUpdates."""
        self._updates.direct(None)
        self._cancel()

    def resume(self) -> None:
        """Start sending if a webhook is set."""
        self._cancel()
        if webhook := self._updates.webhook:
            sender = _WebhookSender(self._updates, webhook, self._call, self._pause, self._failed)
            self._sending = asyncio.get_running_loop().create_task(sender.run())

    def info(self) -> dict[str, Any]:
        """Return the answer to `getWebhookInfo`."""
        webhook = self._updates.webhook
        info: dict[str, Any] = {
            "url": webhook["url"] if webhook else "",
            "has_custom_certificate": False,
            "pending_update_count": len(self._updates),
        }
        if webhook:
            info["max_connections"] = webhook["connections"]
            if self.error:
                info["last_error_date"], info["last_error_message"] = self.error
        if self._updates.allowed is not None:
            info["allowed_updates"] = sorted(self._updates.allowed)
        return info

    async def close(self) -> None:
        """Stop, and wait for open requests to end."""
        sending = self._sending
        self._cancel()
        if sending is not None:
            await asyncio.wait([sending])

    def _cancel(self) -> None:
        if self._sending is not None:
            self._sending.cancel()
            self._sending = None

    def _failed(self, reason: str) -> None:
        self.error = int(self._clock().timestamp()), reason
        self.failed.set()


class _WebhookSender:
    """Sends updates to one webhook, with a queue for each chat."""

    def __init__(
        self,
        updates: Updates,
        webhook: dict[str, Any],
        call: Call,
        pause: Callable[[float], Awaitable[None]],
        failed: Callable[[str], None],
    ) -> None:
        self._updates = updates
        self._url = webhook["url"]
        self._headers = {SIGNATURE_HEADER: webhook["secret"]} if webhook["secret"] else {}
        self._connections = asyncio.Semaphore(webhook["connections"])
        self._call = call
        self._pause = pause
        self._failed = failed
        self._queues: dict[int, deque[Update]] = {}
        self._newest = 0

    async def run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=self._headers) as session,
            asyncio.TaskGroup() as senders,
        ):
            while True:
                for update in self._new_updates():
                    if update.chat in self._queues:
                        self._queues[update.chat].append(update)
                    else:
                        self._queues[update.chat] = deque([update])
                        senders.create_task(self._send_queue(update.chat, session))
                await self._updates.arrived.wait()

    def _new_updates(self) -> list[Update]:
        new = self._updates.after(self._newest)
        if new:
            self._newest = new[-1].id
        return new

    async def _send_queue(self, chat: int, session: aiohttp.ClientSession) -> None:
        waiting = self._queues[chat]
        while waiting:
            await self._send(waiting[0], session)
            self._updates.confirm(waiting.popleft())
        del self._queues[chat]

    async def _send(self, update: Update, session: aiohttp.ClientSession) -> None:
        pause = 0.0
        while not await self._post(update, session):
            await self._pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE) if pause else FIRST_PAUSE

    async def _post(self, update: Update, session: aiohttp.ClientSession) -> bool:
        try:
            async with (
                self._connections,
                session.post(self._url, json=update.as_json(), allow_redirects=False) as answer,
            ):
                if answer.status not in SUCCESS:
                    self._failed(f"Wrong response from the webhook: {answer.status} {answer.reason}")
                    return False
                body = await answer.read()
                is_json = answer.content_type == "application/json"
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:  # ValueError: an impossible host
            self._failed(str(error) or "Read timeout expired")
            return False
        if is_json and body:
            await self._answer_method(body)
        return True

    async def _answer_method(self, body: bytes) -> None:
        """Carry out the method in the bot's answer; as with Telegram, the bot does not get its result."""
        try:
            call = orjson.loads(body)
            await self._call(call.pop("method"), call)
        except (ValueError, AttributeError, KeyError) as error:
            self._failed(f"Wrong method in the webhook's answer: {error}")
        except Refusal as refusal:
            self._failed(refusal.description)
