"""Secrets: random values that this database keeps for itself, each made once."""

import secrets

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Secret

_BYTES = 32


async def find(session: AsyncSession, name: str) -> bytes | None:
    """The value of this name; None where nobody needed it yet."""
    return await session.scalar(select(Secret.value).where(Secret.name == name))


async def ensure(session: AsyncSession, name: str) -> bytes:
    """The value of this name, made now where it is new: of two that make it at once, both get the first."""
    found = await find(session, name)
    if found is not None:
        return found
    statement = insert(session, Secret).values(name=name, value=secrets.token_bytes(_BYTES))
    await session.execute(statement.on_conflict_do_nothing())
    made = await find(session, name)
    if made is None:
        raise LookupError(f"secret {name} vanished between insert and read")
    return made
