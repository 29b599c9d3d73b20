"""Actions of people, and the updates that the bot gets."""

import json

import pytest

from bot.sandbox.server import Sandbox
from bot.sandbox.world.people import WorldError

from .conftest import ANNA, EDITH, NEIGHBOURS, OLENA, TOM, Caller


async def test_a_typed_command_is_an_update_with_its_entity(sandbox: Sandbox, caller: Caller) -> None:
    """The bot gets exactly the message that the person sees."""
    said = sandbox.world.say(OLENA, OLENA, "/summary 2")
    [update] = await caller.updates()
    assert update["message"] == said
    assert said["entities"] == [{"type": "bot_command", "offset": 0, "length": 8}]
    assert said["from"]["language_code"] == "uk"


async def test_a_deep_link(sandbox: Sandbox, caller: Caller) -> None:
    """/start has the payload; one that Telegram would not accept is refused."""
    sandbox.world.start(EDITH, "story-1_a")
    assert [update["message"]["text"] for update in await caller.updates()] == ["/start story-1_a"]
    for payload in ("a b", "x" * 65, "é"):
        with pytest.raises(WorldError, match="payload"):
            sandbox.world.start(EDITH, payload)


async def test_a_block_is_an_update_and_stops_the_bot(sandbox: Sandbox, caller: Caller) -> None:
    """A block sends my_chat_member and makes each send a 403, until the person sends /start."""
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
    """In a group the bot gets only commands for it and replies to it."""
    world = sandbox.world
    sent = await caller.ok("sendMessage", chat_id=NEIGHBOURS, text="Hello")
    for text in ("talk", "/help", "/help@Comeback_Sandbox_Bot", "/help@another_bot", "see /help"):
        world.say(TOM, NEIGHBOURS, text)
    world.say(ANNA, NEIGHBOURS, "thanks", reply_to=sent["message_id"])
    heard = [update["message"]["text"] for update in await caller.updates()]
    assert heard == ["/help", "/help@Comeback_Sandbox_Bot", "thanks"]


async def test_the_bot_is_removed_and_added_again(sandbox: Sandbox, caller: Caller) -> None:
    """Outside the group it may not write and gets no messages; my_chat_member reports both changes."""
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
    """Service messages report members who join and leave, and getChatMember knows them."""
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


async def test_a_group_becomes_a_supergroup(sandbox: Sandbox, caller: Caller) -> None:
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
    """LeaveChat removes the bot from a group."""
    await caller.ok("leaveChat", chat_id=NEIGHBOURS)
    assert not sandbox.world.groups[NEIGHBOURS].bot_member
    assert (await caller.raw("sendMessage", chat_id=NEIGHBOURS, text="x"))["error_code"] == 403


async def test_an_edit_is_an_update(sandbox: Sandbox, caller: Caller) -> None:
    """A person edits a text, with new entities; another person's text cannot be edited."""
    said = sandbox.world.say(OLENA, OLENA, "/help")
    sandbox.world.edit(OLENA, OLENA, said["message_id"], "Hello")
    edited = (await caller.updates())[-1]["edited_message"]
    assert (edited["text"], "entities" in edited, "edit_date" in edited) == ("Hello", False, True)
    sent = await caller.ok("sendMessage", chat_id=OLENA, text="x")
    with pytest.raises(WorldError, match="own"):
        sandbox.world.edit(OLENA, OLENA, sent["message_id"], "y")


async def test_samples_of_other_kinds(sandbox: Sandbox, caller: Caller) -> None:
    """Each sample is a valid message of its kind."""
    for kind in ("photo", "document", "sticker", "location", "voice"):
        sandbox.world.send_sample(OLENA, OLENA, kind, "Look /here")
        message = (await caller.updates(offset=-1))[0]["message"]
        assert kind in message
        assert ("caption" in message) == (kind in {"photo", "document", "voice"})


async def test_a_crowd_costs_nothing_until_it_is_written_to(sandbox: Sandbox, caller: Caller) -> None:
    """Of 100,000 readers only those with a message have a chat, and they can block the bot."""
    readers = sandbox.world.add_readers(100_000)
    assert len(list(sandbox.world.people)) == 5
    await caller.ok("sendMessage", chat_id=readers[77_777], text="x")
    sandbox.world.block(readers[5])
    assert (await caller.raw("sendMessage", chat_id=readers[5], text="x"))["error_code"] == 403
    assert "chat not found" in await caller.refused("sendMessage", chat_id=readers[-1] + 1, text="x")
    assert list(sandbox.world._histories) == [OLENA, ANNA, TOM, readers[77_777]]


async def test_a_chat_keeps_only_its_last_messages(sandbox: Sandbox, caller: Caller) -> None:
    """Older messages can neither be read nor edited."""
    sandbox.world.keep = 3
    sandbox.world._histories.clear()
    sent = [await caller.ok("sendMessage", chat_id=OLENA, text=str(number)) for number in range(5)]
    assert [message["text"] for message in sandbox.world.messages(OLENA)] == ["2", "3", "4"]
    given = {"chat_id": OLENA, "message_id": sent[0]["message_id"], "text": "x"}
    assert "not found" in await caller.refused("editMessageText", **given)


async def test_a_forum_has_topics(sandbox: Sandbox, caller: Caller) -> None:
    """A message in a topic names it; the bot may write only to open topics."""
    forum = sandbox.world.add_group("Street", [ANNA, TOM], forum=True)
    sandbox.world.say(TOM, forum.id, "hello")
    topic = sandbox.world.add_topic(forum.id, "Help")
    said = sandbox.world.say(TOM, forum.id, "/help", topic=topic.id)
    assert (said["message_thread_id"], said["is_topic_message"]) == (topic.id, True)
    created = [u["message"] for u in await caller.updates() if "forum_topic_created" in u.get("message", {})]
    assert [one["message_id"] for one in created] == [topic.id]
    sent = await caller.ok("sendMessage", chat_id=forum.id, text="x", message_thread_id=topic.id)
    assert sent["message_thread_id"] == topic.id
    reply = {"message_id": said["message_id"]}
    answer = await caller.ok("sendMessage", chat_id=forum.id, text="x", reply_parameters=reply)
    assert answer["message_thread_id"] == topic.id
    for chat, wanted in ((forum.id, 1), (NEIGHBOURS, topic.id), (OLENA, topic.id)):
        refusal = await caller.refused("sendMessage", chat_id=chat, text="x", message_thread_id=wanted)
        assert refusal == "Bad Request: message thread not found"


async def test_a_topic_is_closed_and_deleted(sandbox: Sandbox, caller: Caller) -> None:
    """In a closed topic only the owner writes; a deleted one loses its messages."""
    world = sandbox.world
    forum = world.add_group("Street", [ANNA, TOM], forum=True)
    topic = world.add_topic(forum.id, "Help").id
    world.say(TOM, forum.id, "hello", topic=topic)
    world.close_topic(forum.id, topic)
    with pytest.raises(WorldError, match="not open"):
        world.say(TOM, forum.id, "hello", topic=topic)
    given = {"chat_id": forum.id, "text": "x", "message_thread_id": topic}
    assert await caller.refused("sendMessage", **given) == "Bad Request: TOPIC_CLOSED"
    world.close_topic(forum.id, topic, closed=False)
    await caller.ok("sendMessage", **given)
    world.delete_topic(forum.id, topic)
    assert world.messages(forum.id)[1:] == []
    assert "thread not found" in await caller.refused("sendMessage", **given)
    for wrong in (lambda: world.add_topic(NEIGHBOURS, "x"), lambda: world.close_topic(forum.id, topic)):
        with pytest.raises(WorldError):
            wrong()


async def test_a_channel(sandbox: Sandbox, caller: Caller) -> None:
    """The owner and the bot, as an administrator, post in the channel's name; readers cannot."""
    world = sandbox.world
    channel = world.add_group("The Bridge", [OLENA, ANNA], kind="channel")
    with pytest.raises(WorldError, match="owner"):
        world.say(ANNA, channel.id, "hello")
    post = world.say(OLENA, channel.id, "hello")
    assert (post["sender_chat"]["id"], "from" in post) == (channel.id, False)
    sent = await caller.ok("sendMessage", chat_id=channel.id, text="x")
    assert sent["sender_chat"]["type"] == "channel"
    forwarded = await caller.ok(
        "forwardMessage", chat_id=OLENA, from_chat_id=channel.id, message_id=sent["message_id"]
    )
    assert forwarded["forward_origin"]["type"] == "channel"


async def test_a_channel_has_updates(sandbox: Sandbox, caller: Caller) -> None:
    """The bot gets the owner's posts, and an update when it is added to or removed from the channel."""
    channel = sandbox.world.add_group("The Bridge", [OLENA], kind="channel")
    sandbox.world.say(OLENA, channel.id, "hello")
    sandbox.world.set_member(channel.id, "bot", present=False)
    assert "kicked from the channel" in await caller.refused("sendMessage", chat_id=channel.id, text="x")
    facts = await caller.updates()
    changes = [one["my_chat_member"]["new_chat_member"]["status"] for one in facts if "my_chat_member" in one]
    assert changes == ["administrator", "kicked"]
    assert [one["channel_post"]["text"] for one in facts if "channel_post" in one] == ["hello"]


async def test_forums_and_channels_are_saved(sandbox: Sandbox) -> None:
    """The next start has the same forums and channels."""
    forum = sandbox.world.add_group("Street", [ANNA], forum=True)
    sandbox.world.add_topic(forum.id, "Help")
    channel = sandbox.world.add_group("The Bridge", [OLENA], kind="channel")
    kept = json.loads(json.dumps(sandbox.world.dump()))
    sandbox.world.load(kept)
    assert sandbox.world.groups[forum.id] == forum
    assert sandbox.world.groups[channel.id] == channel
