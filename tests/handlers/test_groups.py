"""Blocked and let in again, added to groups and removed, moved."""

import pytest

from bot.app import App
from bot.services import Services
from bot.texts import in_language
from storage import subscribers
from storage.words import ChatKind, Length, SubscriberState
from tests.chats import ANNA, EDITH, NEIGHBOURS, OLENA, READERS, TOM, Chats
from tests.factories import get_subscriber, reading


async def _state(app: App, chat_id: int) -> SubscriberState:
    return (await get_subscriber(app.database, chat_id)).state


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_a_block_keeps_preferences_for_the_return(
    chats: Chats, app: App, person: int, language: str
) -> None:
    """Blocking ends the pushes, unblocking resumes them, and what was chosen is still there."""
    await chats.ask(person, "/start")
    await app.services.subscribers.set_length(person, Length.LONG)
    chats.world.block(person)
    await chats.handled()
    assert await _state(app, person) is SubscriberState.BLOCKED
    chats.world.block(person, blocked=False)
    await chats.handled()
    kept = await get_subscriber(app.database, person)
    assert (kept.state, kept.length, kept.language) == (SubscriberState.ACTIVE, Length.LONG, language)


@pytest.mark.parametrize(
    ("said", "state"), [("/stop", SubscriberState.STOPPED), (None, SubscriberState.PAUSED)]
)
async def test_a_stop_stays_a_stop(chats: Chats, app: App, said: str | None, state: SubscriberState) -> None:
    """Who had ended or paused the pushes before blocking gets none after unblocking."""
    await chats.ask(ANNA, "/start")
    if said:
        await chats.ask(ANNA, said)
    else:
        await app.services.subscribers.set_state(ANNA, SubscriberState.PAUSED)
    chats.world.block(ANNA)
    chats.world.block(ANNA, blocked=False)
    await chats.handled()
    assert await _state(app, ANNA) is state


async def test_a_return_by_start(chats: Chats, app: App) -> None:
    """START on a blocked chat unblocks it and welcomes back."""
    await chats.ask(ANNA, "/start")
    chats.world.block(ANNA)
    await chats.handled()
    chats.world.start(ANNA)
    await chats.handled()
    assert chats.said(ANNA)[-1]["text"].startswith(in_language("en").say("Welcome back!"))
    assert await _state(app, ANNA) is SubscriberState.ACTIVE


async def test_a_block_by_a_stranger_makes_no_subscriber(chats: Chats, app: App) -> None:
    """Whoever never wrote to the bot is not kept for having blocked it."""
    chats.world.block(TOM)
    await chats.handled()
    async with app.database.snapshots() as session:
        assert await subscribers.by_chat(session, TOM) is None


async def test_a_group_subscribes_and_is_left(chats: Chats, app: App) -> None:
    """A group starts, shuts the bot out, and lets it in again: its preferences wait for it."""
    answer = await chats.ask(OLENA, f"/start@{chats.world.bot.username}", chat=NEIGHBOURS)
    assert answer["chat"]["id"] == NEIGHBOURS
    assert (await get_subscriber(app.database, NEIGHBOURS)).kind is ChatKind.GROUP
    await app.services.subscribers.set_length(NEIGHBOURS, Length.BRIEF)
    chats.world.set_member(NEIGHBOURS, "bot", present=False)
    await chats.handled()
    assert await _state(app, NEIGHBOURS) is SubscriberState.BLOCKED
    chats.world.set_member(NEIGHBOURS, "bot", present=True)
    await chats.handled()
    kept = await get_subscriber(app.database, NEIGHBOURS)
    assert (kept.state, kept.length) == (SubscriberState.ACTIVE, Length.BRIEF)


async def test_only_admins_change_what_a_group_gets(chats: Chats, app: App) -> None:
    """A member who is no admin may ask for stories, and changes nothing by command or by button."""
    refusal = "Only the admins of this group may change what it gets."
    await chats.ask(ANNA, "/help", chat=NEIGHBOURS)
    for command in ("/start", "/subscribe", "/unsubscribe", "/stop"):
        assert (await chats.ask(ANNA, command, chat=NEIGHBOURS))["text"] == refusal
    assert await _state(app, NEIGHBOURS) is SubscriberState.STOPPED
    preferences = await chats.ask(ANNA, "/preferences", chat=NEIGHBOURS)
    assert await chats.toast(ANNA, preferences, "Turn new stories on") == refusal
    assert await _state(app, NEIGHBOURS) is SubscriberState.STOPPED


async def test_drafts_are_not_shown_to_a_group(chats: Chats, services: Services) -> None:
    """An editor's /review in a group is answered with where to ask, and shows no draft."""
    await services.stories.add(reading("A draft"), actor="test")
    group = chats.world.add_group("Editors and friends", [EDITH, ANNA])
    answer = await chats.ask(EDITH, "/review", chat=group.id)
    assert "in private" in answer["text"]
    assert "A draft" not in str(chats.said(group.id))


async def test_being_added_says_nothing_unasked(chats: Chats, app: App) -> None:
    """A new group is neither written to nor subscribed before somebody there says /start."""
    group = chats.world.add_group("Street", [ANNA, TOM])
    await chats.handled()
    assert chats.said(group.id) == []
    async with app.database.snapshots() as session:
        assert await subscribers.by_chat(session, group.id) is None


@pytest.mark.parametrize("known", [True, False])
async def test_a_moved_group_is_followed(chats: Chats, app: App, known: bool) -> None:
    """A group that becomes a supergroup keeps its preferences under its new id, and no second row."""
    group = chats.world.add_group("Street", [ANNA, TOM], kind="group")
    if known:
        await chats.ask(ANNA, "/start", chat=group.id)
        await app.services.subscribers.set_length(group.id, Length.LONG)
    new = chats.world.migrate(group.id)
    await chats.handled()
    async with app.database.snapshots() as session:
        assert await subscribers.by_chat(session, group.id) is None
        moved = await subscribers.by_chat(session, new.id)
    assert (moved is not None) is known
    if moved is not None:
        assert (moved.state, moved.length) == (SubscriberState.ACTIVE, Length.LONG)
    assert (await chats.ask(TOM, "/help", chat=new.id))["chat"]["id"] == new.id


async def test_a_group_speaks_its_own_language(chats: Chats, app: App) -> None:
    """A group's preferences are its own: what it chose does not change what its members get."""
    menu = await chats.ask(ANNA, "/language", chat=NEIGHBOURS)
    await chats.tap(OLENA, menu, "Українська")
    assert (await get_subscriber(app.database, NEIGHBOURS)).language == "uk"
    assert (await chats.ask(ANNA, "/preferences"))["text"].startswith("Your preferences")
