"""From “I helped” to what became of it: two readers in two languages, an editor, and the night between."""

import pytest

from bot.config import Settings
from bot.i18n import in_language
from bot.sandbox.server import Sandbox
from storage.words import AppealRhythm, ChatKind
from tests.chats import ANNA, OLENA, Chats, labels, links, says, to_the_next, told
from tests.factories import analysis
from tests.running import follow_clock, running
from tests.waiting import comes_true

HELP = "https://example.org/help"
TEXT = "The bridge is open again. Eighty people crossed it on the first day."
READERS = [(ANNA, "en"), (OLENA, "uk")]


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_who_helped_is_told_and_not_asked(
    polling: Settings, telegram: Sandbox, person: int, language: str
) -> None:
    """After one tap no push asks them; a Report comes with its picture; at night it waits for a digest."""
    chats, say = Chats(telegram.world), in_language(language).say
    world = telegram.world
    async with running(polling) as app:
        services = app.services
        await chats.ask(person, "/start")
        first = (
            await services.stories.add(analysis("The bridge fell", language=language), actor="one")
        ).story
        appeal = await services.appeals.propose(
            organisation="Bridge Friends", url=HELP, story_id=first.id, actor="one"
        )
        await services.appeals.verify(appeal.id, actor="two")
        await services.review.publish(first.id, actor="one", push=True)
        await world.until(lambda: any("The bridge fell" in told(one) for one in chats.said(person)))
        push = next(one for one in chats.said(person) if "The bridge fell" in told(one))
        card = await chats.tap(person, push, say("How to help"))
        assert HELP in links(card)
        thanks = await chats.tap(person, card, say("I helped"))
        assert says(thanks)[0] == say("Thank you for helping!")

        await services.preferences.set_appeal_rhythm(person, AppealRhythm.EVERY_STORY)
        again = (await services.stories.add(analysis("The ferry runs", language=language), actor="one")).story
        await services.editing.set_appeal(again.id, appeal.id, version=None, actor="one")
        await services.review.publish(again.id, actor="one", push=True)
        await world.until(lambda: any("The ferry runs" in told(one) for one in chats.said(person)))
        quiet = next(one for one in chats.said(person) if "The ferry runs" in told(one))
        assert say("How to help") not in labels(quiet)

        picture = world.files.sample("photo").as_content()["photo"][-1]["file_id"]
        draft = await services.reports.write(appeal.id, TEXT, picture=picture, actor="one")
        await services.reports.send(draft.id, actor="two")
        await world.until(lambda: any(TEXT in told(one) for one in chats.said(person)))
        came = next(one for one in chats.said(person) if TEXT in told(one))
        assert came["photo"][-1]["file_id"] == picture
        assert told(came).startswith(say("What became of this appeal"))

        to_the_next(world, 23)
        follow_clock(app, world)
        later = (await services.stories.add(analysis("A night story", language=language), actor="one")).story
        await services.review.publish(later.id, actor="one", push=True)
        second = await services.reports.write(appeal.id, "The second bridge is open too.", actor="one")
        await services.reports.send(second.id, actor="two")
        subscriber = await services.subscribers.meet(person, ChatKind.PRIVATE, None)

        async def both_wait() -> bool:
            return await services.digests.waiting(subscriber) == 2

        await comes_true(both_wait)
        to_the_next(world, 9)
        line = say("What became of an appeal: {organisation}", organisation="Bridge Friends")
        await world.until(lambda: any(line in told(one) for one in chats.said(person)))
        gathered = next(one for one in reversed(chats.said(person)) if line in told(one))
        report = say("Report: {organisation}", organisation="Bridge Friends")
        opened = await chats.tap(person, gathered, report)
        assert "The second bridge is open too." in says(opened)
        assert report in labels(await chats.tap(person, opened, say("‹ Back")))
