"""How the bot gets its updates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.bot_api.polling import BY_WEBHOOK

if TYPE_CHECKING:
    from bot.sandbox.bot_api.permissions import Desk, Parameters


async def get_updates(desk: Desk, given: Parameters) -> list[dict[str, Any]]:
    """`getUpdates`: long polling; a second poller ends the first one's wait with 409."""
    if "allowed_updates" in given:
        desk.world.updates.allow(given["allowed_updates"])
    limit = min(max(given.get("limit", 100), 1), 100)
    timeout = min(max(given.get("timeout", 0), 0), 50)
    updates = await desk.poll.next(given.get("offset"), limit, timeout)
    return [update.as_json() for update in updates]


def set_webhook(desk: Desk, given: Parameters) -> bool:
    """`setWebhook`; an empty address removes it."""
    if "allowed_updates" in given:
        desk.world.updates.allow(given["allowed_updates"])
    if given.get("drop_pending_updates"):
        desk.world.updates.clear()
    desk.webhook.set(given)
    desk.poll.interrupt(BY_WEBHOOK)
    return True


def delete_webhook(desk: Desk, given: Parameters) -> bool:
    """`deleteWebhook`."""
    if given.get("drop_pending_updates"):
        desk.world.updates.clear()
    desk.webhook.remove()
    return True


def get_webhook_info(desk: Desk, _given: Parameters) -> dict[str, Any]:
    """`getWebhookInfo`."""
    return desk.webhook.info()


METHODS = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
