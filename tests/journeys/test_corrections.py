"""What was sent is mended and taken back, over HTTP against the sandbox."""

from bot.config import Settings
from bot.sandbox.server import Sandbox
from storage.stories import stories
from tests.chats import ANNA, EDITH, Chats, labels, says
from tests.factories import analysis
from tests.running import running
from tests.waiting import comes_true


async def test_readers_see_a_story_mended_and_then_withdrawn(polling: Settings, telegram: Sandbox) -> None:
    """The very message that was pushed shows the new headline; withdrawn, it is not in the chat any more."""
    chats = Chats(telegram.world)
    async with running(polling) as app:
        await chats.ask(ANNA, "/start")
        added = await app.services.stories.add(analysis("The bridge hods"), actor="test")
        await app.services.review.publish(added.story.id, actor="test", push=True)
        await chats.world.until(lambda: any("hods" in says(one)[0] for one in chats.said(ANNA)))
        before = chats.said(ANNA)[-1]["message_id"]

        async def has_receipt() -> bool:
            return (await app.services.corrections.reach(added.story.id)).messages == 1

        await comes_true(has_receipt)  # before, the correction would come a minute later
        async with app.database.transaction() as session:
            story = await stories.get(session, added.story.id)
            assert story is not None
            story.headline = "The bridge holds"
        await app.services.corrections.correct(added.story.id, actor="test")
        await chats.world.until(lambda: "holds" in says(chats.said(ANNA)[-1])[0])
        assert chats.said(ANNA)[-1]["message_id"] == before

        await chats.ask(EDITH, "/start")
        card = await chats.ask(EDITH, f"/review {added.story.id}")
        asked = await chats.tap(EDITH, card, "Withdraw")
        assert "1 message will be deleted." in asked["text"]
        told = await chats.tap(EDITH, asked, "Withdraw")
        assert "withdrawn" in told["text"]
        assert "Show progress" in labels(told)
        await chats.world.until(lambda: before not in [one["message_id"] for one in chats.said(ANNA)])
        answer = await chats.ask(ANNA, f"/summary {added.story.id}")
        assert answer["text"] == "This story was withdrawn."
