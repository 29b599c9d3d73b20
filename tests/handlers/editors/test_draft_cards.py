"""The review cards of new drafts: each editor gets each once, through outages and restarts."""

from typing import cast

from telegram.error import TimedOut
from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.i18n import in_language
from bot.runtime.app import App
from bot.services import Services
from handlers.editors.draft_cards import DraftCards
from tests.chats import EDITH, EDITORS, MARTA, NOBODY, Chats, labels, says
from tests.factories import analysis, get_story, published
from tests.fakes import FakeBot


async def _draft(services: Services, headline: str = "Volunteers reopen the bridge") -> int:
    """A Story that waits for review."""
    return (await services.stories.add(analysis(headline), actor="test")).story.id


async def test_new_drafts_come_to_the_editors(chats: Chats, app: App) -> None:
    """Each editor gets each card once, in their language; one without a chat is left out."""
    for person, _ in EDITORS:
        await chats.ask(person, "/help")
    await _draft(app.services, "First")
    await _draft(app.services, "Second")
    quiet = await published(app.services, "Published quietly")
    seen = await _draft(app.services, "Seen already")
    await app.services.review.mark_announced(seen)
    for _ in range(2):
        await DraftCards(app.application.bot, app.services).announce()
    for person, language in EDITORS:
        _, *cards = chats.said(person)
        assert [says(card)[0] for card in cards] == ["First", "Second"]
        assert labels(cards[0])[0] == in_language(language).say("Publish and push")
    assert (await get_story(app.database, quiet)).announced_at is None
    told = await chats.tap(EDITH, chats.said(EDITH)[1], "Publish quietly")
    assert says(told)[-1] == "Published quietly: readers can find it, but nobody gets a push."


async def test_many_new_drafts_are_announced_in_one_message(chats: Chats, app: App) -> None:
    """Four new drafts at once are announced in one line that counts them."""
    await chats.ask(EDITH, "/help")
    for number in range(4):
        await _draft(app.services, f"Story {number}")
    await DraftCards(app.application.bot, app.services).announce()
    assert [card["text"] for card in chats.said(EDITH)[1:]] == [
        "4 new stories are waiting for review: /review"
    ]


async def test_a_card_that_telegram_did_not_take_is_sent_again(services: Services) -> None:
    """The editors who have it get it once; then it counts as announced."""
    story, bot = await _draft(services), FakeBot()
    cards = DraftCards(cast("ExtBot[Lane]", bot), services)
    bot.errors[MARTA] = TimedOut()
    for _ in range(2):
        await cards.announce()
        assert sorted(bot.notified) == [EDITH, NOBODY]
        assert await services.review.unannounced() == [story]
    bot.errors.clear()
    for _ in range(2):
        await cards.announce()
    assert sorted(bot.notified) == [EDITH, MARTA, NOBODY]
    assert await services.review.unannounced() == []


async def test_a_process_that_ends_before_it_is_through_loses_no_card(services: Services) -> None:
    """Another one sends the card to all editors: editors who had it before get it a second time."""
    await _draft(services)
    bot = FakeBot()
    bot.errors[MARTA] = TimedOut()
    await DraftCards(cast("ExtBot[Lane]", bot), services).announce()
    bot.errors.clear()
    await DraftCards(cast("ExtBot[Lane]", bot), services).announce()
    assert sorted(bot.notified) == [EDITH, EDITH, MARTA, NOBODY, NOBODY]
