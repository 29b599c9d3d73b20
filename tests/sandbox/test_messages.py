"""Messages and files: sending, editing, deleting, copying, pinning."""

from typing import Any

import aiohttp
import pytest

from bot.sandbox.server import Sandbox
from bot.sandbox.world.pictures import dimensions, sample_picture

from .conftest import ANNA, NEIGHBOURS, OLENA, TOKEN, Caller, Clock

KEYBOARD = {"inline_keyboard": [[{"text": "More", "callback_data": "more"}]]}


async def upload(caller: Caller, method: str, name: str, data: bytes, **given: str) -> dict[str, Any]:
    form = aiohttp.FormData({"chat_id": str(OLENA), **given})
    form.add_field(name, data, filename="a/b.png")
    async with caller.session.post(f"{caller.sandbox.url}/bot{TOKEN}/{method}", data=form) as answer:
        body: dict[str, Any] = await answer.json()
        return body


async def test_an_edit_replaces_text_entities_and_keyboard(sandbox: Sandbox, caller: Caller) -> None:
    """An edit removes what it does not name, as in Telegram, and sets the edit date."""
    sent = await caller.ok(
        "sendMessage", chat_id=OLENA, text="<b>One</b>", parse_mode="HTML", reply_markup=KEYBOARD
    )
    edited = await caller.ok("editMessageText", chat_id=OLENA, message_id=sent["message_id"], text="Two")
    assert edited["text"] == "Two"
    assert edited.keys() - sent.keys() == {"edit_date"}
    assert sent.keys() - edited.keys() == {"entities", "reply_markup"}
    assert sandbox.world.message(OLENA, sent["message_id"]) == edited


async def test_only_the_app_gets_a_reply_keyboard(sandbox: Sandbox, caller: Caller) -> None:
    """The person's app gets a reply keyboard, the bot only inline ones; it cannot be edited."""
    keyboard = {"keyboard": [["Yes", {"text": "No"}]], "resize_keyboard": True}
    sent = await caller.ok("sendMessage", chat_id=OLENA, text="?", reply_markup=keyboard)
    assert "reply_markup" not in sent
    assert sandbox.world.message(OLENA, sent["message_id"])["reply_markup"]["keyboard"] == [
        [{"text": "Yes"}, {"text": "No"}]
    ]
    said = sandbox.world.say(OLENA, OLENA, "Yes", reply_to=sent["message_id"])
    assert said["reply_to_message"] == sent
    place = {"chat_id": OLENA, "message_id": sent["message_id"]}
    assert "can't be edited" in await caller.refused("editMessageText", **place, text="x")


async def test_an_edit_that_changes_nothing_is_refused(caller: Caller) -> None:
    """The same text and keyboard are "not modified"; the keyboard alone may change."""
    sent = await caller.ok("sendMessage", chat_id=OLENA, text="One", reply_markup=KEYBOARD)
    place = {"chat_id": OLENA, "message_id": sent["message_id"]}
    again = await caller.refused(
        "editMessageText", **place, text="<b></b>One", parse_mode="HTML", reply_markup=KEYBOARD
    )
    assert again.startswith("Bad Request: message is not modified")
    bare = await caller.ok("editMessageReplyMarkup", **place)
    assert "reply_markup" not in bare
    assert "edit_date" not in bare
    assert "not modified" in await caller.refused("editMessageReplyMarkup", **place)


async def test_captions(caller: Caller) -> None:
    """A photo has a caption and no text, and only that can be edited."""
    sent = (
        await upload(caller, "sendPhoto", "photo", sample_picture(), caption="*One*", parse_mode="MarkdownV2")
    )["result"]
    place = {"chat_id": OLENA, "message_id": sent["message_id"]}
    assert sent["caption_entities"] == [{"type": "bold", "offset": 0, "length": 3}]
    assert "no text in the message" in await caller.refused("editMessageText", **place, text="x")
    assert (await caller.ok("editMessageCaption", **place, caption="Two"))["caption"] == "Two"
    assert "caption" not in await caller.ok("editMessageCaption", **place)
    assert "too long" in await caller.refused("editMessageCaption", **place, caption="x" * 1025)


async def test_a_photo_and_its_file(caller: Caller) -> None:
    """An uploaded photo has its size, can be downloaded, and can be sent again by its file_id."""
    data = sample_picture(300, 200)
    sent = (await upload(caller, "sendPhoto", "photo", data))["result"]
    [size] = sent["photo"]
    assert (size["width"], size["height"], size["file_size"]) == (300, 200, len(data))
    file = await caller.ok("getFile", file_id=size["file_id"])
    async with caller.session.get(f"{caller.sandbox.url}/file/bot{TOKEN}/{file['file_path']}") as answer:
        assert await answer.read() == data
    again = await caller.ok("sendPhoto", chat_id=ANNA, photo=size["file_id"])
    assert again["photo"] == sent["photo"]
    assert "as Document" in await caller.refused("sendDocument", chat_id=ANNA, document=size["file_id"])


async def test_a_document_by_attachment(caller: Caller) -> None:
    """An upload may have any name in the form if the parameter refers to it."""
    body = await upload(caller, "sendDocument", "file0", b"Hello", document="attach://file0")
    document = body["result"]["document"]
    assert (document["file_name"], document["file_size"]) == ("a_b.png", 5)


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"no picture", "IMAGE_PROCESS_FAILED"), (sample_picture(2001, 100), "PHOTO_INVALID_DIMENSIONS")],
)
async def test_bad_photos(caller: Caller, data: bytes, reason: str) -> None:
    """A file that is not a picture, or too narrow, is refused as a photo."""
    assert (await upload(caller, "sendPhoto", "photo", data))["description"] == f"Bad Request: {reason}"


async def test_a_stray_upload_is_refused(caller: Caller) -> None:
    """A file that no parameter refers to is refused."""
    body = await upload(caller, "sendPhoto", "foto", sample_picture(), photo="https://a.org/b.png")
    assert "foto" in body["description"]


def test_sizes_of_other_formats() -> None:
    """The size is read from JPEG, GIF and WebP headers; truncated ones give none."""
    jpeg = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x10\x00\x20\x01\x01\x11\x00"
    assert dimensions(jpeg) == (32, 16)
    assert dimensions(b"GIF89a\x20\x00\x10\x00") == (32, 16)
    webp = b"RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00\x00\x00\x00\x00\x1f\x00\x00\x0f\x00\x00"
    assert dimensions(webp) == (32, 16)
    assert [dimensions(data[:9]) for data in (jpeg, webp, sample_picture())] == [None, None, None]


async def test_deleting(sandbox: Sandbox, caller: Caller, clock: Clock) -> None:
    """Private messages of both sides can be deleted within 48 hours, once."""
    said = sandbox.world.say(OLENA, OLENA, "x")
    old = await caller.ok("sendMessage", chat_id=OLENA, text="x")
    await caller.ok("deleteMessage", chat_id=OLENA, message_id=said["message_id"])
    given = {"chat_id": OLENA, "message_id": said["message_id"]}
    assert "message to delete not found" in await caller.refused("deleteMessage", **given)
    clock.advance(hours=48)
    given = {"chat_id": OLENA, "message_id": old["message_id"]}
    assert "message can't be deleted" in await caller.refused("deleteMessage", **given)
    await caller.ok("editMessageText", **given, text="an edit has no such limit")


async def test_deleting_many_and_in_groups(sandbox: Sandbox, caller: Caller) -> None:
    """In a group the bot deletes only its own messages; deleteMessages skips others."""
    said = sandbox.world.say(OLENA, NEIGHBOURS, "x")
    sent = await caller.ok("sendMessage", chat_id=NEIGHBOURS, text="x")
    ids = [said["message_id"], sent["message_id"], 999]
    refusal = await caller.refused("deleteMessage", chat_id=NEIGHBOURS, message_id=ids[0])
    assert "message can't be deleted" in refusal
    await caller.ok("deleteMessages", chat_id=NEIGHBOURS, message_ids=ids)
    assert sandbox.world.messages(NEIGHBOURS) == [said]


async def test_copy_and_forward(sandbox: Sandbox, caller: Caller) -> None:
    """A copy is the bot's own, a forward names its origin; protected content is refused."""
    said = sandbox.world.say(OLENA, OLENA, "see /help")
    source = {"from_chat_id": OLENA, "message_id": said["message_id"]}
    copied = await caller.ok("copyMessage", chat_id=ANNA, **source, reply_markup=KEYBOARD)
    copy = sandbox.world.message(ANNA, copied["message_id"])
    assert (copy["text"], copy["entities"], copy["reply_markup"]) == (
        said["text"],
        said["entities"],
        KEYBOARD,
    )
    assert "forward_origin" not in copy
    forwarded = await caller.ok("forwardMessage", chat_id=ANNA, **source)
    assert forwarded["forward_origin"]["sender_user"]["id"] == OLENA
    assert (
        await caller.ok(
            "copyMessages", chat_id=ANNA, from_chat_id=OLENA, message_ids=[said["message_id"], 999]
        )
    ) == [{"message_id": forwarded["message_id"] + 1}]
    kept = await caller.ok("sendMessage", chat_id=OLENA, text="x", protect_content=True)
    source = {"from_chat_id": OLENA, "message_id": kept["message_id"]}
    assert "can't be copied" in await caller.refused("copyMessage", chat_id=ANNA, **source)
    assert "can't be forwarded" in await caller.refused("forwardMessage", chat_id=ANNA, **source)


async def test_replies(sandbox: Sandbox, caller: Caller) -> None:
    """A reply contains the message that it replies to, one level deep; a missing one may be allowed."""
    said = sandbox.world.say(OLENA, OLENA, "x")
    reply = {"message_id": said["message_id"]}
    first = await caller.ok("sendMessage", chat_id=OLENA, text="1", reply_parameters=reply)
    assert first["reply_to_message"] == said
    reply = {"message_id": first["message_id"]}
    second = await caller.ok("sendMessage", chat_id=OLENA, text="2", reply_parameters=reply)
    assert "reply_to_message" not in second["reply_to_message"]
    lost = {"message_id": 999, "allow_sending_without_reply": True}
    await caller.ok("sendMessage", chat_id=OLENA, text="3", reply_parameters=lost)


async def test_pins(caller: Caller) -> None:
    """GetChat shows a pinned message until it is unpinned."""
    sent = await caller.ok("sendMessage", chat_id=OLENA, text="x")
    await caller.ok("pinChatMessage", chat_id=OLENA, message_id=sent["message_id"])
    assert (await caller.ok("getChat", chat_id=OLENA))["pinned_message"]["text"] == "x"
    await caller.ok("unpinChatMessage", chat_id=OLENA)
    assert "pinned_message" not in await caller.ok("getChat", chat_id=OLENA)


async def test_commands_by_scope_and_language(sandbox: Sandbox, caller: Caller) -> None:
    """Each person sees the menu of the narrowest scope, in their language or else the default one."""

    async def put(word: str, scope: dict[str, Any] | None = None, language: str = "") -> None:
        commands = [{"command": word, "description": word}]
        given = {"commands": commands, "language_code": language} | ({"scope": scope} if scope else {})
        await caller.ok("setMyCommands", **given)

    def seen(person: int, chat: int) -> list[str]:
        return [command["command"] for command in sandbox.world.commands_for(person, chat)]

    await put("all")
    await put("all_uk", language="uk")
    assert (seen(OLENA, OLENA), seen(ANNA, ANNA)) == (["all_uk"], ["all"])
    await put("private", {"type": "all_private_chats"})
    assert (seen(OLENA, OLENA), seen(OLENA, NEIGHBOURS)) == (["private"], ["all_uk"])
    await put("mine", {"type": "chat", "chat_id": ANNA})
    await put("admins", {"type": "all_chat_administrators"})
    assert (seen(ANNA, ANNA), seen(OLENA, NEIGHBOURS), seen(ANNA, NEIGHBOURS)) == (
        ["mine"],
        ["admins"],
        ["all"],
    )
    await caller.ok("deleteMyCommands", scope={"type": "chat", "chat_id": ANNA})
    assert seen(ANNA, ANNA) == ["private"]
    assert await caller.ok("getMyCommands", language_code="uk") == [
        {"command": "all_uk", "description": "all_uk"}
    ]


async def test_texts_of_the_account(caller: Caller) -> None:
    """Name and descriptions fall back to the default language; removing one restores the account's."""
    await caller.ok("setMyDescription", description="Hello")
    await caller.ok("setMyDescription", description="Привіт", language_code="uk")
    assert await caller.ok("getMyDescription", language_code="uk") == {"description": "Привіт"}
    await caller.ok("setMyDescription", language_code="uk")
    assert await caller.ok("getMyDescription", language_code="uk") == {"description": "Hello"}
    assert await caller.ok("getMyName") == {"name": "Comeback"}
    button = {"type": "web_app", "text": "Open", "web_app": {"url": "https://a.org"}}
    await caller.ok("setChatMenuButton", chat_id=OLENA, menu_button=button)
    assert await caller.ok("getChatMenuButton", chat_id=OLENA) == button
    assert await caller.ok("getChatMenuButton") == {"type": "commands"}
