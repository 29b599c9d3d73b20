"""The editing screens of a Story: what may be chosen, for whom, and what becomes of old buttons."""

import pytest
from sqlalchemy import update

from bot.i18n import in_language
from bot.runtime.app import App
from handlers.editors.buttons import StoryAction, StoryButton
from storage.models import Story
from storage.stories import stories
from storage.words import AppealState, StoryState
from tests.chats import ANNA, EDITH, EDITORS, MARTA, Chats, data_of, labels, links, says
from tests.factories import MovableClock, analysis, get_story, published
from tests.handlers.editors.screens import add_draft, ask, last_change, open_screen, reply
from tests.waiting import comes_true


async def test_topics_are_ticked(chats: Chats, app: App) -> None:
    """Each tap adds or removes a Topic; a new one is added by its name."""
    story = await add_draft(app.services)
    for name in ("Food", "Schools"):
        await app.services.stories.add(analysis(), [name], actor="test")
    screen = await open_screen(chats, EDITH, story, "Topics: none")
    assert labels(screen)[:3] == ["Food", "Schools", "Another topic …"]
    screen = await chats.tap(EDITH, screen, "Food")
    screen = await chats.tap(EDITH, screen, "Schools")
    assert labels(screen)[:2] == ["✓ Food", "✓ Schools"]
    screen = await chats.tap(EDITH, screen, "✓ Food")
    assert (await last_change(app, story)).after == {"topics": ["schools"]}
    question = await ask(chats, EDITH, screen, "Another topic …")
    screen = await reply(chats, EDITH, question, "Kyiv city")
    assert "Topics: Kyiv city, Schools" in labels(screen)
    assert [topic.slug for topic in (await get_story(app.database, story)).topics] == ["kyiv-city", "schools"]


async def test_the_found_link_is_proposed_once(chats: Chats, app: App) -> None:
    """A tap proposes an Appeal of the found link; a second one proposes no other."""
    story = await add_draft(app.services)
    link = "https://bridge.example.org/help"
    async with app.database.transaction() as session:
        await session.execute(
            update(Story).where(Story.id == story).values(help_url=link, help_organisation="Bridge Friends")
        )
    screen = await open_screen(chats, EDITH, story, "Appeal: none")
    assert labels(screen) == [
        "Propose this link: bridge.example.org",
        "✓ No appeal",
        "Another appeal …",
        "‹ Back",
    ]
    data = data_of(screen, "Propose")
    screen = await chats.tap(EDITH, screen, "Propose")
    assert "No help button until this appeal is verified: Bridge Friends" in says(screen)
    [appeal] = await app.services.appeals.listed()
    assert (appeal.state, appeal.url, appeal.organisation) == (AppealState.PROPOSED, link, "Bridge Friends")
    assert (await get_story(app.database, story)).appeal_id == appeal.id
    await chats.world.press_old(EDITH, screen, data)
    await chats.handled()
    assert len(await app.services.appeals.listed()) == 1
    await app.services.appeals.verify(appeal.id, actor="verifier")
    screen = await open_screen(chats, EDITH, story, "Appeal: Bridge Friends")
    assert labels(screen) == ["✓ Bridge Friends (verified)", "No appeal", "Another appeal …", "‹ Back"]
    screen = await chats.tap(EDITH, screen, "No appeal")
    assert "No help button: this story has no verified appeal." in says(screen)


async def test_a_found_link_that_can_be_no_appeal(chats: Chats, app: App) -> None:
    """A link that is not https is not proposed, and one sentence says so."""
    story = await add_draft(app.services)
    async with app.database.transaction() as session:
        await session.execute(update(Story).where(Story.id == story).values(help_url="http://a.example.org/"))
    screen = await open_screen(chats, EDITH, story, "Appeal: none")
    told = await chats.toast(EDITH, screen, "Propose")
    assert told.replace("\u2060", "").startswith("“http://a.example.org/” cannot be a help link")
    assert await app.services.appeals.listed() == []


async def test_a_retired_appeal_is_not_offered(chats: Chats, app: App) -> None:
    """A retired Appeal is not offered, nor taken from an older button."""
    story = await add_draft(app.services)
    appeal = await app.services.appeals.propose(organisation="X", url="https://x.example.org/", actor="test")
    screen = await open_screen(chats, EDITH, story, "Appeal: none")
    await app.services.appeals.retire(appeal.id, actor="test")
    told = await chats.toast(EDITH, screen, "X (proposed)")
    assert told == "This appeal is no longer available. Choose another one."
    assert labels(await open_screen(chats, EDITH, story, "Appeal: none")) == [
        "✓ No appeal",
        "Another appeal …",
        "‹ Back",
    ]


async def test_language_by_button_and_by_code(chats: Chats, app: App) -> None:
    """A common language is chosen by a tap, any other one by its code."""
    story = await add_draft(app.services)
    screen = await open_screen(chats, EDITH, story, "Language: English")
    assert labels(screen)[:3] == ["✓ English", "Українська", "Polski"]
    screen = await chats.tap(EDITH, screen, "Polski")
    assert (await get_story(app.database, story)).language == "pl"
    screen = await chats.tap(EDITH, screen, "Language: Polish")
    screen = await reply(chats, EDITH, await ask(chats, EDITH, screen, "Another language …"), " NL-be ")
    assert "Language: Dutch" in labels(screen)
    assert (await get_story(app.database, story)).language == "nl"


async def test_a_language_that_is_not_known(chats: Chats, app: App) -> None:
    """A Story of an unknown language shows its code, and can be given one."""
    story = await add_draft(app.services, language="und")
    screen = await open_screen(chats, EDITH, story, "Language: und")
    assert labels(screen)[:2] == ["✓ und", "English"]
    await chats.tap(EDITH, screen, "English")
    assert (await get_story(app.database, story)).language == "en"


async def test_a_published_story_is_changed_too(chats: Chats, app: App) -> None:
    """Readers find a published Story as it was changed; without messages no question follows."""
    story = await published(app.services, "Odl")
    question = await ask(chats, EDITH, await open_screen(chats, EDITH, story), "Headline")
    assert says(await reply(chats, EDITH, question, "Old"))[0] == "Old"
    assert says(await chats.ask(ANNA, f"/summary {story}"))[0] == "Old"


async def test_after_a_change_the_editor_may_correct_the_messages(
    chats: Chats, app: App, clock: MovableClock
) -> None:
    """After a change of a Story that was pushed, the editor is asked whether to correct the messages."""
    await chats.ask(ANNA, "/start")
    story = await add_draft(app.services, "Odl")
    await app.services.review.publish(story, actor="test", push=True)
    clock.advance(seconds=2)  # the timetable looks for what is due once a second
    await chats.world.until(lambda: says(chats.said(ANNA)[-1])[0] == "Odl")
    question = await ask(chats, EDITH, await open_screen(chats, EDITH, story), "Headline")
    chats.world.say(EDITH, EDITH, "Old", reply_to=question["message_id"])
    await chats.handled()
    screen, asked = chats.said(EDITH)[-2:]
    assert says(screen)[0] == "Old"
    assert labels(asked) == [
        "Correct, and say what was wrong",
        "Correct sent messages",
        "Leave them unchanged",
    ]


@pytest.mark.parametrize(("editor", "language"), EDITORS)
async def test_readers_see_what_was_wrong_and_then_why_it_was_withdrawn(
    chats: Chats, app: App, clock: MovableClock, editor: int, language: str
) -> None:
    """The editor's sentence stands in the message, also after it was withdrawn: it is not deleted then."""
    texts = in_language(language)
    await chats.ask(ANNA, "/start")
    story = await add_draft(app.services, "The bridge fell")
    await app.services.review.publish(story, actor="test", push=True)
    clock.advance(seconds=2)
    await chats.world.until(lambda: says(chats.said(ANNA)[-1])[0] == "The bridge fell")
    sent = chats.said(ANNA)[-1]

    async def has_receipt() -> bool:
        return (await app.services.corrections.reach(story)).messages == 1

    await comes_true(has_receipt)
    async with app.database.transaction() as session:
        await stories.change(session, story, headline="The bridge holds")
    card = await chats.ask(editor, f"/review {story}")
    [question] = await chats.press_old(editor, card, f"correct:askwhat:{story}")
    assert says(question)[0] == texts.say("What was wrong? Reply with one short sentence.")
    await chats.reply(editor, question, "It never fell.\nSee t.me/evil")
    clock.advance(seconds=2)
    await chats.world.until(lambda: says(chats.now(sent))[0] == "The bridge holds")
    corrected = chats.now(sent)
    assert "It never fell. See t.\u2060me/evil" in says(corrected)[2]
    assert links(corrected) == []
    [question] = await chats.press_old(editor, card, f"correct:askwhy:{story}")
    refused = await chats.reply(editor, question, "x" * 201)
    assert "201" in refused["text"]
    answer = await chats.reply(editor, question, "The bridge is not ours.")
    assert says(answer)[0] == texts.say("The story has been withdrawn.")
    clock.advance(seconds=2)
    await chats.world.until(lambda: "The bridge is not ours." in chats.now(sent)["text"])
    assert "never fell" not in chats.now(sent)["text"]
    told = await chats.ask(ANNA, f"/summary {story}")
    assert told["text"] == "This story was withdrawn. The reason: The bridge is not ours."


async def test_a_rejected_story_is_not_changed(chats: Chats, app: App) -> None:
    """A button from before the rejection names who rejected the Story, and shows it."""
    story = await add_draft(app.services)
    screen = await open_screen(chats, EDITH, story, "Language")
    await app.services.review.reject(story, actor=f"editor {MARTA}")
    answer = await chats.world.tap(EDITH, screen, "Polski")
    await chats.handled()
    assert answer["text"].startswith("Story 1 was rejected by Marta (")
    assert labels(chats.now(screen))[0] == "Undo"
    assert (await get_story(app.database, story)).language == "en"


async def test_of_two_ticks_at_once_one_wins(chats: Chats, app: App) -> None:
    """Of two taps on the same version one changes the Story, and the other editor sees that."""
    story = await add_draft(app.services)
    await app.services.stories.add(analysis(), ["Food"], actor="test")
    await app.services.stories.add(analysis(), ["Schools"], actor="test")
    one = await open_screen(chats, EDITH, story, "Topics: none")
    two = await open_screen(chats, MARTA, story)
    two = await chats.tap(MARTA, two, labels(two)[3])  # "Topics: none", in Ukrainian
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
    """Data that this version does not read changes nothing, and gets a sentence that leads on."""
    story = await add_draft(app.services)
    card = await chats.ask(EDITH, "/review")
    word = await chats.toast_of(EDITH, card, f"review:{rest}")
    assert word == "This button is out of date. Try again: /review"
    assert (await get_story(app.database, story)).version == 0


async def test_things_that_are_no_more(chats: Chats, app: App) -> None:
    """A Topic, a Thread, an Appeal or a Story that was deleted gets one sentence each."""
    await add_draft(app.services)
    card = await chats.ask(EDITH, "/review")
    for rest, sentence in (
        ("topic:1:0:short:99+", "This topic no longer exists. Choose another one."),
        ("thread:1:0:short:99", "This thread no longer exists. Choose another one."),
        ("appeal:1:0:short:99", "This appeal is no longer available. Choose another one."),
        ("appeals:99:0:short:", "There is no story 99."),
        ("language:99:0:short:pl", "There is no story 99."),
    ):
        assert await chats.toast_of(EDITH, card, f"review:{rest}") == sentence


@pytest.mark.parametrize("what", ["edit", "topics", "language", "ask", "card"])
async def test_a_reader_edits_nothing(chats: Chats, app: App, what: str) -> None:
    """A made-up button of an editing screen does nothing for a reader."""
    story = await add_draft(app.services, "Secret")
    told = await chats.ask(ANNA, "/help")
    data = StoryButton(StoryAction(what), story, value="pl").data()
    assert (await chats.toast_of(ANNA, told, data)).startswith("Only editors can do this.")
    assert (await get_story(app.database, story)).state is StoryState.DRAFT


async def _add_with_plea(app: App, **columns: object) -> int:
    story = await add_draft(
        app.services, body="The water rose. “Please bring boats,” said Olena. Nobody came."
    )
    if columns:
        async with app.database.transaction() as session:
            await session.execute(update(Story).where(Story.id == story).values(**columns))
    return story


async def test_a_proposed_plea_waits_for_an_editor(chats: Chats, app: App) -> None:
    """The card shows it as a proposal; one tap makes it the plea that readers see."""
    story = await _add_with_plea(app, proposed_plea="Please bring boats", proposed_plea_speaker="Olena")
    card = await chats.ask(EDITH, f"/review {story}")
    assert "Proposed plea, not visible to readers yet: “Please bring boats” — Olena" in says(card)
    screen = await chats.tap(EDITH, card, "Check the proposed plea")
    screen = await chats.tap(EDITH, screen, "Accept the proposed plea")
    assert says(screen)[2:4] == ["“Please bring boats”", "— Olena"]
    assert not any("Perhaps" in line for line in says(screen))
    shown = await get_story(app.database, story)
    assert (shown.plea, shown.plea_speaker, shown.proposed_plea) == ("Please bring boats", "Olena", None)


async def test_no_reader_sees_a_proposed_plea(chats: Chats, app: App) -> None:
    """A published Story with a proposed plea shows readers its Summary alone."""
    story = await _add_with_plea(app, proposed_plea="Please bring boats")
    await app.services.review.publish(story, actor="test", push=False)
    assert not any("boats" in line for line in says(await chats.ask(ANNA, f"/summary {story}")))


async def test_a_plea_is_removed(chats: Chats, app: App) -> None:
    """The screen tells the plea from a proposed one; “No plea” takes away both, and the card asks no more."""
    story = await _add_with_plea(app, plea="Please bring boats", proposed_plea="Nobody came")
    screen = await open_screen(chats, EDITH, story, "Plea: Please bring boats")
    lines = says(screen)
    assert lines[lines.index("“Please bring boats”") - 1] == "The current plea:"
    assert lines[lines.index("“Nobody came”") - 1] == "Proposed, not visible to readers:"
    assert "The current plea:" in says(await ask(chats, EDITH, screen, "Another plea …"))
    screen = await chats.tap(EDITH, screen, "No plea")
    changed = await get_story(app.database, story)
    assert (changed.plea, changed.proposed_plea) == (None, None)
    assert "Plea: none" in labels(screen)


@pytest.mark.parametrize("typed", ["Please bring boats", "«Please  bring boats»\n— Olena"])
async def test_a_plea_is_copied_from_the_story(chats: Chats, app: App, typed: str) -> None:
    """A typed plea counts if the text holds its words; a second line names its speaker."""
    story = await _add_with_plea(app)
    screen = await open_screen(chats, EDITH, story, "Plea: none")
    question = await ask(chats, EDITH, screen, "Another plea …")
    await reply(chats, EDITH, question, typed)
    changed = await get_story(app.database, story)
    assert (changed.plea, changed.plea_speaker) == (
        "Please bring boats",
        "Olena" if "Olena" in typed else None,
    )


async def test_a_plea_that_the_story_lacks_is_refused(chats: Chats, app: App) -> None:
    """Words that do not stand in the text are never shown as a quotation."""
    story = await _add_with_plea(app)
    screen = await open_screen(chats, EDITH, story, "Plea: none")
    question = await ask(chats, EDITH, screen, "Another plea …")
    answer = await reply(chats, EDITH, question, "Please send money")
    assert "The story does not say that. Copy the plea from its text." in says(answer)
    assert (await get_story(app.database, story)).plea is None


async def test_a_help_sentence_is_shown_until_an_appeal_answers_it(chats: Chats, app: App) -> None:
    """The card of a Story without an Appeal quotes the sentence that may say how to help."""
    story = await _add_with_plea(app, help_sentence="Donate at the town hall.")
    assert "Possible way to help: “Donate at the town hall.”" in says(
        await chats.ask(EDITH, f"/review {story}")
    )
