"""Texts that editors type about a Story: used once, refused in one sentence, and the quicker editor wins."""

from datetime import UTC

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from storage.words import Length
from tests.chats import EDITH, EDITORS, MARTA, Chats, labels, says
from tests.factories import NOON, MovableClock, get_story
from tests.handlers.editors.screens import add_draft, ask, last_change, open_screen, reply


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_a_new_headline_by_reply(chats: Chats, app: App, person: int, language: str) -> None:
    """The question shows the old headline; the reply becomes the new one, and the audit log has both."""
    say = in_language(language).say
    story = await add_draft(app.services, "Old")
    question = await ask(chats, person, await open_screen(chats, person, story), say("Headline"))
    asked = say("Reply to this message with the new headline. The current one:")
    assert says(question) == [asked, "Old"]
    assert question["reply_markup"]["force_reply"]
    screen = await reply(chats, person, question, "  New\n headline ")
    assert says(screen)[0] == "New headline"
    assert say("‹ Back") in labels(screen)
    kept = await get_story(app.database, story)
    assert (kept.headline, kept.version) == ("New headline", 1)
    noted = await last_change(app, story)
    assert (noted.actor, noted.action) == (f"editor {person}", "headline")
    assert (noted.before, noted.after) == ({"headline": "Old"}, {"headline": "New headline"})


async def test_a_new_summary_of_the_length_that_is_shown(chats: Chats, app: App) -> None:
    """The reply replaces the Summary of the shown Length, a sentence a line; the others stay."""
    story = await add_draft(app.services)
    screen = await open_screen(chats, EDITH, story)
    card = await chats.tap(EDITH, await chats.tap(EDITH, screen, "‹ Back"), "− Shorter")
    question = await ask(chats, EDITH, await chats.tap(EDITH, card, "Change …"), "Summary")
    assert says(question)[1:] == ["One sentence."]
    screen = await reply(chats, EDITH, question, "It holds.\n\n  They crossed it. ")
    assert "It holds. They crossed it." in says(screen)
    texts = {one.length: one.text for one in (await get_story(app.database, story)).summaries}
    assert texts[Length.BRIEF] == "It holds.\nThey crossed it."
    assert texts[Length.SHORT].startswith("One sentence.")
    noted = await last_change(app, story)
    assert noted.before == {"length": "brief", "text": "One sentence."}
    assert noted.after == {"length": "brief", "text": "It holds.\nThey crossed it."}


@pytest.mark.parametrize(
    ("label", "text", "sentence"),
    [
        ("Headline", "x" * 301, "A headline must have 1 to 300 characters; this one has 301."),
        ("Headline", "\N{ZERO WIDTH SPACE}", "A headline must have 1 to 300 characters; this one has 0."),
        ("Summary", "x" * 1501, "A summary must have 1 to 1500 characters; this one has 1501."),
    ],
)
async def test_a_text_that_does_not_fit(chats: Chats, app: App, label: str, text: str, sentence: str) -> None:
    """A text of a wrong length gets one sentence and changes nothing; the question still stands."""
    story = await add_draft(app.services, "Old")
    question = await ask(chats, EDITH, await open_screen(chats, EDITH, story), label)
    assert says(await reply(chats, EDITH, question, text))[0] == sentence
    assert (await get_story(app.database, story)).version == 0
    assert "New" in (await reply(chats, EDITH, question, "New"))["text"]
    assert (await get_story(app.database, story)).version == 1


async def test_a_picture_is_no_reply(chats: Chats, app: App) -> None:
    """A reply without text changes nothing, and the editor reads that only text can be used."""
    story = await add_draft(app.services)
    question = await ask(chats, EDITH, await open_screen(chats, EDITH, story), "Headline")
    before = len(chats.said(EDITH))
    chats.world.send_as(EDITH, EDITH, {"dice": {"emoji": "🎲", "value": 3}}, reply_to=question["message_id"])
    await chats.handled()
    [again] = chats.said(EDITH)[before:]
    assert says(again)[0] == "I can only use text here. Please reply with text."


@pytest.mark.parametrize(
    ("label", "rubbish", "sentence"),
    [
        (
            "Another language …",
            "klingon",
            "klingon is not a language code: give two or three letters, such as en or uk.",
        ),
        ("Another topic …", "!?", "A topic’s name needs at least one letter or digit."),
        ("Another topic …", "x" * 65, "A topic’s name can have at most 64 characters."),
        ("Continues another story …", "the one before", "Reply with the number of a story, such as 12."),
        ("Continues another story …", "99", "There is no story 99."),
        (
            "Continues another story …",
            "1",
            "A story cannot continue itself. Give the number of the earlier one.",
        ),
        ("Translation of another story …", "٣", "Reply with the number of a story, such as 12."),
        (
            "Translation of another story …",
            "1",
            "A story cannot be a translation of itself. Give another number.",
        ),
    ],
)
async def test_rubbish_in_a_reply(chats: Chats, app: App, label: str, rubbish: str, sentence: str) -> None:
    """A reply that cannot be used gets one sentence that says what would do, and changes nothing."""
    screens = {"language": "Language", "topic": "Topics", "Continues": "Thread", "Translation": "Translation"}
    screen = next(name for word, name in screens.items() if word in label)
    story = await add_draft(app.services)
    question = await ask(chats, EDITH, await open_screen(chats, EDITH, story, screen), label)
    assert says(await reply(chats, EDITH, question, rubbish))[0] == sentence
    assert (await get_story(app.database, story)).version == 0


async def test_the_slower_editor_reads_who_was_quicker(chats: Chats, app: App) -> None:
    """The second of two replies is not used, and its editor reads who was quicker."""
    story = await add_draft(app.services, "Old")
    one = await ask(chats, EDITH, await open_screen(chats, EDITH, story), "Headline")
    two = await ask(chats, MARTA, await open_screen(chats, MARTA, story), in_language("uk").say("Headline"))
    await reply(chats, MARTA, two, "Marta's")
    told = await reply(chats, EDITH, one, "Edith's")
    when = in_language("en").short_moment(NOON, UTC)
    assert says(told) == [
        f"The headline of story 1 was changed by Marta ({when}).",
        "Your reply was not used. You can still copy it from above.",
    ]
    assert (await get_story(app.database, story)).headline == "Marta's"
    assert says(await chats.tap(EDITH, told, "Show the story"))[0] == "Marta's"


async def test_of_two_replies_at_once_one_is_used(chats: Chats, app: App) -> None:
    """Of two replies in the same moment one changes the Story, and the other gets one sentence."""
    story = await add_draft(app.services, "Old")
    one = await ask(chats, EDITH, await open_screen(chats, EDITH, story), "Headline")
    two = await ask(chats, MARTA, await open_screen(chats, MARTA, story), in_language("uk").say("Headline"))
    chats.world.say(EDITH, EDITH, "Edith's", reply_to=one["message_id"])
    chats.world.say(MARTA, MARTA, "Marta's", reply_to=two["message_id"])
    await chats.handled()
    kept = await get_story(app.database, story)
    assert kept.version == 1
    refused = [
        says(chats.said(EDITH)[-1])[-1] == "Your reply was not used. You can still copy it from above.",
        says(chats.said(MARTA)[-1])[-1]
        == in_language("uk").say("Your reply was not used. You can still copy it from above."),
    ]
    assert refused == [kept.headline != "Edith's", kept.headline != "Marta's"]


async def test_a_reply_to_anything_else(chats: Chats, app: App) -> None:
    """A reply to another message, and words without a reply, are looked up; the question still stands."""
    story = await add_draft(app.services)
    question = await ask(chats, EDITH, await open_screen(chats, EDITH, story), "Headline")
    card = chats.said(EDITH)[0]
    for answer in (await reply(chats, EDITH, card, "Hm"), await chats.ask(EDITH, "Hm")):
        assert says(answer)[0] == "I found no matching stories."
        assert "Send to the editors" not in labels(answer)
    assert (await get_story(app.database, story)).version == 0
    assert says(await reply(chats, EDITH, question, "Used"))[0] == "Used"


async def test_a_question_of_long_ago_is_forgotten(chats: Chats, app: App, clock: MovableClock) -> None:
    """A reply to a question of a month ago is like any other; a younger question still stands."""
    story = await add_draft(app.services)
    old = await ask(chats, EDITH, await open_screen(chats, EDITH, story), "Headline")
    clock.advance(days=31)
    young = await ask(chats, EDITH, await open_screen(chats, EDITH, story), "Headline")
    await app.services.dialogues.forget()
    assert says(await reply(chats, EDITH, old, "New"))[0] == "I found no matching stories."
    assert says(await reply(chats, EDITH, young, "New"))[0] == "New"
