"""The desk's start page: what is being sent, what is scheduled, and what did not reach a test chat."""

from datetime import timedelta

from bot.i18n import in_language
from bot.services import Services
from storage.broadcasts import broadcasts
from storage.database import Database
from storage.models import Delivery
from storage.subscribers import subscribers
from storage.words import BroadcastKind, BroadcastState, ChatKind, DeliveryState, SubscriberState
from tests.factories import NOON, MovableClock, add_story, running_broadcast
from tests.web.desk.browser import OWNER, Browser
from tests.web.desk.conftest import SignIn

CANARY = 77
LINKS = "//section[@aria-labelledby='{}']//h3//a/@href"


async def add_push(
    database: Database, state: BroadcastState, kind: BroadcastKind = BroadcastKind.PUSH
) -> int:
    """A push, or something else, in this state; it begins at noon."""
    async with database.transaction() as session:
        story_id = await add_story(session) if kind is BroadcastKind.PUSH else None
        added = await broadcasts.add(session, story_id=story_id, now=NOON, kind=kind)
        await broadcasts.change(session, added.id, state=state, start_at=NOON, started_at=NOON)
        return added.id


async def links(browser: Browser, section: str) -> list[str]:
    return [str(one) for one in (await browser.get("/")).page.xpath(LINKS.format(section))]


async def test_three_pushes_show_how_far_they_are(sign_in: SignIn, database: Database) -> None:
    """Each takes a connection, and browsers have six; the others have a link, and paused ones come last."""
    browser = await sign_in()
    paused = await add_push(database, BroadcastState.PAUSED)
    running = [await add_push(database, BroadcastState.RUNNING) for _ in range(4)]
    page = (await browser.get("/")).page
    streams = page.xpath("//*[@*[name()='hx-sse:connect']]")
    assert len(streams) == 3
    shown = [str(one) for one in page.xpath(LINKS.format("sending"))]
    assert shown == [f"/desk/pushes/{one}" for one in (*reversed(running), paused)]


async def test_what_is_scheduled_shows_behind_many_newer_pushes(sign_in: SignIn, database: Database) -> None:
    """However many have ended since."""
    scheduled = await add_push(database, BroadcastState.SCHEDULED)
    for _ in range(51):
        await add_push(database, BroadcastState.CANCELLED)
    assert await links(await sign_in(), "scheduled") == [f"/desk/pushes/{scheduled}"]


async def test_a_digest_has_its_name_in_the_editors_language(
    sign_in: SignIn, services: Services, database: Database
) -> None:
    """As on the page of pushes."""
    await services.subscribers.meet(OWNER, ChatKind.PRIVATE, "uk")
    await add_push(database, BroadcastState.RUNNING, BroadcastKind.DIGEST)
    [heading] = (await (await sign_in()).get("/")).page.xpath("//section[@aria-labelledby='sending']//h3")
    assert heading.text_content() == in_language("uk").say("Digest")


async def test_a_push_that_did_not_reach_a_test_chat(
    sign_in: SignIn, services: Services, database: Database, clock: MovableClock
) -> None:
    """It stands under what needs a look until it has come, or for a day."""
    await services.subscribers.meet(CANARY, ChatKind.PRIVATE, "en")
    await services.subscribers.start(CANARY)
    await services.canaries.put(CANARY, "Polish", otherwise="", actor="command line")
    clock.advance(minutes=1)
    browser = await sign_in()
    push = await running_broadcast(database)
    async with database.transaction() as session:
        at = clock()
        await broadcasts.change(session, push, state=BroadcastState.FINISHED, started_at=at, finished_at=at)
    clock.advance(hours=1)
    await services.canaries.watch()
    sentence = f"Polish: push {push} has not come."
    page = await browser.get("/")
    assert sentence in page.text
    assert page.page.xpath(LINKS.format("look")) == [f"/desk/pushes/{push}"]
    clock.advance(hours=24, seconds=1)
    assert sentence not in (await (await sign_in(OWNER)).get("/")).text
    clock.now -= timedelta(hours=24)
    async with database.transaction() as session:
        found = await subscribers.by_chat(session, CANARY)
        assert found is not None
        session.add(
            Delivery(broadcast_id=push, subscriber_id=found.id, state=DeliveryState.SENT, settled_at=clock())
        )
    page = await browser.get("/")
    assert sentence not in page.text
    assert "Everything is in order." in page.text


async def test_a_test_chat_that_gets_nothing(sign_in: SignIn, services: Services) -> None:
    """It stands there until it gets pushes again."""
    await services.subscribers.meet(CANARY, ChatKind.PRIVATE, "en")
    await services.subscribers.start(CANARY)
    await services.canaries.put(CANARY, "Polish", otherwise="", actor="command line")
    browser = await sign_in()
    sentence = "Polish: this chat has stopped or blocked the bot, so nothing reaches it."
    await services.subscribers.set_state(CANARY, SubscriberState.STOPPED)
    await services.canaries.watch()
    assert sentence in (await browser.get("/")).text
    await services.subscribers.start(CANARY)
    await services.canaries.watch()
    assert sentence not in (await browser.get("/")).text
