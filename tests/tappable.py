"""All that people of a sandbox can tap that leads out of Telegram, in whatever way the bot showed it to them.

The rules for bare addresses are wider than the sandbox's: Telegram knows more endings, and takes signs that
are no letters into a host.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.sandbox.bot_api.queries import Queries
from bot.sandbox.world.history import Message
from bot.sandbox.world.world import World, buttons

BOT = "https://t.me/comeback_sandbox_bot"
_SHARES = "https://t.me/share/url?"
_LINKING = {"url", "text_link", "email", "mention", "text_mention"}
_PLAIN = re.compile(r"\w://|(?:\d{1,3}\.){3}\d{1,3}|\w@\w|@\w{3}")


class Seen:
    """What the people that are watched were shown since it was made: messages, edits, results, addresses."""

    def __init__(self, world: World, monkeypatch: pytest.MonkeyPatch, *, editors: Collection[int]) -> None:
        self.messages: list[Message] = []
        self.editors = editors
        self._opened: list[str] = []
        publish, answer = World.publish, Queries.answer

        def published(of: World, kind: Any, chat: int = 0, **what: Any) -> None:
            message = what.get("message")
            if message is not None and chat not in self.editors and _is_by(message, world.bot.id):
                self.messages.append(message)
            publish(of, kind, chat, **what)

        def answered(of: Queries, query_id: str, given: dict[str, Any]) -> bool:
            self.messages += given.get("messages", {}).values()
            self._opened += [given["url"]] if given.get("url") else []
            return answer(of, query_id, given)

        monkeypatch.setattr(World, "publish", published)
        monkeypatch.setattr(Queries, "answer", answered)

    def addresses(self) -> set[str]:
        """Return every address that could be tapped, but for the bot's own."""
        found = {address for message in self.messages for address in tappable(message)}
        return {address for address in found | set(self._opened) if not _is_the_bots(address)}


def tappable(message: Message) -> Iterator[str]:
    """Yield what can be tapped in a message: what its entities and buttons open, and bare addresses."""
    text = str(message.get("text", message.get("caption", "")))
    raw = text.encode("utf-16-le")
    for entity in message.get("entities") or message.get("caption_entities") or ():
        begin, end = 2 * entity["offset"], 2 * (entity["offset"] + entity["length"])
        covered = raw[begin:end].decode("utf-16-le")
        if entity["type"] in _LINKING:
            yield entity.get("url", covered)
            text = text.replace(covered, " ", 1)
    yield from (button["url"] for button in buttons(message) if "url" in button)
    yield from bare(text)


def bare(text: str) -> Iterator[str]:
    """Yield the words of a text in which Telegram may find an address or a name."""
    for word in text.split():
        if _PLAIN.search(word) or any(_ends_host(word, at) for at, sign in enumerate(word) if sign == "."):
            yield word


def _ends_host(word: str, dot: int) -> bool:
    """Return whether what stands behind this dot may be the ending of a host: a letter, and one more."""
    after = word[dot + 1 : dot + 3]
    kinds = [unicodedata.category(sign)[0] for sign in after]
    return dot > 0 and len(after) == 2 and kinds[0] == "L" and kinds[1] in "LM"


def _is_by(message: Message, bot: int) -> bool:
    return bot in (message.get(who, {}).get("id") for who in ("from", "via_bot")) or "sender_chat" in message


def _is_the_bots(address: str) -> bool:
    """Return whether it opens the bot, or the page that hands such a link on with words of no address."""
    if address.startswith(_SHARES):
        handed_on = parse_qs(urlsplit(address).query)
        words = " ".join(handed_on.get("text", []))
        return all(map(_is_the_bots, handed_on["url"])) and not list(bare(words))
    return address.removeprefix("https://") == BOT.removeprefix("https://") or address.startswith(
        f"{BOT}?start="
    )
