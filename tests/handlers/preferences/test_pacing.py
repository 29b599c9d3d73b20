"""The screens of rhythm, quiet hours, rest days, time zone, Appeals and days off."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.subscribers.pacing import is_away
from storage.words import AppealRhythm, Rhythm
from tests.chats import ANNA, NEIGHBOURS, OLENA, READERS, TOM, Chats, data_of, labels, says
from tests.factories import MovableClock, choices, get_subscriber


async def _choose(chats: Chats, person: int, *path: str) -> list[str]:
    """Tap these labels one after another from /preferences on, and return the lines shown then."""
    shown = await chats.ask(person, "/preferences")
    for label in path:
        shown = await chats.tap(person, shown, label)
    return says(shown)


async def test_a_digest_every_day_or_week(chats: Chats, app: App) -> None:
    """The rhythm, its hour and its day are chosen by buttons, and shown in one sentence."""
    await chats.ask(ANNA, "/start")
    often = ("Timing", "How often")
    lines = await _choose(chats, ANNA, *often, "Once a day", "Time:", "7:00\u202fAM", "‹ Back")
    assert "New stories arrive daily at 7:00\u202fAM." in lines
    lines = await _choose(chats, ANNA, *often, "Once a week", "Day:", "Friday")
    assert "New stories arrive every Friday at 7:00\u202fAM (UTC)." in lines
    kept = await get_subscriber(app.database, ANNA)
    assert (kept.rhythm, kept.hour, kept.weekday) == (Rhythm.WEEKLY, 7, 4)
    lines = await _choose(chats, ANNA, *often, "Immediately", "‹ Back", "‹ Preferences")
    assert "New stories arrive immediately." in lines


async def test_quiet_hours_usual_others_and_none(chats: Chats) -> None:
    """Quiet hours are chosen by one button or by two hours, or switched off."""
    lines = await _choose(chats, ANNA, "Quiet times", "Quiet hours", "11:00\u202fPM")
    assert "Quiet hours: 11:00\u202fPM to 7:00\u202fAM." in lines
    lines = await _choose(
        chats, ANNA, "Quiet times", "Quiet hours", "Other hours", "1:00\u202fPM", "2:00\u202fPM"
    )
    assert "Quiet hours: 1:00\u202fPM to 2:00\u202fPM." in lines
    assert "No quiet hours." in await _choose(chats, ANNA, "Quiet times", "Quiet hours", "None")


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_whole_day_of_quiet_and_a_week_of_rest_are_refused(
    chats: Chats, app: App, person: int, language: str
) -> None:
    """A whole day of quiet and a week of rest are refused in one sentence, and nothing changes."""
    say = in_language(language).say
    menu = await chats.ask(person, "/preferences")
    whole = say("Quiet hours cannot last the whole day. To take a break: /dayoff")
    assert await chats.toast_of(person, menu, "prefs:quiet:8-8") == whole
    for day in range(6):
        await chats.press_old(person, menu, f"prefs:rest:{day}:1")
    shown = chats.now(menu)
    week = say("Stories need at least one day of the week to arrive. To take a break: /dayoff")
    assert await chats.toast_of(person, shown, "prefs:rest:6:1") == week
    assert (await get_subscriber(app.database, person)).rest_days == 0b0111111
    # The same button on another device, pressed again: it says what is wanted, and nothing is toggled.
    await chats.press_old(person, shown, "prefs:rest:0:1")
    assert (await get_subscriber(app.database, person)).rest_days == 0b0111111
    await chats.press_old(person, shown, "prefs:rest:0:0")
    assert (await get_subscriber(app.database, person)).rest_days == 0b0111110


@pytest.mark.parametrize(
    "data",
    [
        "quiet:24-8",
        "quiet:8",
        "quietuntil:99",
        "rhythm:hourly",
        "rhythm:h24",
        "rhythm:d7",
        "rest:7:1",
        "rest:0:2",
        "appeals:never",
        "silent:2",
        "told:x:1",
        "hour:8",
    ],
)
async def test_buttons_that_no_version_knows(chats: Chats, app: App, data: str) -> None:
    """An outdated or made-up button gets one sentence, and nothing changes."""
    menu = await chats.ask(ANNA, "/preferences")
    before = await choices(app.database, ANNA)
    sentence = "This button is out of date. Try again: /preferences"
    assert await chats.toast_of(ANNA, menu, f"prefs:{data}") == sentence
    assert await choices(app.database, ANNA) == before


async def test_an_unknown_time_zone(chats: Chats, app: App) -> None:
    """A made-up button with an unknown time zone changes nothing."""
    menu = await chats.ask(ANNA, "/preferences")
    sentence = await chats.toast_of(ANNA, menu, "prefs:zone:Europe/Atlantis")
    assert sentence == "I do not know the time zone “Europe/Atlantis”. Name a city, such as Kyiv."
    assert (await get_subscriber(app.database, ANNA)).zone is None


async def test_help_sound_urgency_and_languages(chats: Chats, app: App) -> None:
    """The Appeal cap, sound, urgent news and story languages are chosen by buttons, and shown."""
    await chats.ask(ANNA, "/start")
    assert "You see appeals only when you ask: /donate" in await _choose(
        chats, ANNA, "Appeals", "Only when I ask"
    )
    lines = await _choose(
        chats, ANNA, "Quiet times", "Sound, urgent", "Without sound", "Urgent stories at any hour", "‹ Back"
    )
    assert lines[-2:] == ["New stories arrive without a sound.", "Urgent stories may arrive at any hour."]
    languages = ("Languages", "Story languages")
    lines = await _choose(chats, ANNA, *languages, "Українська", "‹ Back", "‹ Preferences")
    assert "I write to you in English. You read stories in English and Ukrainian." in lines
    kept = await get_subscriber(app.database, ANNA)
    assert (kept.appeal_rhythm, kept.silent, kept.allows_urgent) == (AppealRhythm.ON_REQUEST, True, True)
    assert kept.story_languages == "en uk"
    lines = await _choose(chats, ANNA, *languages, "Any language")
    assert "I write to you in English. You read stories in any language." in lines


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_the_zone_by_button_and_by_city(chats: Chats, app: App, person: int, language: str) -> None:
    """A time zone is chosen by a tap on a city, or by typing a city in any language."""
    say = in_language(language).say
    menu = await chats.ask(person, "/preferences")
    await chats.press_old(person, menu, "prefs:zone:Europe/Berlin")
    assert (await get_subscriber(app.database, person)).zone == "Europe/Berlin"
    [question] = await chats.press_old(person, menu, "prefs:ask:city")
    assert question["text"] == say("Which city are you in, or near?")
    city = "Нью-Йорк" if language == "uk" else "New York"
    answer = await chats.reply(person, question, city)
    assert answer["text"].startswith(
        say("Your time zone is {city}. It is {time} there.", city=city, time="")[:20]
    )
    assert (await get_subscriber(app.database, person)).zone == "America/New_York"


async def test_several_cities_and_a_shared_place(chats: Chats, app: App) -> None:
    """Of several cities the reader chooses one; a shared location changes nothing before they agree."""
    menu = await chats.ask(ANNA, "/preferences")
    [question] = await chats.press_old(ANNA, menu, "prefs:ask:city")
    which = await chats.reply(ANNA, question, "Springfield")
    assert labels(which)[1].startswith("Springfield, Massachusetts · ")
    await chats.tap(ANNA, which, labels(which)[1])
    assert (await get_subscriber(app.database, ANNA)).zone == "America/New_York"
    [asked] = await chats.send(ANNA, "location")
    assert says(asked)[0] == "It is 2:00\u202fPM there. Is that your local time?"
    assert (await get_subscriber(app.database, ANNA)).zone == "America/New_York"
    await chats.tap(ANNA, asked, "Yes, Kyiv time")
    assert (await get_subscriber(app.database, ANNA)).zone == "Europe/Kyiv"


async def test_a_day_off_begins_and_ends(chats: Chats, app: App, clock: MovableClock) -> None:
    """A day off starts by button, says its end, ends at local midnight, and can be ended early."""
    await chats.ask(OLENA, "/start")
    shown = await chats.tap(OLENA, await chats.ask(OLENA, "/dayoff"), "3 дні")
    kept = await get_subscriber(app.database, OLENA)
    assert kept.away_until == datetime(2026, 11, 25, tzinfo=ZoneInfo("Europe/Kyiv"))
    assert "середа,\u00a025\u00a0листопада" in shown["text"]
    assert "25\u00a0листопада" in (await chats.ask(OLENA, "/preferences"))["text"]
    shown = await chats.tap(OLENA, shown, "Завершити перерву")
    assert shown["text"].startswith("Вашу перерву завершено")
    kept = await get_subscriber(app.database, OLENA)
    assert kept.away_until == clock()
    # The same button again, on another device: it is over already, and that is what it says.
    await chats.press_old(OLENA, shown, "dayoff:end")


@pytest.mark.parametrize(
    ("person", "language", "words"), [(ANNA, "en", "off"), (ANNA, "en", "end"), (OLENA, "uk", "кінець")]
)
async def test_a_day_off_ends_by_a_word(
    chats: Chats, app: App, person: int, language: str, words: str
) -> None:
    """“/dayoff off” ends it; nothing was held, so that no message is promised. Without one, it says so."""
    texts = in_language(language)
    await chats.ask(person, "/start")
    shown = await chats.tap(person, await chats.ask(person, "/dayoff"), texts.say("A week"))
    sentence = (
        "If you miss any stories, you will get them in one message afterwards. To see them sooner: /catchup"
    )
    assert texts.say(sentence) in shown["text"]
    ended = await chats.ask(person, f"/dayoff {words}")
    assert says(ended) == [
        texts.say("Your break is over."),
        texts.say("You have not missed any stories. New stories arrive as before."),
    ]
    assert not is_away((await get_subscriber(app.database, person)).away_until, app.clock())
    again = await chats.ask(person, f"/dayoff {words}")
    assert says(again)[0] == texts.say("You are not taking a break now.")


@pytest.mark.parametrize(
    ("words", "end"),
    [
        ("until Friday", datetime(2026, 11, 27, tzinfo=UTC)),
        ("tomorrow", datetime(2026, 11, 23, tzinfo=UTC)),
        ("12.12.", datetime(2026, 12, 12, tzinfo=UTC)),
        ("3", datetime(2026, 11, 25, tzinfo=UTC)),
    ],
)
async def test_a_day_off_until_a_day_in_words(chats: Chats, app: App, words: str, end: datetime) -> None:
    """A day off can be typed after the command, and in the reply to the question."""
    told = await chats.ask(ANNA, f"/dayoff {words}")
    assert says(told)[1] == f"I will be quiet until {in_language('en').day(end, UTC)} (UTC)."
    assert (await get_subscriber(app.database, ANNA)).away_until == end
    [question] = await chats.press_old(ANNA, await chats.ask(ANNA, "/dayoff"), "dayoff:ask")
    await app.services.days_off.end(ANNA)
    await chats.reply(ANNA, question, words)
    assert (await get_subscriber(app.database, ANNA)).away_until == end


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("yesterday", "That day has passed. Choose a later day."),
        ("31 February", "There is no such day. Check the calendar."),
        ("1.1.2031", "A break can last at most a year. To stop everything: /stop"),
        ("when pigs fly", "I do not understand this date. Write it like “Friday” or “12/22”."),
    ],
)
async def test_an_impossible_day(chats: Chats, app: App, words: str, sentence: str) -> None:
    """A day that is impossible or past gets one sentence, and nothing changes."""
    assert says(await chats.ask(ANNA, f"/dayoff {words}"))[0] == sentence
    assert (await get_subscriber(app.database, ANNA)).away_until is None


async def test_in_a_group_only_its_admins_choose(chats: Chats, app: App) -> None:
    """A member cannot change a group's day off, neither by command nor by button nor by reply."""
    refusal = "Only admins of this group can change what it gets."
    assert (await chats.ask(TOM, "/dayoff", chat=NEIGHBOURS))["text"] == refusal
    menu = await chats.ask(TOM, "/preferences", chat=NEIGHBOURS)
    for data in ("dayoff:3", "prefs:quiet:none", "prefs:rest:0:1", "prefs:zone:Europe/Kyiv"):
        assert await chats.toast_of(TOM, menu, data) == refusal
    assert data_of(menu, "Day off") == "dayoff"
    kept = await get_subscriber(app.database, NEIGHBOURS)
    assert (kept.away_until, kept.rest_days, kept.zone) == (None, 0, None)


async def test_catching_up_on_demand(chats: Chats) -> None:
    """/catchup says so if nothing was missed."""
    await chats.ask(ANNA, "/start")
    assert says(await chats.ask(ANNA, "/catchup")) == ["You have not missed any stories."]
