"""The schema's table."""

import json

import pytest

from bot.sandbox.bot_api import schema
from bot.sandbox.bot_api.checks import Checker, SchemaError, compile_methods
from bot.sandbox.bot_api.methods import TABLE
from tests.paths import SHARED_DATA

PUBLISHED = SHARED_DATA / "bot-api-10.1.json"


def test_the_shipped_table_is_what_the_published_schema_gives() -> None:
    """The shipped table is what the script makes of the published schema, without edits by hand."""
    if not PUBLISHED.exists():
        pytest.skip("the published schema is not on this machine (../shared/data)")
    derived = schema.write(schema.derive(json.loads(PUBLISHED.read_text("utf-8"))))
    assert derived == schema.TABLE.read_text("utf-8")


def test_every_handler_is_of_a_published_method() -> None:
    """No handler has a misspelt name."""
    assert set(TABLE) <= set(compile_methods(schema.load()))


def test_every_type_compiles() -> None:
    """Every type expression of the table compiles, also of types that contain themselves."""
    table, checker = schema.load(), Checker(schema.load())
    for kind in (*table["types"], *table["unions"]):
        assert callable(checker.check(kind)), kind


def test_a_type_that_contains_itself_is_checked_to_the_bottom() -> None:
    """A mistake three levels deep in a message that replies to a message is found."""
    chat = {"id": 1, "type": "private"}
    wrong = {"message_id": 1, "date": 0, "chat": {"id": "1", "type": "private"}}
    middle = {"message_id": 2, "date": 0, "chat": chat, "reply_to_message": wrong}
    check = Checker(schema.load()).check("Message")
    with pytest.raises(SchemaError, match=r"message\.reply_to_message\.chat\.id must be Integer"):
        check(middle, "message")


@pytest.mark.parametrize(
    ("text", "value"),
    [("true", True), ("True", True), ("1", True), ("no", False), ("false", False)],
)
def test_booleans_in_forms(text: str, value: object) -> None:
    """A form's Boolean may have each spelling that Telegram accepts."""
    method = compile_methods(schema.load())["deletewebhook"]
    assert method.read({"drop_pending_updates": text}, {}) == {"drop_pending_updates": value}
