"""The pages behind help links: reads one through the safe fetcher, and takes its Fingerprint."""

from bot.appeals.pages.fingerprints import Fingerprint, PageSigns
from bot.articles.article import FetchedPage
from bot.articles.fetch.fetcher import Accept, Fetcher
from bot.articles.process_pool import ProcessPool
from bot.i18n import mark

_PAGES = Accept(("text/html", "application/xhtml+xml"))
_TOO_SLOW = mark("{name} takes too long to read.")


class AppealPages:
    """Reads the page behind a link: this address alone, and those to which it redirects."""

    def __init__(self, fetcher: Fetcher, pool: ProcessPool) -> None:
        self._fetcher = fetcher
        self._pool = pool

    async def read(self, url: str, organisation: str) -> Fingerprint:
        """Return the Fingerprint of the page as it is now. Raises UserError if there is no page to read.

        A FetchRefusedError says to which hosts the way led.
        """
        fetched = await self._fetcher.fetch(url, accept=_PAGES)
        signs = await self._pool.run(fetched.address, _TOO_SLOW, _read_signs, fetched.page, organisation)
        certified = fetched.certificate.organisation if fetched.certificate else ""
        return Fingerprint(fetched.address, fetched.hosts, certified, signs)


def _read_signs(page: FetchedPage, organisation: str) -> PageSigns:
    from bot.appeals.pages import signs  # noqa: PLC0415  # loads lxml: only the pool's processes need it

    return signs.read(page, organisation)
