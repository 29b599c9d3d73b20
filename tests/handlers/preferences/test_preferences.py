"""/preferences, /language, /topics, /subscribe, /unsubscribe."""

from collections.abc import Sequence

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from storage.stories import topics
from storage.words import Length, SubscriberState
from tests.chats import ANNA, OLENA, READERS, Chats, labels, says
from tests.factories import choices, get_subscriber, published


async def _chosen(app: App, person: int) -> Sequence[str]:
    """Return the names of the topics that a reader gets."""
    choices = await app.services.subscriptions.choices(await get_subscriber(app.database, person))
    return [choice.topic.name for choice in choices if choice.chosen]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        (
            ANNA,
            [
                "Your preferences",
                "New stories arrive immediately.",
                "You get: every story. Each summary has 3 sentences.",
                "I write to you in English. You read stories in English.",
                "Quiet hours: 10:00\u202fPM to 8:00\u202fAM.",
                "You see an appeal at most once a week.",
            ],
        ),
        (
            OLENA,
            [
                "Ваші налаштування",
                "Нові історії: одразу.",
                "Ваші теми: усі. Стислий виклад: 3 речення.",
                "Мова бота: українська. Мова історій: українська.",
                "Тихі години: 22:00–08:00.",
                "Збори допомоги: щонайбільше раз на тиждень.",
            ],
        ),
    ],
)
async def test_everything_at_a_glance(chats: Chats, person: int, expected: Sequence[str]) -> None:
    """/preferences shows what is set in whole sentences, in six lines of text and of buttons at most."""
    await chats.ask(person, "/start")
    overview = await chats.ask(person, "/preferences")
    assert says(overview) == expected
    assert len(says(overview)) <= 6
    assert len(overview["reply_markup"]["inline_keyboard"]) <= 6


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_the_length_is_stored_and_used(chats: Chats, app: App, person: int, language: str) -> None:
    """A length is chosen in place, has a tick, and is used by the next /summary."""
    texts = in_language(language)
    await published(app.services)
    what = await chats.tap(person, await chats.ask(person, "/preferences"), texts.say("Content"))
    menu = await chats.tap(person, what, texts.say("Summary length"))
    five = texts.count("{number} sentence", "{number} sentences", 5)
    chosen = texts.say("Each summary has {sentences}.", sentences=five)
    assert chosen in says(await chats.tap(person, menu, five))
    assert (await get_subscriber(app.database, person)).length is Length.LONG
    assert "Five sentences." in (await chats.ask(person, "/summary"))["text"]
    menu = await chats.tap(person, what, texts.say("Summary length"))
    assert f"✓ {five}" in labels(menu)
    assert chosen in says(menu)


@pytest.mark.parametrize(
    ("person", "other", "hello"), [(ANNA, "Українська", "Ваші"), (OLENA, "English", "Your")]
)
async def test_the_language_changes_at_once(
    chats: Chats, app: App, person: int, other: str, hello: str
) -> None:
    """The language chosen with /language is used at once, whatever the app's language is."""
    menu = await chats.ask(person, "/language")
    changed = await chats.tap(person, menu, other)
    assert (await chats.tap(person, changed, "‹"))["text"].startswith(hello)
    assert (await chats.ask(person, "/preferences"))["text"].startswith(hello)
    assert f"✓ {other}" in labels(await chats.ask(person, "/language"))


@pytest.mark.parametrize("words", ["de", "DE", "Deutsch", "German", "німецька"])
@pytest.mark.parametrize(("person", "language"), READERS)
async def test_the_language_is_typed(chats: Chats, app: App, person: int, language: str, words: str) -> None:
    """/language takes a code, or a name in any language; the stories' language follows."""
    changed = await chats.ask(person, f"/language {words}")
    assert "✓ Deutsch" in labels(changed)
    kept = await get_subscriber(app.database, person)
    assert (kept.language, kept.story_languages) == ("de", "de")


@pytest.mark.parametrize("words", ["Klingon", "it", "x" * 99])
@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_language_that_the_bot_does_not_speak(
    chats: Chats, app: App, person: int, language: str, words: str
) -> None:
    """One sentence says so, the buttons of the others are below it, and nothing changes."""
    answer = await chats.ask(person, f"/language {words}")
    assert says(answer)[0] == in_language(language).say(
        "I do not speak “{language}” yet.", language=words[:40]
    )
    assert "Deutsch" in labels(answer)
    assert (await get_subscriber(app.database, person)).language == language


async def test_chosen_languages_of_stories_stay(chats: Chats, app: App) -> None:
    """Who chose more than the bot's language keeps that when the bot speaks another one."""
    await chats.ask(ANNA, "/start")
    await app.services.preferences.set_story_languages(ANNA, {"en", "uk"})
    await chats.ask(ANNA, "/language de")
    assert (await get_subscriber(app.database, ANNA)).story_languages == "en uk"


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_no_story_in_the_readers_language(chats: Chats, app: App, person: int, language: str) -> None:
    """A sentence says that other languages come; it is gone once there is a story in the reader's."""
    texts = in_language(language)
    sentence = texts.say(
        "There are no new stories in {languages}, so you get stories in other languages.",
        languages=texts.language_name("de"),
    )
    await chats.ask(person, "/start")
    await app.services.preferences.set_story_languages(person, {"de"})
    await published(app.services)
    overview = await chats.ask(person, "/preferences")
    menu = await chats.tap(person, overview, texts.say("Languages"))
    assert sentence in says(menu)
    assert sentence in says(await chats.tap(person, menu, texts.say("Story languages")))
    await app.services.preferences.set_story_languages(person, {"de", "en"})
    assert sentence not in says(await chats.tap(person, menu, texts.say("‹ Back")))


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_pushes_off_and_on(chats: Chats, app: App, person: int, language: str) -> None:
    """The button pauses and resumes the pushes, and changes nothing else."""
    say = in_language(language).say
    await chats.ask(person, "/start")
    when = await chats.tap(person, await chats.ask(person, "/preferences"), say("Timing"))
    before = await choices(app.database, person)
    off = await chats.tap(person, when, say("Turn new stories off"))
    assert says(off)[1] == say("New stories are turned off.")
    assert (await get_subscriber(app.database, person)).state is SubscriberState.PAUSED
    overview = await chats.tap(person, off, say("‹ Preferences"))
    assert say("New stories are turned off.") in says(overview)
    assert say("New stories are turned off. To turn them on: /subscribe") in says(
        await chats.ask(person, "/topics")
    )
    on = await chats.tap(person, await chats.tap(person, overview, say("Timing")), say("Turn new stories on"))
    assert say("New stories are turned off.") not in says(on)
    assert await choices(app.database, person) == before
    assert before["state"] is SubscriberState.ACTIVE


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_topics_are_ticked_in_place(chats: Chats, app: App, person: int, language: str) -> None:
    """Each tap on a topic adds or removes it, and the screen shows the result."""
    say = in_language(language).say
    await published(app.services, topics=["Schools", "Food"])
    await chats.ask(person, "/start")
    menu = await chats.ask(person, "/topics")
    assert labels(menu) == ["✓ Food", "✓ Schools", say("‹ Back")]
    menu = await chats.tap(person, menu, "✓ Food")
    assert labels(menu) == ["Food", "✓ Schools", say("Every story"), say("‹ Back")]
    assert await _chosen(app, person) == ["Schools"]
    menu = await chats.tap(person, menu, "✓ Schools")
    assert f"{say('You get:')} {say('no stories (no topic is chosen)')}" in says(menu)
    menu = await chats.tap(person, menu, "Food")
    assert await _chosen(app, person) == ["Food"]
    menu = await chats.tap(person, menu, say("Every story"))
    assert f"{say('You get:')} {say('every story')}" in says(menu)
    assert say("Every story") not in labels(menu)
    assert await _chosen(app, person) == ["Food", "Schools"]


async def test_a_reader_of_every_story_gets_future_topics(chats: Chats, app: App) -> None:
    """A reader who adds the last topic again gets every story, also on later topics."""
    await published(app.services, topics=["Food"])
    menu = await chats.ask(ANNA, "/topics")
    menu = await chats.tap(ANNA, menu, "✓ Food")
    await chats.tap(ANNA, menu, "Food")
    await published(app.services, topics=["Schools"])
    assert await _chosen(app, ANNA) == ["Food", "Schools"]


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_subscribe_and_unsubscribe_by_name(chats: Chats, app: App, person: int, language: str) -> None:
    """A topic is named in any case; an unknown one leads to /topics and changes nothing."""
    say = in_language(language).say
    await published(app.services, topics=["Food", "Після війни"])
    await chats.ask(person, "/unsubscribe FOOD")
    assert await _chosen(app, person) == ["Після війни"]
    assert (await get_subscriber(app.database, person)).state is SubscriberState.STOPPED
    await chats.ask(person, "/unsubscribe після війни")
    assert await _chosen(app, person) == []
    await chats.ask(person, "/subscribe після-Війни")
    assert await _chosen(app, person) == ["Після війни"]
    assert (await get_subscriber(app.database, person)).state is SubscriberState.ACTIVE
    sentence = "There is no topic “{topic}”. Choose one here: /topics"
    for command in ("/subscribe", "/unsubscribe"):
        answer = await chats.ask(person, f"{command} <b>zebras")
        assert answer["text"] == say(sentence, topic="<b>zebras")
    assert await _chosen(app, person) == ["Після війни"]


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_subscribe_alone_turns_pushes_on(chats: Chats, app: App, person: int, language: str) -> None:
    """/subscribe without a topic turns pushes on; /unsubscribe without one shows the topics."""
    say = in_language(language).say
    await chats.ask(person, "/stop")
    assert says(await chats.ask(person, "/subscribe")) == [
        f"{say('You get:')} {say('every story')}",
        say("New stories are turned on. To stop everything: /stop"),
    ]
    assert (await get_subscriber(app.database, person)).state is SubscriberState.ACTIVE
    await chats.ask(person, "/unsubscribe")
    assert (await get_subscriber(app.database, person)).state is SubscriberState.ACTIVE


async def test_stop_and_start_keep_the_preferences(chats: Chats, app: App) -> None:
    """Preferences survive /stop."""
    await chats.tap(ANNA, await chats.ask(ANNA, "/language"), "Українська")
    await chats.ask(ANNA, "/stop")
    assert (await chats.ask(ANNA, "/start"))["text"].startswith("Вас вітає")


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_buttons_of_an_older_version(chats: Chats, app: App, person: int, language: str) -> None:
    """An outdated button gets a sentence that leads on, and changes nothing."""
    message = await chats.ask(person, "/preferences")
    before = await choices(app.database, person)
    sentence = "This button is out of date. Try again: /preferences"
    for rest in ("", "length:huge", "pushes:maybe", "topic:1", "topic:1:2", "topic:²:1", "nothing:at:all"):
        assert await chats.toast_of(person, message, f"prefs:{rest}") == in_language(language).say(sentence)
    assert await choices(app.database, person) == before


@pytest.mark.parametrize("data", ["prefs:topic:999:1", f"prefs:topic:{'9' * 30}:1", "prefs:language:xx"])
async def test_made_up_choices_change_nothing(
    chats: Chats, app: App, caplog: pytest.LogCaptureFixture, data: str
) -> None:
    """A made-up topic or language is not stored, and logs no error."""
    await published(app.services, topics=["Food", "Schools"])
    message = await chats.tap(ANNA, await chats.ask(ANNA, "/topics"), "✓ Food")
    await chats.press_old(ANNA, message, data)
    assert (await get_subscriber(app.database, ANNA)).language == "en"
    assert await _chosen(app, ANNA) == ["Schools"]
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_a_topic_that_is_gone(chats: Chats, app: App) -> None:
    """The button of a deleted topic shows the topics that there are."""
    await published(app.services, topics=["Food", "Schools"])
    menu = await chats.ask(ANNA, "/topics")
    async with app.database.transaction() as session:
        for topic in await topics.by_slugs(session, ["food"]):
            await session.delete(topic)
    assert "✓ Schools" in labels(await chats.tap(ANNA, menu, "✓ Food"))


async def test_a_choice_tapped_twice_at_once(chats: Chats, app: App) -> None:
    """Several taps on one choice at once choose it once, and all are answered."""
    await published(app.services, topics=["Food", "Schools"])
    menu = await chats.ask(ANNA, "/topics")
    data = menu["reply_markup"]["inline_keyboard"][0][0]["callback_data"]
    answers = await chats.both(*(chats.world.press_old(ANNA, menu, data) for _ in range(3)))
    await chats.handled()
    assert [answer["text"] for answer in answers] == [None] * 3
    assert await _chosen(app, ANNA) == ["Schools"]


async def test_many_topics_with_long_names(chats: Chats, app: App) -> None:
    """More topics than a keyboard holds give a screen that Telegram accepts."""
    await published(app.services, topics=[f"{number:03} {'long name ' * 5}" for number in range(110)])
    menu = await chats.ask(ANNA, "/topics")
    assert menu["text"].startswith("You get: every story")
    menu = await chats.tap(ANNA, menu, "✓ 000")
    assert "001 long name" in menu["text"]
