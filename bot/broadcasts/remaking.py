"""Remaking: draw again what is being sent, when an Appeal begins or ceases to be shown."""

from itertools import product

from sqlalchemy.ext.asyncio import AsyncSession

from bot.broadcasts.audiences import RenderBodies, story_versions
from bot.i18n import in_language, languages
from bot.rendering import reports as drawing
from storage.appeals import appeals, reports
from storage.broadcasts import bodies, broadcasts
from storage.broadcasts.bodies import Payload, Variant
from storage.models import Report, Story
from storage.stories import stories
from storage.words import Length


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


def report_bodies(report: Report) -> dict[Variant, Payload]:
    """Return Telegram's parameters for each Variant of a Report: it differs only by the reader's language."""
    by_language = {language: drawing.payload(report, in_language(language)) for language in languages()}
    return {Variant(one, length): by_language[one] for one, length in product(languages(), Length)}


async def report_payloads(session: AsyncSession, report_id: int) -> dict[Variant, Payload] | None:
    """Return the Bodies of a Report to freeze now, with its Appeal kept as in `payloads`; None without it."""
    report = await reports.get(session, report_id)
    if report is None:
        return None
    await appeals.keep(session, {report.appeal_id})
    await session.refresh(report.appeal)
    return report_bodies(report)


class Remaking:
    """Draws the Bodies of running Broadcasts again: their workers notice within a slice of recipients."""

    def __init__(self, render_bodies: RenderBodies) -> None:
        self._render_bodies = render_bodies

    async def __call__(self, session: AsyncSession, appeal_id: int) -> None:
        """Draw again all running Broadcasts that name this Appeal, and what Digests have not sent yet."""
        for broadcast in await broadcasts.naming(session, appeal_id):
            story = await stories.get(session, broadcast.story_id) if broadcast.story_id else None
            if story is not None:
                drawn = await payloads(session, story, self._render_bodies)
                await bodies.replace(session, broadcast.id, drawn)
        for broadcast in await broadcasts.reporting(session, appeal_id):
            again = await report_payloads(session, broadcast.report_id) if broadcast.report_id else None
            if again is not None:
                await bodies.replace(session, broadcast.id, again)
        await broadcasts.draw_digests_again(session)
