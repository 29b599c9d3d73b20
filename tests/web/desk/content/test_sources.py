"""Sources at the desk: the list with errors in words, adding by address, pausing, polling, removing."""

import pytest

from bot.errors import NotFoundError, UserError
from bot.feeds import faults
from bot.feeds.faults import SENTENCES
from bot.feeds.opml import Outline
from bot.i18n import in_language
from bot.services import Services
from storage.database import Database
from storage.stories import source_entries, sources
from storage.words import ChatKind, EditorRole, EntryState, SourceFault, SourceState
from tests.factories import NOON
from tests.web.desk.browser import OWNER
from tests.web.desk.conftest import SignIn

ELLA, OMAR = 2001, 2002
FEED = "https://example.org/feed"


async def add(services: Services, *addresses: str) -> None:
    await services.sources.import_(
        [Outline(address, f"Feed {place}", None, None, ()) for place, address in enumerate(addresses)],
        actor="test",
    )


async def state_of(services: Services, source_id: int = 1) -> SourceState:
    return (await services.sources.look(source_id, limit=1))[0].source.state


async def test_the_list_says_what_went_wrong(sign_in: SignIn, services: Services, database: Database) -> None:
    """A Source that fails stands first, with the reason; the tabs count the states."""
    await add(services, FEED, "https://example.net/feed")
    async with database.transaction() as session:
        await sources.change(session, 1, failures=3, reason="example.org does not answer")
    await services.sources.pause(2, actor="test")
    browser = await sign_in()
    text = (await browser.get("/sources")).text
    assert text.index("example.org does not answer") < text.index("Feed 1")
    assert "active (1)" in text
    assert "paused (1)" in text
    assert "Feed 0" not in (await browser.get("/sources?state=paused")).text


async def test_a_source_shows_its_entries(sign_in: SignIn, services: Services, database: Database) -> None:
    """Also why one of them held no story."""
    await add(services, FEED)
    async with database.transaction() as session:
        await source_entries.add(
            session,
            [
                source_entries.NewEntry(
                    source_id=1,
                    key="a" * 64,
                    headline="A page of pictures",
                    seen_at=NOON,
                    state=EntryState.REFUSED,
                    reason="It has no text.",
                )
            ],
        )
    text = (await (await sign_in()).get("/sources/1")).text
    assert "A page of picturesIt has no text. held no story" in text


@pytest.mark.usefixtures("offline")
async def test_an_address_without_a_feed_is_kept_in_the_form(sign_in: SignIn, services: Services) -> None:
    """With the reason; a known address leads to its Source."""
    browser = await sign_in(ELLA, EditorRole.EDITOR)
    wrong = await browser.post("/sources", {"address": FEED, "topics": "Bridges"})
    assert wrong.status == 400
    assert "The page does not answer." in wrong.text
    assert wrong.page.xpath("//input[@name='address']/@value") == [FEED]
    await add(services, FEED)
    assert (await browser.post("/sources", {"address": FEED})).address == "/desk/sources/1"


async def test_an_editor_adds_no_source_that_publishes_by_itself(
    sign_in: SignIn, services: Services, database: Database
) -> None:
    """Nor resumes one, nor removes any: that takes the right to publish."""
    await add(services, FEED)
    async with database.transaction() as session:
        await sources.change(session, 1, trusted=True)
    browser = await sign_in(ELLA, EditorRole.EDITOR)
    refused = await browser.post("/sources", {"address": "https://example.com/", "trusted": "on"})
    assert refused.status == 403
    assert (await browser.post("/sources/1/pause")).status == 200
    assert await state_of(services) is SourceState.PAUSED
    assert (await browser.post("/sources/1/resume")).status == 403
    assert (await browser.post("/sources/1/remove")).status == 403
    assert await state_of(services) is SourceState.PAUSED
    publisher = await sign_in(OMAR, EditorRole.PUBLISHER)
    assert (await publisher.post("/sources/1/resume")).status == 200
    assert await state_of(services) is SourceState.ACTIVE


@pytest.mark.usefixtures("offline")
async def test_a_source_is_polled_and_removed(sign_in: SignIn, services: Services) -> None:
    """A poll that fails says why, and the Source's page says so from then on."""
    await add(services, FEED)
    browser = await sign_in()
    assert "The page does not answer." in (await browser.post("/sources/1/poll")).text
    assert "The page does not answer." in (await browser.get("/sources/1")).text
    assert (await browser.post("/sources/1/remove")).address == "/desk/sources"
    with pytest.raises(NotFoundError):
        await state_of(services)


async def test_two_editors_pause_one_source(sign_in: SignIn, services: Services) -> None:
    """The second editor reads that the other was first."""
    await add(services, FEED)
    first, second = await sign_in(), await sign_in(ELLA, EditorRole.EDITOR)
    assert (await first.post("/sources/1/pause")).status == 200
    late = await second.post("/sources/1/pause")
    assert (late.status, "is paused" in late.text) == (403, True)


async def test_what_went_wrong_is_said_in_the_editors_language(
    sign_in: SignIn, services: Services, database: Database
) -> None:
    """In the list, on the page of the source, and of its entries."""
    await services.subscribers.meet(OWNER, ChatKind.PRIVATE, "de")
    await add(services, FEED)
    error = UserError(SENTENCES[SourceFault.LATE], host="example.org")
    async with database.transaction() as session:
        await sources.change(session, 1, failures=3, reason=str(error), fault=faults.dump(error))
        entry = source_entries.NewEntry(
            source_id=1,
            key="a" * 64,
            headline="Late",
            seen_at=NOON,
            state=EntryState.REFUSED,
            reason=str(error),
            fault=faults.dump(error),
        )
        await source_entries.add(session, [entry])
    browser = await sign_in()
    said = in_language("de").say(error.sentence, host="example.org")
    assert said in (await browser.get("/sources")).text
    assert (await browser.get("/sources/1")).text.count(said) == 2
