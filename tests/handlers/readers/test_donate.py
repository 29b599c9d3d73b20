"""/donate and the help button show only verified Appeals, by any path."""

from datetime import timedelta

import pytest

from bot.i18n import in_language
from bot.rendering.message import TEXT_LIMIT, units
from bot.runtime.app import App
from bot.runtime.build import open_services
from bot.services import Services
from tests.chats import ANNA, EDITH, READERS, Chats, data_of, labels, links, says
from tests.factories import MovableClock, analysis, published

HELP = "https://example.org/help"
NONE = "There are no appeals right now. Please check back later: /donate"


async def _propose(services: Services, **given: object) -> int:
    """Return a proposed Appeal, which nobody has verified."""
    values = {"organisation": "Bridge Friends", "purpose": "Wood and nails.", "url": HELP, "actor": "test"}
    return (await services.appeals.propose(**(values | given))).id  # type: ignore[arg-type]  # as given


async def _verified(services: Services, **given: object) -> int:
    """Return a verified Appeal, which readers may see."""
    appeal_id = await _propose(services, **given)
    await services.appeals.verify(appeal_id, actor="verifier")
    return appeal_id


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_donate_shows_what_is_verified(
    chats: Chats, services: Services, person: int, language: str
) -> None:
    """/donate shows organisation, purpose and the whole host of each link, with a button that opens it."""
    say = in_language(language).say
    assert (await chats.ask(person, "/donate"))["text"] == say(NONE)
    await _verified(services)
    answer = await chats.ask(person, "/donate")
    assert all(part in answer["text"] for part in ("Bridge Friends", "Wood and nails.", "example.org"))
    assert labels(answer) == [
        "❤ " + say("Help {organisation}", organisation="Bridge Friends"),
        say("I helped"),
    ]
    assert links(answer) == [HELP, HELP]


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_the_welcome_leads_to_help(
    chats: Chats, services: Services, person: int, language: str
) -> None:
    """The button under the welcome of a reader whose place is known opens /donate in the same message."""
    await _verified(services)
    await chats.ask(person, "/start")
    await services.preferences.set_zone(person, "Europe/Kyiv")
    welcome = await chats.ask(person, "/start")
    assert HELP in links(await chats.tap(person, welcome, in_language(language).say("How to help")))


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_help_opens_and_closes_below_a_story(
    chats: Chats, services: Services, person: int, language: str
) -> None:
    """The story's Appeal opens in place, stays open when the length changes, and closes again."""
    say = in_language(language).say
    await _verified(services, story_id=await published(services))
    closed = await chats.ask(person, "/summary")
    assert links(closed) == []
    opened = await chats.tap(person, closed, say("How to help"))
    assert HELP in links(opened)
    longer = await chats.tap(person, opened, say("+ Longer"))
    assert HELP in links(longer)
    assert "Five sentences." in longer["text"]
    assert links(await chats.tap(person, longer, say("Close"))) == []


async def _everywhere(chats: Chats, story_id: int) -> list[str]:
    """Return every link that a reader or an editor sees, with made-up buttons and the review card."""
    story = await chats.ask(ANNA, f"/summary {story_id}")
    shown = [*links(story), *links(await chats.ask(ANNA, "/donate"))]
    await chats.press_old(ANNA, story, f"story:{story_id}:long:0:1:")
    shown += links(chats.now(story))
    await chats.press_old(ANNA, story, "donate")
    return [*shown, *links(chats.now(story))]


async def test_a_proposed_appeal_reaches_no_reader(chats: Chats, services: Services) -> None:
    """No command, no button and no made-up button shows a proposed Appeal."""
    story_id = await published(services)
    appeal_id = await _propose(services, story_id=story_id)
    assert await _everywhere(chats, story_id) == []
    assert "How to help" not in labels(await chats.ask(ANNA, "/summary"))
    await services.appeals.verify(appeal_id, actor="verifier")
    assert HELP in await _everywhere(chats, story_id)


@pytest.mark.parametrize("ended", ["retired", "past its day"])
async def test_an_ended_appeal_vanishes_from_old_buttons(
    chats: Chats, services: Services, clock: MovableClock, ended: str
) -> None:
    """An Appeal that has ended disappears from a message at the next tap on any of its buttons."""
    story_id = await published(services)
    appeal_id = await _verified(services, story_id=story_id, valid_until=clock.now + timedelta(days=2))
    old = await chats.tap(ANNA, await chats.ask(ANNA, "/summary"), "How to help")
    assert HELP in links(old)
    if ended == "retired":
        await services.appeals.retire(appeal_id, actor="test")
    else:
        clock.advance(days=2)
    renewed = await chats.tap(ANNA, old, "+ Longer")
    assert links(renewed) == []
    assert "How to help" not in labels(renewed)
    assert await _everywhere(chats, story_id) == []


async def test_what_another_process_changes_is_in_the_next_answer(
    chats: Chats, app: App, services: Services, clock: MovableClock
) -> None:
    """An Appeal that the command line verifies is shown at once, and one that it retires no more."""
    story_id = await published(services)
    appeal_id = await _propose(services, story_id=story_id)
    async with open_services(app.settings, clock) as command_line:
        for _ in range(2):
            assert await _everywhere(chats, story_id) == []
        await command_line.appeals.verify(appeal_id, actor="verifier")
        for _ in range(2):
            assert HELP in await _everywhere(chats, story_id)
        await command_line.appeals.retire(appeal_id, actor="test")
        assert await _everywhere(chats, story_id) == []
        await command_line.editing.set_headline(story_id, "The bridge fell", version=None, actor="test")
        assert says(await chats.ask(ANNA, "/summary"))[0] == "The bridge fell"


async def test_a_review_card_shows_no_unverified_link(chats: Chats, services: Services) -> None:
    """The review card shows a story as readers will see it: without an Appeal that is only proposed."""
    draft = (await services.stories.add(analysis("Draft"), actor="test")).story.id
    await _propose(services, story_id=draft)
    card = await chats.ask(EDITH, "/review")
    assert card["text"].startswith("Draft")
    assert links(card) == []


async def test_many_appeals_fit_into_one_message(chats: Chats, services: Services) -> None:
    """A dozen Appeals with long purposes fit into one message within Telegram's limit."""
    for number in range(12):
        await _verified(services, organisation=f"Friends {number}", purpose="Wood and nails. " * 37)
    answer = await chats.ask(ANNA, "/donate")
    assert units(answer["text"]) <= TEXT_LIMIT
    assert all(f"Friends {number}\n" in answer["text"] for number in range(12))
    assert len([one for one in labels(answer) if one.startswith("❤")]) == 12


async def test_a_hostile_appeal_arrives_unchanged(chats: Chats, services: Services) -> None:
    """Markup, quotes, emoji and right-to-left letters arrive as plain text without a link."""
    organisation, purpose = '<b>&amp; "Друзі" 👩‍👩‍👧 مرحبا', "<a href='https://evil.test'>here</a> {url} %s"
    await _verified(services, organisation=organisation, purpose=purpose)
    answer = await chats.ask(ANNA, "/donate")
    shown = answer["text"].replace("\u2060", "")  # the joiners that part addresses
    assert organisation in shown
    assert purpose in shown
    assert "evil.test" not in answer["text"]
    assert set(links(answer)) == {HELP}


async def test_the_button_of_donate_is_not_tied_to_its_message(chats: Chats, services: Services) -> None:
    """The help button of an old welcome that was deleted still opens /donate, in a new message."""
    await _verified(services)
    await chats.ask(ANNA, "/start")
    await services.preferences.set_zone(ANNA, "Europe/Kyiv")
    welcome = await chats.ask(ANNA, "/start")
    chats.world.remove(ANNA, [welcome["message_id"]])
    [again] = await chats.press_old(ANNA, welcome, data_of(welcome, "How to help"))
    assert HELP in links(again)
