"""Every button of /preferences leads to a screen, and every screen is reached by a button."""

import pytest

from bot.rendering.buttons import PreferencesButton
from bot.runtime.app import App
from bot.sandbox.world.world import buttons
from bot.subscribers.csv.columns import COLUMNS
from handlers.preferences import muted_words, quiet_hours, timezone
from handlers.preferences.preferences import SCREENS
from storage.words import Rhythm
from tests.chats import ANNA, Chats, says
from tests.factories import get_subscriber, published

NO_SCREENS = {
    timezone.ASK,
    quiet_hours.UNTIL,
    muted_words.ASK,
}  # `choose` handles them: they ask, or take part of a choice
SHOWN_BY_OTHERS = {"pushes", "topic", "urgent"}  # their buttons stand on the screens of other names

CHOSEN_ELSEWHERE = {"chat_id", "kind", "state", "topics", "joined_at"}  # columns that are no preference


async def test_every_button_has_its_screen_and_every_screen_its_button(chats: Chats, app: App) -> None:
    """Opening all screens from the overview finds exactly the names in SCREENS."""
    await published(app.services, topics=["Food", "Schools"])
    await chats.ask(ANNA, "/start")
    await app.services.preferences.set_rhythm(ANNA, Rhythm.WEEKLY)
    await app.services.preferences.mute(ANNA, "war")
    overview = await chats.ask(ANNA, "/preferences")
    topics = await chats.tap(ANNA, await chats.ask(ANNA, "/topics"), "✓ Food")  # it offers every story
    shown, opened, waiting = set[str](), set[str](), [overview, topics]
    while waiting:
        message = waiting.pop()
        for tapped in buttons(message):
            button = PreferencesButton.parse(tapped.get("callback_data", ""))
            if button is None:
                continue
            shown.add(button.screen)
            if button.choice is None and button.screen not in opened:
                opened.add(button.screen)
                await chats.press_old(ANNA, message, button.data())
                waiting.append(chats.now(message))
    assert shown == SCREENS.keys() | NO_SCREENS
    assert opened | SHOWN_BY_OTHERS | {"everything"} == SCREENS.keys()


async def test_every_preference_is_changed_by_a_button(chats: Chats, app: App) -> None:
    """Pressing every button of every screen changes each preference that the CSV file has."""
    await published(app.services, topics=["Food", "Schools"])
    await chats.ask(ANNA, "/start")
    await app.services.preferences.set_rhythm(ANNA, Rhythm.WEEKLY)
    await app.services.preferences.mute(ANNA, "war")
    overview = await chats.ask(ANNA, "/preferences")
    preferences = {column.name for column in COLUMNS} - CHOSEN_ELSEWHERE
    changed, opened, waiting = set[str](), set[str](), [overview]
    while waiting:
        message = waiting.pop()
        for tapped in buttons(message):
            data = tapped.get("callback_data", "")
            button = PreferencesButton.parse(data)
            if button is None or data in opened:
                continue
            opened.add(data)
            before = await get_subscriber(app.database, ANNA)
            await chats.press_old(ANNA, message, data)
            after = await get_subscriber(app.database, ANNA)
            changed |= {name for name in preferences if getattr(after, name) != getattr(before, name)}
            if button.choice is None:
                waiting.append(chats.now(message))
    assert changed == preferences


async def test_every_screen_has_a_way_back(chats: Chats, app: App) -> None:
    """From each screen, taps on the last button alone lead to the overview."""
    await published(app.services, topics=["Food", "Schools"])
    await chats.ask(ANNA, "/start")
    overview = await chats.ask(ANNA, "/preferences")
    for name in sorted((SCREENS.keys() | {"dayoff", "followed", "quietuntil"}) - {"overview"}):
        data = {"dayoff": "dayoff", "followed": "followed", "quietuntil": "prefs:quietuntil:7"}
        await chats.press_old(ANNA, overview, data.get(name, f"prefs:{name}"))
        taps = 0
        while (shown := chats.now(overview))["text"] != overview["text"] and taps < 4:
            assert buttons(shown)[-1]["text"].startswith("‹ "), name
            await chats.press_old(ANNA, shown, buttons(shown)[-1]["callback_data"])
            taps += 1
        assert (name, 1 <= taps <= 3) == (name, True)


@pytest.mark.parametrize(
    ("screen", "change", "sentence"),
    [
        ("when", "rhythm:daily", "New stories arrive daily at 8:00\u202fAM."),
        ("rhythm", "rhythm:daily", "New stories arrive daily at 8:00\u202fAM (UTC)."),
        ("hour", "rhythm:h9", "New stories arrive daily at 9:00\u202fAM (UTC)."),
        ("weekday", "rhythm:d4", "New stories arrive every Friday at 8:00\u202fAM (UTC)."),
        ("zone", "zone:Asia/Tokyo", "Your time zone is Tokyo. It is 9:00\u202fPM there."),
        ("pushes", "pushes:off", "New stories are turned off."),
        ("what", "length:long", "Each summary has 5 sentences."),
        ("length", "length:long", "Each summary has 5 sentences."),
        ("topics", "topic:1:0", "You get: Schools"),
        ("muted", "muted:a2d8daa4281b8865:0", "1 word is muted."),
        ("warnings", "warnings:by_day", "Stories with a warning arrive only during the day."),
        ("languages", "told:uk:1", "I write to you in English. You read stories in English and Ukrainian."),
        ("language", "told:uk:1", "I write to you in English. You read stories in English and Ukrainian."),
        ("told", "told:uk:1", "I write to you in English. You read stories in English and Ukrainian."),
        ("calm", "quiet:1-5", "Quiet hours: 1:00\u202fAM to 5:00\u202fAM."),
        ("quiet", "quiet:none", "No quiet hours."),
        ("quietfrom", "quiet:1-5", "Quiet hours: 1:00\u202fAM to 5:00\u202fAM."),
        ("rest", "rest:6:1", "Days of rest: Sunday."),
        ("silent", "silent:1", "New stories arrive without a sound."),
        ("appeals", "appeals:monthly", "You see an appeal at most once a month."),
    ],
)
async def test_every_screen_says_what_is_set(
    chats: Chats, app: App, screen: str, change: str, sentence: str
) -> None:
    """The sentence is not there before the change, and is there after it."""
    await published(app.services, topics=["Food", "Schools"])
    await chats.ask(ANNA, "/start")
    if screen == "hour":
        await app.services.preferences.set_rhythm(ANNA, Rhythm.DAILY)
    if screen == "muted":
        await app.services.preferences.mute(ANNA, "war, rain")
    menu = await chats.ask(ANNA, "/preferences")
    said = []
    for data in (screen, change, screen):
        await chats.press_old(ANNA, menu, f"prefs:{data}")
        said.append(sentence in says(chats.now(menu)))
    assert (said[0], said[2]) == (False, True)


@pytest.mark.parametrize(("zone", "named"), [("Europe/Berlin", "Berlin time"), ("Etc/GMT-2", "UTC+2")])
async def test_the_zone_is_named_once_on_a_screen(chats: Chats, app: App, zone: str, named: str) -> None:
    """Behind the hour, unless the next line names the zone; one that is no place is no time of a place."""
    await chats.ask(ANNA, "/start")
    await app.services.preferences.set_zone(ANNA, zone)
    await app.services.preferences.set_rhythm(ANNA, Rhythm.DAILY, hour=12)
    overview = await chats.ask(ANNA, "/preferences")
    assert f"New stories arrive daily at noon ({named})." in says(overview)
    timing = await chats.tap(ANNA, overview, "Timing")
    assert says(timing)[1] == "New stories arrive daily at noon."
    assert timing["text"].count(named.removesuffix(" time")) == 1


async def test_no_screen_of_preferences_has_two_empty_lines(chats: Chats, app: App) -> None:
    """Also where a sentence is left out, as on that of the languages after "Any language"."""
    await chats.ask(ANNA, "/start")
    await app.services.preferences.set_story_languages(ANNA, set())
    menu = await chats.ask(ANNA, "/preferences")
    for name in sorted(SCREENS):
        await chats.press_old(ANNA, menu, f"prefs:{name}")
        assert "\n\n\n" not in chats.now(menu)["text"], name


def test_no_screen_is_left_out() -> None:
    """The test above names every screen; one that only takes choices shows another's message."""
    marks = test_every_screen_says_what_is_set.pytestmark  # type: ignore[attr-defined]
    named = {case[0] for case in marks[0].args[1]}
    assert named | {"overview", "topic", "everything", "urgent"} == SCREENS.keys()
