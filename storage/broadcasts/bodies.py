"""Bodies: the messages of a Broadcast as they were frozen, one for each Variant of reader."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from storage.broadcasts import broadcasts
from storage.models import Body, Broadcast
from storage.words import Length


class Variant(NamedTuple):
    """The readers that a Body is for.

    - `language`: that of the texts around the Story, such as the buttons.
    - `length`: that of the Summary.
    - `story_language`: the language of the Story or Translation in it; empty where the Body has none.
    - `appeal`: whether the Story's Appeal is in it.
    - `covered`: whether it shows only the Story's content warnings, and a button that opens the Story.
    """

    language: str
    length: Length
    story_language: str = ""
    appeal: bool = True
    covered: bool = False


Payload = dict[str, Any]
"""The parameters of Telegram's `sendMessage`, but for the chat."""

Payloads = Mapping[Variant, Payload]


async def freeze(session: AsyncSession, broadcast_id: int, payloads: Payloads) -> None:
    """Store the Bodies of a Broadcast; that of a covered Variant in the row of the same Variant uncovered."""
    rows = [
        {
            "broadcast_id": broadcast_id,
            "language": variant.language,
            "length": variant.length,
            "story_language": variant.story_language,
            "appeal": variant.appeal,
            "payload": payload,
            "cover": payloads.get(variant._replace(covered=True)),
        }
        for variant, payload in payloads.items()
        if not variant.covered
    ]
    await session.execute(insert(Body), rows)


async def of(session: AsyncSession, broadcast_id: int) -> dict[Variant, Payload]:
    """Return the Bodies of a Broadcast."""
    rows = await session.scalars(select(Body).where(Body.broadcast_id == broadcast_id))
    found: dict[Variant, Payload] = {}
    for one in rows:
        variant = Variant(one.language, one.length, one.story_language, one.appeal)
        found[variant] = one.payload
        if one.cover is not None:
            found[variant._replace(covered=True)] = one.cover
    return found


async def replace(session: AsyncSession, broadcast_id: int, payloads: Payloads) -> None:
    """Replace the Bodies of a running Broadcast: its workers notice within a slice of recipients."""
    await session.execute(delete(Body).where(Body.broadcast_id == broadcast_id))
    await freeze(session, broadcast_id, payloads)
    await broadcasts.change(session, broadcast_id, body_version=Broadcast.body_version + 1)
