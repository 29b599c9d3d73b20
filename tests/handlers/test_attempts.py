"""Attempts to bring an unverified or changed link before a reader: whatever is tried, none can be tapped.

Each is made with the running bot; then a reader looks at all that there is, also by made-up buttons, and what
they could tap at any time is compared with what was verified.
Others: tests/appeals/test_attempts.py
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.appeals.fields import AppealField
from bot.appeals.pages.fingerprints import Fingerprint
from bot.appeals.pages.pages import AppealPages
from bot.editors.actors import actor_of
from bot.rendering.buttons import (
    DigestPage,
    FollowThread,
    HelpedButton,
    HelpedChoice,
    ReportView,
    ShareStory,
    StoryView,
    ThreadPage,
)
from bot.runtime.app import App
from bot.runtime.build import open_services
from handlers.editors.appeals.buttons import (
    AppealAction,
    AppealButton,
    LookAction,
    LookButton,
    ReportAction,
    ReportButton,
    SendReportButton,
)
from handlers.editors.broadcasts.buttons import BroadcastAction, BroadcastButton, SendButton
from handlers.editors.buttons import StoryAction, StoryButton
from handlers.editors.people import INVITED
from storage.appeals import reports
from storage.stories import stories
from storage.words import AppealState, EditorRole, Length, ReportState
from tests.chats import ANNA, EDITH, MARTA, NEIGHBOURS, TOM, Chats
from tests.factories import MovableClock, published
from tests.handlers.attempts import ATTEMPTS, EVIL, GONE, GOOD, RIGHT, Stage, attempt, rows
from tests.tappable import Seen, tappable

# Addresses in several shapes; each shape by itself: tests/appeals/test_attempts.py
MANY = "evil-relief.net 203.0.113.7 evil\u200d.net @evil_relief example.org/~evil 💸.la"


@pytest.fixture
def seen(chats: Chats, monkeypatch: pytest.MonkeyPatch) -> Seen:
    """What readers could tap since the test began."""
    return Seen(chats.world, monkeypatch, editors={EDITH, MARTA})


@pytest.fixture
async def stage(
    chats: Chats, app: App, clock: MovableClock, seen: Seen, monkeypatch: pytest.MonkeyPatch
) -> Stage:
    """A stage on which every page can be read and is as it should be."""

    async def read(_pages: AppealPages, _url: str, _organisation: str) -> Fingerprint:
        return RIGHT

    monkeypatch.setattr(AppealPages, "read", read)
    made = Stage(chats, app, clock, seen)
    for person in (ANNA, EDITH, MARTA):
        await chats.say(person, "/start")
    return made


# --- made-up buttons of editors, by people who may not press them ---


async def _pressed(stage: Stage, person: int, role: EditorRole | None, *, lost: bool, kind: str) -> None:
    """Press a made-up button of this kind as somebody with, or who lost, this role."""
    proposed = await stage.story()
    other = await published(stage.services, "Another bridge")
    number = await stage.of(proposed)
    if role is not None:
        await stage.services.editors.put(person, role, actor="test")
    push = await stage.services.preparation.prepare(proposed, editor=EDITH)
    version = (await stage.services.stories.inspect(proposed)).version
    if lost:
        await stage.services.editors.remove(person, actor="test")
    for data in _made_up(kind, number, (proposed, other), push, version):
        await stage.press(person, data)


def _made_up(kind: str, number: int, named: tuple[int, int], push: int, version: int) -> list[str]:
    """Return the data of buttons; `named` are the Story that names the Appeal, and another one."""
    proposed, other = named
    match kind:
        case "verify":
            return [AppealButton(AppealAction.VERIFY, number, at).data() for at in (0, 1, 2)]
        case "look":
            return [LookButton(action, number, 1).data() for action in LookAction]
        case "choose":
            return [
                StoryButton(StoryAction.APPEAL, other, at, value=str(number)).data() for at in (0, version)
            ]
        case "send":
            return [SendButton(push, version, seen).data() for seen in (0, 1)]
        case "start":
            return [BroadcastButton(BroadcastAction.SEND_NOW, push).data()]
        case _:
            return [StoryButton(StoryAction.APPEAL, proposed, version, value="found").data()]


for _kind in ("verify", "look", "choose", "send", "start", "found"):

    async def _as_reader(stage: Stage, kind: str = _kind) -> None:
        await _pressed(stage, ANNA, None, lost=False, kind=kind)

    async def _as_editor(stage: Stage, kind: str = _kind) -> None:
        await _pressed(stage, TOM, EditorRole.EDITOR, lost=False, kind=kind)

    async def _as_former(stage: Stage, kind: str = _kind) -> None:
        await _pressed(stage, TOM, EditorRole.PUBLISHER, lost=True, kind=kind)

    ATTEMPTS[f"a reader presses {_kind}"] = _as_reader
    ATTEMPTS[f"an editor without the right presses {_kind}"] = _as_editor
    ATTEMPTS[f"a former publisher presses {_kind}"] = _as_former


@attempt
async def who_proposed_it_verifies_it(stage: Stage) -> None:
    """Verify one's own, by every button, at every version."""
    number = await stage.of(await stage.story())
    for version in range(3):
        await stage.press(MARTA, AppealButton(AppealAction.VERIFY, number, version).data())
        for action in LookAction:
            await stage.press(MARTA, LookButton(action, number, version).data())


@attempt
async def who_wrote_the_link_verifies_after_a_small_change(stage: Stage) -> None:
    """Let another person change a comma, and agree to one's own link as if it were theirs."""
    number = await stage.of(await stage.story())
    await stage.services.appeals.change(number, {AppealField.PURPOSE: "Wood, now."}, actor=actor_of(EDITH))
    for action in LookAction:
        await stage.press(MARTA, LookButton(action, number, 2).data())


@attempt
async def verify_in_a_group(stage: Stage) -> None:
    """Press the button where everybody sees it."""
    number = await stage.of(await stage.story())
    shown = await stage.chats.ask(ANNA, "/latest", chat=NEIGHBOURS)
    await stage.press_at(ANNA, shown, LookButton(LookAction.ANYWAY, number, 1).data())


@attempt
async def an_old_button_after_the_link_was_changed(stage: Stage) -> None:
    """Verify what an editor saw, when it is another link by now."""
    story = await stage.story(url=GOOD)
    number = await stage.of(story)
    await stage.change(number)
    for action in LookAction:
        await stage.press(EDITH, LookButton(action, number, 1).data())
    await stage.press(EDITH, AppealButton(AppealAction.VERIFY, number, 1).data())


@attempt
async def a_lookalike_is_verified_by_the_first_tap(stage: Stage) -> None:
    """Verify a host that looks like another one, without being told which."""
    number = await stage.of(await stage.story(url="https://unicef.org.evil-relief.net/help"))
    for action in (LookAction.VERIFY, LookAction.UNREAD, LookAction.RIGHT):
        await stage.press(EDITH, LookButton(action, number, 1).data())
    await stage.press(EDITH, AppealButton(AppealAction.VERIFY, number, 1).data())


@attempt
async def a_page_that_cannot_be_read_is_verified_by_the_first_tap(stage: Stage) -> None:
    """Verify while nobody can read the page, without being told so."""
    number = await stage.of(await stage.story())

    async def read(*_given: object) -> Fingerprint:
        raise TimeoutError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AppealPages, "read", read)
        await stage.press(EDITH, LookButton(LookAction.VERIFY, number, 1).data())


# --- made-up buttons of readers ---


async def _viewed(stage: Stage, state: AppealState, kind: str) -> None:
    """Press made-up buttons of a Story whose Appeal is in this state."""
    story = await stage.story(state)
    number = await stage.of(story)
    for data in _views(kind, story, number, stage):
        await stage.press(ANNA, data)


def _views(kind: str, story: int, number: int, stage: Stage) -> list[str]:
    view = StoryView(story, appeal=True)
    if kind == "helped":
        return [HelpedButton(choice, number, view).data() for choice in HelpedChoice]
    if kind == "around":
        others = (ShareStory(view), FollowThread(True, view), ThreadPage(0, view))
        return [one.data() for one in others]
    page = DigestPage(stage.clock())
    views = [replace(view, page=one, exact=exact) for one in (0, 1, 9) for exact in (True, False)]
    return [one.data() for one in (*views, replace(view, digest=page), replace(view, back=0), page)]


for _state in GONE:
    rows(
        f"of a story whose appeal is {_state}",
        _viewed,
        **{kind: (_state, kind) for kind in ("help", "helped", "around")},
    )


@attempt
async def an_open_help_card_of_a_changed_appeal(stage: Stage) -> None:
    """Tap the buttons of a help card that was open when the Appeal got another link."""
    story = await stage.story(AppealState.VERIFIED, GOOD)
    stage.allowed.add(GOOD)
    opened = await stage.chats.tap(ANNA, await stage.chats.ask(ANNA, f"/summary {story}"), "How to help")
    await stage.change(await stage.of(story))
    stage.seen.messages.clear()
    stage.allowed.clear()
    await stage.chats.tap(ANNA, opened, "+ Longer")


@attempt
async def an_appeal_that_has_run_out(stage: Stage) -> None:
    """Look at an Appeal whose last day is over, which nobody has retired."""
    story = await published(stage.services)
    number = await stage.appeal(story=story, valid_until=stage.clock() + timedelta(hours=1))
    stage.later(hours=1)
    await stage.services.appeals.verify(number, actor=actor_of(EDITH))


@attempt
async def an_appeal_that_runs_out_after_it_was_shown(stage: Stage) -> None:
    """Look at it before and after its last minute: no memory may keep it."""
    story = await published(stage.services)
    number = await stage.appeal(story=story, valid_until=stage.clock() + timedelta(hours=1))
    await stage.services.appeals.verify(number, actor=actor_of(EDITH))
    await stage.look_around()
    assert EVIL in stage.seen.addresses()
    stage.later(hours=1)
    stage.seen.messages.clear()


@attempt
async def a_translation_of_a_story_with_a_proposed_appeal(stage: Stage) -> None:
    """Read the Translation, which takes its original's Appeal."""
    original = await stage.story()
    other = await published(stage.services, "Die Brücke", language="de")
    await stage.services.editing.set_translation(other, original, version=None, actor="test")


@attempt
async def a_story_with_a_link_found_in_its_text(stage: Stage) -> None:
    """Publish a Story in which a help link was found that nobody proposed."""
    await stage.set(
        await published(stage.services), plea="Help.", help_url=EVIL, help_sentence=f"Give at {EVIL}."
    )


# --- races ---


@attempt
async def changed_while_its_page_is_read(stage: Stage) -> None:
    """Give it another link between the look at its page and its verification."""
    number = await stage.of(await stage.story(url=GOOD))

    async def read(*_given: object) -> Fingerprint:
        await stage.change(number)
        return RIGHT

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AppealPages, "read", read)
        await stage.press(EDITH, LookButton(LookAction.VERIFY, number, 1).data())


@attempt
async def changed_at_the_same_moment(stage: Stage) -> None:
    """Verify the version that was seen, and change it, at once, from two sides."""
    number = await stage.of(await stage.story(url=GOOD))
    stage.allowed.add(GOOD)
    await asyncio.gather(
        stage.services.appeals.verify(number, actor=actor_of(EDITH), version=1),
        stage.change(number),
        stage.services.appeals.verify(number, actor=actor_of(EDITH), version=1),
        return_exceptions=True,
    )


@attempt
async def two_verify_different_versions(stage: Stage) -> None:
    """One of two editors saw the old link, one the new one, which is their own."""
    number = await stage.of(await stage.story(url=GOOD))
    await stage.services.appeals.change(number, {AppealField.URL: EVIL}, actor=actor_of(EDITH))
    await asyncio.gather(
        stage.services.appeals.verify(number, actor=actor_of(MARTA), version=1),
        stage.services.appeals.verify(number, actor=actor_of(EDITH), version=2),
        return_exceptions=True,
    )


@attempt
async def an_answer_that_comes_after_the_verification(stage: Stage) -> None:
    """Type another link as the answer to a question that was asked before somebody verified."""
    number = await stage.of(await stage.story(url=GOOD))
    stage.allowed.add(GOOD)
    shown = await stage.chats.ask(MARTA, "/help")
    [question] = await stage.chats.press_old(
        MARTA, shown, AppealButton(AppealAction.ASK, number, 1, field="url").data()
    )
    await stage.services.appeals.verify(number, actor=actor_of(EDITH), version=1)
    await stage.chats.reply(MARTA, question, EVIL)


async def _while_a_push_starts(stage: Stage, act: str) -> None:
    """End an Appeal at the very moment at which a push of its Story starts."""
    story = await stage.story(AppealState.VERIFIED, EVIL)
    number = await stage.of(story)
    await stage.services.broadcasts.schedule(story, actor="test")
    appeals = stage.services.appeals
    acts: dict[str, Callable[[], Awaitable[object]]] = {
        "retired": lambda: appeals.retire(number, actor="test"),
        "changed": lambda: stage.change(number, GOOD),
        "suspended": lambda: stage.suspend(number),
    }
    stage.later(seconds=2)
    await asyncio.gather(stage.services.broadcasts.start_due(), acts[act]())
    before = len(stage.seen.messages)
    await stage.chats.world.until(lambda: len(stage.seen.messages) > before or _got_push(stage))


def _got_push(stage: Stage) -> bool:
    return any("Volunteers" in str(one.get("text")) for one in stage.seen.messages)


rows(
    "while a push starts",
    _while_a_push_starts,
    **{one: (one,) for one in ("retired", "changed", "suspended")},
)


# --- words with addresses in them ---


async def _in_words(stage: Stage, words: str, column: str) -> None:
    """Put an address into words of a Story that has a verified Appeal, and read it everywhere."""
    story = await stage.story(AppealState.VERIFIED, GOOD)
    stage.allowed.add(GOOD)
    await stage.set(story, **{column: f"Give at {words} now."})


async def _in_summaries(stage: Stage) -> None:
    """Put an address into each Summary."""
    story = await stage.story(AppealState.VERIFIED, GOOD)
    stage.allowed.add(GOOD)
    async with stage.app.database.transaction() as session:
        await stories.set_summaries(session, story, dict.fromkeys(Length, f"Give at {MANY} now."))
        await stories.change(session, story)


async def _in_an_appeal(stage: Stage, words: str, column: str) -> None:
    """Put an address into the words of a verified Appeal."""
    story = await stage.story(AppealState.VERIFIED, GOOD)
    stage.allowed.add(GOOD)
    await stage.set_appeal(await stage.of(story), **{column: words})
    await stage.set(story)


ATTEMPTS["in a summary"] = _in_summaries
rows(
    "in a story's",
    _in_words,
    **{one: (MANY, one) for one in ("headline", "byline", "body", "plea", "plea_speaker", "notice")},
)
rows(
    "in an appeal's",
    _in_an_appeal,
    **{one: (MANY, one) for one in ("organisation", "purpose", "registration")},
)


@attempt
async def the_name_of_a_topic(stage: Stage) -> None:
    """Name a Topic like an address, choose it, follow its link and share it."""
    story = await published(stage.services, "The bridge", ["evil-relief.net"])
    await stage.services.editing.add_topic(story, "203.0.113.7 @evil_relief", version=None, actor="test")
    for words in ("/share evil-relief.net", "/start topic_evil-relief-net", "/subscribe evil-relief.net"):
        await stage.chats.say(ANNA, words)
    await stage.chats.say(ANNA, "/mydata")
    await stage.chats.say(ANNA, "/unsubscribe evil-relief.net")


@attempt
async def the_title_of_a_thread(stage: Stage) -> None:
    """Begin a Thread with a headline that is an address, follow it and list it."""
    story = await published(stage.services, f"Give: {MANY}")
    await stage.services.editing.begin_thread(story, version=None, actor="test")
    after = await published(stage.services, "It goes on")
    await stage.services.editing.continue_story(after, story, version=None, actor="test")
    for data in (FollowThread(True, StoryView(after)), ThreadPage(0, StoryView(after))):
        await stage.press(ANNA, data.data())
    for words in ("/preferences", "/mydata"):
        await stage.chats.say(ANNA, words)
    await stage.press(ANNA, "followed")


@attempt
async def a_correction_note(stage: Stage) -> None:
    """Say what was wrong with an address in it, to those who have the message."""
    story = await published(stage.services)
    await stage.push(story)
    await stage.services.corrections.correct(story, actor="test", note=MANY)
    await stage.until_told("Corrected")


@attempt
async def the_reason_of_a_withdrawal(stage: Stage) -> None:
    """Say why a Story was withdrawn with an address in it, when its message can only be changed."""
    story = await published(stage.services)
    await stage.push(story)
    stage.later(hours=49)
    await stage.services.corrections.withdraw(story, actor="test", reason=MANY)
    await stage.until_told("withdrawn")


@attempt
async def what_a_reader_searches_for(stage: Stage) -> None:
    """Let the bot repeat an address in its own voice, in a group too."""
    await published(stage.services, "evil-relief.net gives")
    for words in ("evil-relief.net", "@evil_relief", "203.0.113.7", "http://evil-relief.net/x"):
        for command in (
            "summary",
            "search",
            "share",
            "subscribe",
            "unsubscribe",
            "mute",
            "unmute",
            "language",
        ):
            await stage.chats.say(ANNA, f"/{command} {words}")
        await stage.chats.say(ANNA, f"/summary {words}", chat=NEIGHBOURS)
        await stage.chats.say(ANNA, words)


@attempt
async def the_name_of_a_reader(stage: Stage) -> None:
    """Be called like an address where the bot tells others of it: letters, invitations, lists of editors."""
    stage.seen.editors = frozenset()
    person = stage.chats.world.add_person("evil-relief.net", "en").id
    await stage.chats.say(person, "/start")
    await stage.chats.write(person, "Thank you")
    await stage.chats.told()
    secret = await stage.services.editors.invite(EditorRole.PUBLISHER, actor=actor_of(EDITH))
    await stage.chats.say(person, f"/start {INVITED}{secret}")
    await stage.chats.say(person, "/review")
    shown = await stage.chats.ask(EDITH, "/editors")
    await stage.chats.tap(EDITH, shown, "evil-relief.\u2060net")


# --- inline mode and /check ---


@attempt
async def an_inline_card_of_a_story_with_a_proposed_appeal(stage: Stage) -> None:
    """Send the card to a group, and ask for it again after the Appeal was suspended."""
    story = await stage.story()
    await stage.chats.world.inline_query(ANNA, "bridge")
    stage.chats.world.choose(ANNA, NEIGHBOURS, f"story_{story}")
    number = await stage.of(story)
    await stage.services.appeals.verify(number, actor=actor_of(EDITH))
    await stage.suspend(number)
    await stage.chats.world.inline_query(ANNA, "bridge")
    stage.chats.world.choose(ANNA, NEIGHBOURS, f"story_{story}")


async def _checked(stage: Stage, link: str) -> None:
    """Ask about a link in every way, while another page of a host is verified."""
    await stage.story(AppealState.VERIFIED, GOOD)
    stage.allowed.add(GOOD)
    await stage.story()
    for words in (f"/check {link}", link):
        await stage.chats.say(ANNA, words)
    await stage.chats.say(ANNA, f"/check {link}", chat=NEIGHBOURS)
    await stage.chats.world.inline_query(ANNA, f"check {link}")


rows(
    "/check of",
    _checked,
    **{
        "a proposed link": (EVIL,),
        "a lookalike": ("https://examp1e.org/help",),
        "a subdomain that pretends": ("https://example.org.evil-relief.net/help",),
        "user-info": ("https://example.org@evil-relief.net/help",),
        "a fragment": ("https://evil-relief.net/#https://example.org/help",),
        "Punycode": ("https://xn--exmple-cua.org/help",),
        "a scheme of Telegram": ("tg://resolve?domain=evil_relief",),
        "data": ("data:text/html,evil-relief.net",),
        "another page of the verified host": ("https://example.org/~evil",),
        "a shortener": ("https://bit.ly/evil",),
    },
)


@attempt
async def a_forwarded_plea(stage: Stage) -> None:
    """Forward a plea with an address, and one behind the word “here”."""
    text = "Children need help: evil-relief.net or here"
    behind = {
        "type": "text_link",
        "offset": text.index("here"),
        "length": 4,
        "url": "https://gofundrne.com/f/x",
    }
    origin = {"type": "hidden_user", "date": 1, "sender_user_name": "evil-relief.net"}
    stage.chats.world.send_as(ANNA, ANNA, {"text": text, "entities": [behind], "forward_origin": origin})
    await stage.chats.told()


# --- gathered messages ---


async def _held_then(stage: Stage, act: str) -> None:
    """End an Appeal whose Story is held for a reader, and let them catch up."""
    story = await stage.story(AppealState.VERIFIED)
    await stage.held(story)
    number = await stage.of(story)
    if act == "retired":
        await stage.services.appeals.retire(number, actor="test")
    elif act == "changed":
        await stage.change(number, "https://other-relief.net/")
    else:
        await stage.suspend(number)


rows(
    "caught up with after it was", _held_then, **{one: (one,) for one in ("retired", "changed", "suspended")}
)


@attempt
async def a_gathered_return(stage: Stage) -> None:
    """Come back from a day off to several Stories full of addresses, with an Appeal suspended meanwhile."""
    story = await stage.story(AppealState.VERIFIED, headline=f"Give {MANY}")
    await stage.services.editing.begin_thread(story, version=None, actor="test")
    await stage.held(story)
    for number in range(3):
        other = await published(stage.services, f"Give {number} {MANY}"[:300])
        await stage.services.editing.continue_story(other, story, version=None, actor="test")
        await stage.services.broadcasts.schedule(other, actor="test")
    await stage.suspend(await stage.of(story))
    before = len(stage.chats.said(ANNA))
    stage.later(seconds=5)
    await stage.chats.say(ANNA, "/catchup")
    stage.later(days=8)
    await stage.chats.say(ANNA, "/catchup")
    for message in stage.chats.said(ANNA)[before:]:
        for data in [
            one["callback_data"] for row in _keyboard(message) for one in row if "callback_data" in one
        ]:
            await stage.press_at(ANNA, message, data)


def _keyboard(message: dict[str, dict[str, list[list[dict[str, str]]]]]) -> list[list[dict[str, str]]]:
    return message.get("reply_markup", {}).get("inline_keyboard", [])


# --- Reports ---

REPORTED = "Eighty people crossed it on the first day."


async def _helped(stage: Stage, url: str = GOOD) -> int:
    """Return a verified Appeal that Anna helped."""
    number = await stage.appeal(url, AppealState.VERIFIED)
    await stage.services.help_given.declare(ANNA, months=3, appeal_id=number)
    stage.allowed.add(GOOD)
    return number


@attempt
async def a_report_whose_link_only_one_person_opened(stage: Stage) -> None:
    """Write a Report with a link, and send it oneself, by every made-up button."""
    number = await _helped(stage)
    draft = await stage.services.reports.write(number, REPORTED, link=EVIL, actor=actor_of(EDITH))
    for data in (SendReportButton(draft.id).data(), ReportButton(ReportAction.REQUEST, number).data()):
        await stage.press(EDITH, data)
    for person in (ANNA, TOM):
        await stage.press(person, SendReportButton(draft.id).data())
        await stage.press(person, ReportButton(ReportAction.TEST, number).data())
    await stage.press(ANNA, ReportView(draft.id, DigestPage(stage.clock())).data())
    stage.later(seconds=5)


@attempt
async def a_report_of_an_appeal_that_was_never_verified(stage: Stage) -> None:
    """Write and send a Report of a proposed Appeal."""
    number = await stage.appeal()
    await stage.refused(
        stage.services.reports.write(number, REPORTED, link=f"{EVIL}/report", actor=actor_of(EDITH))
    )
    async with stage.app.database.transaction() as session:
        made = await reports.add(
            session, appeal_id=number, organisation="X", text=REPORTED, language="en", link=EVIL,
            written_by=actor_of(MARTA), written_at=stage.clock(),
        )  # fmt: skip
    await stage.press(EDITH, SendReportButton(made.id).data())


@attempt
async def the_words_of_a_report(stage: Stage) -> None:
    """Send a Report with addresses in its words and in the name of its organisation."""
    number = await _helped(stage)
    await stage.set_appeal(number, organisation=f"evil-relief.net {MANY}")
    draft = await stage.services.reports.write(number, f"Give at {MANY}.", actor=actor_of(MARTA))
    await stage.report(draft.id)


@attempt
async def a_report_that_waits_while_its_site_is_suspended(stage: Stage) -> None:
    """Send a Report that links to the Appeal's own site, and suspend that before it goes out."""
    number = await _helped(stage, EVIL)
    draft = await stage.services.reports.write(number, REPORTED, link=f"{EVIL}/report", actor=actor_of(MARTA))
    await stage.services.reports.send(draft.id, actor=actor_of(EDITH))
    await stage.suspend(number)
    await stage.until_told(REPORTED)


@attempt
async def a_report_that_is_held_while_its_site_is_suspended(stage: Stage) -> None:
    """Suspend the Appeal whose Report is held for a reader, and let them catch up and open it."""
    number = await _helped(stage, EVIL)
    await stage.chats.tap(ANNA, await stage.chats.ask(ANNA, "/dayoff"), "A week")
    draft = await stage.services.reports.write(number, REPORTED, link=f"{EVIL}/report", actor=actor_of(MARTA))
    await stage.services.reports.send(draft.id, actor=actor_of(EDITH))
    await stage.until_finished()
    await stage.suspend(number)
    await stage.press_all(await stage.chats.say(ANNA, "/catchup"))
    await stage.until_told(REPORTED)


@attempt
async def a_report_that_is_opened_after_its_site_was_retired(stage: Stage) -> None:
    """Open a Report that was sent, by its button in a Digest, when its site is no longer verified."""
    number = await _helped(stage, EVIL)
    draft = await stage.services.reports.write(number, REPORTED, link=f"{EVIL}/report", actor=actor_of(MARTA))
    async with stage.app.database.transaction() as session:
        await reports.mark_sent(session, draft.id, sent_by=actor_of(EDITH), now=stage.clock())
    await stage.services.appeals.retire(number, actor="test")
    await stage.press(ANNA, ReportView(draft.id, DigestPage(stage.clock())).data())
    assert (await stage.services.reports.sent(draft.id)).state is ReportState.SENT
    assert any(REPORTED in str(one.get("text")) for one in stage.seen.messages)


# --- two processes ---


async def _elsewhere(stage: Stage, act: str) -> None:
    """Let another process end an Appeal of which this one's memory holds the Story and its card."""
    story = await stage.story(AppealState.VERIFIED)
    number = await stage.of(story)
    await stage.look_around()
    assert EVIL in stage.seen.addresses()
    async with open_services(stage.app.settings, stage.clock) as other:
        elsewhere = replace(stage, app=_Other(stage.app, other))  # type: ignore[arg-type]  # what it uses
        if act == "suspended":
            await elsewhere.suspend(number)
        elif act == "retired":
            await other.appeals.retire(number, actor="test")
        elif act == "changed":
            await elsewhere.change(number, "https://other-relief.net/")
        else:
            await other.editing.set_appeal(story, None, version=None, actor="test")
            await other.appeals.retire(number, actor="test")
    stage.seen.messages.clear()


class _Other:
    """The database of an App with the services of another process."""

    def __init__(self, app: App, services: object) -> None:
        self.database, self.services, self.settings = app.database, services, app.settings


rows(
    "another process:", _elsewhere, **{one: (one,) for one in ("suspended", "retired", "changed", "unnamed")}
)


@pytest.mark.parametrize("name", ATTEMPTS)
async def test_no_attempt_reaches_a_reader(stage: Stage, name: str) -> None:
    """Nothing that a reader could tap, then or when they look around, leads to what was not verified."""
    await ATTEMPTS[name](stage)
    await stage.look_around()
    assert stage.seen.messages
    assert stage.seen.addresses() <= stage.allowed


def test_there_are_sixty() -> None:
    """As many as the design asks for, in this file alone."""
    assert len(ATTEMPTS) >= 60


@pytest.mark.parametrize("state", AppealState)
async def test_what_is_verified_is_seen(stage: Stage, state: AppealState) -> None:
    """The watch sees a link where there is one: with a verified Appeal the same steps show it."""
    await stage.story(state)
    await stage.look_around()
    assert stage.seen.addresses() == ({EVIL} if state is AppealState.VERIFIED else set())


@pytest.mark.parametrize(
    "given",
    [
        {"text": "x", "entities": [{"type": "text_link", "offset": 0, "length": 1, "url": EVIL}]},
        {"caption": "evil-relief.net", "caption_entities": []},
        {"text": "x", "reply_markup": {"inline_keyboard": [[{"text": "x", "url": EVIL}]]}},
    ],
)
def test_the_watch_sees_entities_captions_and_buttons(given: dict[str, object]) -> None:
    """Wherever an address can stand."""
    assert list(tappable(given))
    assert not list(tappable({"text": "It cost 3.14, e.g. at noon. See /donate."}))
