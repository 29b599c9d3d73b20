"""The desk's pages of readers and results: numbers, a table beside each plot, no names."""

import json

import pytest

from bot.services import Services
from storage.database import Database
from storage.subscribers.census import SLICE
from storage.words import ChatKind, EditorRole, Rhythm
from tests.factories import MovableClock, add_subscribers, published
from tests.web.desk.browser import Answer
from tests.web.desk.conftest import SignIn

EDITH = 2001
CHATS = (987_654_001, 987_654_002, 987_654_003)


def rows(answer: Answer) -> dict[str, str]:
    """Return the first number of each row of all tables, by what the row is called."""
    return {row.xpath("string(th)"): row.xpath("string(td)") for row in answer.page.xpath("//tbody/tr")}


@pytest.fixture
async def readers(services: Services) -> None:
    """Three readers: one of a daily digest, one who blocked the bot, one who did and came back."""
    for chat in CHATS:
        await services.subscribers.meet(chat, ChatKind.PRIVATE, "uk")
        await services.subscribers.start(chat)
    await services.preferences.set_rhythm(CHATS[0], Rhythm.DAILY)
    for chat in CHATS[1:]:
        await services.subscribers.blocked(chat)
    await services.subscribers.unblocked(CHATS[2])


async def test_readers_are_counted(sign_in: SignIn, readers: None) -> None:
    """By state, language and rhythm; the plot has the same numbers as its table; no chat is named."""
    answer = await (await sign_in(EDITH, EditorRole.EDITOR)).get("/readers")
    assert answer.status == 200
    found = rows(answer)
    assert (found["Get new stories"], found["Blocked the bot"]) == ("2", "1")
    assert (found["Ukrainian"], found["Daily"], found["At once"]) == ("2", "1", "1")
    assert "1 reader blocked the bot once and is back." in answer.text
    growth, movement = (json.loads(one) for one in answer.page.xpath("//@data-plot"))
    assert growth["lines"][0][-1] == 2
    assert [line[-1] for line in movement["lines"]] == [3, 1]
    assert not any(str(chat) in answer.body for chat in CHATS)


async def test_the_page_says_how_old_its_numbers_are(
    sign_in: SignIn, services: Services, readers: None, database: Database, clock: MovableClock
) -> None:
    """A small newsroom is counted at each visit; of a large one the page has the counts of the last hour.

    Before every slice was counted once, it says how far that is; so does the calendar.
    """
    browser = await sign_in()
    assert "Counted: Sun, Nov 22," in (await browser.get("/readers")).text
    await services.subscribers.blocked(CHATS[0])
    assert rows(await browser.get("/readers"))["Blocked the bot"] == "2"
    await add_subscribers(database, 1, id=SLICE + 5, joined_at=clock.now)
    for page in ("/readers", "/calendar"):
        assert "50% of the readers are in it so far" in (await browser.get(page)).text
    await services.census.count_due()
    clock.advance(minutes=30)
    answer = await browser.get("/readers")
    assert "Counted part by part; the oldest count: Sun, Nov 22, 12:00" in " ".join(
        answer.text.split("\u202f")
    )
    assert "so far" not in answer.text
    assert rows(answer)["Blocked the bot"] == "2"


async def test_results_without_any(sign_in: SignIn) -> None:
    """Each part says that there is nothing yet."""
    text = (await (await sign_in()).get("/results")).text
    for sentence in ("Nothing was sent", "No push has ended yet", "No help link was opened"):
        assert sentence in text


async def test_results_of_a_push(sign_in: SignIn, services: Services) -> None:
    """A push that has ended stands in the table, and its plot has one bar."""
    number = await services.broadcasts.schedule(await published(services), actor="command line")
    await services.broadcasts.start_due()
    assert (await services.broadcasts.status(number)).broadcast.finished_at is not None
    answer = await (await sign_in()).get("/results")
    assert answer.page.xpath("//th/a/@href") == [f"/desk/pushes/{number}"]
    [plot] = (json.loads(one) for one in answer.page.xpath("//@data-plot"))
    assert (plot["xs"], plot["time"]) == ([1], False)
