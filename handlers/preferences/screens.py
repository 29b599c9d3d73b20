"""What all screens of /preferences share: how a screen is drawn and changed, and its usual buttons."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering.buttons import PreferencesButton
from bot.rendering.message import Button, Composer, Message, ticked
from bot.subscribers.pacing import HOURS
from handlers.context import Context

OUTDATED = mark("This button is out of date. Try again: /preferences")
OVERVIEW = "overview"
WHEN, WHAT, LANGUAGES, QUIET = "when", "what", "languages", "calm"
"""The screens that open the others (groups.py)."""

_HOURS_A_ROW = 4


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen of /preferences: `draw` returns its message, `change` stores what a button of it chooses.

    `change` is None if its buttons belong to other screens. `stays` shows the screen again after a change,
    since a reader may choose more there; else `parent` is shown, to which the way back leads too.
    """

    draw: Callable[[Context], Awaitable[Message]]
    change: Callable[[Context, PreferencesButton], Awaitable[None]] | None = None
    stays: bool = False
    parent: str = OVERVIEW


def open_button(text: str, screen: str) -> Button:
    """Return a button that opens a screen."""
    return Button(text, PreferencesButton(screen).data())


def choice_button(text: str, button: PreferencesButton, *, chosen: bool) -> Button:
    """Return a button that chooses something; it has a tick if that is chosen already."""
    return Button(ticked(text, chosen=chosen), button.data())


def back_button(texts: Texts, parent: str = OVERVIEW) -> Button:
    """Return the button back to the overview, or to the screen from which this one was opened."""
    return open_button(texts.say("‹ Preferences") if parent == OVERVIEW else texts.say("‹ Back"), parent)


def add_hour_buttons(
    composer: Composer,
    button: Callable[[int], PreferencesButton],
    chosen: int | None,
    texts: Texts,
    parent: str = OVERVIEW,
) -> Composer:
    """Add a button for each hour of the day, and the way back; `button` says what an hour chooses."""
    for first in HOURS[::_HOURS_A_ROW]:
        row = HOURS[first : first + _HOURS_A_ROW]
        composer.buttons(
            *(choice_button(texts.hour(hour), button(hour), chosen=hour == chosen) for hour in row)
        )
    return composer.buttons(back_button(texts, parent))


def outdated() -> InvalidInputError:
    """Return the error for a button whose choice no version knows any more."""
    return InvalidInputError(OUTDATED)


def number_in(choice: str | None, numbers: range) -> int:
    """Return the number that a button carries. Raises `outdated` if it is none of these."""
    text = choice or ""
    if not (text.isascii() and text.isdecimal() and len(text) <= len(str(numbers[-1]))):
        raise outdated()
    if int(text) not in numbers:
        raise outdated()
    return int(text)


def flag_of(choice: str | None) -> bool:
    """Return the choice of a button that carries 1 or 0. Raises `outdated` for anything else."""
    return number_in(choice, range(2)) == 1
