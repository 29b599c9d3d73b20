"""Delivering updates to the bot's webhook."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson

from bot.sandbox.bot_api.refusals import Refusal, bad_request
from bot.sandbox.text.spans import host_of
from bot.sandbox.world.signals import Signal

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.sandbox.bot_api.updates import Update, Updates

    Call = Callable[[str, dict[str, Any]], Awaitable[Any]]

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 -- the header's name
# core.telegram.org/bots/api#setwebhook
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
CONNECTIONS, MAX_CONNECTIONS = 40, 100
# A failed delivery is repeated at once, then after 2, 4, 8 … seconds, as Telegram is seen to do.
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 60.0
ANSWER_SECONDS = 60.0


class Webhook:
    """Posts updates to the bot: in order within a chat, chats side by side, repeated until they are taken."""

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
        # When the last delivery failed, in Unix time, and why.
        self.error: tuple[int, str] | None = None
        self.failed = Signal()
        self._courier: asyncio.Task[None] | None = None

    def set(self, given: dict[str, Any]) -> None:
        """Take setWebhook's parameters and begin to deliver; an empty address stops it.

        Telegram itself takes only https at four ports; here http serves too, since the bot runs next door.
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
        """Stop delivering; what is not delivered stays for getUpdates."""
        self._updates.direct(None)
        self._cancel()

    def resume(self) -> None:
        """Deliver to the webhook that is set, if one is."""
        self._cancel()
        if self._updates.webhook:
            courier = _Courier(self._updates, self._updates.webhook, self._call, self._pause, self._failed)
            self._courier = asyncio.get_running_loop().create_task(courier.run())

    def info(self) -> dict[str, Any]:
        """`getWebhookInfo`'s answer."""
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
        """Stop, and wait until nothing is on the wire."""
        courier = self._courier
        self._cancel()
        if courier is not None:
            await asyncio.wait([courier])

    def _cancel(self) -> None:
        if self._courier is not None:
            self._courier.cancel()
            self._courier = None

    def _failed(self, reason: str) -> None:
        self.error = int(self._clock().timestamp()), reason
        self.failed.set()


class _Courier:
    """One webhook's deliveries; each chat has a lane that works through its updates one after another."""

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
        self._headers = {SECRET_HEADER: webhook["secret"]} if webhook["secret"] else {}
        self._places = asyncio.Semaphore(webhook["connections"])
        self._call = call
        self._pause = pause
        self._failed = failed
        self._lanes: dict[int, deque[Update]] = {}
        self._newest = 0

    async def run(self) -> None:
        timeout = aiohttp.ClientTimeout(total=ANSWER_SECONDS)
        async with (
            aiohttp.ClientSession(timeout=timeout, headers=self._headers) as session,
            asyncio.TaskGroup() as lanes,
        ):
            while True:
                for update in self._fresh():
                    if update.lane in self._lanes:
                        self._lanes[update.lane].append(update)
                    else:
                        self._lanes[update.lane] = deque([update])
                        lanes.create_task(self._work_through(update.lane, session))
                await self._updates.arrived.wait()

    def _fresh(self) -> list[Update]:
        fresh = self._updates.after(self._newest)
        if fresh:
            self._newest = fresh[-1].id
        return fresh

    async def _work_through(self, lane: int, session: aiohttp.ClientSession) -> None:
        waiting = self._lanes[lane]
        while waiting:
            await self._deliver(waiting[0], session)
            self._updates.confirm(waiting.popleft())
        del self._lanes[lane]

    async def _deliver(self, update: Update, session: aiohttp.ClientSession) -> None:
        pause = 0.0
        while not await self._post(update, session):
            await self._pause(pause)
            pause = min(pause * 2, LONGEST_PAUSE) if pause else FIRST_PAUSE

    async def _post(self, update: Update, session: aiohttp.ClientSession) -> bool:
        try:
            async with (
                self._places,
                session.post(self._url, json=update.as_json(), allow_redirects=False) as answer,
            ):
                if answer.status // 100 != 2:  # noqa: PLR2004 -- HTTP success
                    self._failed(f"Wrong response from the webhook: {answer.status} {answer.reason}")
                    return False
                body = await answer.read()
                is_json = answer.content_type == "application/json"
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:  # ValueError: a host that cannot be
            self._failed(str(error) or "Read timeout expired")
            return False
        if is_json and body:
            await self._answer_method(body)
        return True

    async def _answer_method(self, body: bytes) -> None:
        """Carry out the method in the bot's answer; as at Telegram's, nobody hears how it went."""
        try:
            call = orjson.loads(body)
            await self._call(call.pop("method"), call)
        except (ValueError, AttributeError, KeyError) as error:
            self._failed(f"Wrong method in the webhook's answer: {error}")
        except Refusal as refusal:
            self._failed(refusal.description)
