"""What people do and what the bot hears of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.sandbox.people import WorldError

from .conftest import ANNA, EDITH, NEIGHBOURS, OLENA, TOM

if TYPE_CHECKING:
    from bot.sandbox.server import Sandbox

    from .conftest import Caller


async def test_a_typed_command_is_an_update_with_its_entity(sandbox: Sandbox, caller: Caller) -> None:
    """The bot gets exactly the message that the person sees."""
    said = sandbox.world.say(OLENA, OLENA, "/summary 2")
    [update] = await caller.updates()
    assert update["message"] == said
    assert said["entities"] == [{"type": "bot_command", "offset": 0, "length": 8}]
    assert said["from"]["language_code"] == "uk"


async def test_a_deep_link(sandbox: Sandbox, caller: Caller) -> None:
    """/start carries the payload; one that Telegram would not take is refused."""
    sandbox.world.start(EDITH, "story-1_a")
    assert [update["message"]["text"] for update in await caller.updates()] == ["/start story-1_a"]
    for payload in ("a b", "x" * 65, "é"):
        with pytest.raises(WorldError, match="payload"):
            sandbox.world.start(EDITH, payload)


async def test_a_block_is_told_and_stops_the_bot(sandbox: Sandbox, caller: Caller) -> None:
    """Blocking sends my_chat_member and makes each send a 403, until the person comes back by /start."""
    sandbox.world.block(OLENA)
    sandbox.world.block(OLENA)
    [update] = await caller.updates()
    change = update["my_chat_member"]
    assert (change["chat"]["type"], change["new_chat_member"]["status"]) == ("private", "kicked")
    refusal = await caller.refused("sendMessage", chat_id=OLENA, text="x")
    assert refusal == "Forbidden: bot was blocked by the user"
    with pytest.raises(WorldError, match="blocked"):
        sandbox.world.say(OLENA, OLENA, "x")
    sandbox.world.start(OLENA)
    await caller.ok("sendMessage", chat_id=OLENA, text="x")
    back = (await caller.updates(offset=update["update_id"] + 1))[0]["my_chat_member"]
    assert back["new_chat_member"]["status"] == "member"


async def test_privacy_mode_in_groups(sandbox: Sandbox, caller: Caller) -> None:
    """In a group the bot hears commands meant for it and replies to it, and no talk."""
    world = sandbox.world
    sent = await caller.ok("sendMessage", chat_id=NEIGHBOURS, text="Hello")
    for text in ("talk", "/help", "/help@Comeback_Sandbox_Bot", "/help@another_bot", "see /help"):
        world.say(TOM, NEIGHBOURS, text)
    world.say(ANNA, NEIGHBOURS, "thanks", reply_to=sent["message_id"])
    heard = [update["message"]["text"] for update in await caller.updates()]
    assert heard == ["/help", "/help@Comeback_Sandbox_Bot", "thanks"]


async def test_the_bot_is_thrown_out_and_comes_back(sandbox: Sandbox, caller: Caller) -> None:
    """Out of the group it may not write or ask and hears nothing; my_chat_member tells it both times."""
    sandbox.world.set_member(NEIGHBOURS, "bot", present=False)
    refusal = await caller.refused("sendMessage", chat_id=NEIGHBOURS, text="x")
    assert refusal == "Forbidden: bot was kicked from the supergroup chat"
    assert "not a member" in await caller.refused("getChatMemberCount", chat_id=NEIGHBOURS)
    sandbox.world.say(TOM, NEIGHBOURS, "/help")
    sandbox.world.set_member(NEIGHBOURS, "bot", present=True)
    await caller.ok("sendMessage", chat_id=NEIGHBOURS, text="x")
    updates = await caller.updates()
    assert [u["my_chat_member"]["new_chat_member"]["status"] for u in updates if "my_chat_member" in u] == [
        "kicked",
        "member",
    ]
    assert all("text" not in update.get("message", {}) for update in updates)


async def test_members_come_and_go(sandbox: Sandbox, caller: Caller) -> None:
    """Service messages tell the bot, and its questions about members are answered."""
    sandbox.world.set_member(NEIGHBOURS, EDITH, present=True)
    sandbox.world.set_member(NEIGHBOURS, TOM, present=False)
    came, left = [update["message"] for update in await caller.updates()]
    assert came["new_chat_members"][0]["id"] == EDITH
    assert left["left_chat_member"]["id"] == TOM
    assert await caller.ok("getChatMemberCount", chat_id=NEIGHBOURS) == 4
    statuses = [
        (await caller.ok("getChatMember", chat_id=NEIGHBOURS, user_id=person))["status"]
        for person in (OLENA, EDITH, TOM, 42)
    ]
    assert statuses == ["creator", "member", "left", "member"]
    [owner] = await caller.ok("getChatAdministrators", chat_id=NEIGHBOURS)
    assert owner["user"]["id"] == OLENA
    with pytest.raises(WorldError, match="not in this group"):
        sandbox.world.say(TOM, NEIGHBOURS, "x")


async def test_a_group_moves(sandbox: Sandbox, caller: Caller) -> None:
    """A basic group that became a supergroup answers at its old id with the new one."""
    old = sandbox.world.add_group("Choir", [ANNA, TOM], kind="group")
    new = sandbox.world.migrate(old.id)
    answer = await caller.raw("sendMessage", chat_id=old.id, text="x")
    assert answer["description"] == "Bad Request: group chat was upgraded to a supergroup chat"
    assert answer["parameters"] == {"migrate_to_chat_id": new.id}
    await caller.ok("sendMessage", chat_id=new.id, text="x")
    facts = [update.get("message", {}) for update in await caller.updates()]
    assert [fact["migrate_to_chat_id"] for fact in facts if "migrate_to_chat_id" in fact] == [new.id]
    assert [fact["migrate_from_chat_id"] for fact in facts if "migrate_from_chat_id" in fact] == [old.id]


async def test_the_bot_leaves(sandbox: Sandbox, caller: Caller) -> None:
    """LeaveChat takes the bot out of a group."""
    await caller.ok("leaveChat", chat_id=NEIGHBOURS)
    assert not sandbox.world.groups[NEIGHBOURS].bot_member
    assert (await caller.raw("sendMessage", chat_id=NEIGHBOURS, text="x"))["error_code"] == 403


async def test_an_edit_is_told(sandbox: Sandbox, caller: Caller) -> None:
    """A person edits a text, with new entities; another's cannot be edited."""
    said = sandbox.world.say(OLENA, OLENA, "/help")
    sandbox.world.edit(OLENA, OLENA, said["message_id"], "Hello")
    edited = (await caller.updates())[-1]["edited_message"]
    assert (edited["text"], "entities" in edited, "edit_date" in edited) == ("Hello", False, True)
    sent = await caller.ok("sendMessage", chat_id=OLENA, text="x")
    with pytest.raises(WorldError, match="own"):
        sandbox.world.edit(OLENA, OLENA, sent["message_id"], "y")


async def test_samples_of_other_kinds(sandbox: Sandbox, caller: Caller) -> None:
    """Each sample is a proper message of its kind."""
    for kind in ("photo", "document", "sticker", "location", "voice"):
        sandbox.world.send_sample(OLENA, OLENA, kind, "Look /here")
        message = (await caller.updates(offset=-1))[0]["message"]
        assert kind in message
        assert ("caption" in message) == (kind in {"photo", "document", "voice"})


async def test_a_crowd_costs_nothing_until_it_is_written_to(sandbox: Sandbox, caller: Caller) -> None:
    """100,000 readers are a range; only those who were written to have a chat, and they can block."""
    readers = sandbox.world.add_readers(100_000)
    assert len(list(sandbox.world.people)) == 4
    await caller.ok("sendMessage", chat_id=readers[77_777], text="x")
    sandbox.world.block(readers[5])
    assert (await caller.raw("sendMessage", chat_id=readers[5], text="x"))["error_code"] == 403
    assert "chat not found" in await caller.refused("sendMessage", chat_id=readers[-1] + 1, text="x")
    assert list(sandbox.world._histories) == [OLENA, ANNA, TOM, readers[77_777]]


async def test_a_chat_remembers_only_its_last_messages(sandbox: Sandbox, caller: Caller) -> None:
    """Memory is bounded: what fell out can be neither seen nor edited."""
    sandbox.world.keep = 3
    sandbox.world._histories.clear()
    sent = [await caller.ok("sendMessage", chat_id=OLENA, text=str(number)) for number in range(5)]
    assert [message["text"] for message in sandbox.world.messages(OLENA)] == ["2", "3", "4"]
    given = {"chat_id": OLENA, "message_id": sent[0]["message_id"], "text": "x"}
    assert "not found" in await caller.refused("editMessageText", **given)
