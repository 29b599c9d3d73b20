"""The address behind a help button: the organisation's own, or a redirect of ours that counts."""

import hmac
import re
from hashlib import sha256

from bot.errors import NotFoundError
from bot.i18n import mark
from storage import secret
from storage.database import Database
from storage.models import Appeal

PATH = "/h/"
UNKNOWN = mark("This link is not known here.")
_SIGNS = 12  # hex digits of the signature: enough that nobody finds a link by guessing
_NAME = re.compile(rf"(\d{{1,9}})-([0-9a-f]{{{_SIGNS}}})")


class HelpLinks:
    """Makes and reads the addresses of help buttons.

    An address names an Appeal and nothing else: where it leads is looked up when it is followed, so that it
    can lead nowhere but to what editors verified.
    """

    def __init__(self, public_url: str = "", key: bytes = b"") -> None:
        """Without `public_url` help buttons lead to the organisations directly."""
        self._base = public_url + PATH if public_url else ""
        self._key = key

    def address(self, appeal: Appeal) -> str:
        """What stands behind the help button of an Appeal."""
        return f"{self._base}{appeal.id}-{self._sign(appeal.id)}" if self._base else appeal.url

    def read(self, name: str) -> int:
        """The Appeal that the last part of an address names; NotFoundError where it was not made by us."""
        found = _NAME.fullmatch(name) if self._base and name.isascii() else None
        number = int(found[1]) if found else 0
        if found is None or not hmac.compare_digest(name, f"{number}-{self._sign(number)}"):
            raise NotFoundError(UNKNOWN)
        return number

    def _sign(self, number: int) -> str:
        return hmac.digest(self._key, str(number).encode(), sha256).hex()[:_SIGNS]


async def open_links(database: Database, public_url: str) -> HelpLinks:
    """The help links of this database: its key is made once, so that a link in an old message stays good."""
    if not public_url:
        return HelpLinks()
    async with database.transaction() as session:
        return HelpLinks(public_url, await secret.ensure(session, "help links"))
