"""The city that a person named is the city that they see, in their language."""

import pytest

from bot.i18n import in_language
from bot.rendering.buttons import PreferencesButton
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.sandbox.world.world import buttons
from tests.chats import ANNA, OLENA, Chats, labels, says
from tests.factories import get_subscriber

LEIPZIG = 2879139


async def _write_city(chats: Chats, person: int, text: str) -> list[str]:
    """Write a place in answer to the question for it, and return the lines of the bot's answer."""
    menu = await chats.ask(person, "/preferences")
    [question] = await chats.press_old(person, menu, "prefs:ask:city")
    return says(await chats.reply(person, question, text))


async def _zones(chats: Chats) -> Message:
    """Open the screen of time zones."""
    when = await chats.tap(ANNA, await chats.ask(ANNA, "/preferences"), "Timing")
    return await chats.tap(ANNA, when, "Time zone")


async def test_the_city_that_was_named_is_shown_in_every_language(chats: Chats, app: App) -> None:
    """It has its own name in the answer, on the screens of when, and follows the language."""
    await chats.ask(ANNA, "/start")
    assert "Your time zone is Leipzig." in (await _write_city(chats, ANNA, "leipzig, Germany"))[0]
    kept = await get_subscriber(app.database, ANNA)
    assert (kept.city, kept.zone) == (LEIPZIG, "Europe/Berlin")
    screen = await _zones(chats)
    assert any(label.startswith("✓ Leipzig · ") for label in labels(screen))
    assert any(label.startswith("Berlin · ") for label in labels(screen))
    await app.services.preferences.set_language(ANNA, "uk")
    menu = await chats.ask(ANNA, "/preferences")
    when = await chats.tap(ANNA, menu, in_language("uk").say("Timing"))
    assert any("Лейпциг" in line for line in says(when))


async def test_a_reader_in_berlin_reads_berlin(chats: Chats, app: App) -> None:
    """Who chose no city sees the one that the likely time zone is named after."""
    await app.services.preferences.set_language(OLENA, "de")
    await chats.ask(OLENA, "/start")
    await app.services.preferences.set_language(OLENA, "de")
    menu = await chats.ask(OLENA, "/preferences")
    when = await chats.tap(OLENA, menu, in_language("de").say("Timing"))
    assert any("Berlin" in line for line in says(when))


async def test_a_tap_on_a_city_keeps_the_city(chats: Chats, app: App) -> None:
    """Buttons carry the city; those of older messages carry the zone, and forget the city that was there."""
    await _write_city(chats, ANNA, "Leipzig")
    screen = await _zones(chats)
    data = [button.get("callback_data", "") for button in buttons(screen)]
    assert PreferencesButton("zone", "703448").data() in data
    await chats.press_old(ANNA, screen, "prefs:zone:703448")
    assert (await get_subscriber(app.database, ANNA)).city == 703448
    await chats.press_old(ANNA, screen, "prefs:zone:Europe/Berlin")
    kept = await get_subscriber(app.database, ANNA)
    assert (kept.city, kept.zone) == (None, "Europe/Berlin")
    screen = await _zones(chats)
    assert any(label.startswith("✓ Berlin · ") for label in labels(screen))


@pytest.mark.parametrize("data", ["prefs:zone:5", "prefs:zone:99999999999999999999"])
async def test_a_city_that_no_version_knows(chats: Chats, app: App, data: str) -> None:
    """A button with a city that there is not changes nothing, and says so."""
    menu = await chats.ask(ANNA, "/preferences")
    assert "/preferences" in await chats.toast_of(ANNA, menu, data)
    kept = await get_subscriber(app.database, ANNA)
    assert (kept.city, kept.zone) == (None, None)


async def test_a_distance_from_utc(chats: Chats, app: App) -> None:
    """GMT+2 is understood, shown as what was written, and comes with a word about summer time."""
    lines = await _write_city(chats, ANNA, "GMT+2")
    assert lines[0] == "Your time zone is UTC+2. It is 2:00\u202fPM now."
    assert lines[1].startswith("This time zone stays the same all year.")
    assert (await get_subscriber(app.database, ANNA)).zone == "Etc/GMT-2"


async def test_a_country_of_many_zones_asks_for_the_city(chats: Chats, app: App) -> None:
    """Who names such a country taps the city whose time is theirs."""
    menu = await chats.ask(ANNA, "/preferences")
    [question] = await chats.press_old(ANNA, menu, "prefs:ask:city")
    which = await chats.reply(ANNA, question, "USA")
    assert says(which)[0] == "Which of these cities is yours?"
    await chats.tap(ANNA, which, next(label for label in labels(which) if label.startswith("Chicago")))
    assert (await get_subscriber(app.database, ANNA)).zone == "America/Chicago"
