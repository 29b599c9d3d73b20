"""The Bot API without HTTP: carry out one call, from its name and raw parameters to a result or Refusal."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from inspect import isawaitable
from typing import Any

from bot.sandbox.bot_api.access import BotAccess, not_supported
from bot.sandbox.bot_api.checks import SchemaError, compile_methods
from bot.sandbox.bot_api.faults import Faults
from bot.sandbox.bot_api.limits import SendLimits
from bot.sandbox.bot_api.methods import TABLE
from bot.sandbox.bot_api.refusals import Refusal, bad_request, too_many_requests
from bot.sandbox.bot_api.schema import load
from bot.sandbox.world.files import Upload

# Methods whose names begin so count against the send limits.
SENDING = ("send", "copy", "forward")
NOT_SENDING = frozenset({"sendchataction"})
# Published parameters that would change the effect of a call, and that the sandbox does not support.
UNSUPPORTED = (
    "business_connection_id",
    "direct_messages_topic_id",
    "suggested_post_parameters",
    "rich_message",
    "inline_message_id",
)


class Api:
    """Checks a call against the schema, applies faults and limits, and carries it out."""

    def __init__(self, access: BotAccess, faults: Faults, limits: SendLimits) -> None:
        self._access = access
        self._faults = faults
        self._limits = limits
        self._methods = compile_methods(load())
        self.calls: Counter[str] = Counter()

    async def call(
        self, name: str, raw: Mapping[str, Any], uploads: Mapping[str, Upload] | None = None
    ) -> Any:
        """Return the method's result. Raises Refusal. Case of the method's name is ignored, as by Telegram.

        Telegram ignores unknown parameters; the sandbox refuses them, to find typing errors.
        """
        key = name.lower()
        method = self._methods.get(key)
        if method is None:
            raise Refusal(404, "Not Found")
        self.calls[method.name] += 1
        if delay := self._faults.delay(key):
            await asyncio.sleep(delay)
        self._faults.raise_due(key)
        handler = TABLE.get(key)
        if handler is None:
            raise not_supported(method.name)
        try:
            given = method.read(raw, uploads or {})
        except SchemaError as error:
            raise bad_request(str(error)) from None
        for parameter in UNSUPPORTED:
            if parameter in given:
                raise not_supported(parameter)
        self._apply_limits(key, given)
        result = handler(self._access, given)
        return await result if isawaitable(result) else result

    def _apply_limits(self, key: str, given: dict[str, Any]) -> None:
        if not self._faults.plan.limits or not key.startswith(SENDING) or key in NOT_SENDING:
            return
        chat = self._access.chat_id(given["chat_id"])
        if wait := self._limits.wait(chat, paid=bool(given.get("allow_paid_broadcast"))):
            raise too_many_requests(wait)
