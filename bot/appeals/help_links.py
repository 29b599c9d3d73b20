"""The addresses of help buttons: the organisation's own, or one of this bot that counts and redirects."""

import hmac
import re
from hashlib import sha256

from bot.errors import NotFoundError
from bot.i18n import mark
from storage import secret
from storage.database import Database
from storage.models import Appeal

PATH = "/h/"
UNKNOWN = mark("This link does not exist.")
_SIGNATURE_DIGITS = 12  # hexadecimal: 48 bits, so that nobody finds an address by guessing
_NAME = re.compile(rf"(\d{{1,9}})-([0-9a-f]{{{_SIGNATURE_DIGITS}}})")


class HelpLinks:
    """Makes and reads the addresses of help buttons.

    An address contains only the id of an Appeal and a signature. The target is read from the database when
    somebody follows it, so it can only be a link that editors verified.
    """

    def __init__(self, public_url: str = "", key: bytes = b"") -> None:
        """Sign addresses with `key`. Without `public_url`, buttons have the organisations' own links."""
        self._base = public_url + PATH if public_url else ""
        self._key = key

    @property
    def counts(self) -> bool:
        """Whether this bot counts how many people follow its help buttons."""
        return bool(self._base)

    def address(self, appeal: Appeal) -> str:
        """Return the address for the help button of an Appeal."""
        return f"{self._base}{appeal.id}-{self._sign(appeal.id)}" if self._base else appeal.url

    def read(self, name: str) -> int:
        """Return the Appeal id in the last part of an address.

        Raises NotFoundError if this bot did not make the address.
        """
        found = _NAME.fullmatch(name) if self._base and name.isascii() else None
        number = int(found[1]) if found else 0
        if found is None or not hmac.compare_digest(name, f"{number}-{self._sign(number)}"):
            raise NotFoundError(UNKNOWN)
        return number

    def _sign(self, number: int) -> str:
        return hmac.digest(self._key, str(number).encode(), sha256).hex()[:_SIGNATURE_DIGITS]


async def open_links(database: Database, public_url: str) -> HelpLinks:
    """Return the help links of this database. Its key is made once, so that old messages keep working."""
    if not public_url:
        return HelpLinks()
    async with database.transaction() as session:
        return HelpLinks(public_url, await secret.ensure(session, "help links"))
