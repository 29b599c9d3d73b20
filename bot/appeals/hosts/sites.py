"""Sites: who may own a host, told by the public list of suffixes below which names are registered."""

from functools import lru_cache

from bot.appeals.hosts.known_hosts import split


@lru_cache(maxsize=4096)
def site_of(host: str) -> str:
    """Return the registered name of a host: that of its owner. "example.org" for "www.example.org".

    Below a suffix where anybody gets a name of their own, such as github.io, each of them is a site. A host
    without a public suffix is its own site.
    """
    return split(host.rstrip(".")).registered or host
