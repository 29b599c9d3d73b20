"""Asking about chats and files, and leaving a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.sandbox.bot_api.refusals import bad_request, forbidden
from bot.sandbox.world.files import MAX_DOWNLOAD
from bot.sandbox.world.history import quoted

if TYPE_CHECKING:
    from bot.sandbox.bot_api.permissions import Desk, Parameters
    from bot.sandbox.world.people import Group

GIFTS = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)


def get_chat(desk: Desk, given: Parameters) -> dict[str, Any]:
    """`getChat`."""
    chat = desk.chat_id(given["chat_id"])
    group = desk.world.groups.get(chat)
    if group is not None:
        _inside(group)
    full = {**(desk.world.chat(chat) or {}), "accent_color_id": 0, "max_reaction_count": 11}
    full["accepted_gift_types"] = dict.fromkeys(GIFTS, False)
    pinned = desk.world.history(chat).pinned
    entry = desk.world.entry(chat, pinned[-1]) if pinned else None
    return {**full, "pinned_message": quoted(entry.message)} if entry else full


def get_chat_member(desk: Desk, given: Parameters) -> dict[str, Any]:
    """`getChatMember`."""
    return _member(desk, _group(desk, given), given["user_id"])


def get_chat_administrators(desk: Desk, given: Parameters) -> list[dict[str, Any]]:
    """`getChatAdministrators`: the owner, who is the first member."""
    group = _group(desk, given)
    return [_member(desk, group, person) for person in group.members[:1]]


def get_chat_member_count(desk: Desk, given: Parameters) -> int:
    """`getChatMemberCount`, with the bot."""
    return len(_group(desk, given).members) + 1


def leave_chat(desk: Desk, given: Parameters) -> bool:
    """`leaveChat`."""
    group = _group(desk, given)
    desk.world.bot_leaves(group)
    return True


def get_file(desk: Desk, given: Parameters) -> dict[str, Any]:
    """`getFile`: up to 20 MB."""
    file = desk.world.files.find(given["file_id"])
    if file is None:
        raise bad_request("invalid file_id")
    if file.size > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return file.as_file()


def _group(desk: Desk, given: Parameters) -> Group:
    group = desk.world.groups.get(desk.chat_id(given["chat_id"]))
    if group is None:
        raise bad_request("there are no administrators in the private chat")
    return _inside(group)


def _inside(group: Group) -> Group:
    if not group.bot_member:
        raise forbidden(f"bot is not a member of the {group.kind} chat")
    return group


def _member(desk: Desk, group: Group, user: int) -> dict[str, Any]:
    world = desk.world
    if user == world.bot.id:
        return world.membership("administrator" if group.is_channel else "member")
    person = world.people.find(user)
    if person is None:
        raise bad_request("user not found")
    status = "creator" if group.is_owner(user) else "member" if user in group.members else "left"
    return world.membership(status, person.as_user())


METHODS = {
    "getChat": get_chat,
    "getChatMember": get_chat_member,
    "getChatAdministrators": get_chat_administrators,
    "getChatMemberCount": get_chat_member_count,
    "leaveChat": leave_chat,
    "getFile": get_file,
}
