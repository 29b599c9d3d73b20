"""Nothing that fits the schema's shapes makes the sandbox stumble."""

from __future__ import annotations

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
# A poll is not to wait here, and what is refused at once leads no further.
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


# What makes a call reach its end oftener than by chance.
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
ALWAYS = {"chat_id", "message_id", "text"}


def values(kind: str, depth: int = 0) -> st.SearchStrategy[Any]:
    """Values of a type of the schema; deep down, optional fields are left out."""
    kind, _, constant = kind.lstrip("!").partition("=")
    if constant:
        return st.just(constant)
    if kind.endswith("[]"):
        return st.lists(st.deferred(lambda: values(kind[:-2], depth + 1)), max_size=3 if depth < DEPTH else 0)
    if "|" in kind or kind in SCHEMA["unions"]:
        options = SCHEMA["unions"].get(kind) or kind.split("|")
        return st.one_of([values(option, depth) for option in options if not option.startswith("Array")])
    simple: dict[str, st.SearchStrategy[Any]] = {
        "String": TEXTS,
        "Integer": NUMBERS,
        "Float": st.floats(-100, 100),
        "Boolean": st.booleans(),
        "InputFile": st.sampled_from([Upload("a.png", sample_picture(20, 20)), Upload("b", b"x")]),
    }
    if kind in simple:
        return simple[kind]
    return st.deferred(lambda: fields(SCHEMA["types"][kind], depth + 1))


def fields(table: dict[str, str], depth: int) -> st.SearchStrategy[dict[str, Any]]:
    parts = {name: LIKELY[name] if name in LIKELY else values(kind, depth) for name, kind in table.items()}
    needed = {name for name, kind in table.items() if kind.startswith("!") or (depth == 1 and name in ALWAYS)}
    rest = {name: part for name, part in parts.items() if name not in needed}
    always = {name: parts[name] for name in sorted(needed)}
    return st.fixed_dictionaries(always, optional=rest if depth < DEPTH else {})


CALLS = st.lists(
    st.sampled_from(METHODS).flatmap(
        lambda name: st.tuples(st.just(name), fields(SCHEMA["methods"][name], 1))
    ),
    min_size=1,
    max_size=6,
)


async def carry_out(calls: list[tuple[str, dict[str, Any]]]) -> None:
    sandbox, check = Sandbox(TOKEN), Checker(SCHEMA).check
    for person in (OLENA, ANNA):
        sandbox.world.start(person)
        await sandbox.api.call("sendMessage", {"chat_id": person, "text": "x"})
        await sandbox.api.call("sendPhoto", {"chat_id": person, "photo": "https://a.org"})
    for name, given_values in calls:
        known = {key: value for key, value in given_values.items() if key not in SKIPPED}
        try:
            result = await sandbox.api.call(name, known)
        except Refusal as refusal:
            assert refusal.code in {400, 403, 413}, refusal  # noqa: PT017 -- a refusal is a right answer
        else:
            if isinstance(result, dict) and "message_id" in result and "chat" in result:
                check("Message")(result, name)
    orjson.dumps(sandbox.world.dump())


@settings(max_examples=150, deadline=None)
@given(CALLS)
def test_any_call_of_the_right_shape_is_carried_out_or_refused(
    calls: list[tuple[str, dict[str, Any]]],
) -> None:
    """No call raises anything but a Refusal, each Message is of the published shape, all can be kept."""
    asyncio.run(carry_out(calls))
