"""Steps of an editor in the editing screens, for the tests of several of them."""

from typing import Any

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.services import Services
from storage import audit
from storage.models import AuditEntry
from tests.chats import EDITORS, Chats
from tests.factories import MovableClock, analysis
from tests.waiting import comes_true


async def add_draft(services: Services, headline: str = "Volunteers reopen the bridge", **given: Any) -> int:
    """Add a Story that waits for review. Return its id."""
    return (await services.stories.add(analysis(headline, **given), actor="test")).story.id


async def open_screen(chats: Chats, person: int, story: int, *taps: str) -> Message:
    """Open the editing screen of a Story and tap these buttons. Return the last screen."""
    card = await chats.ask(person, f"/review {story}")
    for label in ("Change …", *taps):
        language = dict(EDITORS)[person]
        card = await chats.tap(person, card, in_language(language).say(label))
    return card


async def ask(chats: Chats, person: int, screen: Message, label: str) -> Message:
    """Tap a button that asks for text. Return the question."""
    before = len(chats.said(person))
    answer = await chats.world.tap(person, screen, label)
    await chats.handled()
    assert answer["text"] is None
    [question] = chats.said(person)[before:]
    return question


async def reply(chats: Chats, person: int, question: Message, text: str) -> Message:
    """Reply to a question. Return the one message that answers."""
    before = len(chats.said(person))
    chats.world.say(person, person, text, reply_to=question["message_id"])
    await chats.handled()
    [answer] = chats.said(person)[before:]
    return answer


async def last_change(app: App, story: int) -> AuditEntry:
    """Return the newest entry of the Story in the audit log."""
    async with app.database.read() as session:
        found = await audit.last(session, "story", story)
    assert found is not None
    return found


async def notified(chats: Chats, clock: MovableClock, person: int, before: int) -> Message:
    """Return the message that somebody gets after `before` others, once the scheduler has had its turn."""
    clock.advance(seconds=10)

    async def is_said() -> bool:
        return len(chats.said(person)) > before

    await comes_true(is_said)
    return chats.said(person)[before]
