"""The whole bot, running against a sandbox in the same process, and the people there."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from bot.config import Settings
from bot.runtime.app import App
from bot.sandbox.server import Sandbox
from bot.services import Services
from tests.chats import EDITH, MARTA, NOBODY, Chats
from tests.factories import MovableClock
from tests.running import first_turns, running, without_announcements
from tests.wire import wired

TOKEN = "42:test"


@pytest.fixture(autouse=True)
def _no_network() -> None:
    """These tests talk to servers of their own on 127.0.0.1."""


@pytest.fixture
def sandbox(clock: MovableClock) -> Sandbox:
    """A sandbox that listens nowhere, with a second editor, who speaks Ukrainian."""
    made = Sandbox(TOKEN, clock=clock)
    assert made.world.add_person("Marta", "uk", editor=True).id == MARTA
    return made


@pytest.fixture
def grace() -> timedelta:
    """How long a decision can be undone: it acts at once. Tests of undoing define this fixture again."""
    return timedelta(0)


@pytest.fixture
async def app(
    settings: Settings,
    clock: MovableClock,
    sandbox: Sandbox,
    grace: timedelta,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[App]:
    """The bot as `comeback run` builds and runs it, but for the wire."""
    monkeypatch.setattr(
        "bot.delivery.rate.budget.CHAT_BURST", 1_000
    )  # a test says more in a moment than a person
    monkeypatch.setattr("bot.runtime.conversations.LETTERS_S", 0.01)
    monkeypatch.setattr("bot.runtime.build.GRACE", grace)
    without_announcements(monkeypatch)  # those that want one make DraftCards
    given = {"bot_token": SecretStr(TOKEN), "owner_ids": frozenset({EDITH, MARTA, NOBODY}), "send_rate": 1000}
    request = wired(sandbox, monkeypatch)
    async with running(settings.model_copy(update=given), clock, request) as built:
        await first_turns(built)  # none comes in the middle of a test that does not move the clock
        yield built


@pytest.fixture
def services(app: App) -> Services:
    """What the running bot can do, for what people do elsewhere: at the command line, in another chat."""
    return app.services


@pytest.fixture
def chats(app: App, sandbox: Sandbox) -> Chats:
    """People who talk with the running bot."""
    return Chats(sandbox.world)
