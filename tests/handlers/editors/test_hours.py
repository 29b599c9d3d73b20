"""In the chat: a Story that is confirmed for an hour, and one that is published again."""

import pytest

from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.history import Message
from storage.words import StoryState
from tests.chats import ANNA, EDITH, EDITORS, Chats, labels, says
from tests.factories import MovableClock, get_story, published
from tests.handlers.editors.screens import add_draft
from tests.running import look_out
from tests.waiting import comes_true


async def _scheduled(chats: Chats, person: int, story: int) -> Message:
    """Confirm a draft with its push for the first of the usual hours; how far the push is."""
    say = in_language(dict(EDITORS)[person]).say
    card = await chats.ask(person, f"/review {story}")
    preview = await chats.tap(person, card, say("Publish and push"))
    hours = await chats.tap(person, preview, say("Choose the time …"))
    preview = await chats.tap(person, hours, labels(hours)[1])
    assert say("Readers cannot see the story before.") in says(preview)
    return await chats.tap(person, preview, labels(preview)[0])


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_card_and_push_name_the_hour(chats: Chats, app: App, person: int, language: str) -> None:
    """The push says that nobody sees the Story before; the Story's card names the hour, and leads back."""
    say, story = in_language(language).say, await add_draft(app.services, "The bridge")
    told = await _scheduled(chats, person, story)
    assert says(told)[-1] == say("Readers cannot see the story before.")
    assert (await get_story(app.database, story)).state is StoryState.SCHEDULED
    card = await chats.ask(person, f"/review {story}")
    before, _, after = say("Scheduled for {moment}: readers cannot see it before.", moment="…").partition("…")
    assert says(card)[-1].startswith(before)
    assert says(card)[-1].endswith(after)
    assert labels(card)[:2] == [say("Change …"), say("Show its push")]
    assert says(await chats.tap(person, card, say("Show its push"))) == says(told)


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_cancelling_brings_it_back(chats: Chats, app: App, person: int, language: str) -> None:
    """The question and the cancelled push say what becomes of the Story; it waits for review again."""
    say, story = in_language(language).say, await add_draft(app.services, "The bridge")
    told = await _scheduled(chats, person, story)
    asked = await chats.tap(person, told, say("Cancel"))
    assert say("Its story will not be published. It stays with the editors.") in says(asked)
    told = await chats.tap(person, asked, say("Yes, cancel it"))
    assert says(told)[-1] == say("the story is waiting for review again")
    card = await chats.ask(person, "/review")
    assert (says(card)[0], labels(card)[0]) == ("The bridge", say("Publish and push"))


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_another_hour(chats: Chats, app: App, person: int, language: str) -> None:
    """The hour of a scheduled push is changed by a button or in words; its card shows the new one."""
    say, story = in_language(language).say, await add_draft(app.services, "The bridge")
    told = await _scheduled(chats, person, story)
    hours = await chats.tap(person, told, say("Choose the time …"))
    assert say("When should sending start?") in says(hours)
    assert say("As soon as I confirm") not in labels(hours)
    moved = await chats.tap(person, hours, labels(hours)[1])
    assert says(moved) != says(told)
    assert says(moved)[-1] == say("Readers cannot see the story before.")
    hours = await chats.tap(person, moved, say("Choose the time …"))
    [question] = await chats.press(person, hours, say("Another time …"))
    answer = await chats.reply(person, question, "2026-12-05 07:30")
    assert "7:30" in says(answer)[1]
    assert (await get_story(app.database, story)).state is StoryState.SCHEDULED


async def test_readers_find_it_nowhere_before_its_hour(chats: Chats, app: App, clock: MovableClock) -> None:
    """Whatever a reader asks or taps, no word of the Story comes before its push has started."""
    secret = await add_draft(
        app.services, "Secret meeting at the lighthouse", address="https://example.org/x"
    )
    open_one = await published(app.services, "The bridge")
    await chats.ask(ANNA, "/start")
    await app.services.editing.continue_story(open_one, secret, version=None, actor="test")
    await _scheduled(chats, EDITH, secret)

    async def all_answers() -> str:
        found = []
        for asked in (
            "/latest",
            "/search lighthouse",
            "/search bridge",
            f"/summary {secret}",
            "/summary lighthouse",
            f"/start story_{secret}",
            f"/share {secret}",
            "/donate",
            "/catchup",
            "/topics",
            "lighthouse",
            "https://example.org/x",
            f"/summary {open_one}",
        ):
            found += [str(one) for one in await chats.say(ANNA, asked)]
        shown = chats.said(ANNA)[-1]
        for data in (
            f"story:{secret}:short:0:0:",
            f"story:{secret}:long:1:0:",
            f"share:story:{secret}:short:0:0:",
            f"thread:0:story:{open_one}:short:0:0:",
            f"thread:0:story:{secret}:short:0:0:",
            f"follow:1:story:{secret}:short:0:0:",
            f"follow:1:story:{open_one}:short:0:0:",
            "followed",
        ):
            answer = await chats.world.press_old(ANNA, shown, data)
            await chats.handled()
            found += [str(answer), str(chats.now(shown))]
        for words in ("lighthouse", "", f"story_{secret}"):
            found.append(str(await chats.world.inline_query(ANNA, words, "")))
        return "\n".join(found).replace("/search lighthouse", "").replace("“lighthouse”", "")

    assert "Secret meeting" not in await all_answers()
    clock.advance(hours=24)
    [push] = [one.id for one in await app.services.broadcasts.listed()]
    await app.services.control.send_now(push, actor="test")
    await look_out(app)
    assert (await get_story(app.database, secret)).state is StoryState.PUBLISHED
    assert "Secret meeting" in await all_answers()


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_a_withdrawn_story_comes_again(chats: Chats, app: App, person: int, language: str) -> None:
    """Its card and the preview warn that readers know of the withdrawal; then it is a new push."""
    say = in_language(language).say
    story = await published(app.services, "The bridge")
    await chats.ask(ANNA, "/start")
    push = await app.services.broadcasts.schedule(story, actor="test")
    await look_out(app)

    async def is_sent() -> bool:
        return (await app.services.broadcasts.status(push)).progress.sent == 1

    await comes_true(is_sent)
    for one in await app.services.corrections.withdraw(story, actor="test"):
        await app.services.control.cancel(one, actor="test")
    warning = say(
        "⚠ Readers who had this story were informed that it was withdrawn. A push sends it to them once more."
    )
    card = await chats.ask(person, f"/review {story}")
    assert says(card)[-1] == warning
    assert labels(card)[:2] == [say("Publish again and push"), say("Publish again quietly")]
    preview = await chats.tap(person, card, say("Publish again and push"))
    assert warning in says(preview)
    assert labels(preview)[0] == say("Publish again and send to {number}", number=1)
    told = await chats.tap(person, preview, labels(preview)[0])
    assert says(told)[0].endswith("The bridge")
    assert (await get_story(app.database, story)).state is StoryState.PUBLISHED
