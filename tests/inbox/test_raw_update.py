"""What the inbox reads in an update before any handler does: its chat and its priority."""

from typing import Any

import pytest

from bot.inbox.priority import Priority
from bot.inbox.raw_update import chat_of, priority_of
from tests.inbox.fakes import CHAT, OTHER, message


@pytest.mark.parametrize(
    ("update", "chat"),
    [
        (message(1), CHAT),
        ({"update_id": 1, "channel_post": {"chat": {"id": OTHER}}}, OTHER),
        ({"update_id": 1, "my_chat_member": {"chat": {"id": OTHER}, "from": {"id": CHAT}}}, OTHER),
        (
            {
                "update_id": 1,
                "callback_query": {"from": {"id": CHAT}, "message": {"chat": {"id": OTHER}}, "data": "x"},
            },
            OTHER,
        ),
        ({"update_id": 1, "callback_query": {"from": {"id": CHAT}, "inline_message_id": "x"}}, CHAT),
        ({"update_id": 1, "inline_query": {"from": {"id": CHAT}, "query": ""}}, CHAT),
        ({"update_id": 1, "poll": {"id": "5"}}, 0),
        ({"update_id": 1, "message": {"chat": 5}}, 0),
        ({"update_id": 1, "message": {"chat": {"id": "x"}}}, 0),
        ({"update_id": 1, "message": {"chat": {"id": 2**63}}}, 0),
        ({"update_id": 1, "callback_query": {"message": "x", "from": {"id": CHAT}}}, CHAT),
        ({"update_id": 1}, 0),
    ],
)
def test_an_update_belongs_to_its_chat(update: dict[str, Any], chat: int) -> None:
    """The chat, else the person, else 0; also 0 for an unknown shape."""
    assert chat_of(update) == chat


@pytest.mark.parametrize(
    ("content", "priority"),
    [
        ('{"message": {"text": "/help"}}', Priority.AWAITED),
        ('{"message": {"text": "Thank you"}}', Priority.PROSE),
        ('{"message": {"photo": []}}', Priority.PROSE),
        ('{"callback_query": {}}', Priority.AWAITED),
        ('{"message": 7}', Priority.AWAITED),
    ],
)
def test_commands_and_taps_come_before_prose(content: str, priority: Priority) -> None:
    """After a command or a tap a person looks at the screen, after a letter not."""
    assert priority_of(content) is priority
