"""Callback data as typed objects: one dataclass for each family of buttons writes the data and parses it."""

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self, get_args, get_origin, get_type_hints

MOST_BYTES = 64  # that a button can carry (Bot API, InlineKeyboardButton)
_FIELD = re.compile(r"{(\w+)}")
_NUMBER = "[0-9]{1,9}"


class CallbackData(ABC):
    """What the buttons of one family carry, at most `MOST_BYTES`.

    Buttons stay in chats for years: a family must read all that it ever wrote.
    """

    __slots__ = ()

    PREFIX: ClassVar[str]
    """How the data of the family begins; handlers/routes.py finds the handler by it."""

    @abstractmethod
    def data(self) -> str:
        """Return the callback data."""

    @classmethod
    @abstractmethod
    def parse(cls, data: str) -> Self | None:
        """Return the object with this callback data; None where the data is not of this family."""


class FormData(CallbackData):
    """Callback data whose fields all stand in FORM, each once; most families are like that.

    A field is an `int` of at most 9 digits, a `bool` (0 or 1), a `StrEnum`, or another `int` or `str` as
    `Annotated[…, pattern]`.
    """

    __slots__ = ()

    FORM: ClassVar[str]
    """Such as `broadcast:{action}:{broadcast_id}`."""

    PATTERN: ClassVar[re.Pattern[str]]
    """Matches exactly the data that `parse` reads."""

    def __init_subclass__(cls) -> None:
        hints = get_type_hints(cls, include_extras=True)
        pattern = _FIELD.sub(lambda field: f"({_accepted(hints[field[1]])})", cls.FORM)
        cls.PATTERN = re.compile(rf"{pattern}\Z")
        cls.PREFIX = cls.FORM.partition("{")[0]

    def data(self) -> str:
        values = {name: getattr(self, name) for name in _FIELD.findall(self.FORM)}
        return self.FORM.format(
            **{name: int(value) if isinstance(value, bool) else value for name, value in values.items()}
        )

    @classmethod
    def parse(cls, data: str) -> Self | None:
        found = cls.PATTERN.fullmatch(data)
        if found is None:
            return None
        make: Callable[..., Self] = cls
        kinds = get_type_hints(cls)
        texts = zip(_FIELD.findall(cls.FORM), found.groups(), strict=True)
        return make(**{name: _read(kinds[name], text) for name, text in texts})


def _accepted(hint: Any) -> str:
    """Return the pattern of a field with this type."""
    if get_origin(hint) is Annotated:
        return str(get_args(hint)[1])
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return "|".join(map(re.escape, hint))
    return "[01]" if hint is bool else _NUMBER


def _read(kind: type[Any], text: str) -> Any:
    return text == "1" if kind is bool else kind(text)
