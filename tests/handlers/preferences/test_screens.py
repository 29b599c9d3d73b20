"""Every button of /preferences leads to a screen, and every screen is reached by a button."""

from bot.rendering.buttons import PreferencesButton
from bot.runtime.app import App
from bot.sandbox.world.world import buttons
from bot.subscribers.csv_columns import COLUMNS
from handlers.preferences import muted_words, quiet_hours, timezone
from handlers.preferences.preferences import SCREENS
from storage.words import Rhythm
from tests.chats import ANNA, Chats
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
