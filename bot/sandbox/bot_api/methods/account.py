"""Methods of the bot's account: identity, commands, profile, menu buttons."""

import re
from collections.abc import Callable
from typing import Any

from bot.sandbox.bot_api.access import BotAccess, Parameters
from bot.sandbox.bot_api.commands import ScopeKey, scope_key
from bot.sandbox.bot_api.profile import Part
from bot.sandbox.bot_api.refusals import bad_request

# core.telegram.org/bots/api: setMyCommands, BotCommand, setMyName, setMyDescription, setMyShortDescription
MAX_COMMANDS, MAX_COMMAND_TEXT = 100, 256
LENGTHS: dict[Part, int] = {"name": 64, "description": 512, "short_description": 120}
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")
_LANGUAGE = re.compile(r"(?:[a-z]{2})?")


def get_me(access: BotAccess, _given: Parameters) -> dict[str, Any]:
    """`getMe`."""
    return {
        **access.world.bot.as_user(),
        "can_join_groups": True,
        "can_read_all_group_messages": False,
        "supports_guest_queries": False,
        "supports_inline_queries": True,
        "can_connect_to_business": False,
        "has_main_web_app": False,
        "has_topics_enabled": False,
        "allows_users_to_create_topics": False,
        "can_manage_bots": False,
        "supports_join_request_queries": False,
    }


def do_nothing(_access: BotAccess, _given: Parameters) -> bool:
    """`logOut` and `close`: do nothing."""
    return True


def set_my_commands(access: BotAccess, given: Parameters) -> bool:
    """`setMyCommands`."""
    commands = given["commands"]
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    for command in commands:
        if not _COMMAND.fullmatch(command["command"].removeprefix("/")):
            raise bad_request("BOT_COMMAND_INVALID")
        if not 1 <= len(command["description"].strip()) <= MAX_COMMAND_TEXT:
            raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    plain = [{**command, "command": command["command"].removeprefix("/")} for command in commands]
    access.world.commands.set(_scope(access, given), plain)
    access.world.publish("commands")
    return True


def delete_my_commands(access: BotAccess, given: Parameters) -> bool:
    """`deleteMyCommands`."""
    access.world.commands.set(_scope(access, given), [])
    access.world.publish("commands")
    return True


def get_my_commands(access: BotAccess, given: Parameters) -> list[dict[str, str]]:
    """`getMyCommands`: those of exactly this scope and language."""
    return access.world.commands.get(_scope(access, given))


def set_chat_menu_button(access: BotAccess, given: Parameters) -> bool:
    """`setChatMenuButton`."""
    chat = access.chat_id(given["chat_id"]) if "chat_id" in given else 0
    access.world.profile.set_button(chat, given.get("menu_button"))
    access.world.publish("commands", chat)
    return True


def get_chat_menu_button(access: BotAccess, given: Parameters) -> dict[str, Any]:
    """`getChatMenuButton`."""
    return access.world.profile.button(access.chat_id(given["chat_id"]) if "chat_id" in given else 0)


def _setter(part: Part) -> Callable[[BotAccess, Parameters], bool]:
    def set_text(access: BotAccess, given: Parameters) -> bool:
        text = given.get(part, "")
        if len(text) > LENGTHS[part]:
            raise bad_request(f"{part.replace('_', ' ')} is too long")
        access.world.profile.set_text(part, _language(given), text)
        access.world.publish("chats")
        return True

    return set_text


def _getter(part: Part) -> Callable[[BotAccess, Parameters], dict[str, str]]:
    def get_text(access: BotAccess, given: Parameters) -> dict[str, str]:
        return {part: access.world.profile.text(part, _language(given))}

    return get_text


def _language(given: Parameters) -> str:
    language: str = given.get("language_code", "")
    if not _LANGUAGE.fullmatch(language):
        raise bad_request("invalid language code specified")
    return language


def _scope(access: BotAccess, given: Parameters) -> ScopeKey:
    scope = given.get("scope")
    if scope and "chat_id" in scope:
        scope = {**scope, "chat_id": access.chat_id(scope["chat_id"])}
    return scope_key(scope, _language(given))


METHODS: dict[str, Callable[[BotAccess, Parameters], Any]] = {
    "getMe": get_me,
    "logOut": do_nothing,
    "close": do_nothing,
    "setMyCommands": set_my_commands,
    "deleteMyCommands": delete_my_commands,
    "getMyCommands": get_my_commands,
    "setMyName": _setter("name"),
    "getMyName": _getter("name"),
    "setMyDescription": _setter("description"),
    "getMyDescription": _getter("description"),
    "setMyShortDescription": _setter("short_description"),
    "getMyShortDescription": _getter("short_description"),
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
}
