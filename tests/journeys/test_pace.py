"""At the reader's pace: a night, a gathered morning, a day off and the welcome after it, in two languages."""

import logging

import pytest

from bot.config import Settings
from bot.runtime.app import App
from bot.sandbox.server import Sandbox
from tests.chats import ANNA, OLENA, Chats, labels, says, to_the_next
from tests.factories import analysis
from tests.running import follow_clock, running, watched
from tests.waiting import soon


async def _push(app: App, *headlines: str) -> None:
    """Push stories, one after another, until everybody has theirs or it is held for them."""
    for headline in headlines:
        added = await app.services.stories.add(analysis(headline), actor="test")
        with watched("bot.delivery.leases", "broadcast finished") as finished:
            await app.services.review.publish(added.story.id, actor="test", push=True)
            await soon(finished.wait())


async def test_a_night_and_a_day_off(
    polling: Settings, telegram: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing at night; the morning's message opens each story and leads back; after a day off, a welcome."""
    caplog.set_level(logging.INFO, "bot.delivery.leases")
    chats, world = Chats(telegram.world), telegram.world
    async with running(polling) as app:
        for person in (ANNA, OLENA):
            await chats.ask(person, "/start")
        before = {person: len(chats.said(person)) for person in (ANNA, OLENA)}
        to_the_next(world, 23)
        follow_clock(app, world)
        await _push(app, "The bridge holds", "The school opens")
        assert {person: len(chats.said(person)) for person in (ANNA, OLENA)} == before
    to_the_next(world, 8)
    async with running(polling) as app:  # what is held outlives the process
        for person, heading in ((ANNA, "Your new stories:"), (OLENA, "Ваші нові історії:")):
            await world.until(lambda person=person: len(chats.said(person)) > before[person])  # type: ignore[misc]
            gathered = chats.said(person)[-1]
            assert says(gathered)[0] == heading
            assert "2 · The bridge holds" in says(gathered)
            assert len(chats.said(person)) == before[person] + 1
            opened = await chats.tap(person, gathered, "2")
            assert says(opened)[0] == "The bridge holds"
            back = await chats.tap(person, opened, labels(opened)[-1])
            assert says(back)[1:] == says(gathered)[1:]
        await chats.ask(ANNA, "/dayoff 3 days")
        await _push(app, "The market is back")
        await world.until(lambda: any("The market is back" in says(one) for one in chats.said(OLENA)))
        said = len(chats.said(ANNA))
        to_the_next(world, 8, days=4)
        await world.until(lambda: len(chats.said(ANNA)) > said)
        assert says(chats.said(ANNA)[-1])[:2] == [
            "Welcome back! Here is what you missed:",
            "1 · The market is back",
        ]
        assert len(chats.said(ANNA)) == said + 1
