"""Secrets: random values that belong to this database, each made once."""

import secrets

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.database import insert
from storage.models import Secret

_BYTES = 32


async def find(session: AsyncSession, name: str) -> bytes | None:
    """Return the secret of this name; None if it was not needed yet."""
    return await session.scalar(select(Secret.value).where(Secret.name == name))


async def ensure(session: AsyncSession, name: str) -> bytes:
    """Return the secret of this name, and make it if it is new. Two that make it at once get the same one."""
    found = await find(session, name)
    if found is not None:
        return found
    statement = insert(session, Secret).values(name=name, value=secrets.token_bytes(_BYTES))
    await session.execute(statement.on_conflict_do_nothing())
    made = await find(session, name)
    if made is None:
        raise LookupError(f"secret {name} vanished between insert and read")
    return made
