"""The desk's pages of pushes: what they show, what their forms do, and what they refuse."""

import asyncio
import json
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestServer
from sqlalchemy import update

from bot.services import Services
from bot.web.desk.pushes.watches import WATCHES, Watch
from storage.models import Range
from storage.words import BroadcastState, ChatKind, EditorRole
from tests.factories import MovableClock, published
from tests.waiting import comes_true
from tests.web.desk.browser import OWNER, Browser
from tests.web.desk.conftest import SignIn

EDITH, OMAR = 2001, 2002


@pytest.fixture
async def story_id(services: Services) -> int:
    """A published story; three readers would get it."""
    for chat in (1, 2, 3):
        await services.subscribers.meet(chat, ChatKind.PRIVATE, "en")
        await services.subscribers.start(chat)
        await services.preferences.set_quiet(chat, None, None)
    return await published(services)


@pytest.fixture
async def scheduled(services: Services, story_id: int, clock: MovableClock) -> int:
    """A push that starts in three hours."""
    at = clock() + timedelta(hours=3)
    return await services.broadcasts.schedule(story_id, at=at, actor="command line")


@pytest.fixture
async def running(services: Services, scheduled: int) -> int:
    """The same push, started."""
    await services.control.send_now(scheduled, actor="command line")
    await services.broadcasts.start_due()
    return scheduled


async def state(services: Services, number: int) -> BroadcastState:
    return (await services.broadcasts.status(number)).broadcast.state


async def test_the_list_has_a_tab_for_each_state(sign_in: SignIn, services: Services, scheduled: int) -> None:
    """A push stands under its state alone."""
    browser = await sign_in()
    headline = "Volunteers reopen the bridge"
    assert headline in (await browser.get("/pushes?state=scheduled")).text
    assert headline not in (await browser.get("/pushes")).text
    await services.control.cancel(scheduled, actor="command line")
    assert headline in (await browser.get("/pushes?state=ended")).text


async def test_a_long_list_has_pages(sign_in: SignIn, services: Services, story_id: int) -> None:
    """Twelve a page, newest first."""
    browser = await sign_in()
    made = [
        await services.broadcasts.schedule(story_id, seen=seen, actor="command line") for seen in range(13)
    ]
    first = (await browser.get("/pushes?state=scheduled")).page
    second = (await browser.get("/pushes?state=scheduled&page=1")).page
    links = "//main//h3/a/@href"
    assert first.xpath(links)[0] == f"/desk/pushes/{made[-1]}"
    assert (len(first.xpath(links)), len(second.xpath(links))) == (12, 1)


async def test_a_push_is_paused_resumed_and_cancelled(
    sign_in: SignIn, services: Services, running: int
) -> None:
    """Each button does what it says, and is there only where it can."""
    browser = await sign_in()
    page = await browser.get(f"/pushes/{running}")
    stream = f"/desk/pushes/{running}/live?state=running"
    assert page.page.xpath("//*[@id='live']/@*[name()='hx-sse:connect']") == [stream]
    paused = await browser.post(f"/pushes/{running}/pause")
    assert await state(services, running) is BroadcastState.PAUSED
    assert "Resume" in paused.text
    assert "Pause sending" not in paused.text
    await browser.post(f"/pushes/{running}/resume")
    assert await state(services, running) is BroadcastState.RUNNING
    asked = await browser.get(f"/pushes/{running}/cancel")
    assert "for good" in asked.text
    assert await state(services, running) is BroadcastState.RUNNING
    await browser.post(f"/pushes/{running}/cancel")
    assert await state(services, running) is BroadcastState.CANCELLED
    assert (await browser.post(f"/pushes/{running}/resume")).status == 403


async def test_an_editor_may_pause_and_no_more(sign_in: SignIn, services: Services, running: int) -> None:
    """Who may not publish gets neither the buttons nor their way past them."""
    browser = await sign_in(EDITH, EditorRole.EDITOR)
    assert (await browser.post(f"/pushes/{running}/pause")).status == 200
    page = await browser.get(f"/pushes/{running}")
    assert not page.page.xpath("//form[contains(@action, 'resume')]")
    for action in ("resume", "cancel", "retry", "missing", "now", "move"):
        assert (await browser.post(f"/pushes/{running}/{action}")).status == 403
    assert await state(services, running) is BroadcastState.PAUSED


async def test_a_scheduled_push_is_sent_now(sign_in: SignIn, services: Services, scheduled: int) -> None:
    browser = await sign_in()
    await browser.post(f"/pushes/{scheduled}/now")
    assert await services.broadcasts.start_due() == [scheduled]


async def test_a_push_is_moved_once(
    sign_in: SignIn, services: Services, scheduled: int, clock: MovableClock
) -> None:
    """Of two editors who move it, the second learns of the first; the hour is that of the first."""
    browser = await sign_in()
    seen = (clock() + timedelta(hours=3)).isoformat()
    moved = await browser.post(
        f"/pushes/{scheduled}/move", {"at": "2026-11-23T09:30", "seen": seen, "then": "calendar"}
    )
    assert moved.address == "/desk/calendar?day=2026-11-23"
    again = await browser.post(f"/pushes/{scheduled}/move", {"at": "2026-11-24T10:00", "seen": seen})
    assert again.status == 403
    assert "Somebody moved this push" in again.text
    at = (await services.broadcasts.status(scheduled)).broadcast.start_at
    assert at is not None
    zone = await services.subscribers.timezone_of(OWNER)
    assert at.astimezone(zone).strftime("%d %H:%M") == "23 09:30"


@pytest.mark.parametrize("at", ["", "rubbish", "2020-01-01T10:00", "2099-01-01T10:00"])
async def test_no_push_is_moved_to_a_wrong_hour(
    sign_in: SignIn, services: Services, scheduled: int, clock: MovableClock, at: str
) -> None:
    """A past hour, one far ahead, and what is no hour are refused in one sentence."""
    seen = clock() + timedelta(hours=3)
    answer = await (await sign_in()).post(f"/pushes/{scheduled}/move", {"at": at, "seen": seen.isoformat()})
    assert answer.status == 400
    assert (await services.broadcasts.status(scheduled)).broadcast.start_at == seen


async def test_who_joined_later_is_sent_it(sign_in: SignIn, services: Services, running: int) -> None:
    """The page counts them first, and its button sends it to them."""
    browser = await sign_in()
    await services.subscribers.meet(9, ChatKind.PRIVATE, "en")
    await services.subscribers.start(9)
    asked = await browser.get(f"/pushes/{running}/missing")
    assert "1 subscriber has joined" in asked.text
    assert (await browser.post(f"/pushes/{running}/missing")).address == f"/desk/pushes/{running}"
    assert (await services.broadcasts.status(running)).expected == 4


async def test_nobody_is_retried_where_nothing_failed(sign_in: SignIn, running: int) -> None:
    answer = await (await sign_in()).post(f"/pushes/{running}/retry")
    assert answer.status == 403
    assert "nobody left" in answer.text


async def test_the_calendar_shows_week_and_month(sign_in: SignIn, services: Services, scheduled: int) -> None:
    """The push stands in the cell of its hour, where a drag finds what it needs; clashes are named."""
    browser = await sign_in()
    week = (await browser.get("/calendar?day=2026-11-22")).page
    [entry] = week.xpath("//td//div[@data-push]")
    assert entry.get("data-push") == str(scheduled)
    assert entry.getparent().get("data-at").startswith("2026-11-22T1")
    month = await browser.get("/calendar?view=month&day=2026-11-01")
    assert len(month.page.xpath("//td//div[contains(@class, 'entry')]")) == 1
    assert "within an hour" not in week.text_content()
    other = await published(services, "The market is open again")
    at = (await services.broadcasts.status(scheduled)).broadcast.start_at
    assert at is not None
    await services.broadcasts.schedule(other, at=at + timedelta(minutes=59), actor="command line")
    assert (await browser.get("/calendar?day=2026-11-22")).text.count("begins within an hour") == 2


@pytest.mark.parametrize("day", ["rubbish", "9999-12-31", "0001-01-01", "2026-02-30"])
async def test_the_calendar_of_any_day(sign_in: SignIn, day: str) -> None:
    """What is no day shows today; a day far away shows the nearest one that there is."""
    browser = await sign_in()
    for view in ("week", "month"):
        assert (await browser.get(f"/calendar?view={view}&day={day}")).status == 200


async def events(browser: Browser, number: int) -> str:
    """Return the stream for a page that shows a running push, up to its end."""
    async with asyncio.timeout(60):
        return (await browser.get(f"/pushes/{number}/live?state=running", Accept="text/event-stream")).body


async def test_the_stream_ends_with_the_push(sign_in: SignIn, services: Services, running: int) -> None:
    """It shows the last state, says that it changed, and ends; who comes later gets the same."""
    browser = await sign_in()
    await services.control.cancel(running, actor="command line")
    for _ in range(2):
        stream = await events(browser, running)
        assert "Cancelled" in stream
        assert stream.index("event: changed") < stream.index("event: end")


async def test_the_stream_ends_with_the_session(
    sign_in: SignIn, services: Services, running: int, server: TestServer
) -> None:
    """At the next beat, which says so, while the push goes on; watching does not keep a session alive."""
    [watches] = [one[WATCHES] for one in server.app._subapps if WATCHES in one]
    watches.beat_s = 0.01
    browser = await sign_in()
    streaming = asyncio.create_task(events(browser, running))

    async def has_begun() -> bool:
        return bool(watches._watches)

    await comes_true(has_begun)
    [mine] = await services.sessions.listed(OWNER)
    await services.sessions.end(mine.id, person_id=OWNER)
    assert "Your session has ended" in await streaming
    assert (await streaming).endswith("event: end\ndata: end\n\n")
    assert await state(services, running) is BroadcastState.RUNNING


async def test_a_stop_of_the_process_breaks_the_stream_off(
    sign_in: SignIn, services: Services, running: int, server: TestServer
) -> None:
    """It does not say that it has ended: so the browser asks the next process."""
    [watches] = [one[WATCHES] for one in server.app._subapps if WATCHES in one]
    browser = await sign_in()
    streaming = asyncio.create_task(events(browser, running))

    async def has_begun() -> bool:
        return any(one.status for one in watches._watches.values())

    await comes_true(has_begun)
    await watches.close()
    assert "event: end" not in await streaming


async def test_the_stream_of_what_is_not_there(sign_in: SignIn) -> None:
    assert (await (await sign_in()).get("/pushes/999/live")).status == 404


async def test_the_speed_of_a_push_is_drawn(
    sign_in: SignIn, services: Services, running: int, clock: MovableClock, server: TestServer
) -> None:
    """Without a watcher its average stands there; the stream brings the points of the plot, for all alike."""
    async with services.broadcasts._database.transaction() as session:
        await session.execute(update(Range).values(sent=2))
    clock.advance(seconds=10)
    browser = await sign_in()
    page = await browser.get(f"/pushes/{running}")
    assert "0.2 a second on average" in page.text
    assert page.page.xpath("//section[@id='speed']/@hidden") == [""]
    assert page.page.xpath("//section[@id='speed']//table//th/text()") == ["Time", "Messages a second"]
    assert not page.page.xpath("//@data-speeds")
    [watches] = [one[WATCHES] for one in server.app._subapps if WATCHES in one]
    watches._watches[running] = watch = Watch()
    watch.speeds.extend([(clock.now, 29.5), (clock.now + timedelta(seconds=5), 30.0)])
    drawn = (await browser.get(f"/pushes/{running}")).page.xpath("//*[@id='live']//@data-speeds")
    plot = json.loads(drawn[0])
    assert plot["lines"] == [[29.5, 30.0]]
    assert (plot["xs"][1] - plot["xs"][0], plot["zone"], plot["labels"]) == (5, "UTC", ["Messages a second"])
    del watches._watches[running]
    await services.control.cancel(running, actor="command line")
    assert not (await browser.get(f"/pushes/{running}")).page.xpath("//section[@id='speed']")
