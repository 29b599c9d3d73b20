"""Screens of /preferences: each draws one noun with its buttons, and takes what a button carries.

A button carries the wanted value (`prefs:<noun>:<value>`), never a toggle: an old message and two devices at
once do no harm.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering.message import Button, Message
from handlers.context import Context

Draw = Callable[[Context], Awaitable[Message]]
Change = Callable[[Context, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Screen:
    """`stays`: it is shown again after a change, since more will be chosen there."""

    draw: Draw
    change: Change
    stays: bool = False


def ticked(text: str, data: str, *, chosen: bool) -> Button:
    """A button of a choice; the one that holds has a tick."""
    return Button(f"✓ {text}" if chosen else text, data)


def back(texts: Texts) -> Button:
    return Button(texts.say("‹ Preferences"), "prefs:overview")


def outdated() -> InvalidInputError:
    """For a button whose value no version of ours knows (any more)."""
    return InvalidInputError(mark("This button is from an older version. Ask anew: /preferences"))


def number_in(value: str, numbers: range) -> int:
    """The number that a button carries; `outdated` where it is none of these."""
    if not (value.isascii() and value.isdecimal() and len(value) <= len(str(numbers[-1]))):
        raise outdated()
    if int(value) not in numbers:
        raise outdated()
    return int(value)
