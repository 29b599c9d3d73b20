"""A visit: one request of an editor who is signed in, with all that a page needs to answer it."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import NoReturn, TypeVar
from zoneinfo import ZoneInfo

import aiohttp_jinja2
from aiohttp import web

from bot.editors.roles import Right, refusal
from bot.editors.sessions import SignedIn
from bot.errors import InvalidInputError, RefusedError
from bot.i18n import Texts, mark
from bot.services import Services
from bot.web.desk.access.security import form_token, nonce_of
from bot.web.desk.chat import Chat

NameOf = Callable[[int], Awaitable[str]]
"""Returns the name of a person, by id, as Telegram knows it now."""

_Choice = TypeVar("_Choice", bound=Enum)
_Key = TypeVar("_Key")
_HIGHEST_ID = 2**53


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of an editor.

    `zone`: of the times that they read. `token`: the secret in their cookie. `chat`: the bot, where it is
    there. `settings`: what is shown of the settings.
    """

    request: web.Request
    services: Services
    editor: SignedIn
    texts: Texts
    zone: ZoneInfo
    token: str
    name_of: NameOf
    chat: Chat | None = None
    settings: Sequence[tuple[str, str]] = ()

    def the_chat(self) -> Chat:
        """Return the bot. Raises RefusedError where it is not there."""
        if self.chat is None:
            raise RefusedError(
                mark("The bot cannot be reached from here. Please do this in the chat with it.")
            )
        return self.chat

    def may(self, right: Right) -> bool:
        """Return whether the editor has this right."""
        return self.editor.may(right)

    def require(self, right: Right) -> None:
        """Raise RefusedError if the editor does not have this right."""
        if not self.may(right):
            raise RefusedError(refusal(right))

    def number(self, name: str) -> int:
        """Return a number in the address, such as a Story's id. Raises HTTPNotFound for anything else."""
        found = self.request.match_info[name]
        if not (found.isascii() and found.isdecimal()) or int(found) > _HIGHEST_ID:
            raise web.HTTPNotFound
        return int(found)

    def asked(self, name: str, default: str = "") -> str:
        """Return a parameter of the address, without the spaces around it."""
        return _storable(self.request.query.get(name, default)).strip()

    def page(self) -> int:
        """Return which page of a list is asked for, from 0."""
        asked = self.asked("page", "0")
        return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 7 else 0  # noqa: PLR2004

    def choice(self, name: str, kind: type[_Choice]) -> _Choice | None:
        """Return which value of an enumeration a parameter of the address names; None for none or another."""
        return next((one for one in kind if one.value == self.asked(name)), None)

    def offset(self, size: int) -> int:
        """Return how many rows stand before the page of a list that is asked for."""
        return self.page() * size

    async def form(self) -> Mapping[str, str]:
        """Return the texts of the form that was sent; of a field that came more than once, the last one."""
        sent = (await self.request.post()).items()
        return {name: _storable(value) for name, value in sent if isinstance(value, str)}

    async def choices(self, name: str) -> list[str]:
        """Return all values of one field of the form."""
        sent = (await self.request.post()).getall(name, [])
        return [_storable(value) for value in sent if isinstance(value, str)]

    async def file(self, name: str) -> tuple[bytes, str] | None:
        """Return contents and name of the file in this field of the form, once; None without one."""
        given = (await self.request.post()).get(name)
        if not isinstance(given, web.FileField):
            return None
        with given.file as opened:
            return opened.read(), given.filename

    def moment(self, written: str) -> datetime:
        """Return a moment that a form has as local time in the editor's zone: "2026-11-27T18:00".

        Raises InvalidInputError for anything else.
        """
        try:
            return datetime.fromisoformat(written).replace(tzinfo=self.zone).astimezone(UTC)
        except ValueError:
            raise InvalidInputError(mark("Please choose a day and a time.")) from None

    def said(self, words: Mapping[_Key, str]) -> dict[_Key, str]:
        """Return the words of a table in the editor's language."""
        return {key: self.texts.say(sentence) for key, sentence in words.items()}

    def render(self, template: str, /, status: int = 200, **values: object) -> web.Response:
        """Return a page, drawn from a template with these values and the visit itself as `visit`."""
        context = {
            "visit": self,
            "say": self.texts.say,
            "count": self.texts.count,
            "token": form_token(self.token),
            "nonce": nonce_of(self.request),
            "here": self.request.path,
            "is_part": "HX-Request" in self.request.headers,
            **values,
        }
        return aiohttp_jinja2.render_template(template, self.request, context, status=status)

    def go(self, address: str) -> NoReturn:
        """Answer a form with another page, so that loading it again sends nothing twice."""
        raise web.HTTPSeeOther(address)


def _storable(text: str) -> str:
    """Return a text without the zeros that no person types and PostgreSQL does not store."""
    return text.replace("\0", "")
