"""Webhooks: the operator's use cases around the addresses that hear what happens here."""

from collections.abc import Sequence
from datetime import timedelta

from yarl import URL

from bot.clock import Clock
from bot.errors import WebhookError
from bot.webhooks import caller, signing
from bot.webhooks.caller import Answer, Caller
from storage.audit import AuditLog
from storage.database import Database
from storage.models import Webhook
from storage.webhooks import events, parcels, webhooks
from storage.webhooks.webhooks import ListedWebhook
from storage.words import HookState

_UNKNOWN = "There is no webhook {number}. List them: comeback webhook list"


class Webhooks:
    """The use cases; each is one transaction. Their errors are for operators, in English."""

    def __init__(self, database: Database, clock: Clock, hook_caller: Caller) -> None:
        self._database = database
        self._clock = clock
        self._caller = hook_caller
        self._audit = AuditLog("webhook", clock)

    async def add(self, address: str, *, actor: str) -> tuple[int, str]:
        """Add a Webhook; return its number, and its secret as people copy it. Nobody can read that again.

        Raises WebhookError for an address that may be none, or is one already.
        """
        url, secret = caller.checked(address), signing.new_secret()
        async with self._database.transaction() as session:
            number = await webhooks.add(session, url, secret, now=self._clock())
            if number is None:
                raise WebhookError("This address is a webhook already: comeback webhook list")
            await self._audit.record(session, actor, "add", number, after={"host": host_of(url)})
        return number, signing.written(secret)

    async def remove(self, number: int, *, actor: str) -> None:
        """Remove a Webhook, with what waits for it. Raises WebhookError if there is none."""
        async with self._database.transaction() as session:
            if not await webhooks.remove(session, number):
                raise WebhookError(_UNKNOWN, number=number)
            await self._audit.record(session, actor, "remove", number)

    async def resume(self, number: int, *, actor: str) -> None:
        """Let a Webhook go on that is paused, or whose address was gone.

        Raises WebhookError if there is none. What was kept for it is due now.
        """
        async with self._database.transaction() as session:
            if await webhooks.get(session, number) is None:
                raise WebhookError(_UNKNOWN, number=number)
            if await webhooks.move(session, number, HookState.ACTIVE):
                await webhooks.note_told(session, number, told=False)
                now = self._clock()
                await parcels.bring_forward(session, number, later=now, now=now)
                await self._audit.record(session, actor, "resume", number)

    async def listed(self) -> Sequence[ListedWebhook]:
        """Return all Webhooks, in the order in which they were added; never their secrets."""
        async with self._database.read() as session:
            return await webhooks.listed(session)

    async def test(self, number: int) -> Answer:
        """Send a signed Event "test" to a Webhook now, once. Raises WebhookError if there is none."""
        async with self._database.read() as session:
            found: Webhook | None = await webhooks.get(session, number)
        if found is None:
            raise WebhookError(_UNKNOWN, number=number)
        now, uid = self._clock(), events.new_uid()
        body = events.body_of("test", {}, now)
        return await self._caller.post(found.url, body, signing.headers(found.secret, uid, body, now=now))


def host_of(url: str) -> str:
    """Return scheme, host and port of an address: its path may be what keeps strangers from finding it."""
    return str(URL(url, encoded=True).origin())


KEPT = timedelta(days=30)
"""How long an Event stays here, delivered or not."""
