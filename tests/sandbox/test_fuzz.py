"""Any call that fits the schema is carried out or refused."""

import asyncio
from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.bot_api.api import UNSUPPORTED
from bot.sandbox.bot_api.checks import Checker
from bot.sandbox.bot_api.methods import TABLE
from bot.sandbox.bot_api.refusals import Refusal
from bot.sandbox.bot_api.schema import load
from bot.sandbox.server import Sandbox
from bot.sandbox.world.files import Upload
from bot.sandbox.world.pictures import sample_picture

from .conftest import ANNA, NEIGHBOURS, OLENA, TOKEN

SCHEMA = load()
METHODS = sorted(name for name in SCHEMA["methods"] if name.lower() in TABLE and name != "setWebhook")
DEPTH = 4
# Without waiting polls, and without parameters that are always refused.
SKIPPED = {"timeout", *UNSUPPORTED}
WORDS = [
    "",
    "x",
    "HTML",
    "<b>x</b> &amp; <a href='https://a.org'>y</a>",
    "*x*",
    "https://a.org",
    "typing",
    "1",
]
TEXTS = st.sampled_from(WORDS) | st.text(max_size=20)
PLACES = [OLENA, ANNA, NEIGHBOURS, 5]
NUMBERS = st.sampled_from([0, 1, 2, 3, *PLACES]) | st.integers(-(2**53), 2**53)


# Values that make more calls succeed than random ones would.
LIKELY: dict[str, st.SearchStrategy[Any]] = {
    "chat_id": st.sampled_from(PLACES),
    "from_chat_id": st.sampled_from(PLACES),
    "user_id": st.sampled_from([*PLACES, 42]),
    "message_id": st.integers(1, 5),
    "message_ids": st.lists(st.integers(1, 5), min_size=1, max_size=3, unique=True).map(sorted),
    "text": TEXTS,
    "parse_mode": st.sampled_from(["HTML", "MarkdownV2"]),
    "language_code": st.sampled_from(["", "uk"]),
    "command": st.sampled_from(["help", "start"]),
    "url": st.sampled_from(["https://a.org", "a.org/?x=1", "tg://user?id=5", "x"]),
}
CHECKER = Checker(SCHEMA)
ALWAYS = {"chat_id", "message_id", "text"}


SIMPLE: dict[str, st.SearchStrategy[Any]] = {
    "String": TEXTS,
    "Integer": NUMBERS,
    "Float": st.floats(-100, 100),
    "Boolean": st.booleans(),
    "InputFile": st.sampled_from([Upload("a.png", sample_picture(20, 20)), Upload("b", b"x")]),
}


def values(kind: str, depth: int = 0) -> st.SearchStrategy[Any]:
    """Return a strategy for values of a type of the schema; deep inside, optional fields are left out."""
    kind, _, constant = kind.lstrip("!").partition("=")
    if constant:
        return st.just(constant)
    if kind.endswith("[]"):
        return st.lists(st.deferred(lambda: values(kind[:-2], depth + 1)), max_size=3 if depth < DEPTH else 0)
    options = SCHEMA["unions"].get(kind) or kind.split("|")
    if len(options) > 1:
        return one_of(options, depth)
    return SIMPLE[kind] if kind in SIMPLE else st.deferred(lambda: fields(SCHEMA["types"][kind], depth + 1))


def one_of(kinds: list[str], depth: int) -> st.SearchStrategy[Any]:
    return st.one_of([values(kind, depth) for kind in kinds if not kind.startswith("Array")])


def fields(table: dict[str, str], depth: int) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for objects with these fields."""
    parts = {name: LIKELY[name] if name in LIKELY else values(kind, depth) for name, kind in table.items()}
    needed = sorted(name for name, kind in table.items() if is_needed(name, kind, depth))
    always = {name: parts.pop(name) for name in needed}
    return st.fixed_dictionaries(always, optional=parts if depth < DEPTH else {})


def is_needed(name: str, kind: str, depth: int) -> bool:
    return kind.startswith("!") or (depth == 1 and name in ALWAYS)


CALLS = st.lists(
    st.sampled_from(METHODS).flatmap(
        lambda name: st.tuples(st.just(name), fields(SCHEMA["methods"][name], 1))
    ),
    min_size=1,
    max_size=6,
)


async def carry_out(calls: list[tuple[str, dict[str, Any]]]) -> None:
    """Make these calls of a sandbox with two people."""
    sandbox = Sandbox(TOKEN)
    for person in (OLENA, ANNA):
        sandbox.world.start(person)
        await sandbox.api.call("sendMessage", {"chat_id": person, "text": "x"})
        await sandbox.api.call("sendPhoto", {"chat_id": person, "photo": "https://a.org"})
    for name, given_values in calls:
        await carry_out_one(sandbox, name, given_values)
    orjson.dumps(sandbox.world.dump())


async def carry_out_one(sandbox: Sandbox, name: str, given_values: dict[str, Any]) -> None:
    """Make a call; check the code of a refusal, or a message that it returns."""
    code, result = 200, None
    try:
        given = {key: value for key, value in given_values.items() if key not in SKIPPED}
        result = await sandbox.api.call(name, given)
    except Refusal as refusal:
        code = refusal.code
    assert code in {200, 400, 403, 413}
    if isinstance(result, dict) and {"message_id", "chat"} <= result.keys():
        CHECKER.check("Message")(result, name)


@settings(max_examples=150, deadline=None)
@given(CALLS)
def test_any_call_of_the_right_shape_is_carried_out_or_refused(
    calls: list[tuple[str, dict[str, Any]]],
) -> None:
    """A call raises only Refusal, each Message fits the published schema, and the world can be stored."""
    asyncio.run(carry_out(calls))
