"""Chats that asked to be forgotten: a keyed hash of each, so that a later import does not add it again."""

from collections.abc import Collection
from hashlib import blake2b

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage import secret
from storage.database import insert
from storage.models import Forgotten

_SALT = "forgotten"  # name of the secret in the database
_BATCH = 5000  # parameters of one statement: SQLite and PostgreSQL take about 32,000


async def add(session: AsyncSession, chat_id: int) -> None:
    """Store that this chat asked to be forgotten, unless that is stored already."""
    hashed = _hash(chat_id, await secret.ensure(session, _SALT))
    await session.execute(insert(session, Forgotten).values(hash=hashed).on_conflict_do_nothing())


async def lift(session: AsyncSession, chat_id: int) -> None:
    """Delete the hash of a chat that came back by itself: it may be stored again."""
    salt = await secret.find(session, _SALT)
    if salt is not None:
        await session.execute(delete(Forgotten).where(Forgotten.hash == _hash(chat_id, salt)))


async def which_of(session: AsyncSession, chat_ids: Collection[int]) -> set[int]:
    """Return those of these chats that asked to be forgotten: no import may add them."""
    salt = await secret.find(session, _SALT)
    if salt is None:  # nobody ever asked to be forgotten
        return set()
    found: set[int] = set()
    wanted = list(chat_ids)
    for start in range(0, len(wanted), _BATCH):
        by_hash = {_hash(chat_id, salt): chat_id for chat_id in wanted[start : start + _BATCH]}
        hashes = await session.scalars(select(Forgotten.hash).where(Forgotten.hash.in_(by_hash)))
        found |= {by_hash[hashed] for hashed in hashes}
    return found


def _hash(chat_id: int, salt: bytes) -> bytes:
    return blake2b(str(chat_id).encode(), key=salt, digest_size=32).digest()
