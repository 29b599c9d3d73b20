"""Verification: an editor has looked at the page behind a link, and so does the bot, to know it again."""

from dataclasses import dataclass

from bot.appeals.appeals import Appeals
from bot.appeals.pages.fingerprints import Fingerprint
from bot.appeals.pages.pages import AppealPages
from bot.errors import RefusedError, UserError
from bot.i18n import mark
from storage.models import Appeal


class PageUnreadError(RefusedError):
    """The page could not be read, so that nothing would tell if it changed hands before the next check."""


@dataclass(frozen=True, slots=True)
class Verified:
    """An Appeal that was verified. leads_to: the address on which its link ends; None if it was not read."""

    appeal: Appeal
    leads_to: str | None


class Verification:
    """The use case of verifying: the page is read with no transaction open, and then it is one."""

    def __init__(self, appeals: Appeals, pages: AppealPages) -> None:
        self._appeals = appeals
        self._pages = pages

    async def verify(
        self,
        appeal_id: int,
        *,
        actor: str,
        version: int | None = None,
        although_like: str | None = None,
        although_unread: bool = False,
    ) -> Verified:
        """Verify a proposed or suspended Appeal, as `Appeals.verify` does, and keep its page's Fingerprint.

        Raises PageUnreadError if the page does not answer, unless `although_unread`: then the next check that
        reads it takes the Fingerprint.
        """
        appeal = await self._appeals.may_verify(
            appeal_id, actor=actor, version=version, although_like=although_like
        )
        fingerprint = await self._read(appeal, although_unread=although_unread)
        verified = await self._appeals.verify(
            appeal_id,
            actor=actor,
            version=appeal.version,
            although_like=although_like,
            fingerprint=fingerprint,
        )
        return Verified(verified, fingerprint.address if fingerprint else None)

    async def _read(self, appeal: Appeal, *, although_unread: bool) -> Fingerprint | None:
        try:
            return await self._pages.read(appeal.url, appeal.organisation)
        except UserError as error:
            if although_unread:
                return None
            raise PageUnreadError(
                mark(
                    "The page of this appeal cannot be read right now. Try again later, or verify it all "
                    "the same."
                )
            ) from error
