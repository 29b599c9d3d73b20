"""Remaking: draw anew what is being sent, as soon as readers begin or cease to see an Appeal."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts.audiences import RenderBodies, story_versions
from storage.appeals import appeals
from storage.broadcasts import bodies, broadcasts
from storage.broadcasts.bodies import Payload, Variant
from storage.models import Story
from storage.stories import stories


async def payloads(
    session: AsyncSession, story: Story, render_bodies: RenderBodies
) -> dict[Variant, Payload]:
    """Return the Bodies of a Story to freeze now. Its Appeals do not change until the transaction ends.

    So an Appeal that is suspended at the same time is suspended before the Bodies are drawn, or after they
    are stored; then `Remaking` finds them.
    """
    versions = await story_versions(session, story)
    stories_drawn = (story, *versions.group)
    originals = (one.original for one in stories_drawn if one.original is not None)
    named = {one.appeal_id for one in (*stories_drawn, *originals)}
    await appeals.keep(session, named - {None})
    return render_bodies(versions)


class Remaking:
    """Draws the Bodies of running Broadcasts again: their workers notice within a slice of recipients."""

    def __init__(self, render_bodies: RenderBodies) -> None:
        self._render_bodies = render_bodies

    async def __call__(self, session: AsyncSession, appeal_id: int) -> None:
        """Draw anew all that is under way and names this Appeal; Digests draw what they have not sent yet."""
        for broadcast in await broadcasts.naming(session, appeal_id):
            story = await stories.get(session, broadcast.story_id) if broadcast.story_id else None
            if story is not None:
                drawn = await payloads(session, story, self._render_bodies)
                await bodies.replace(session, broadcast.id, drawn)
        await broadcasts.draw_digests_again(session)
