"""What the chats hold in the end, as the oracle needs it."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from bot.i18n import in_language
from bot.sandbox.world.history import Message
from bot.sandbox.world.world import World, buttons
from tests.load.soak.diary import Diary, Received
from tests.load.soak.people import named, told
from tests.load.soak.readers import Reader

_HEADINGS = ("Welcome back!", "Your new stories:", "Here is what you missed:", "In short:", "More stories")


def read(world: World, diary: Diary, opened: Mapping[tuple[int, int], set[int]]) -> None:
    """Note in the diary what every reader got without asking."""
    answers: dict[int, set[int]] = {}
    for deed in diary.deeds:
        answers.setdefault(deed.chat, set()).update(deed.answers)
    for reader in diary.readers:
        held = [entry.message for entry in world.history(reader.chat) if entry.from_bot]
        asked = answers.get(reader.chat, set())
        diary.received += _of(reader, (one for one in held if one["message_id"] not in asked), opened)


def is_gathered(message: Message, reader: Reader) -> bool:
    """Return whether it is a gathered message, which may have more pages."""
    say = in_language(reader.language).say
    return told(message).startswith(tuple(say(heading).partition("!")[0] for heading in _HEADINGS))


def _of(
    reader: Reader, messages: Iterable[Message], opened: Mapping[tuple[int, int], set[int]]
) -> Iterable[Received]:
    help_label = in_language(reader.language).say("How to help")
    for one in messages:
        pages = opened.get((reader.chat, one["message_id"]))
        labels = [button["text"] for button in buttons(one)]
        gathered = is_gathered(one, reader)
        now = named(told(one))
        yield Received(
            chat=reader.chat,
            number=one["message_id"],
            at=datetime.fromtimestamp(one["date"], UTC),
            stories=now | frozenset(pages or ()),
            gathered=gathered,
            all_opened=not gathered or pages is not None,
            appeal=help_label in labels,
            now_names=now,
        )
