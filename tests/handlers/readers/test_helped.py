"""“I helped” under a help card, and /helped: in place, in two languages, and never in a group."""

from datetime import timedelta

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.services import Services
from tests.chats import ANNA, NEIGHBOURS, OLENA, READERS, Chats, data_of, labels, links, says
from tests.factories import MovableClock, get_subscriber, published

HELP = "https://example.org/help"


async def _verified(services: Services, story_id: int | None = None, organisation: str = "Friends") -> int:
    made = await services.appeals.propose(
        organisation=organisation, url=HELP, story_id=story_id, actor="test"
    )
    await services.appeals.verify(made.id, actor="verifier")
    return made.id


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_one_tap_under_the_card_is_enough(chats: Chats, app: App, person: int, language: str) -> None:
    """The card says thank you and until when, offers other times, and leads back to the open card."""
    texts = in_language(language)
    say = texts.say
    await _verified(app.services, await published(app.services))
    card = await chats.tap(person, await chats.ask(person, "/summary"), say("How to help"))
    thanks = await chats.tap(person, card, say("I helped"))
    assert says(thanks)[0] == say("Thank you for helping!")
    three = texts.count("{number} month", "{number} months", 3)
    assert [one for one in labels(thanks) if one.startswith("✓")] == [f"✓ {three}"]
    first = await get_subscriber(app.database, person)
    longer = await chats.tap(person, thanks, texts.count("{number} month", "{number} months", 12))
    assert says(longer)[0] == say("Thank you for helping!")
    second = await get_subscriber(app.database, person)
    assert first.helped_until is not None
    assert second.helped_until is not None
    assert second.helped_until - first.helped_until > timedelta(days=200)
    assert HELP in links(await chats.tap(person, longer, say("‹ Back")))


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_it_is_taken_back(chats: Chats, app: App, person: int, language: str) -> None:
    """After "Ask me again as before" nothing of it is kept, and the answer says so."""
    say = in_language(language).say
    await _verified(app.services)
    asked = await chats.ask(person, "/helped")
    assert says(asked)[0] == say("Did you help?")
    thanks = await chats.tap(person, asked, say("I helped {organisation}", organisation="Friends"))
    assert "Friends" in thanks["text"]
    again = await chats.tap(person, thanks, say("Show appeals as before"))
    assert says(again)[0] == say("You will see appeals as before, and I have forgotten that you helped.")
    assert (await get_subscriber(app.database, person)).helped_until is None
    assert says(await chats.ask(person, "/helped"))[0] == say("Did you help?")


async def test_what_a_reader_asks_for_still_shows(chats: Chats, services: Services) -> None:
    """/donate and a story's card show the Appeal to a reader who helped."""
    await _verified(services, await published(services))
    await chats.tap(ANNA, await chats.ask(ANNA, "/helped"), "I helped elsewhere")
    assert HELP in links(await chats.ask(ANNA, "/donate"))
    assert HELP in links(await chats.tap(ANNA, await chats.ask(ANNA, "/summary"), "How to help"))


async def test_donate_leads_to_it(chats: Chats, services: Services) -> None:
    """The last button of /donate opens the screen in the same message; in a group there is none."""
    await _verified(services)
    donate = await chats.ask(ANNA, "/donate")
    assert labels(donate)[-1] == "I helped"
    assert says(await chats.tap(ANNA, donate, "I helped"))[0] == "Did you help?"
    in_group = await chats.ask(ANNA, "/donate", chat=NEIGHBOURS)
    assert "I helped" not in labels(in_group)


async def test_preferences_say_it(chats: Chats, services: Services) -> None:
    """The screen of appeals names the day, and the command that ends it."""
    await chats.tap(ANNA, await chats.ask(ANNA, "/helped"), "I helped elsewhere")
    shown = await chats.tap(ANNA, await chats.ask(ANNA, "/preferences"), "Appeals")
    day = "Feb\u00a022,\u00a02027"
    assert f"You helped: no appeal comes with your stories before {day}. /helped" in says(shown)


async def test_a_group_is_told_that_it_is_about_a_person(chats: Chats, app: App) -> None:
    """/helped in a group changes nothing; a made-up tap there changes nothing for the group either."""
    say = in_language("en").say
    answer = await chats.ask(ANNA, "/helped", chat=NEIGHBOURS)
    assert answer["text"] == say("This is about one person: please send it to me in a private chat.")
    await chats.world.press_old(ANNA, answer, "did:d::")
    await chats.handled()
    assert (await get_subscriber(app.database, NEIGHBOURS)).helped_until is None


@pytest.mark.parametrize("data", ["did:d:1:", "did:d:zzzzzz:", "did:q::", "did:d::story:x", "did:3:1:"])
async def test_made_up_buttons(chats: Chats, app: App, data: str) -> None:
    """A button that names no verified Appeal is refused in one sentence, and nothing is kept."""
    made = await app.services.appeals.propose(organisation="Evil", url="https://evil.example/", actor="test")
    assert made.id == 1
    asked = await chats.ask(ANNA, "/helped")
    refused = "This button is out of date. Try again: /helped"
    assert await chats.toast_of(ANNA, asked, data) == refused
    assert (await get_subscriber(app.database, ANNA)).helped_until is None
    assert "Evil" not in (await chats.ask(ANNA, "/helped"))["text"]


async def test_an_appeal_that_ended_keeps_its_name_only_while_verified(
    chats: Chats, services: Services
) -> None:
    """The screen names a retired Appeal that the reader helped, and offers it no more."""
    appeal_id = await _verified(services)
    asked = await chats.ask(OLENA, "/helped")
    pressed = data_of(asked, in_language("uk").say("I helped {organisation}", organisation="Friends"))
    await services.appeals.retire(appeal_id, actor="test")
    await chats.world.press_old(OLENA, asked, pressed)
    await chats.handled()
    assert "Friends" in chats.now(asked)["text"]
    assert not [one for one in labels(chats.now(asked)) if "Friends" in one]


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_the_full_story_keeps_the_way_to_help(
    chats: Chats, services: Services, clock: MovableClock, person: int, language: str
) -> None:
    """Its pages have the button and a line that names it; the card opens there and closes to that page."""
    say = in_language(language).say
    story_id = await published(services)
    full = await chats.tap(person, await chats.ask(person, "/summary"), say("Full story"))
    assert say("How to help") not in labels(full)
    assert say("How to help: the button below.") not in says(full)
    appeal_id = await _verified(services, story_id)
    full = await chats.tap(person, await chats.ask(person, "/summary"), say("Full story"))
    assert say("How to help: the button below.") in says(full)
    assert links(full) == []
    card = await chats.tap(person, full, say("How to help"))
    assert HELP in links(card)
    assert says(await chats.tap(person, card, say("Close"))) == says(full)
    await services.appeals.retire(appeal_id, actor="test")
    old = await chats.press_old(person, full, data_of(card, say("Close")).replace(":0:", ":1:", 1))
    assert old == []
    assert links(chats.now(full)) == []
