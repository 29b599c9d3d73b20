"""The two questions of /start."""

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.subscribers.places import cities
from storage.words import Rhythm, SubscriberState
from tests.chats import ANNA, NEIGHBOURS, OLENA, READERS, TOM, Chats, labels, says
from tests.factories import get_subscriber, published

KYIV, NEW_YORK = "703448", "5128581"


@pytest.mark.parametrize(
    ("person", "language", "expected"),
    [
        (ANNA, "en", ["London", "New York", "Chicago", "Los Angeles", "Toronto", "Sydney"]),
        (OLENA, "uk", ["Київ", "Варшава", "Берлін", "Прага", "Лондон", "Нью-Йорк"]),
    ],
)
async def test_the_first_question_offers_likely_cities(
    chats: Chats, person: int, language: str, expected: list[str]
) -> None:
    """They are in the reader's language; below them the dialogue for any other city, and "Not now"."""
    say = in_language(language).say
    answer = await chats.ask(person, "/start")
    assert labels(answer) == [*expected, say("Another city"), say("Not now")]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (
            ANNA,
            [
                "Your time zone is UTC. It is noon now.",
                "New stories arrive immediately.",
                "Quiet hours: 10:00\u202fPM to 8:00\u202fAM.",
            ],
        ),
        (
            OLENA,
            [
                "Ваш часовий пояс: Київ. Там зараз 14:00.",
                "Нові історії: одразу.",
                "Тихі години: 22:00–08:00.",
            ],
        ),
    ],
)
async def test_the_first_message_says_what_holds_without_an_answer(
    chats: Chats, app: App, person: int, expected: list[str]
) -> None:
    """The guessed zone, the rhythm and the quiet hours stand in it, and are those that count.

    The question comes last, next to its buttons.
    """
    answer = await chats.ask(person, "/start")
    assert says(answer)[-4:-1] == expected
    assert says(answer)[-1] == in_language("uk" if person == OLENA else "en").say("Where are you?")
    kept = await get_subscriber(app.database, person)
    assert (kept.zone, kept.rhythm, kept.quiet_from) == (None, Rhythm.AT_ONCE, 22)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_two_taps_set_place_and_rhythm(chats: Chats, app: App, person: int, language: str) -> None:
    """Each answer leads on in the same message; the last one is the newest story, and says what was set."""
    texts = in_language(language)
    await published(app.services, "The bridge holds")
    first = await chats.ask(person, "/start")
    city = cities.by_id(int(NEW_YORK))
    assert city is not None
    second = await chats.tap(person, first, city.name(language))
    assert city.name(language) in says(second)[0]
    last = await chats.tap(person, second, texts.say("Once a day"))
    assert last["text"].startswith("The bridge holds\n")
    daily = texts.say(
        "New stories arrive daily at {hour} ({zone}).",
        hour=texts.hour(8),
        zone=texts.say("{city} time", city=city.name(language)),
    )
    assert daily in says(last)
    kept = await get_subscriber(app.database, person)
    assert (kept.city, kept.zone, kept.rhythm) == (int(NEW_YORK), "America/New_York", Rhythm.DAILY)
    again = await chats.ask(person, "/start")
    assert texts.say("Where are you?") not in says(again)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_without_a_story_the_end_says_what_to_expect(chats: Chats, person: int, language: str) -> None:
    """With nothing published, the last message says so, and has the buttons that a new reader needs."""
    say = in_language(language).say
    second = await chats.tap(person, await chats.ask(person, "/start"), say("Not now"))
    last = await chats.tap(person, second, f"✓ {say('Immediately')}")
    assert says(last)[:2] == [
        say("All set!"),
        say("There are no stories yet. Please check back later."),
    ]
    assert labels(last) == [say("Latest stories"), say("Topics"), say("Preferences"), say("How to help")]


async def test_the_story_at_the_end_is_in_a_language_that_one_reads(chats: Chats, app: App) -> None:
    """An older story in the reader's language comes before a newer one in another."""
    await published(app.services, "Міст стоїть", language="uk")
    await published(app.services, "The bridge holds")
    for person, say, headline in (
        (OLENA, in_language("uk").say, "Міст стоїть"),
        (ANNA, in_language("en").say, "The bridge holds"),
    ):
        second = await chats.tap(person, await chats.ask(person, "/start"), say("Not now"))
        last = await chats.tap(person, second, f"✓ {say('Immediately')}")
        assert last["text"].startswith(headline)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_another_city_is_typed_beside_the_second_question(
    chats: Chats, app: App, person: int, language: str
) -> None:
    """The dialogue for a city is a message of its own, and the second question is not lost."""
    say = in_language(language).say
    first = await chats.ask(person, "/start")
    [question] = await chats.press(person, first, say("Another city"))
    assert say("How often should new stories arrive?") in says(chats.now(first))
    await chats.reply(person, question, "Leipzig")
    assert (await get_subscriber(app.database, person)).zone == "Europe/Berlin"
    await chats.tap(person, first, say("Once a week"))
    assert (await get_subscriber(app.database, person)).rhythm is Rhythm.WEEKLY


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_the_wrong_city_is_changed_at_once(chats: Chats, app: App, person: int, language: str) -> None:
    """The way back of the second question leads to the first one."""
    say = in_language(language).say
    first = await chats.ask(person, "/start")
    wrong, right = labels(first)[:2]
    second = await chats.tap(person, first, wrong)
    await chats.tap(person, await chats.tap(person, second, say("‹ Back")), right)
    kept = await get_subscriber(app.database, person)
    city = cities.by_id(kept.city or 0)
    assert city is not None
    assert city.name(language) == right


@pytest.mark.parametrize(("person", "language"), READERS)
@pytest.mark.parametrize("link", ["story", "latest", "topic_food"])
async def test_links_do_not_lose_the_questions(
    chats: Chats, app: App, person: int, language: str, link: str
) -> None:
    """Who came by a link and subscribes is asked both questions."""
    say = in_language(language).say
    story_id = await published(app.services, topics=["Food"])
    answers = await chats.say(person, f"/start {link if link != 'story' else f'story_{story_id}'}")
    asked = answers[-1]
    if link != "topic_food":
        asked = await chats.tap(person, asked, say("Yes, get new stories"))
    assert say("Where are you?") in says(asked)
    second = await chats.tap(person, asked, say("Not now"))
    await chats.tap(person, second, say("Once a day"))
    kept = await get_subscriber(app.database, person)
    assert (kept.state, kept.rhythm) == (SubscriberState.ACTIVE, Rhythm.DAILY)
    assert kept.all_topics is (link != "topic_food")


async def test_who_chose_a_place_before_is_not_asked_again(chats: Chats, app: App) -> None:
    """A reader who returns with a time zone gets the usual buttons."""
    await chats.ask(ANNA, "/start")
    await app.services.preferences.set_zone(ANNA, "Europe/Kyiv")
    again = await chats.ask(ANNA, "/start")
    assert labels(again) == ["Latest stories", "Topics", "Preferences", "How to help"]


@pytest.mark.parametrize(("person", "language"), READERS)
@pytest.mark.parametrize(
    "data", ["place:1", "place:999999999999", "place:nowhere", "rhythm:hourly", "zone:1"]
)
async def test_answers_that_no_version_knows(
    chats: Chats, app: App, person: int, language: str, data: str
) -> None:
    """A made-up or outdated button gets one sentence that leads on, and changes nothing."""
    first = await chats.ask(person, "/start")
    said = await chats.toast_of(person, first, f"welcome:{data}")
    assert "/" in said
    kept = await get_subscriber(app.database, person)
    assert (kept.zone, kept.rhythm) == (None, Rhythm.AT_ONCE)


async def test_in_a_group_only_admins_answer(chats: Chats, app: App) -> None:
    """A member's tap on a city is refused."""
    await chats.ask(TOM, "/help", chat=NEIGHBOURS)
    message = chats.said(NEIGHBOURS)[-1]
    refusal = "Only admins of this group can change what it gets."
    assert await chats.toast_of(TOM, message, f"welcome:place:{KYIV}") == refusal
    assert (await get_subscriber(app.database, NEIGHBOURS)).zone is None
