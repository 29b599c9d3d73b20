"""Editors hear of a page that changed hands, look at it, and verify it again; nobody else can."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from bot.appeals.pages.fingerprints import Fingerprint, PageSigns
from bot.appeals.pages.pages import AppealPages
from bot.articles.fetch.errors import FetchRefusedError
from bot.i18n import in_language
from bot.sandbox.world.history import Message
from bot.services import Services
from storage.words import AppealState, EditorRole, SuspensionReason
from tests.chats import ANNA, EDITH, EDITORS, MARTA, TOM, Chats, data_of, labels, links, says
from tests.factories import MovableClock, published
from tests.waiting import comes_true

URL = "https://example.org/help"
SIGNS = PageSigns("Donate", has_name=True, payments=("PayPal",))
RIGHT = Fingerprint(URL, ("example.org",), "", SIGNS)
ROBBED = replace(RIGHT, page=replace(SIGNS, payments=("quick-aid.example.net",)))
LOOKED, VERIFY = "I looked: it is still right", "I looked: verify it"


class Internet:
    """What the page shows now; None: it does not answer."""

    def __init__(self) -> None:
        self.page: Fingerprint | None = RIGHT

    async def read(self, _url: str, _organisation: str) -> Fingerprint:
        if self.page is None:
            raise FetchRefusedError("no answer")
        return self.page


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Internet:
    made = Internet()
    monkeypatch.setattr(AppealPages, "read", lambda _pages, *given: made.read(*given))
    return made


@dataclass(frozen=True)
class Desk:
    """A verified Appeal, which a Story names, and two editors who have written to the bot."""

    services: Services
    chats: Chats
    clock: MovableClock
    internet: Internet
    number: int

    async def news(self, **later: float) -> list[Message]:
        """Let the scheduler work at a later time; what each editor heard of it."""
        before = {person: len(self.chats.said(person)) for person, _ in EDITORS}
        self.clock.advance(**later)

        async def all_heard() -> bool:
            self.clock.advance(seconds=10)
            return all(len(self.chats.said(person)) > number for person, number in before.items())

        await comes_true(all_heard)
        await comes_true(self._nothing_untold)
        heard = [self.chats.said(person)[number:] for person, number in before.items()]
        assert [len(one) for one in heard] == [1, 1]
        return [one[0] for one in heard]

    async def _nothing_untold(self) -> bool:
        return not await self.services.rechecks.untold()

    async def state(self) -> tuple[AppealState, SuspensionReason | None]:
        [appeal] = await self.services.appeals.listed()
        return appeal.state, appeal.suspended_for


@pytest.fixture
async def desk(services: Services, chats: Chats, clock: MovableClock, internet: Internet) -> Desk:
    for person, _ in EDITORS:
        await chats.say(person, "/help")
    story_id = await published(services, "The bridge holds")
    appeal = await services.appeals.propose(
        organisation="Bridge Friends", url=URL, story_id=story_id, actor="command line"
    )
    await services.verification.verify(appeal.id, actor="test")
    return Desk(services, chats, clock, internet, appeal.id)


async def test_editors_hear_of_a_change_of_hands_and_verify_again(desk: Desk) -> None:
    """Within a day each hears once, in their language, what was there before and is there now."""
    card = await desk.chats.ask(ANNA, "/summary")
    desk.internet.page = ROBBED
    heard = await desk.news(days=1)
    for message, (_, language) in zip(heard, EDITORS, strict=True):
        say = in_language(language).say
        head = "The page of {organisation} may belong to others now. The appeal is suspended."
        assert says(message)[0] == say(head, organisation="Bridge Friends")
        assert "PayPal → quick-aid" in message["text"]
        assert labels(message) == [say("Open the link"), say(VERIFY)]
        assert links(message) == [URL]
    assert await desk.state() == (AppealState.SUSPENDED, SuspensionReason.CHANGED)
    shown = await desk.chats.tap(ANNA, card, "How to help")
    assert "This appeal is being checked again." in shown["text"]
    assert links(shown) == []
    desk.internet.page = RIGHT
    done = await desk.chats.tap(EDITH, heard[0], VERIFY)
    assert "Verified: readers see it." in says(done)
    assert await desk.state() == (AppealState.VERIFIED, None)
    assert URL in links(await desk.chats.tap(ANNA, await desk.chats.ask(ANNA, "/summary"), "How to help"))


async def test_a_page_that_cannot_be_read_is_verified_after_a_second_word(desk: Desk) -> None:
    """The editor is asked, and may try again, or verify it all the same."""
    desk.internet.page = ROBBED
    message, _ = await desk.news(days=1)
    desk.internet.page = None
    asked = await desk.chats.tap(EDITH, message, VERIFY)
    assert says(asked)[0].startswith("The page of this appeal cannot be read right now.")
    assert (await desk.chats.tap(EDITH, asked, "Try again"))["text"] == asked["text"]
    assert (await desk.state())[0] is AppealState.SUSPENDED
    done = await desk.chats.tap(EDITH, asked, "Verify anyway")
    assert "Verified: readers see it." in says(done)
    assert (await desk.state())[0] is AppealState.VERIFIED


async def test_a_reminder_ends_with_a_look(desk: Desk) -> None:
    """After 45 days without a look editors are reminded; a tap notes the look."""
    message, _ = await desk.news(days=45)
    assert says(message)[0].startswith("Nobody has looked at the page of Bridge Friends for 45 days.")
    done = await desk.chats.tap(EDITH, message, LOOKED)
    assert says(done)[-1] == "You looked at this page. The next look is due in 90 days."
    [appeal] = await desk.services.appeals.listed()
    assert desk.clock() - (appeal.looked_at or desk.clock() - timedelta(days=9)) < timedelta(minutes=10)


async def test_who_may_not_verify_presses_in_vain(desk: Desk) -> None:
    """A reader, an editor without the right, and one who lost it are refused, with any button of the kind."""
    desk.internet.page = ROBBED
    message, _ = await desk.news(days=1)
    desk.internet.page = RIGHT
    await desk.services.editors.put(TOM, EditorRole.EDITOR, actor="test")
    await desk.chats.say(TOM, "/help")
    verify = data_of(message, VERIFY)
    forged = [verify, verify.replace("verify", "unread"), verify.replace("verify", "right")]
    own = await desk.chats.ask(ANNA, "/help")
    for data in forged:
        assert await desk.chats.toast_of(ANNA, own, data) == "Only editors can do this. All commands: /help"
    own = await desk.chats.ask(TOM, "/help")
    for data in forged:
        assert "Only a publisher or an owner can verify links." in await desk.chats.toast_of(TOM, own, data)
    await desk.services.editors.put(TOM, EditorRole.PUBLISHER, actor="test")
    await desk.services.editors.remove(TOM, actor="test")
    assert await desk.chats.toast_of(TOM, own, verify) == "Only editors can do this. All commands: /help"
    assert (await desk.state())[0] is AppealState.SUSPENDED


async def test_a_button_of_an_older_version_verifies_nothing(desk: Desk) -> None:
    """What was verified already, or has another version, is refused in one sentence."""
    desk.internet.page = ROBBED
    message, other = await desk.news(days=1)
    newer = data_of(message, VERIFY).rpartition(":")[0] + ":2"
    assert "has changed since you opened it" in await desk.chats.toast_of(EDITH, message, newer)
    desk.internet.page = RIGHT
    await desk.chats.tap(EDITH, message, VERIFY)
    again = data_of(other, in_language("uk").say(VERIFY))
    verified = in_language("uk").say("Appeal {number} is already verified.", number=desk.number)
    assert await desk.chats.toast_of(MARTA, other, again) == verified


async def test_who_is_overtaken_while_the_page_is_read_gets_a_message(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tap is answered already when the page is read, so that the refusal comes as a message."""
    desk.internet.page = ROBBED
    message, _ = await desk.news(days=1)
    desk.internet.page = RIGHT

    async def read(_pages: AppealPages, _url: str, _organisation: str) -> Fingerprint:
        await desk.services.appeals.retire(desk.number, actor="test")
        return RIGHT

    monkeypatch.setattr(AppealPages, "read", read)
    [answer] = await desk.chats.press(EDITH, message, VERIFY)
    assert answer["text"] == "Appeal 1 is already retired."
