"""/appeals: propose, verify, change, pause and retire in the chat, each only by those who may."""

from typing import Any

import pytest
from sqlalchemy import update

from bot.appeals.fields import AppealField
from bot.editors.actors import actor_of
from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.services import Services
from storage.models import Story
from storage.words import AppealState, EditorRole
from tests.chats import (
    ANNA,
    EDITH,
    EDITORS,
    MARTA,
    NEIGHBOURS,
    TOM,
    Chats,
    data_of,
    labels,
    links,
    says,
)
from tests.factories import MovableClock, get_story, published
from tests.handlers.editors.screens import add_draft, notified, open_screen

LINK = "https://example.org/help"
PUBLISHER_NEEDED = "Only a publisher or an owner can"
CHANGED = "This appeal has changed since you opened it. Please look at it again."


async def _propose(services: Services, actor: int = MARTA, **given: Any) -> int:
    """A proposed Appeal, which nobody has verified."""
    values = {"organisation": "Bridge Friends", "purpose": "Wood.", "url": LINK, "actor": actor_of(actor)}
    return (await services.appeals.propose(**(values | given))).id


async def _verified(services: Services, verifier: int = EDITH, **given: Any) -> int:
    appeal_id = await _propose(services, **given)
    await services.appeals.verify(appeal_id, actor=actor_of(verifier))
    return appeal_id


async def _state(services: Services, appeal_id: int) -> AppealState:
    return (await services.appeals.details(appeal_id)).appeal.state


async def _begin(chats: Chats, *answers: str) -> Message:
    """Begin to propose an Appeal as Edith, and type these answers; the question that follows."""
    question = await chats.ask(EDITH, "/appeals new")
    for words in answers:
        question = await chats.ask(EDITH, words)
    return question


async def test_the_list_begins_with_what_waits_for_the_editor(chats: Chats, services: Services) -> None:
    """What this editor may verify comes first, then proposed, verified and retired ones; in pages."""
    retired = await _verified(services, organisation="Old")
    await services.appeals.retire(retired, actor="test")
    for number in range(4):
        await _verified(services, organisation=f"Fund {number}")
    await _propose(services, organisation="Theirs")
    await _propose(services, actor=EDITH, organisation="Mine")
    first = await chats.ask(EDITH, "/appeals")
    assert labels(first) == [
        *("6 · Theirs", "7 · Mine", "5 · Fund 3", "4 · Fund 2", "3 · Fund 1", "2 · Fund 0"),
        *("2\u00a0of\u00a02 ›", "New appeal …"),
    ]
    assert says(first)[1:3] == ["6 · Theirs", "example.⁠org · proposed · waiting for you"]
    assert says(first)[4] == "example.\u2060org · proposed"
    second = await chats.tap(EDITH, first, "2\u00a0of\u00a02")
    assert labels(second)[:2] == ["1 · Old", "‹ 1\u00a0of\u00a02"]
    await services.editors.put(TOM, EditorRole.EDITOR, actor="test")
    assert "waiting for you" not in (await chats.ask(TOM, "/appeals"))["text"]


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_an_empty_list_leads_to_a_proposal(chats: Chats, person: int, language: str) -> None:
    """Without any Appeal there is a sentence and the button that begins one."""
    say = in_language(language).say
    shown = await chats.ask(person, "/appeals")
    assert says(shown) == [say("Appeals"), say("There is no appeal yet.")]
    [question] = await chats.press(person, shown, say("New appeal …"))
    link = "Where can people help? Reply with the full link, such as https://example.org/help"
    assert question["text"] == say(link)


async def test_the_card_shows_the_whole_address_and_nothing_tappable_but_the_button(
    chats: Chats, services: Services
) -> None:
    """Host and address are text that nobody can tap; who proposed it and who has to agree stands below."""
    await chats.ask(MARTA, "/start")
    story = await published(services, "The bridge holds")
    appeal_id = await _propose(
        services, language="uk", registration="KRS 0000123456", story_id=story, purpose="See evil.test now."
    )
    card = await chats.ask(EDITH, f"/appeals {appeal_id}")
    assert links(card) == [LINK]
    assert card.get("entities", []) == [one for one in card["entities"] if one["type"] in ("bold", "code")]
    lines = [line.replace("\u2060", "") for line in says(card)]
    assert lines[:6] == [
        *("Bridge Friends", "See evil.test now.", "example.org", LINK),
        *("Language of the page: Ukrainian", "Registration number: KRS 0000123456"),
    ]
    assert any(line.startswith("Proposed by: Marta, Sun") for line in lines)
    assert any(line.startswith("Has to verify it: you or ") for line in lines)
    assert f"{story} · The bridge holds" in lines
    assert "0 chats have received a story from this list." in lines
    own = await chats.ask(MARTA, f"/appeals {appeal_id}")
    say = in_language("uk").say
    assert say("Verify …") not in labels(own)
    assert "Edith" in own["text"]


async def test_dialogue_survives_mistakes_and_optional_fields_are_skipped_by_a_tap(
    chats: Chats, services: Services, clock: MovableClock
) -> None:
    """Wrong answers are asked for again with all that was given; then the others get the card."""
    await chats.ask(MARTA, "/start")
    again = await _begin(chats, "http://example.org")
    assert "cannot be a help link" in again["text"]
    question = await chats.ask(EDITH, LINK)
    assert "Who is asking for help?" in question["text"]
    long = await chats.reply(EDITH, question, "x" * 201)
    assert says(long)[0] == "The name of an organisation has at most 200 characters."
    await chats.ask(EDITH, "Bridge Friends")
    language = await chats.ask(EDITH, "Wood and nails.")
    assert "gibberish is not a language code" in (await chats.ask(EDITH, "gibberish"))["text"]
    [number] = await chats.press(EDITH, language, "Українська")
    assert (
        await chats.toast(EDITH, language, "Leave it empty")
        == "This question is closed. Nothing has changed."
    )
    before = len(chats.said(MARTA))
    card = await chats.tap(EDITH, number, "Leave it empty")
    [appeal] = await services.appeals.listed()
    assert (appeal.organisation, appeal.purpose, appeal.url) == ("Bridge Friends", "Wood and nails.", LINK)
    assert (appeal.language, appeal.registration, appeal.state) == ("uk", "", AppealState.PROPOSED)
    assert "Proposed by: you" in card["text"]
    assert labels(card) == ["Open the link", "Change …", "Retire …", "‹ Appeals"]
    notice = await notified(chats, clock, MARTA, before)
    say = in_language("uk").say
    assert says(notice)[0] == say("An appeal waits for you")
    assert {say("Open the link"), say("Verify …")} <= set(labels(notice))
    assert (
        await chats.toast(EDITH, number, "Leave it empty") == "This question is closed. Nothing has changed."
    )
    assert len(await services.appeals.listed()) == 1


async def test_a_typed_language_and_number(chats: Chats, services: Services) -> None:
    """A language may be typed by its name, and a number as the register writes it."""
    await _begin(chats, LINK, "Bridge Friends", "Wood.", "Ukrainian", "KRS 0000123456")
    [appeal] = await services.appeals.listed()
    assert (appeal.language, appeal.registration) == ("uk", "KRS 0000123456")


async def test_a_namesake_is_named_while_proposing(chats: Chats, services: Services) -> None:
    """The same organisation under another host, and the host of another organisation, are said at once."""
    await _verified(services)
    asked = await _begin(chats, "https://bridge.evil.test/", "Bridge Friends")
    assert (
        "⚠ An organisation with the same or a similar name has a different web address: "
        "example.⁠org (appeal 1)"
    ) in says(asked)
    asked = await _begin(chats, "https://example.org/other", "River Nurses")
    assert "⚠ This web address is also that of another organisation: Bridge Friends (appeal 1)" in says(asked)


async def test_a_story_brings_its_link_and_organisation(chats: Chats, app: App) -> None:
    """Under a review card, what was found in the story is taken by a tap, and the story names the Appeal."""
    services = app.services
    story = await add_draft(services)
    values = {"help_url": LINK, "help_organisation": "Bridge Friends", "plea": "Please bring boats"}
    async with app.database.transaction() as session:
        await session.execute(update(Story).where(Story.id == story).values(**values))
    card = await chats.ask(EDITH, "/review")
    warning = "This story asks for help, but readers get no help button: it has no verified appeal."
    assert warning in says(card)
    [asked] = await chats.press(EDITH, card, "Propose an appeal …")
    [asked] = await chats.press(EDITH, asked, "As in the story: example.org")
    await chats.press(EDITH, asked, "As in the story: Bridge Friends")
    language = await chats.ask(EDITH, "Boats.")
    [number] = await chats.press(EDITH, language, "Leave it empty")
    shown = await chats.tap(EDITH, number, "Leave it empty")
    assert f"{story} · Volunteers reopen the bridge" in labels(shown)
    card = await chats.ask(EDITH, "/review")
    assert "No help button until this appeal is verified: Bridge Friends" in says(card)
    shown = await chats.tap(EDITH, card, "Show the appeal")
    assert says(shown)[0] == "Bridge Friends"


async def test_a_found_link_without_an_organisation_asks_for_it(chats: Chats, app: App) -> None:
    """A host is never taken for the name of an organisation."""
    story = await add_draft(app.services)
    async with app.database.transaction() as session:
        await session.execute(update(Story).where(Story.id == story).values(help_url=LINK))
    screen = await open_screen(chats, EDITH, story, "Appeal: none")
    [question] = await chats.press(EDITH, screen, "Propose this link: example.org")
    assert says(question)[-1].startswith("Who is asking for help?")
    assert await app.services.appeals.listed() == []
    language = [await chats.ask(EDITH, words) for words in ("Bridge Friends", "Wood.")][-1]
    [number] = await chats.press(EDITH, language, "Leave it empty")
    await chats.tap(EDITH, number, "Leave it empty")
    [appeal] = await app.services.appeals.listed()
    assert (appeal.organisation, appeal.url) == ("Bridge Friends", LINK)
    assert (await get_story(app.database, story)).appeal_id == appeal.id


async def test_the_preview_of_a_push_says_that_help_is_missing(chats: Chats, app: App) -> None:
    """Before a story with a plea is pushed, its preview says so and leads to a proposal."""
    services = app.services
    story = await published(services, "The bridge holds")
    async with app.database.transaction() as session:
        await session.execute(update(Story).where(Story.id == story).values(plea="Please bring boats"))
    card = await chats.ask(EDITH, f"/review {story}")
    preview = await chats.tap(EDITH, card, "Push …")
    warning = "This story asks for help, but readers get no help button: it has no verified appeal."
    assert warning in says(preview)
    [question] = await chats.press(EDITH, preview, "Propose an appeal …")
    assert f"For story {story}: The bridge holds" in says(question)
    await _verified(services, story_id=story)
    card = await chats.ask(EDITH, f"/review {story}")
    assert warning not in says(card)
    preview = await chats.tap(EDITH, card, "Push …")
    assert warning not in says(preview)
    assert "Propose an appeal …" not in labels(preview)


async def test_a_story_with_a_verified_appeal_gets_no_second_one(chats: Chats, services: Services) -> None:
    """The proposal of another Appeal is refused before anything is typed."""
    story = await published(services)
    appeal_id = await _verified(services, story_id=story)
    card = await chats.ask(EDITH, "/appeals")
    told = await chats.toast_of(EDITH, card, f"propose:ask:{story}")
    assert told.endswith(f"Pause or retire it first: /appeals {appeal_id}")


async def test_a_second_editor_looks_and_verifies(chats: Chats, services: Services) -> None:
    """The link comes first and then the button, with what to look at; the card then names both people."""
    await chats.ask(MARTA, "/start")
    appeal_id = await _propose(services)
    card = await chats.ask(EDITH, f"/appeals {appeal_id}")
    look = await chats.tap(EDITH, card, "Verify …")
    assert labels(look) == ["Open the link", "All correct: verify", "‹ Back"]
    assert (
        "1. Read the web address letter by letter: example.\u2060org. Does it belong to the organisation?"
        in says(look)
    )
    assert await services.appeals.showable() == []
    unread = await chats.tap(EDITH, look, "All correct: verify")  # tests reach no page
    assert await services.appeals.showable() == []
    card = await chats.tap(EDITH, unread, "Verify anyway")
    assert "Verified: readers see it." in says(card)
    assert "Proposed by: Marta" in card["text"]
    assert "Verified by: you" in card["text"]
    assert len(await services.appeals.showable()) == 1


async def test_a_lookalike_needs_a_second_word(chats: Chats, services: Services) -> None:
    """The card and the answer say what its host looks like, and nothing of that can be tapped."""
    await chats.ask(MARTA, "/start")
    appeal_id = await _propose(services, url="https://un1cef.org/help")
    card = await chats.ask(EDITH, f"/appeals {appeal_id}")
    warning = "un1cef.\u2060org has a digit where unicef.\u2060org (UNICEF) has a letter."
    assert f"⚠ {warning}" in says(card)
    look = await chats.tap(EDITH, card, "Verify …")
    asked = await chats.tap(EDITH, look, "All correct: verify")
    assert says(asked) == [warning]
    unread = await chats.tap(EDITH, asked, "Verify anyway")  # tests reach no page
    assert says(unread)[0].startswith("The page of this appeal cannot be read")
    assert await services.appeals.showable() == []
    await chats.tap(EDITH, unread, "Verify anyway")
    assert [one.id for one in await services.appeals.showable()] == [appeal_id]


async def test_a_button_of_an_older_version_verifies_and_retires_nothing(
    chats: Chats, services: Services
) -> None:
    """Of an Appeal that was changed after the screen was drawn, the old buttons are refused in a sentence."""
    appeal_id = await _propose(services)
    card = await chats.ask(EDITH, f"/appeals {appeal_id}")
    look = await chats.tap(EDITH, card, "Verify …")
    verify = data_of(look, "All correct")
    ending = await chats.tap(EDITH, await chats.ask(EDITH, f"/appeals {appeal_id}"), "Retire …")
    retire = data_of(ending, "Retire it")
    await services.appeals.change(
        appeal_id,
        {AppealField.URL: "https://evil.test.org/"},
        actor=actor_of(MARTA),
    )
    assert await chats.toast_of(EDITH, look, verify) == CHANGED
    assert await chats.toast_of(EDITH, ending, retire) == CHANGED
    assert await _state(services, appeal_id) is AppealState.PROPOSED
    again = await chats.tap(EDITH, await chats.tap(EDITH, look, "‹ Back"), "Verify …")
    assert "evil.\u2060test.\u2060org" in again["text"]


async def test_nobody_verifies_their_own_by_a_made_up_button(chats: Chats, services: Services) -> None:
    """The proposer is refused, whatever their button says."""
    appeal_id = await _propose(services, actor=EDITH)
    card = await chats.ask(EDITH, f"/appeals {appeal_id}")
    for version in (0, 1, 2):
        told = await chats.toast_of(EDITH, card, f"appeal:verify:{appeal_id}:{version}:")
        assert told.startswith(("You proposed this yourself", "This appeal has changed"))
    assert await services.appeals.showable() == []


ACTIONS = ("look", "verify", "pause", "ending", "retire")


@pytest.mark.parametrize("action", ACTIONS)
async def test_an_editor_without_the_right(chats: Chats, services: Services, action: str) -> None:
    """Who may only write is refused for each action of a publisher, whatever the state is."""
    await services.editors.put(TOM, EditorRole.EDITOR, actor="test")
    proposed, verified = await _propose(services), await _verified(services)
    card = await chats.ask(TOM, f"/appeals {verified}")
    assert labels(card) == ["Open the link", "Reports", "‹ Appeals"]
    for appeal_id, state in ((proposed, AppealState.PROPOSED), (verified, AppealState.VERIFIED)):
        told = await chats.toast_of(TOM, card, f"appeal:{action}:{appeal_id}:1:")
        assert told.startswith(PUBLISHER_NEEDED)
        assert await _state(services, appeal_id) is state


async def test_who_may_only_write_hides_nothing_by_a_change(chats: Chats, services: Services) -> None:
    """The question for a change of a verified Appeal is refused; of a proposed one it is asked."""
    await services.editors.put(TOM, EditorRole.EDITOR, actor="test")
    proposed, verified = await _propose(services), await _verified(services)
    card = await chats.ask(TOM, f"/appeals {verified}")
    told = await chats.toast_of(TOM, card, f"appeal:ask:{verified}:1:purpose")
    assert told.startswith(PUBLISHER_NEEDED)
    [question] = await chats.press_old(TOM, card, f"appeal:ask:{proposed}:1:purpose")
    await services.appeals.verify(proposed, actor=actor_of(EDITH))
    answer = await chats.reply(TOM, question, "Boats.")
    assert answer["text"].startswith(PUBLISHER_NEEDED)
    assert await _state(services, proposed) is AppealState.VERIFIED


@pytest.mark.parametrize("role", [None, EditorRole.EDITOR])
async def test_the_buttons_of_somebody_who_lost_the_role(
    chats: Chats, services: Services, role: EditorRole | None
) -> None:
    """Old buttons and open questions of a former publisher do nothing."""
    await services.editors.put(TOM, EditorRole.PUBLISHER, actor="test")
    appeal_id = await _propose(services)
    card = await chats.ask(TOM, f"/appeals {appeal_id}")
    look = await chats.tap(TOM, card, "Verify …")
    question = await chats.ask(TOM, "/appeals new")
    if role is None:
        await services.editors.remove(TOM, actor="test")
    else:
        await services.editors.put(TOM, role, actor="test")
    told = await chats.toast(TOM, look, "All correct: verify")
    assert told.startswith("Only editors can" if role is None else PUBLISHER_NEEDED)
    assert await _state(services, appeal_id) is AppealState.PROPOSED
    if role is None:
        await chats.reply(TOM, question, LINK)
        for data in ("appeals:0", "propose:ask:0", "answer:language:uk", f"appeal:change:{appeal_id}:1:"):
            assert (await chats.toast_of(TOM, look, data)).startswith("Only editors can do this.")
    assert len(await services.appeals.listed()) == 1


async def test_a_reader_with_made_up_buttons(chats: Chats, services: Services) -> None:
    """A reader sees no list and no card, proposes nothing, and changes nothing."""
    story = await published(services)
    appeal_id = await _propose(services, story_id=story)
    message = await chats.ask(ANNA, "/help")
    actions = ("card", "change", "ask", *ACTIONS)
    made_up = [f"appeal:{action}:{appeal_id}:1:" for action in actions]
    made_up += ["appeals:0", f"propose:ask:{story}", "answer:url:found", f"appeal:ask:{appeal_id}:1:url"]
    for data in made_up:
        assert (await chats.toast_of(ANNA, message, data)).startswith("Only editors can do this.")
    assert "Only editors" in (await chats.ask(ANNA, f"/appeals {appeal_id}"))["text"]
    assert (await services.appeals.details(appeal_id)).appeal.version == 1


async def test_in_a_group_nobody_sees_the_list(chats: Chats, services: Services) -> None:
    """An editor who asks in a group is sent to the private chat, and a tap there does nothing."""
    await services.editors.put(TOM, EditorRole.PUBLISHER, actor="test")
    appeal_id = await _propose(services)
    answer = await chats.ask(TOM, "/appeals", chat=NEIGHBOURS)
    assert answer["text"] == "Everyone here would see this. Please send it to me in a private chat."
    shown = await chats.ask(TOM, "/latest", chat=NEIGHBOURS)
    await chats.world.press_old(TOM, shown, f"appeal:verify:{appeal_id}:1:")
    await chats.handled()
    assert await _state(services, appeal_id) is AppealState.PROPOSED
    assert "Bridge Friends" not in str(chats.said(NEIGHBOURS))


async def test_a_change_warns_hides_and_asks_the_others(
    chats: Chats, services: Services, clock: MovableClock
) -> None:
    """Before a verified Appeal is changed, a warning says what that means; then readers no longer see it."""
    await chats.ask(MARTA, "/start")
    story = await published(services)
    appeal_id = await _verified(services, actor=EDITH, verifier=MARTA, story_id=story)
    opened = await chats.tap(ANNA, await chats.ask(ANNA, f"/summary {story}"), "How to help")
    assert LINK in links(opened)
    menu = await chats.tap(EDITH, await chats.ask(EDITH, f"/appeals {appeal_id}"), "Change …")
    hides = "Readers see this appeal now. A change hides it from them until somebody verifies it again."
    assert hides in says(menu)
    [question] = await chats.press(EDITH, menu, "Purpose")
    assert {hides, "Current value: Wood."} <= set(says(question))
    before = len(chats.said(MARTA))
    card = await chats.reply(EDITH, question, "Boats.")
    assert "Proposed: readers do not see it yet." in says(card)
    assert "Changed by: you" in card["text"]
    assert "An earlier version was verified by: Marta" in card["text"]
    assert links(await chats.tap(ANNA, opened, "+ Longer")) == []
    notice = await notified(chats, clock, MARTA, before)
    look = await chats.tap(MARTA, notice, in_language("uk").say("Verify …"))
    unread = await chats.tap(MARTA, look, in_language("uk").say("All correct: verify"))
    await chats.tap(MARTA, unread, in_language("uk").say("Verify anyway"))
    assert [one.purpose for one in await services.appeals.showable()] == ["Boats."]


async def test_an_answer_that_comes_too_late_is_not_used(chats: Chats, services: Services) -> None:
    """If the Appeal was verified or changed after the question, the answer changes nothing and says why."""
    appeal_id = await _propose(services)
    for late in ("verified", "changed"):
        menu = await chats.tap(EDITH, await chats.ask(EDITH, f"/appeals {appeal_id}"), "Change …")
        [question] = await chats.press(EDITH, menu, "Purpose")
        if late == "verified":
            await services.appeals.verify(appeal_id, actor=actor_of(EDITH))
        else:
            await services.appeals.change(
                appeal_id,
                {AppealField.PURPOSE: "Nails."},
                actor=actor_of(MARTA),
            )
        answer = await chats.reply(EDITH, question, "Boats.")
        assert "Your reply was not used. You can still copy it from above." in says(answer)
        shown = await chats.tap(EDITH, answer, "Show the appeal")
        assert "Boats." not in shown["text"]
        await services.appeals.change(
            appeal_id,
            {AppealField.PURPOSE: late},
            actor=actor_of(MARTA),
            hides=True,
        )


async def test_a_language_is_changed_by_a_tap(chats: Chats, services: Services) -> None:
    """A tap below the question is an answer, once."""
    appeal_id = await _propose(services)
    menu = await chats.tap(EDITH, await chats.ask(EDITH, f"/appeals {appeal_id}"), "Change …")
    [question] = await chats.press(EDITH, menu, "Language of the page")
    deutsch = data_of(question, "Deutsch")
    card = await chats.tap(EDITH, question, "Deutsch")
    assert "Language of the page: German" in says(card)
    told = await chats.toast_of(EDITH, card, deutsch)
    assert told == "This question is closed. Nothing has changed."
    assert (await services.appeals.details(appeal_id)).appeal.version == 2


async def test_pause_verify_again_and_retire(chats: Chats, services: Services) -> None:
    """A pause hides it at once; the one who verified may verify again; the end is asked about once."""
    appeal_id = await _verified(services)
    card = await chats.tap(EDITH, await chats.ask(EDITH, f"/appeals {appeal_id}"), "Pause this appeal")
    assert {"Paused: readers do not see it.", "An editor paused it."} <= set(says(card))
    assert await services.appeals.showable() == []
    look = await chats.tap(EDITH, card, "Verify …")
    unread = await chats.tap(EDITH, look, "All correct: verify")
    card = await chats.tap(EDITH, unread, "Verify anyway")
    assert len(await services.appeals.showable()) == 1
    asked = await chats.tap(EDITH, card, "Retire …")
    assert await _state(services, appeal_id) is AppealState.VERIFIED
    back = await chats.tap(EDITH, asked, "‹ Back")
    card = await chats.tap(EDITH, await chats.tap(EDITH, back, "Retire …"), "Retire it")
    assert "Retired: readers no longer see it." in says(card)
    assert labels(card) == ["Open the link", "Reports", "‹ Appeals"]
    for action in ("verify", "pause", "retire"):
        told = await chats.toast_of(EDITH, card, f"appeal:{action}:{appeal_id}:1:")
        assert told == f"Appeal {appeal_id} is already retired."
    shown = await chats.ask(EDITH, "/help")
    await chats.world.press_old(EDITH, shown, f"appeal:change:{appeal_id}:1:")
    await chats.handled()
    assert "Retired: readers no longer see it." in says(chats.now(shown))


@pytest.mark.parametrize(
    "data", ["appeal:verify", "appeal:verify:1:1", "appeal:ask:1:1:money", "answer:url:x"]
)
async def test_made_up_data(chats: Chats, services: Services, data: str) -> None:
    """Data that no version knows is refused in a sentence."""
    await _propose(services)
    card = await chats.ask(EDITH, "/appeals 1")
    assert (await chats.toast_of(EDITH, card, data)).startswith("This button")
