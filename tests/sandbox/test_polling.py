"""Long polling with getUpdates."""

import asyncio
from typing import Any

from bot.sandbox.server import Sandbox

from .conftest import ANNA, OLENA, TOM, Caller, Clock


def texts(updates: list[dict[str, Any]]) -> list[str]:
    return [update["message"]["text"] for update in updates]


async def test_an_offset_confirms_what_is_before_it(sandbox: Sandbox, caller: Caller) -> None:
    """Updates are repeated until the offset passes them; a negative offset returns the last ones."""
    for word in "abcd":
        sandbox.world.say(OLENA, OLENA, word)
    first = await caller.updates(limit=2)
    assert texts(first) == ["a", "b"]
    assert texts(await caller.updates()) == ["a", "b", "c", "d"]
    assert texts(await caller.updates(offset=first[1]["update_id"] + 1)) == ["c", "d"]
    assert texts(await caller.updates(offset=-1)) == ["d"]
    assert texts(await caller.updates()) == ["d"]


async def test_a_long_poll_waits_for_an_update(sandbox: Sandbox, caller: Caller) -> None:
    """A poll without updates is answered at the next one."""
    poll = asyncio.create_task(caller.updates(timeout=50))
    await sandbox.world.updates.arrived.wait()  # the poll is waiting
    sandbox.world.say(OLENA, OLENA, "now")
    assert texts(await poll) == ["now"]


async def test_a_second_poller_ends_the_first(sandbox: Sandbox, caller: Caller) -> None:
    """The older of two pollers gets a 409, the newer one the updates."""
    first = asyncio.create_task(caller.raw("getUpdates", timeout=50))
    await sandbox.world.updates.arrived.wait()
    second = asyncio.create_task(caller.updates(timeout=50))
    answer = await first
    assert answer["error_code"] == 409
    assert answer["description"].startswith("Conflict: terminated by other getUpdates request")
    sandbox.world.say(OLENA, OLENA, "now")
    assert texts(await second) == ["now"]


async def test_polling_and_a_webhook_exclude_each_other(sandbox: Sandbox, caller: Caller) -> None:
    """A webhook ends a waiting poll and forbids the next; deleteWebhook allows it again."""
    poll = asyncio.create_task(caller.raw("getUpdates", timeout=50))
    await sandbox.world.updates.arrived.wait()
    await caller.ok("setWebhook", url="http://127.0.0.1:9/hook")
    assert "setWebhook" in (await poll)["description"]
    refusal = await caller.raw("getUpdates")
    assert (refusal["error_code"], refusal["description"][:37]) == (
        409,
        "Conflict: can't use getUpdates method",
    )
    await caller.ok("deleteWebhook")
    assert await caller.updates() == []


async def test_allowed_updates_count_from_now_on(sandbox: Sandbox, caller: Caller) -> None:
    """Only the allowed kinds are queued; an empty list means the default."""
    await caller.updates(allowed_updates=["my_chat_member"])
    sandbox.world.say(OLENA, OLENA, "unheard")
    sandbox.world.block(ANNA)
    assert [update.keys() - {"update_id"} for update in await caller.updates()] == [{"my_chat_member"}]
    await caller.updates(offset=-1, allowed_updates=[])
    sandbox.world.say(TOM, TOM, "heard")
    assert texts((await caller.updates())[1:]) == ["heard"]


async def test_updates_expire_after_a_day(sandbox: Sandbox, caller: Caller, clock: Clock) -> None:
    """Updates that are 24 hours old are dropped."""
    sandbox.world.say(OLENA, OLENA, "old")
    clock.advance(hours=23)
    sandbox.world.say(OLENA, OLENA, "new")
    clock.advance(hours=2)
    assert texts(await caller.updates()) == ["new"]


async def test_stopping_ends_a_waiting_poll(sandbox: Sandbox, caller: Caller) -> None:
    """A sandbox that stops answers the waiting poll at once."""
    poll = asyncio.create_task(caller.updates(timeout=50))
    await sandbox.world.updates.arrived.wait()
    await sandbox.stop()
    assert await poll == []
