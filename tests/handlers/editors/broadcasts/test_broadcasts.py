"""/broadcasts: the list of Broadcasts with their progress."""

import pytest

from bot.i18n import capital, in_language
from bot.runtime.app import App
from storage.words import BroadcastState
from tests.chats import ANNA, EDITORS, Chats, says
from tests.factories import MovableClock, analysis


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_the_list_shows_the_progress(
    chats: Chats, app: App, clock: MovableClock, person: int, language: str
) -> None:
    """The list shows a push run; "look again" edits the same message."""
    say = in_language(language).say
    answer = await chats.ask(person, "/broadcasts")
    assert say("There are no broadcasts yet. Publish a story: /review") in says(answer)
    await chats.ask(ANNA, "/start")
    draft = (await app.services.stories.add(analysis("Pushed"), actor="test")).story.id
    await app.services.review.publish(draft, actor="test", push=True)
    clock.advance(seconds=2)  # the timetable looks for what is due once a second
    await chats.world.until(lambda: says(chats.said(ANNA)[-1])[0] == "Pushed")
    looked = await chats.tap(person, answer, say("Refresh"))
    assert "1 · Pushed" in says(looked)
    assert any(line.startswith((capital(say("running")), capital(say("finished")))) for line in says(looked))
    assert BroadcastState.SCHEDULED not in [one.state for one in await app.services.broadcasts.listed()]
