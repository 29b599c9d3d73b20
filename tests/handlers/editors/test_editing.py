"""Editing a story in the chat: by buttons and by replies, with the last word told to whoever was slower."""

from datetime import UTC
from typing import Any

import pytest
from sqlalchemy import update

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.services import Services
from handlers.callbacks import StoryButton
from storage import audit
from storage.models import AuditEntry, Story
from storage.words import AppealState, Length, StoryState
from tests.chats import ANNA, EDITH, EDITORS, MARTA, Chats, data_of, labels, says
from tests.factories import NOON, MovableClock, analysis, get_story, published


async def _draft(services: Services, headline: str = "Volunteers reopen the bridge", **given: Any) -> int:
    return (await services.stories.add(analysis(headline, **given), actor="test")).story.id


async def _screen(chats: Chats, person: int, story: int, *taps: str) -> Message:
    """The editing screen of a story, and what these buttons lead to from there."""
    card = await chats.ask(person, f"/review {story}")
    for label in ("Change …", *taps):
        language = dict(EDITORS)[person]
        card = await chats.tap(person, card, in_language(language).say(label))
    return card


async def _ask(chats: Chats, person: int, screen: Message, label: str) -> Message:
    """Tap what must be typed: the question that comes."""
    before = len(chats.said(person))
    answer = await chats.world.tap(person, screen, label)
    await chats.handled()
    assert answer["text"] is None
    [question] = chats.said(person)[before:]
    return question


async def _reply(chats: Chats, person: int, question: Message, text: str) -> Message:
    """Reply to a question: the one message that answers."""
    before = len(chats.said(person))
    chats.world.say(person, person, text, reply_to=question["message_id"])
    await chats.handled()
    [answer] = chats.said(person)[before:]
    return answer


async def _last(app: App, story: int) -> AuditEntry:
    async with app.database.read() as session:
        found = await audit.last(session, "story", story)
    assert found is not None
    return found


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_a_new_headline_by_reply(chats: Chats, app: App, person: int, language: str) -> None:
    """The question shows the old one; the reply is the new one, and the log has both."""
    say = in_language(language).say
    story = await _draft(app.services, "Old")
    question = await _ask(chats, person, await _screen(chats, person, story), say("Headline"))
    asked = say("Reply to this message with the new headline. Now it is:")
    assert says(question) == [asked, "Old"]
    assert question["reply_markup"]["force_reply"]
    screen = await _reply(chats, person, question, "  New\n headline ")
    assert says(screen)[0] == "New headline"
    assert say("‹ Back") in labels(screen)
    kept = await get_story(app.database, story)
    assert (kept.headline, kept.version) == ("New headline", 1)
    noted = await _last(app, story)
    assert (noted.actor, noted.action) == (f"editor {person}", "headline")
    assert (noted.before, noted.after) == ({"headline": "Old"}, {"headline": "New headline"})


async def test_a_new_summary_of_the_length_that_is_shown(chats: Chats, app: App) -> None:
    """A sentence a line; the summaries of the other lengths stay as they are."""
    story = await _draft(app.services)
    screen = await _screen(chats, EDITH, story)
    card = await chats.tap(EDITH, await chats.tap(EDITH, screen, "‹ Back"), "− Shorter")
    question = await _ask(chats, EDITH, await chats.tap(EDITH, card, "Change …"), "Summary")
    assert says(question)[1:] == ["One sentence."]
    screen = await _reply(chats, EDITH, question, "It holds.\n\n  They crossed it. ")
    assert "It holds. They crossed it." in says(screen)
    texts = {one.length: one.text for one in (await get_story(app.database, story)).summaries}
    assert texts[Length.BRIEF] == "It holds.\nThey crossed it."
    assert texts[Length.SHORT].startswith("One sentence.")
    noted = await _last(app, story)
    assert noted.before == {"length": "brief", "text": "One sentence."}
    assert noted.after == {"length": "brief", "text": "It holds.\nThey crossed it."}


@pytest.mark.parametrize(
    ("label", "text", "sentence"),
    [
        ("Headline", "x" * 301, "A headline has 1 to 300 characters; this one has 301."),
        ("Headline", "\N{ZERO WIDTH SPACE}", "A headline has 1 to 300 characters; this one has 0."),
        ("Summary", "x" * 1501, "A summary has 1 to 1500 characters; this one has 1501."),
    ],
)
async def test_a_text_that_does_not_fit(chats: Chats, app: App, label: str, text: str, sentence: str) -> None:
    """One sentence says so, nothing changes, and the question still stands."""
    story = await _draft(app.services, "Old")
    question = await _ask(chats, EDITH, await _screen(chats, EDITH, story), label)
    assert (await _reply(chats, EDITH, question, text))["text"] == sentence
    assert (await get_story(app.database, story)).version == 0
    assert "New" in (await _reply(chats, EDITH, question, "New"))["text"]
    assert (await get_story(app.database, story)).version == 1


async def test_a_picture_is_no_reply(chats: Chats, app: App) -> None:
    """Only text can be used, and the editor is told so."""
    story = await _draft(app.services)
    question = await _ask(chats, EDITH, await _screen(chats, EDITH, story), "Headline")
    before = len(chats.said(EDITH))
    chats.world.send_as(EDITH, EDITH, {"dice": {"emoji": "🎲", "value": 3}}, reply_to=question["message_id"])
    await chats.handled()
    assert [one["text"] for one in chats.said(EDITH)[before:]] == [
        "I can only use a text here. Reply with one."
    ]


@pytest.mark.parametrize(
    ("label", "rubbish", "sentence"),
    [
        (
            "Another language …",
            "klingon",
            "klingon is no code of a language: give two or three letters, such as en or uk.",
        ),
        ("Another topic …", "!?", "A topic needs a name with letters or digits in it."),
        ("Another topic …", "x" * 65, "A topic's name has at most 64 characters."),
        ("Continues another story …", "the one before", "Reply with the number of a story, such as 12."),
        ("Continues another story …", "99", "There is no story 99."),
        (
            "Continues another story …",
            "1",
            "A story cannot continue itself. Give the number of the earlier one.",
        ),
        ("Translates another story …", "٣", "Reply with the number of a story, such as 12."),
        (
            "Translates another story …",
            "1",
            "A story cannot be a translation of itself. Give another number.",
        ),
    ],
)
async def test_rubbish_in_a_reply(chats: Chats, app: App, label: str, rubbish: str, sentence: str) -> None:
    """One sentence, which says what would do; nothing changes."""
    screens = {"language": "Language", "topic": "Topics", "Continues": "Thread", "Translates": "Translation"}
    screen = next(name for word, name in screens.items() if word in label)
    story = await _draft(app.services)
    question = await _ask(chats, EDITH, await _screen(chats, EDITH, story, screen), label)
    assert (await _reply(chats, EDITH, question, rubbish))["text"] == sentence
    assert (await get_story(app.database, story)).version == 0


async def test_the_slower_editor_is_told_by_whom(chats: Chats, app: App) -> None:
    """Two were asked for a headline; the second reply is not used, and says who was quicker."""
    story = await _draft(app.services, "Old")
    one = await _ask(chats, EDITH, await _screen(chats, EDITH, story), "Headline")
    two = await _ask(chats, MARTA, await _screen(chats, MARTA, story), in_language("uk").say("Headline"))
    await _reply(chats, MARTA, two, "Marta's")
    told = await _reply(chats, EDITH, one, "Edith's")
    when = f"{in_language('en').date(NOON, UTC)}, 12:00"
    assert says(told) == [
        f"Story 1 has another headline by now (Marta, {when}).",
        "Your reply was not used; it still stands above.",
    ]
    assert (await get_story(app.database, story)).headline == "Marta's"
    assert says(await chats.tap(EDITH, told, "Show the story"))[0] == "Marta's"


async def test_of_two_replies_at_once_one_is_used(chats: Chats, app: App) -> None:
    """In the same moment too: one change, one sentence to the other."""
    story = await _draft(app.services, "Old")
    one = await _ask(chats, EDITH, await _screen(chats, EDITH, story), "Headline")
    two = await _ask(chats, MARTA, await _screen(chats, MARTA, story), in_language("uk").say("Headline"))
    chats.world.say(EDITH, EDITH, "Edith's", reply_to=one["message_id"])
    chats.world.say(MARTA, MARTA, "Marta's", reply_to=two["message_id"])
    await chats.handled()
    kept = await get_story(app.database, story)
    assert kept.version == 1
    refused = [
        says(chats.said(EDITH)[-1])[-1] == "Your reply was not used; it still stands above.",
        says(chats.said(MARTA)[-1])[-1]
        == in_language("uk").say("Your reply was not used; it still stands above."),
    ]
    assert refused == [kept.headline != "Edith's", kept.headline != "Marta's"]


async def test_a_reply_to_anything_else(chats: Chats, app: App) -> None:
    """A reply to a message that asked nothing is any other text; a reader's goes to the editors."""
    story = await _draft(app.services)
    question = await _ask(chats, EDITH, await _screen(chats, EDITH, story), "Headline")
    card = await chats.ask(EDITH, "/review")
    assert (await _reply(chats, EDITH, card, "Hm"))["text"].startswith("Sorry")
    told = await chats.ask(ANNA, "/help")
    assert (await _reply(chats, ANNA, told, "New"))["text"].startswith("Passed on to the editors.")
    await chats.told()
    assert (await chats.ask(EDITH, "New"))["text"].startswith("Sorry")
    assert (await get_story(app.database, story)).version == 0
    assert says(await _reply(chats, EDITH, question, "Used"))[0] == "Used"


async def test_a_question_of_long_ago_is_forgotten(chats: Chats, app: App, clock: MovableClock) -> None:
    """A month later nobody knows what a reply was for; a younger question still stands."""
    story = await _draft(app.services)
    old = await _ask(chats, EDITH, await _screen(chats, EDITH, story), "Headline")
    clock.advance(days=31)
    young = await _ask(chats, EDITH, await _screen(chats, EDITH, story), "Headline")
    await app.services.review.forget_prompts()
    assert (await _reply(chats, EDITH, old, "New"))["text"].startswith("Sorry")
    assert says(await _reply(chats, EDITH, young, "New"))[0] == "New"


async def test_topics_are_ticked(chats: Chats, app: App) -> None:
    """Several in a row, each tap a tick more or less; a new one by its name."""
    story = await _draft(app.services)
    for name in ("Food", "Schools"):
        await app.services.stories.add(analysis(), [name], actor="test")
    screen = await _screen(chats, EDITH, story, "Topics: none")
    assert labels(screen)[:3] == ["Food", "Schools", "Another topic …"]
    screen = await chats.tap(EDITH, screen, "Food")
    screen = await chats.tap(EDITH, screen, "Schools")
    assert labels(screen)[:2] == ["✓ Food", "✓ Schools"]
    screen = await chats.tap(EDITH, screen, "✓ Food")
    assert (await _last(app, story)).after == {"topics": ["schools"]}
    question = await _ask(chats, EDITH, screen, "Another topic …")
    screen = await _reply(chats, EDITH, question, "Kyiv city")
    assert "Topics: Kyiv city, Schools" in labels(screen)
    assert [topic.slug for topic in (await get_story(app.database, story)).topics] == ["kyiv-city", "schools"]


async def test_the_found_link_is_proposed_once(chats: Chats, app: App) -> None:
    """One tap makes a proposed appeal of it, which readers see once it is verified; a second makes none."""
    story = await _draft(app.services)
    link = "https://bridge.example.org/help"
    async with app.database.transaction() as session:
        await session.execute(
            update(Story).where(Story.id == story).values(help_url=link, help_organisation="Bridge Friends")
        )
    screen = await _screen(chats, EDITH, story, "Appeal: none")
    assert labels(screen) == ["Propose the found link: bridge.example.org", "✓ No appeal", "‹ Back"]
    data = data_of(screen, "Propose")
    screen = await chats.tap(EDITH, screen, "Propose")
    assert "No help button until this appeal is verified: Bridge Friends" in says(screen)
    [appeal] = await app.services.appeals.listed()
    assert (appeal.state, appeal.url, appeal.organisation) == (AppealState.PROPOSED, link, "Bridge Friends")
    assert (await get_story(app.database, story)).appeal_id == appeal.id
    await chats.world.press_old(EDITH, screen, data)
    await chats.handled()
    assert len(await app.services.appeals.listed()) == 1
    await app.services.appeals.verify(appeal.id, actor="test")
    screen = await _screen(chats, EDITH, story, "Appeal: Bridge Friends")
    assert labels(screen) == ["✓ Bridge Friends (verified)", "No appeal", "‹ Back"]
    screen = await chats.tap(EDITH, screen, "No appeal")
    assert "No help button: no verified appeal belongs to this story." in says(screen)


async def test_a_found_link_that_can_be_no_appeal(chats: Chats, app: App) -> None:
    """Only https can stand behind a button: one sentence says so."""
    story = await _draft(app.services)
    async with app.database.transaction() as session:
        await session.execute(update(Story).where(Story.id == story).values(help_url="http://a.example.org/"))
    screen = await _screen(chats, EDITH, story, "Appeal: none")
    told = await chats.toast(EDITH, screen, "Propose")
    assert told.startswith("http://a.example.org/ cannot be a help link")
    assert await app.services.appeals.listed() == []


async def test_a_retired_appeal_is_not_offered(chats: Chats, app: App) -> None:
    """Nor taken from a button that was drawn before it was retired."""
    story = await _draft(app.services)
    appeal = await app.services.appeals.propose(organisation="X", url="https://x.example.org/", actor="test")
    screen = await _screen(chats, EDITH, story, "Appeal: none")
    await app.services.appeals.retire(appeal.id, actor="test")
    told = await chats.toast(EDITH, screen, "X (proposed)")
    assert told == "There is no such appeal any more. Choose another one."
    assert labels(await _screen(chats, EDITH, story, "Appeal: none")) == ["✓ No appeal", "‹ Back"]


async def test_language_by_button_and_by_code(chats: Chats, app: App) -> None:
    """Common ones are a tap away, any other one is its code."""
    story = await _draft(app.services)
    screen = await _screen(chats, EDITH, story, "Language: English")
    assert labels(screen)[:3] == ["✓ English", "Українська", "Polski"]
    screen = await chats.tap(EDITH, screen, "Polski")
    assert (await get_story(app.database, story)).language == "pl"
    screen = await chats.tap(EDITH, screen, "Language: Polski")
    screen = await _reply(chats, EDITH, await _ask(chats, EDITH, screen, "Another language …"), " NL-be ")
    assert "Language: Nederlands" in labels(screen)
    assert (await get_story(app.database, story)).language == "nl"


async def test_a_language_that_is_not_known(chats: Chats, app: App) -> None:
    """A story whose language could not be told shows its code, and can be given one."""
    story = await _draft(app.services, language="und")
    screen = await _screen(chats, EDITH, story, "Language: und")
    assert labels(screen)[:2] == ["✓ und", "English"]
    await chats.tap(EDITH, screen, "English")
    assert (await get_story(app.database, story)).language == "en"


async def test_a_story_continues_another(chats: Chats, app: App) -> None:
    """Both are in one thread, which has the earlier headline for a title; the next one joins by a tap."""
    earlier = await published(app.services, "The bridge fell")
    story = await _draft(app.services, "The bridge stands")
    screen = await _screen(chats, EDITH, story, "Thread: none")
    assert labels(screen)[:2] == ["Continues another story …", "New thread"]
    question = await _ask(chats, EDITH, screen, "Continues another story …")
    screen = await _reply(chats, EDITH, question, f"story #{earlier}")
    assert "Thread: The bridge fell" in labels(screen)
    threads = [(await get_story(app.database, one)).thread_id for one in (earlier, story)]
    assert threads[0] == threads[1] is not None
    assert (await _last(app, earlier)).after == {"thread": threads[0]}
    third = await _draft(app.services, "People cross it")
    screen = await _screen(chats, EDITH, third, "Thread: none")
    screen = await chats.tap(EDITH, screen, "The bridge fell")
    screen = await chats.tap(EDITH, screen, "Thread: The bridge fell")
    assert labels(screen)[0] == "✓ The bridge fell"
    assert "Thread: none" in labels(await chats.tap(EDITH, screen, "No thread"))
    assert (await get_story(app.database, third)).thread_id is None


async def test_a_new_thread(chats: Chats, app: App) -> None:
    """The story is the first one of it, and gives it its headline."""
    story = await _draft(app.services, "Begin")
    screen = await _screen(chats, EDITH, story, "Thread: none")
    assert "Thread: Begin" in labels(await chats.tap(EDITH, screen, "New thread"))


async def test_translations(chats: Chats, app: App) -> None:
    """What a translation is named is its original, though another translation is given."""
    english = await published(app.services, "In English")
    ukrainian = await _draft(app.services, "Українською", language="uk")
    polish = await _draft(app.services, "Po polsku", language="pl")
    for story, other in ((ukrainian, english), (polish, ukrainian)):
        screen = await _screen(chats, EDITH, story, "Translation: none")
        question = await _ask(chats, EDITH, screen, "Translates another story …")
        screen = await _reply(chats, EDITH, question, str(other))
        assert f"Translation: of story {english}" in labels(screen)
        assert (await get_story(app.database, story)).translation_of == english
    screen = await _screen(chats, EDITH, polish, "Translation")
    assert f"It translates story {english}." in says(screen)
    assert "Translation: none" in labels(await chats.tap(EDITH, screen, "No translation"))


async def test_translations_that_would_confuse_readers(chats: Chats, app: App) -> None:
    """Two of one language in a group, and an original that becomes a translation, are refused."""
    english = await published(app.services, "In English")
    ukrainian = await _draft(app.services, "Українською", language="uk")
    same = await _draft(app.services, "In English too")
    await app.services.editing.set_translation(ukrainian, english, version=0, actor="test")
    confusing = f"Story {english} says the same in that language already. Change one of the two first."
    for story, other, sentence in (
        (same, english, confusing),
        (same, ukrainian, confusing),
        (english, same, f"Story {english} has translations itself: it is an original."),
    ):
        screen = await _screen(chats, EDITH, story, "Translation")
        question = await _ask(chats, EDITH, screen, "Translates another story …")
        assert (await _reply(chats, EDITH, question, str(other)))["text"] == sentence
    screen = await _screen(chats, EDITH, ukrainian, "Language")
    assert await chats.toast(EDITH, screen, "English") == confusing
    assert (await get_story(app.database, ukrainian)).language == "uk"


async def test_a_published_story_is_changed_too(chats: Chats, app: App) -> None:
    """Readers find it as it is now; nobody had a message of it, so nobody is asked about those."""
    story = await published(app.services, "Odl")
    question = await _ask(chats, EDITH, await _screen(chats, EDITH, story), "Headline")
    assert says(await _reply(chats, EDITH, question, "Old"))[0] == "Old"
    assert says(await chats.ask(ANNA, f"/summary {story}"))[0] == "Old"


async def test_who_has_the_story_may_see_it_mended(chats: Chats, app: App, clock: MovableClock) -> None:
    """After a change of a story that was pushed, the editor is asked about the messages that are out."""
    await chats.ask(ANNA, "/start")
    story = await _draft(app.services, "Odl")
    await app.services.review.publish(story, actor="test", push=True)
    clock.advance(seconds=2)  # the timetable looks for what is due once a second
    await chats.world.until(lambda: says(chats.said(ANNA)[-1])[0] == "Odl")
    question = await _ask(chats, EDITH, await _screen(chats, EDITH, story), "Headline")
    chats.world.say(EDITH, EDITH, "Old", reply_to=question["message_id"])
    await chats.handled()
    screen, asked = chats.said(EDITH)[-2:]
    assert says(screen)[0] == "Old"
    assert labels(asked) == ["Mend their messages", "Only new readers"]


async def test_a_rejected_story_is_not_changed(chats: Chats, app: App) -> None:
    """A button from before the rejection says who rejected it, and shows what it is now."""
    story = await _draft(app.services)
    screen = await _screen(chats, EDITH, story, "Language")
    await app.services.review.reject(story, actor=f"editor {MARTA}")
    answer = await chats.world.tap(EDITH, screen, "Polski")
    await chats.handled()
    assert answer["text"].startswith("Story 1 was rejected (Marta, ")
    assert labels(chats.now(screen))[0] == "Undo"
    assert (await get_story(app.database, story)).language == "en"


async def test_of_two_ticks_at_once_one_wins(chats: Chats, app: App) -> None:
    """Each saw the story without topics: the slower one is told, and sees the other's tick."""
    story = await _draft(app.services)
    await app.services.stories.add(analysis(), ["Food"], actor="test")
    await app.services.stories.add(analysis(), ["Schools"], actor="test")
    one = await _screen(chats, EDITH, story, "Topics: none")
    two = await _screen(chats, MARTA, story)
    two = await chats.tap(MARTA, two, labels(two)[2])  # "Topics: none", in Ukrainian
    answers = await chats.both(chats.world.tap(EDITH, one, "Food"), chats.world.tap(MARTA, two, "Schools"))
    await chats.handled()
    assert [answer["text"] for answer in answers].count(None) == 1
    kept = await get_story(app.database, story)
    assert (len(kept.topics), kept.version) == (1, 1)


@pytest.mark.parametrize(
    "rest",
    [
        "burn:1:0:short:",
        "topic:1:0:short:x",
        "topic:1:0:short:+",
        "appeal:1:0:short:-1",
        "language:1:0:short:",
        "appeal:1:0:short:9999999999",
        "thread:1:0:short:soon",
        "translation:1:0:short:1",
        "ask:1:0:short:money",
        "ask:1:0:short:",
        "edit:1",
        "push:1:0:endless:",
        "edit:1:0:short:xxxxxxxxxxxxx",
    ],
)
async def test_made_up_buttons(chats: Chats, app: App, rest: str) -> None:
    """Data that this version does not read changes nothing, and gets a word that leads on."""
    story = await _draft(app.services)
    card = await chats.ask(EDITH, "/review")
    word = await chats.toast_of(EDITH, card, f"review:{rest}")
    assert word == "This button is from an older version. Ask anew: /review"
    assert (await get_story(app.database, story)).version == 0


async def test_things_that_are_no_more(chats: Chats, app: App) -> None:
    """A topic, a thread, a story that was deleted since: one sentence each."""
    await _draft(app.services)
    card = await chats.ask(EDITH, "/review")
    for rest, sentence in (
        ("topic:1:0:short:99+", "There is no such topic any more. Choose another one."),
        ("thread:1:0:short:99", "There is no such thread any more. Choose another one."),
        ("appeal:1:0:short:99", "There is no such appeal any more. Choose another one."),
        ("appeals:99:0:short:", "There is no story 99."),
        ("language:99:0:short:pl", "There is no story 99."),
    ):
        assert await chats.toast_of(EDITH, card, f"review:{rest}") == sentence


@pytest.mark.parametrize("what", ["edit", "topics", "language", "ask", "card"])
async def test_a_reader_edits_nothing(chats: Chats, app: App, what: str) -> None:
    """Made-up buttons of editing screens are for editors alone, too."""
    story = await _draft(app.services, "Secret")
    told = await chats.ask(ANNA, "/help")
    data = StoryButton(what, story, value="pl").data()
    assert (await chats.toast_of(ANNA, told, data)).startswith("This is for editors.")
    assert (await get_story(app.database, story)).state is StoryState.DRAFT


def test_buttons_fit_telegrams_limit() -> None:
    """The longest data that we can make has at most 64 bytes."""
    longest = StoryButton("translation", 999_999_999, 999_999_999, Length.BRIEF, "translation").data()
    assert len(longest.encode()) <= 64
    assert StoryButton.parse(longest) == StoryButton(
        "translation", 999_999_999, 999_999_999, Length.BRIEF, "translation"
    )
