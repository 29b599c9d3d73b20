"""`comeback`, as an operator runs it, but for one thing: every name leads to the feeds of the soak.

A feed on this machine is out of reach for the product, and stays so: only the fetcher's way out is replaced.
"""

import os

from aiohttp.abc import AbstractResolver, ResolveResult

from bot.articles.fetch.fetcher import Fetcher
from bot.articles.fetch.public_hosts import ConnectPolicy
from bot.cli.main import main
from bot.config import Settings
from bot.runtime import build

FEEDS_PORT = "SOAK_FEEDS_PORT"


class Here(AbstractResolver):
    """Every name leads to this machine."""

    async def resolve(self, host: str, port: int = 0, _family: object = 0) -> list[ResolveResult]:
        return [ResolveResult(hostname=host, host="127.0.0.1", port=port, family=2, proto=0, flags=0)]

    async def close(self) -> None:
        pass


def fetch_from(port: int) -> None:
    """Let this process fetch from the feeds at 127.0.0.1:`port`, and from nowhere else on this machine."""

    def fetcher(settings: Settings) -> Fetcher:  # as the one that it replaces
        return Fetcher(contact="", policy=ConnectPolicy(frozenset({("127.0.0.1", port)})), resolver=Here())

    build.fetcher_of = fetcher


if __name__ == "__main__":
    fetch_from(int(os.environ[FEEDS_PORT]))
    main()
