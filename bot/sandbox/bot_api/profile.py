"""The bot's profile: names, descriptions and menu buttons."""

from typing import Any, Literal

Part = Literal["name", "description", "short_description"]


class Profile:
    """Texts by language ("" is the default), and menu buttons by chat (0 is the default)."""

    def __init__(self, name: str) -> None:
        self._texts: dict[str, dict[str, str]] = {
            "name": {"": name},
            "description": {},
            "short_description": {},
        }
        self._buttons: dict[int, dict[str, Any]] = {}
        self._first_name = name

    def text(self, part: Part, language: str) -> str:
        """Return the text in this language, or else the default one."""
        texts = self._texts[part]
        return texts.get(language) or texts.get("", "")

    def set_text(self, part: Part, language: str, text: str) -> None:
        """Set a text; an empty one removes it, and an empty default name restores the account's."""
        if text:
            self._texts[part][language] = text
        else:
            self._texts[part].pop(language, None)
            if part == "name":
                self._texts[part].setdefault("", self._first_name)

    def button(self, chat: int) -> dict[str, Any]:
        """Return the menu button of a private chat, or else the default one."""
        return self._buttons.get(chat) or self._buttons.get(0) or {"type": "commands"}

    def set_button(self, chat: int, button: dict[str, Any] | None) -> None:
        """Set the menu button of a chat (0: the default one); None or "default" removes it."""
        if button is None or button["type"] == "default":
            self._buttons.pop(chat, None)
        else:
            self._buttons[chat] = button

    def dump(self) -> dict[str, Any]:
        """Return everything as JSON."""
        return {"texts": self._texts, "buttons": {str(chat): b for chat, b in self._buttons.items()}}

    def load(self, data: dict[str, Any]) -> None:
        """Restore what `dump` returned."""
        self._texts = data["texts"]
        self._buttons = {int(chat): button for chat, button in data["buttons"].items()}
