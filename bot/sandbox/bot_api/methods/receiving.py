"""Methods with which the bot receives updates."""

from typing import Any

from bot.sandbox.bot_api.access import BotAccess, Parameters
from bot.sandbox.bot_api.polling import BY_WEBHOOK


async def get_updates(access: BotAccess, given: Parameters) -> list[dict[str, Any]]:
    """`getUpdates`: long polling; a second poller ends the first one's wait with a 409."""
    if "allowed_updates" in given:
        access.world.updates.allow(given["allowed_updates"])
    limit = min(max(given.get("limit", 100), 1), 100)
    timeout = min(max(given.get("timeout", 0), 0), 50)
    updates = await access.poll.next(given.get("offset"), limit, timeout)
    return [update.as_json() for update in updates]


def set_webhook(access: BotAccess, given: Parameters) -> bool:
    """`setWebhook`: an empty address removes it."""
    if "allowed_updates" in given:
        access.world.updates.allow(given["allowed_updates"])
    if given.get("drop_pending_updates"):
        access.world.updates.clear()
    access.webhook.set(given)
    access.poll.interrupt(BY_WEBHOOK)
    return True


def delete_webhook(access: BotAccess, given: Parameters) -> bool:
    """`deleteWebhook`."""
    if given.get("drop_pending_updates"):
        access.world.updates.clear()
    access.webhook.remove()
    return True


def get_webhook_info(access: BotAccess, _given: Parameters) -> dict[str, Any]:
    """`getWebhookInfo`."""
    return access.webhook.info()


METHODS = {
    "getUpdates": get_updates,
    "setWebhook": set_webhook,
    "deleteWebhook": delete_webhook,
    "getWebhookInfo": get_webhook_info,
}
