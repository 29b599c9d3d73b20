"""The stage of the attempts to bring an unverified or changed link before a reader, and the table of them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

from bot.appeals.fields import AppealField
from bot.appeals.pages.fingerprints import Fingerprint, PageSigns
from bot.editors.actors import actor_of
from bot.errors import UserError
from bot.rendering.buttons import ShareStory, StoryView
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from bot.sandbox.world.world import buttons
from bot.services import Services
from storage.appeals import appeals
from storage.models import Story
from storage.stories import stories
from storage.words import AppealState, Length, SuspensionReason
from tests.chats import ANNA, EDITH, MARTA, Chats
from tests.factories import MovableClock, get_story, published
from tests.tappable import Seen
from tests.waiting import comes_true

GOOD = "https://example.org/help"
EVIL = "https://evil-relief.net/give"
RIGHT = Fingerprint(GOOD, ("example.org",), "", PageSigns("Donate", has_name=True, payments=("PayPal",)))
GONE = (AppealState.PROPOSED, AppealState.SUSPENDED, AppealState.RETIRED)


@dataclass
class Stage:
    """The running bot, its people, and all that its readers could tap so far.

    allowed: what they may tap: addresses of Appeals that were verified and shown at that time.
    """

    chats: Chats
    app: App
    clock: MovableClock
    seen: Seen
    allowed: set[str] = field(default_factory=set)

    @property
    def services(self) -> Services:
        return self.app.services

    async def appeal(
        self,
        url: str = EVIL,
        state: AppealState = AppealState.PROPOSED,
        *,
        story: int | None = None,
        **given: Any,
    ) -> int:
        """Make an Appeal in this state, proposed by Marta."""
        words = {"organisation": "Bridge Friends", "purpose": "Wood.", "actor": actor_of(MARTA)}
        made = await self.services.appeals.propose(url=url, story_id=story, **(words | given))
        if state is not AppealState.PROPOSED:
            await self.services.appeals.verify(made.id, actor=actor_of(EDITH))
        if state is AppealState.SUSPENDED:
            await self.suspend(made.id)
        if state is AppealState.RETIRED:
            await self.services.appeals.retire(made.id, actor="test")
        return made.id

    async def story(self, state: AppealState = AppealState.PROPOSED, url: str = EVIL, **columns: Any) -> int:
        """Publish a Story that asks for help and names an Appeal in this state."""
        story = await published(self.services)
        await self.set(story, plea="We need wood.", plea_speaker="Olha", **columns)
        await self.appeal(url, state, story=story)
        return story

    async def set(self, story: int, **columns: Any) -> None:
        """Change a Story below the use cases: whatever they refuse is in the database all the same."""
        async with self.app.database.transaction() as session:
            await stories.change(session, story, **columns)

    async def set_appeal(self, number: int, **columns: Any) -> None:
        """Change an Appeal below the use cases, too."""
        async with self.app.database.transaction() as session:
            found = await appeals.get(session, number)
            assert found is not None
            await appeals.change(session, found, **columns)

    async def of(self, story: int) -> int:
        """Return the id of the Appeal that a Story names."""
        found = (await get_story(self.app.database, story)).appeal_id
        assert found is not None
        return found

    async def suspend(self, number: int) -> None:
        """Suspend an Appeal as a check does that found other hands."""
        await self.services.appeals.suspend(number, reason=SuspensionReason.CHANGED, actor="check")

    async def change(self, number: int, url: str = EVIL) -> None:
        """Let an Appeal have another link, which nobody has verified."""
        await self.services.appeals.change(number, {AppealField.URL: url}, actor=actor_of(MARTA), hides=True)

    async def press(self, person: int, data: str) -> None:
        """Press a made-up button, in a private chat."""
        message = await self.chats.ask(person, "/help")
        await self.press_at(person, message, data)

    async def press_at(self, person: int, message: Message, data: str) -> None:
        await self.chats.world.press_old(person, message, data)
        await self.chats.handled()

    async def press_all(self, messages: list[Message]) -> None:
        """Press each button of these messages as Anna, as they were."""
        for message in messages:
            for one in buttons(message):
                if "callback_data" in one:
                    await self.press_at(ANNA, message, one["callback_data"])

    async def refused(self, act: Awaitable[object]) -> None:
        """Do what has to be refused."""
        try:
            await act
        except UserError:
            return
        raise AssertionError("It was not refused.")

    async def push(self, story: int) -> Message:
        """Push a Story, and return what Anna got of it."""
        before = len(self.chats.said(ANNA))
        await self.services.broadcasts.schedule(story, actor="test")

        async def came() -> bool:
            self.clock.advance(seconds=1)
            return len(self.chats.said(ANNA)) > before

        await comes_true(came)
        return self.chats.said(ANNA)[before]

    async def held(self, story: int) -> None:
        """Push a Story while Anna has a day off, until it waits for her."""
        await self.chats.tap(ANNA, await self.chats.ask(ANNA, "/dayoff"), "A week")
        await self.services.broadcasts.schedule(story, actor="test")
        await self.until_finished()

    async def until_finished(self) -> None:
        """Let the newest Broadcast go out to the end."""

        async def ended() -> bool:
            self.clock.advance(seconds=1)
            return all(one.finished_at is not None for one in await self.services.broadcasts.listed())

        await comes_true(ended)

    async def until_told(self, words: str) -> None:
        """Wait until readers were shown these words."""

        async def told() -> bool:
            self.clock.advance(seconds=1)
            return any(words in str(one.get("text", one.get("caption"))) for one in self.seen.messages)

        await comes_true(told)

    async def report(self, draft: int) -> None:
        """Send a Report that Marta wrote, until Anna has it."""
        await self.services.reports.send(draft, actor=actor_of(EDITH))
        await self.until_told("became of")

    async def look_around(self) -> None:
        """Let Anna look at all that she can reach now."""
        chats = self.chats
        for words in ("/donate", "/latest", "/helped", "/topics", "/catchup"):
            await chats.say(ANNA, words)
        await chats.world.inline_query(ANNA, "")
        found, _ = await self.services.published.latest(limit=5, language="en")
        shown = await chats.ask(ANNA, "/help")
        for story in found:
            await self.look_at(shown, story)

    async def look_at(self, shown: Message, story: Story) -> None:
        """Let Anna look at a Story from all sides, by buttons that may be made up."""
        await self.chats.say(ANNA, f"/summary {story.id}")
        view = StoryView(story.id, Length.LONG)
        helping = replace(view, appeal=True)
        for button in (
            view,
            helping,
            replace(helping, exact=True),
            replace(view, page=1),
            replace(helping, page=1),
        ):
            await self.press_at(ANNA, shown, button.data())
        await self.press_at(ANNA, shown, ShareStory(view).data())
        await self.chats.say(ANNA, f"/share {story.id}")

    def later(self, **parts: float) -> None:
        self.clock.now += timedelta(**parts)


Attempt = Callable[[Stage], Awaitable[None]]

ATTEMPTS: dict[str, Attempt] = {}
"""By name; the first line of each says what it tries."""


def attempt(act: Attempt) -> Attempt:
    """Add an attempt to the table."""
    ATTEMPTS[act.__name__] = act
    return act


def rows(name: str, act: Callable[..., Awaitable[None]], **given: tuple[Any, ...]) -> None:
    """Add an attempt with each of these arguments."""
    for key, values in given.items():

        async def one(stage: Stage, values: tuple[Any, ...] = values) -> None:
            await act(stage, *values)

        ATTEMPTS[f"{name}, {key}"] = one
