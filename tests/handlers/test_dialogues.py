"""Dialogues in the running bot: a mistake is asked again, and an answer never means anything else."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot.articles.fetch.fetcher import Fetcher
from bot.errors import NotFoundError
from bot.i18n import in_language, languages
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from tests.chats import ANNA, EDITH, EDITORS, NEIGHBOURS, OLENA, READERS, SEND, TOM, Chats, labels, says
from tests.factories import MovableClock, get_story, get_subscriber, published
from tests.handlers.editors.screens import add_draft, ask, open_screen, reply

OVER = "This question is closed. Nothing has changed."
RUBBISH = (
    "x" * 4096,
    "🌻🌻🌻",
    "\u202e\u200f\u202b",
    "\N{NO-BREAK SPACE}\N{ZERO WIDTH SPACE}",
    "؟ מתי",
    "/",
    "%s {}{0} \\",
)


async def _three_mistakes(chats: Chats, person: int) -> Message:
    """Type three times what nobody understands. Return the last answer."""
    return [await chats.ask(person, "Xyzzyville") for _ in range(3)][-1]


async def _asked_for(chats: Chats, person: int, what: str, chat: int | None = None) -> Message:
    """Return the question for a "city" or a "day"."""
    command, data = {"city": ("/preferences", "prefs:ask:city"), "day": ("/dayoff", "dayoff:ask")}[what]
    [question] = await chats.press_old(person, await chats.ask(person, command, chat=chat), data)
    return question


@pytest.mark.parametrize(("person", "language"), READERS)
@pytest.mark.parametrize("what", ["city", "day"])
async def test_three_mistakes_and_a_right_answer(
    chats: Chats, app: App, person: int, language: str, what: str
) -> None:
    """Each mistake is asked again in reply to it, the third time with buttons; a right answer counts."""
    say = in_language(language).say
    await _asked_for(chats, person, what)
    for _ in range(2):
        again = await chats.ask(person, "Xyzzyville")
        assert again["reply_to_message"]["text"] == "Xyzzyville"
        assert says(again)[-1] == say("Try again, or cancel: /cancel")
        assert again["reply_markup"]["force_reply"]
    third = await chats.ask(person, "Xyzzyville")
    assert third["reply_to_message"]["text"] == "Xyzzyville"
    assert labels(third)[-1] == say("Never mind")
    assert len(labels(third)) >= 4
    right = {"en": {"city": "Leipzig", "day": "tomorrow"}, "uk": {"city": "Лейпциг", "day": "завтра"}}
    await chats.ask(person, right[language][what])
    kept = await get_subscriber(app.database, person)
    if what == "city":
        assert kept.zone == "Europe/Berlin"
    else:
        assert kept.away_until is not None
    assert say(SEND) in labels(await chats.ask(person, "Xyzzyville"))


@pytest.mark.parametrize("what", ["city", "day"])
@pytest.mark.parametrize("rubbish", RUBBISH)
async def test_rubbish_is_asked_again(chats: Chats, app: App, what: str, rubbish: str) -> None:
    """Whatever is typed in reply gets one answer that asks again, and changes nothing."""
    question = await _asked_for(chats, ANNA, what)
    before = await get_subscriber(app.database, ANNA)
    again = await chats.reply(ANNA, question, rubbish)
    assert says(again)[-1] in {"Try again, or cancel: /cancel", "All commands: /help"}
    assert "I found no stories" not in again["text"]
    after = await get_subscriber(app.database, ANNA)
    assert (after.zone, after.away_until) == (before.zone, before.away_until)


@pytest.mark.parametrize("language", languages())
async def test_cities_of_the_language_are_offered(chats: Chats, app: App, language: str) -> None:
    """The third mistake brings cities where the reader's language is spoken, each with a name of its own."""
    expected = {"en": "Lagos", "uk": "Київ", "pl": "Warszawa", "de": "Wien", "es": "Bogotá", "fr": "Abidjan"}
    await chats.ask(ANNA, "/help")
    await app.services.preferences.set_language(ANNA, language)
    await _asked_for(chats, ANNA, "city")
    offered = [label.partition(" · ")[0] for label in labels(await _three_mistakes(chats, ANNA))]
    assert expected[language] in {name.removeprefix("✓ ") for name in offered}
    assert len(offered) == len(set(offered)) >= 5


async def test_a_button_of_the_third_try_ends_the_dialogue(chats: Chats, app: App) -> None:
    """A tap on a city or a length answers the question; what is typed then is looked up."""
    for what, label in (("city", "Toronto"), ("day", "A week")):
        await _asked_for(chats, ANNA, what)
        again = await _three_mistakes(chats, ANNA)
        await chats.tap(ANNA, again, next(one for one in labels(again) if one.startswith(label)))
        assert SEND in labels(await chats.ask(ANNA, "Xyzzyville"))
    kept = await get_subscriber(app.database, ANNA)
    assert (kept.zone, kept.away_until) == ("America/Toronto", datetime(2026, 11, 29, 5, tzinfo=UTC))


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_dead_question_says_so_and_opens_again(
    chats: Chats, app: App, clock: MovableClock, person: int, language: str
) -> None:
    """A reply to a question that was answered, replaced or left, or is a day old, changes nothing."""
    say = in_language(language).say
    answered = await _asked_for(chats, person, "city")
    await chats.reply(person, answered, "Leipzig")
    replaced = await _asked_for(chats, person, "city")
    left = await _asked_for(chats, person, "day")
    dead = [answered, replaced, left]
    await chats.ask(person, "/help")
    dead.append(await _asked_for(chats, person, "day"))
    clock.advance(days=1)
    answers = [await chats.reply(person, question, "Berlin") for question in dead]
    for over in answers:
        assert (says(over), labels(over)) == ([say(OVER)], [say("Ask me again")])
    kept = await get_subscriber(app.database, person)
    assert (kept.city, kept.away_until) == (2879139, None)
    [again] = await chats.press(person, answers[-1], say("Ask me again"))
    await chats.reply(person, again, {"en": "tomorrow", "uk": "завтра"}[language])
    assert (await get_subscriber(app.database, person)).away_until is not None


async def test_an_answer_to_an_earlier_message_of_the_dialogue_counts(chats: Chats, app: App) -> None:
    """After a mistake a reply to the first question still answers it."""
    question = await _asked_for(chats, ANNA, "city")
    await chats.reply(ANNA, question, "Xyzzyville")
    await chats.reply(ANNA, question, "Leipzig")
    assert (await get_subscriber(app.database, ANNA)).zone == "Europe/Berlin"


async def test_words_without_a_reply_count_for_a_while(chats: Chats, app: App, clock: MovableClock) -> None:
    """A quarter of an hour later words that reply to nothing are looked up; a reply still counts."""
    question = await _asked_for(chats, ANNA, "city")
    clock.advance(minutes=15)
    assert SEND in labels(await chats.ask(ANNA, "Leipzig"))
    await chats.reply(ANNA, question, "Leipzig")
    assert (await get_subscriber(app.database, ANNA)).zone == "Europe/Berlin"


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_dialogue_is_ended(chats: Chats, app: App, person: int, language: str) -> None:
    """/cancel and "Never mind" end the question; without one /cancel says that there is none."""
    say = in_language(language).say
    await _asked_for(chats, person, "city")
    assert says(await chats.ask(person, "/cancel")) == [say("All right. Nothing has changed.")]
    assert says(await chats.ask(person, "/cancel")) == [
        say("There is nothing to cancel. All commands: /help")
    ]
    await _asked_for(chats, person, "city")
    again = await _three_mistakes(chats, person)
    ended = await chats.tap(person, again, say("Never mind"))
    assert (says(ended), labels(ended)) == ([say("All right. Nothing has changed.")], [])
    assert say(SEND) in labels(await chats.ask(person, "Leipzig"))
    assert (await get_subscriber(app.database, person)).zone is None


async def test_a_location_answers_the_question_for_the_city(chats: Chats, app: App) -> None:
    """A shared place answers the question for the city at once, and no question for a day."""
    await chats.ask(ANNA, "/help")
    await _asked_for(chats, ANNA, "day")
    [asked] = await chats.send(ANNA, "location")
    assert SEND in labels(asked)
    [question] = await chats.press_old(ANNA, await chats.ask(ANNA, "/preferences"), "prefs:ask:place")
    assert "keyboard" in question["reply_markup"]
    [used] = await chats.send(ANNA, "location")
    assert says(used)[0].startswith("Your time zone is Kyiv.")
    assert (await get_subscriber(app.database, ANNA)).zone == "Europe/Kyiv"


async def test_a_wrong_day_after_the_command_begins_a_dialogue(chats: Chats, app: App) -> None:
    """Words after /dayoff that are no day are asked for again, and the next words answer that."""
    again = await chats.ask(ANNA, "/dayoff when pigs fly")
    assert again["reply_to_message"]["text"] == "/dayoff when pigs fly"
    await chats.ask(ANNA, "tomorrow")
    assert (await get_subscriber(app.database, ANNA)).away_until == datetime(2026, 11, 23, tzinfo=UTC)


async def test_stop_is_heard_in_a_dialogue(chats: Chats) -> None:
    """STOP as an answer offers to stop, and ends the dialogue."""
    await chats.ask(ANNA, "/start")
    question = await _asked_for(chats, ANNA, "city")
    assert (await chats.reply(ANNA, question, "STOP"))["text"].startswith(
        "Should I stop sending you stories?"
    )
    assert SEND in labels(await chats.ask(ANNA, "Leipzig"))


async def test_a_picture_a_forward_and_an_edit_are_no_answer(chats: Chats, app: App) -> None:
    """A picture and a forwarded text are asked about, an edit changes nothing; the question waits."""
    question = await _asked_for(chats, ANNA, "city")
    [picture] = await chats.send(ANNA, "photo")
    assert SEND in labels(picture)
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "X"}
    before = len(chats.said(ANNA))
    chats.world.send_as(ANNA, ANNA, {"text": "Leipzig", "forward_origin": origin})
    await chats.handled()
    [forwarded] = chats.said(ANNA)[before:]
    assert says(forwarded) == ["Should I send this to the editors?"]
    await chats.reply(ANNA, question, "Xyzzyville")
    wrong = chats.world.messages(ANNA)[-2]
    before = len(chats.said(ANNA))
    chats.world.edit(ANNA, ANNA, wrong["message_id"], "Leipzig")
    await chats.handled()
    assert len(chats.said(ANNA)) == before
    assert (await get_subscriber(app.database, ANNA)).zone is None
    await chats.ask(ANNA, "Leipzig")
    assert (await get_subscriber(app.database, ANNA)).zone == "Europe/Berlin"


async def test_in_a_group_only_replies_of_admins_count(chats: Chats, app: App) -> None:
    """In a group only an admin's reply answers; talk, commands of others and other replies do nothing."""
    other = await chats.ask(OLENA, "/help", chat=NEIGHBOURS)
    question = await _asked_for(chats, OLENA, "city", chat=NEIGHBOURS)
    assert await chats.say(OLENA, "Leipzig", chat=NEIGHBOURS) == []
    chats.world.say(OLENA, NEIGHBOURS, "Leipzig", reply_to=other["message_id"])
    await chats.handled()
    assert chats.said(NEIGHBOURS)[-1] == question
    refusal = in_language("uk").say("Only admins of this group can change what it gets.")
    assert (await chats.reply(TOM, question, "Leipzig"))["text"] == refusal
    await chats.ask(TOM, "/help", chat=NEIGHBOURS)
    assert (await chats.ask(TOM, "/cancel", chat=NEIGHBOURS))["text"] == refusal
    again = await chats.reply(OLENA, question, "Xyzzyville")
    await chats.reply(OLENA, again, "Leipzig")
    assert (await get_subscriber(app.database, NEIGHBOURS)).zone == "Europe/Berlin"


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_an_editors_mistakes(chats: Chats, app: App, person: int, language: str) -> None:
    """Three wrong numbers of a story bring a button to the list; a right one is used and ends it."""
    say = in_language(language).say
    earlier, story = await add_draft(app.services, "Before"), await add_draft(app.services, "After")
    screen = await open_screen(chats, person, story)
    screen = await chats.tap(person, screen, say("Thread: {title}", title="").strip())
    question = await ask(chats, person, screen, say("Continues another story …"))
    again = question
    for _ in range(3):
        again = await reply(chats, person, again, "the one before")
    assert labels(again) == [say("Choose from a list"), say("Never mind")]
    await reply(chats, person, again, str(earlier))
    kept = await get_story(app.database, story)
    assert kept.thread_id is not None
    over = await reply(chats, person, question, str(earlier))
    assert says(over) == [say(OVER)]
    [again] = await chats.press(person, over, say("Ask me again"))
    assert again["text"] == say("Reply to this message with the number of the story that this one continues.")


async def test_a_headline_comes_by_reply_alone(chats: Chats, app: App) -> None:
    """While an editor is asked for a headline, other words are looked up: only a reply is one."""
    story = await add_draft(app.services, "Old")
    await published(app.services, "The bridge holds")
    question = await ask(chats, EDITH, await open_screen(chats, EDITH, story), "Headline")
    assert says(await chats.ask(EDITH, "bridge"))[0] == "Results for: bridge"
    await reply(chats, EDITH, question, "New")
    assert (await get_story(app.database, story)).headline == "New"


async def test_a_slow_command_ends_no_later_question(
    chats: Chats, app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is left of a command, such as reading its link, does not end a question that was asked since."""
    may_answer = asyncio.Event()

    async def fetch(_self: Fetcher, _address: str) -> None:
        await may_answer.wait()
        raise NotFoundError("There is no story.")

    monkeypatch.setattr(Fetcher, "fetch", fetch)
    story = await add_draft(app.services, "Old")
    screen = await open_screen(chats, EDITH, story)
    chats.world.say(EDITH, EDITH, "/new https://example.org/story")
    await chats.world.until(lambda: chats.said(EDITH)[-1]["text"] == "Reading …")
    await chats.world.tap(EDITH, screen, "Headline")
    question = chats.said(EDITH)[-1]
    assert says(question)[-1] == "Old"
    may_answer.set()
    await chats.handled()
    assert says(await reply(chats, EDITH, question, "New"))[0] == "New"
