"""Corrections and withdrawals on the desk."""

import pytest

from bot.services import Services
from storage.words import EditorRole, StoryState
from tests.factories import MovableClock, published
from tests.web.desk.conftest import SignIn
from tests.web.desk.stories.test_stories import alerts, draft, state

EDITH = 2001


async def test_a_story_is_withdrawn_with_a_sentence(
    sign_in: SignIn, services: Services, clock: MovableClock
) -> None:
    """The page says before what happens; readers get the sentence, once it can no longer be undone."""
    story = await published(services)
    browser = await sign_in()
    assert "No chat has a message with it." in (await browser.get(f"/stories/{story}/withdraw")).text
    answer = await browser.post(f"/stories/{story}/withdraw", {"words": "The source took it back."})
    assert "This story is about to be withdrawn." in answer.text
    assert await state(services, story) is StoryState.PUBLISHED
    clock.advance(seconds=10)
    assert "Withdrawn: readers can no longer find it." in (await browser.get(f"/stories/{story}")).text
    assert await state(services, story) is StoryState.WITHDRAWN
    assert (await services.stories.inspect(story)).notice == "The source took it back."


async def test_a_story_is_withdrawn_without_a_sentence(
    sign_in: SignIn, services: Services, clock: MovableClock
) -> None:
    """By the duty, though nobody looks at it."""
    story = await published(services)
    await (await sign_in()).post(f"/stories/{story}/withdraw", {"words": " "})
    clock.advance(seconds=10)
    await services.decisions.act_due()
    assert await state(services, story) is StoryState.WITHDRAWN
    assert (await services.stories.inspect(story)).notice is None


async def test_a_story_is_corrected(sign_in: SignIn, services: Services) -> None:
    """With the sentence that readers see in it."""
    story = await published(services)
    browser = await sign_in()
    assert "0 sent messages contain this story." in (await browser.get(f"/stories/{story}/correct")).text
    answer = await browser.post(f"/stories/{story}/correct", {"words": "It was the old bridge."})
    assert answer.address == f"/desk/stories/{story}?done=correcting"
    assert (await services.stories.inspect(story)).notice == "It was the old bridge."


@pytest.mark.parametrize("act", ["withdraw", "correct"])
async def test_a_sentence_that_is_too_long_is_kept(sign_in: SignIn, services: Services, act: str) -> None:
    """Nothing is done, and the words stay to be made shorter."""
    story = await published(services)
    answer = await (await sign_in()).post(f"/stories/{story}/{act}", {"words": "x" * 201})
    assert answer.status == 400
    assert "1 to 200 characters. This one has 201." in alerts(answer)
    assert answer.page.xpath("//input[@id='words']/@value") == ["x" * 201]
    assert await state(services, story) is StoryState.PUBLISHED


@pytest.mark.parametrize("act", ["withdraw", "correct"])
async def test_only_published_stories_are_changed(sign_in: SignIn, services: Services, act: str) -> None:
    """A draft was sent to nobody."""
    story = await draft(services)
    browser = await sign_in()
    for answer in (
        await browser.get(f"/stories/{story}/{act}"),
        await browser.post(f"/stories/{story}/{act}"),
    ):
        assert answer.status == 403
        assert "nothing was sent" in alerts(answer)
    assert await state(services, story) is StoryState.DRAFT


@pytest.mark.parametrize("act", ["withdraw", "correct"])
async def test_an_editor_does_neither(sign_in: SignIn, services: Services, act: str) -> None:
    story = await published(services)
    browser = await sign_in(EDITH, EditorRole.EDITOR)
    assert (await browser.get(f"/stories/{story}/{act}")).status == 403
    assert (await browser.post(f"/stories/{story}/{act}", {"words": "No."})).status == 403
    stored = await services.stories.inspect(story)
    assert (stored.state, stored.notice) == (StoryState.PUBLISHED, None)
