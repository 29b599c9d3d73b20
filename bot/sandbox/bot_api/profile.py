"""What the bot says about itself: names, descriptions and the menu button."""

from __future__ import annotations

from typing import Any, Literal

Part = Literal["name", "description", "short_description"]


class Profile:
    """Texts by language (the empty language is the default), and menu buttons by chat (0 is the default)."""

    def __init__(self, name: str) -> None:
        self._texts: dict[str, dict[str, str]] = {
            "name": {"": name},
            "description": {},
            "short_description": {},
        }
        self._buttons: dict[int, dict[str, Any]] = {}
        self._first_name = name

    def text(self, part: Part, language: str) -> str:
        """The text in this language, else the default one."""
        texts = self._texts[part]
        return texts.get(language) or texts.get("", "")

    def set_text(self, part: Part, language: str, text: str) -> None:
        """Set a text; an empty one removes it, and an empty default name brings back the account's."""
        if text:
            self._texts[part][language] = text
        else:
            self._texts[part].pop(language, None)
            if part == "name":
                self._texts[part].setdefault("", self._first_name)

    def button(self, chat: int) -> dict[str, Any]:
        """The menu button of a private chat, or the default one."""
        return self._buttons.get(chat) or self._buttons.get(0) or {"type": "commands"}

    def set_button(self, chat: int, button: dict[str, Any] | None) -> None:
        """Set the menu button of a chat (0: the default); None or "default" takes it away."""
        if button is None or button["type"] == "default":
            self._buttons.pop(chat, None)
        else:
            self._buttons[chat] = button

    def dump(self) -> dict[str, Any]:
        """Everything as JSON."""
        return {"texts": self._texts, "buttons": {str(chat): b for chat, b in self._buttons.items()}}

    def load(self, data: dict[str, Any]) -> None:
        """Take back what `dump` gave."""
        self._texts = data["texts"]
        self._buttons = {int(chat): button for chat, button in data["buttons"].items()}
