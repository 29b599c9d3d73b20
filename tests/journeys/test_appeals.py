"""An Appeal from its proposal in the chat until it is paused, over HTTP: two editors and a reader."""

import pytest

from bot.config import Settings
from bot.i18n import in_language
from bot.sandbox.server import Sandbox
from tests.chats import ANNA, EDITH, MARTA, OLENA, Chats, links
from tests.factories import published
from tests.running import running, without_announcements

LINK = "https://example.org/help"


@pytest.mark.parametrize(
    "people", [((EDITH, "en"), (MARTA, "uk"), ANNA), ((MARTA, "uk"), (EDITH, "en"), OLENA)]
)
async def test_an_appeal_from_the_chat_to_a_reader_and_away_again(
    polling: Settings,
    telegram: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    people: tuple[tuple[int, str], tuple[int, str], int],
) -> None:
    """One editor proposes, another verifies, a reader sees the help card; paused, it goes at the next tap."""
    without_announcements(monkeypatch)
    chats = Chats(telegram.world)
    assert telegram.world.add_person("Marta", "uk", editor=True).id == MARTA
    (first, language), (second, other), reader = people
    say, say_other = in_language(language).say, in_language(other).say
    say_reader = in_language("en" if reader == ANNA else "uk").say
    given = {"owner_ids": frozenset({EDITH, MARTA})}
    async with running(polling.model_copy(update=given)) as app:
        await chats.ask(second, "/start")
        story = await published(app.services, "The bridge holds")
        question = await chats.ask(first, f"/review {story}")
        menu = await chats.tap(first, question, say("Change …"))
        menu = await chats.tap(first, menu, say("Appeal: {organisation}", organisation=say("none")))
        await chats.press(first, menu, say("Another appeal …"))
        for words in (LINK, "Bridge Friends"):
            await chats.ask(first, words)
        asked = await chats.ask(first, "Wood and nails.")
        [asked] = await chats.press(first, asked, say("Leave it empty"))
        await chats.tap(first, asked, say("Leave it empty"))
        waits = say_other("An appeal waits for you")
        await chats.world.until(lambda: chats.said(second)[-1]["text"].startswith(waits))
        notice = chats.said(second)[-1]
        closed = await chats.ask(reader, f"/summary {story}")
        assert say_reader("How to help") not in str(closed)

        look = await chats.tap(second, notice, say_other("Verify …"))
        unread = await chats.tap(
            second, look, say_other("All correct: verify")
        )  # a page that tests do not have
        card = await chats.tap(second, unread, say_other("Verify anyway"))
        closed = await chats.ask(reader, f"/summary {story}")
        opened = await chats.tap(reader, closed, say_reader("How to help"))
        assert "Wood and nails." in opened["text"]
        assert set(links(opened)) == {LINK}

        await chats.tap(second, card, say_other("Pause this appeal"))
        gone = await chats.tap(reader, opened, say_reader("+ Longer"))
        assert (links(gone), "Wood and nails." in gone["text"]) == ([], False)
        assert LINK not in links(await chats.ask(reader, "/donate"))
