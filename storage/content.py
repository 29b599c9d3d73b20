"""The version of the content, which is what all readers see alike: stories, topics, threads, appeals.

Triggers raise it in the transaction that changes a row of CONTENT_TABLES, in this process, in another one or
at the command line.
"""

from sqlalchemy import BigInteger, ScalarSelect, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.models import ContentVersion

CONTENT_TABLES = (
    "appeals",
    "search_entries",
    "stories",
    "story_topics",
    "summaries",
    "threads",
    "topics",
)
"""The tables whose rows readers see, or whose rows decide what they see."""


def version() -> ScalarSelect[int]:
    """Return the version as a part of a statement."""
    total = func.coalesce(func.sum(ContentVersion.version), 0)
    return select(cast(total, BigInteger)).scalar_subquery()


async def present(session: AsyncSession) -> int:
    """Return the version of the content."""
    return await session.scalar(select(version())) or 0
