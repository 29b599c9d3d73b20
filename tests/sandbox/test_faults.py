"""Send limits and faults."""

from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.bot_api.faults import Faults
from bot.sandbox.bot_api.limits import SendLimits
from bot.sandbox.server import Sandbox
from bot.sandbox.world.people import WorldError

from .conftest import ANNA, OLENA, TOKEN, Caller


class Seconds:
    """A monotonic clock that the test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_one_a_second_to_a_chat_after_a_short_burst() -> None:
    """Three sends to a chat pass at once, then one a second; other chats are not affected."""
    seconds = Seconds()
    limits = SendLimits(seconds)
    assert [limits.wait(1) for _ in range(4)] == [0, 0, 0, 1]
    assert limits.wait(2) == 0
    seconds.now += 1
    assert [limits.wait(1), limits.wait(1)] == [0, 1]


def test_twenty_a_minute_to_a_group() -> None:
    """The 21st message to a group within a minute waits."""
    seconds = Seconds()
    limits = SendLimits(seconds)
    assert [limits.wait(-1) for _ in range(21)] == [0] * 20 + [3]
    seconds.now += 3
    assert [limits.wait(-1), limits.wait(-1)] == [0, 3]


@given(st.lists(st.floats(0, 0.2), min_size=1, max_size=300))
def test_thirty_a_second_overall(gaps: list[float]) -> None:
    """In any t seconds at most 30 · t sends and one burst of 30 pass."""
    seconds = Seconds()
    limits = SendLimits(seconds)
    passed = 0
    for chat, gap in enumerate(gaps, 1):
        seconds.now += gap
        passed += limits.wait(chat) == 0
    assert passed <= 30 * (seconds.now - 100) + 30


def test_paid_messages_have_their_own_limit() -> None:
    """1,000 paid messages a second pass."""
    limits = SendLimits(Seconds())
    assert sum(limits.wait(chat, paid=True) == 0 for chat in range(1, 1500)) == 1000


async def test_limits_on_request(sandbox: Sandbox, caller: Caller) -> None:
    """Limits are off by default; when they are on, a flood gets a 429 with the time to wait."""
    for _ in range(40):
        await caller.ok("sendMessage", chat_id=OLENA, text="x")
    sandbox.faults.set({"limits": True})
    answers = [await caller.raw("sendMessage", chat_id=ANNA, text="x") for _ in range(5)]
    refused = next(answer for answer in answers if not answer["ok"])
    assert refused["error_code"] == 429
    assert refused["parameters"] == {"retry_after": 1}
    assert refused["description"] == "Too Many Requests: retry after 1"
    await caller.ok("getMe")


async def test_floods_and_failures_by_number(sandbox: Sandbox, caller: Caller) -> None:
    """The given number of calls gets a 429, then the given number fails, and none of them is carried out."""
    sandbox.faults.set({"flood": {"retry_after": 7, "times": 2}, "fail": {"status": 502, "times": 1}})
    codes = [(await caller.raw("sendMessage", chat_id=OLENA, text=str(n)))["error_code"] for n in range(3)]
    assert codes == [429, 429, 502]
    sent = await caller.ok("sendMessage", chat_id=OLENA, text="through")
    assert sandbox.world.last_message(OLENA) == sent
    assert sandbox.faults.as_json()["flood"] == {"retry_after": 7, "times": 0}


async def test_a_dropped_answer_was_carried_out(sandbox: Sandbox, caller: Caller) -> None:
    """The connection closes without an answer, but the message was sent."""
    sandbox.faults.set({"drop": {"times": 1}})
    with pytest.raises(aiohttp.ClientError):
        await caller.raw("sendMessage", chat_id=OLENA, text="lost?")
    last = sandbox.world.last_message(OLENA)
    assert last is not None
    assert last["text"] == "lost?"
    await caller.ok("sendMessage", chat_id=OLENA, text="next")


async def test_faults_of_named_methods(sandbox: Sandbox, caller: Caller) -> None:
    """Only the named methods are affected; without names, all but polling."""
    sandbox.faults.set({"fail": {"times": 1}, "methods": ["sendMessage"]})
    await caller.ok("getMe")
    assert (await caller.raw("SENDMESSAGE", chat_id=OLENA, text="x"))["error_code"] == 500
    sandbox.faults.set({"fail": {"times": 1}, "methods": None})
    await caller.updates()
    assert (await caller.raw("getMe"))["error_code"] == 500
    sandbox.faults.set({"fail": {"times": 9}})
    sandbox.faults.clear()
    await caller.ok("getMe")


async def test_a_slow_server(sandbox: Sandbox, caller: Caller) -> None:
    """A slow call exceeds a short timeout."""
    sandbox.faults.set({"slow_ms": 60_000})
    short = aiohttp.ClientTimeout(total=0.05)
    with pytest.raises(TimeoutError):
        await caller.session.get(f"{sandbox.url}/bot{TOKEN}/getMe", timeout=short)


@pytest.mark.parametrize(
    "wanted",
    [
        {"slow": 5},
        {"slow_ms": -1},
        {"slow_ms": "x"},
        {"flood": 3},
        {"flood": {"after": 3}},
        {"fail": {"status": 5}},
        {"methods": 3},
    ],
)
def test_nonsense_is_refused_and_changes_nothing(wanted: dict[str, Any]) -> None:
    """A plan with one wrong part is refused and changes nothing."""
    faults = Faults()
    before = faults.as_json()
    with pytest.raises(WorldError, match="not understood"):
        faults.set(wanted)
    assert faults.as_json() == before
