"""Methods about chats, members and files, and `leaveChat`."""

from typing import Any

from bot.sandbox.bot_api.access import BotAccess, Parameters
from bot.sandbox.bot_api.refusals import bad_request, forbidden
from bot.sandbox.world.files import MAX_DOWNLOAD
from bot.sandbox.world.history import as_nested
from bot.sandbox.world.people import Group

GIFTS = (
    "unlimited_gifts",
    "limited_gifts",
    "unique_gifts",
    "premium_subscription",
    "gifts_from_channels",
)


def get_chat(access: BotAccess, given: Parameters) -> dict[str, Any]:
    """`getChat`."""
    chat = access.chat_id(given["chat_id"])
    group = access.world.groups.get(chat)
    if group is not None:
        _inside(group)
    full = {**(access.world.chat(chat) or {}), "accent_color_id": 0, "max_reaction_count": 11}
    full["accepted_gift_types"] = dict.fromkeys(GIFTS, False)
    pinned = access.world.history(chat).pinned
    entry = access.world.entry(chat, pinned[-1]) if pinned else None
    return {**full, "pinned_message": as_nested(entry.message)} if entry else full


def get_chat_member(access: BotAccess, given: Parameters) -> dict[str, Any]:
    """`getChatMember`."""
    return _member(access, _group(access, given), given["user_id"])


def get_chat_administrators(access: BotAccess, given: Parameters) -> list[dict[str, Any]]:
    """`getChatAdministrators`: the owner, who is the first member."""
    group = _group(access, given)
    return [_member(access, group, person) for person in group.members[:1]]


def get_chat_member_count(access: BotAccess, given: Parameters) -> int:
    """`getChatMemberCount`: it includes the bot."""
    return len(_group(access, given).members) + 1


def leave_chat(access: BotAccess, given: Parameters) -> bool:
    """`leaveChat`."""
    group = _group(access, given)
    access.world.remove_bot(group)
    return True


def get_file(access: BotAccess, given: Parameters) -> dict[str, Any]:
    """`getFile`: up to 20 MB."""
    file = access.world.files.find(given["file_id"])
    if file is None:
        raise bad_request("invalid file_id")
    if file.size > MAX_DOWNLOAD:
        raise bad_request("file is too big")
    return file.as_file()


def _group(access: BotAccess, given: Parameters) -> Group:
    group = access.world.groups.get(access.chat_id(given["chat_id"]))
    if group is None:
        raise bad_request("there are no administrators in the private chat")
    return _inside(group)


def _inside(group: Group) -> Group:
    if not group.bot_member:
        raise forbidden(f"bot is not a member of the {group.kind} chat")
    return group


def _member(access: BotAccess, group: Group, user: int) -> dict[str, Any]:
    world = access.world
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
