"""Appeals at the desk: the list, the card, and each decision with its right, its version and its doubts."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from bot.appeals.help_links import HelpLinks
from bot.appeals.pages.fingerprints import Fingerprint, PageSigns
from bot.editors.actors import actor_of
from bot.services import Services
from storage.appeals import clicks, rechecks
from storage.database import Database
from storage.models import Appeal
from storage.words import AppealState, EditorRole
from tests.factories import MovableClock, analysis
from tests.web.desk.browser import OWNER
from tests.web.desk.conftest import SignIn

OMAR, ELLA = 2001, 2002
LINK = "https://example.org/help"


async def propose(services: Services, organisation: str = "Bridge Fund", url: str = LINK) -> int:
    """Return an Appeal that Omar, a publisher, has proposed."""
    await services.editors.put(OMAR, EditorRole.PUBLISHER, actor="test")
    appeal = await services.appeals.propose(organisation=organisation, url=url, actor=actor_of(OMAR))
    return appeal.id


async def verified(services: Services, url: str = LINK) -> int:
    number = await propose(services, url=url)
    await services.appeals.verify(number, actor=actor_of(OWNER))
    return number


async def appeal_of(services: Services, number: int) -> Appeal:
    return (await services.appeals.details(number)).appeal


async def test_the_list_shows_states_and_finds_words(sign_in: SignIn, services: Services) -> None:
    """Whatever the letter case, in any alphabet; what waits for the editor says so."""
    await verified(services)
    await propose(services, "Фонд Міст", "https://mist.example.net/")
    browser = await sign_in()
    everything = (await browser.get("/appeals")).text
    assert "Bridge Fund" in everything
    assert "Фонд Міст · waiting for you" in everything
    assert "proposed (1)" in everything
    assert "verified (1)" in everything
    found = (await browser.get("/appeals?q=фонд")).text
    assert "Фонд Міст" in found
    assert "Bridge Fund" not in found
    only = (await browser.get("/appeals?state=verified")).text
    assert "Bridge Fund" in only
    assert "Фонд Міст" not in only


async def test_a_card_has_all_that_one_ought_to_know(
    sign_in: SignIn, services: Services, database: Database
) -> None:
    """Who wrote and verified it, the Stories that name it, and what differs on its page."""
    number = await verified(services)
    story = (await services.stories.add(analysis("The bridge is gone"), actor="test")).story
    await services.editing.set_appeal(story.id, number, version=None, actor=actor_of(OWNER))
    before = Fingerprint(LINK, ("example.org",), page=PageSigns(title="Bridge Fund", has_name=True))
    after = Fingerprint(LINK, ("example.org",), page=PageSigns(title="Casino"))
    async with database.transaction() as session:
        await rechecks.change(
            session,
            number,
            verified=before.dump(),
            latest=after.dump(),
            checked_at=datetime(2026, 11, 21, tzinfo=UTC),
        )
    text = (await (await sign_in()).get(f"/appeals/{number}")).text
    for words in (
        "Verified: readers see it.",
        LINK,
        f"Person {OMAR}",
        "The bridge is gone",
        "The organisation’s name is gone; titleBridge FundCasino",
    ):
        assert words in text


async def test_an_appeal_is_proposed(sign_in: SignIn, services: Services) -> None:
    """By an editor, with a language by its name and a Story that names it; a wrong field keeps the rest."""
    story = (await services.stories.add(analysis(), actor="test")).story
    browser = await sign_in(ELLA, EditorRole.EDITOR)
    typed = {"organisation": "Bridge Fund", "purpose": "Boats.", "language": "Polish", "story": story.id}
    wrong = await browser.post("/appeals", typed | {"url": "http://example.org"})
    assert wrong.status == 400
    assert "cannot be a help link" in wrong.text
    assert wrong.page.xpath("//input[@name='organisation']/@value") == ["Bridge Fund"]
    right = await browser.post("/appeals", typed | {"url": LINK})
    assert right.address == "/desk/appeals/1"
    appeal = await appeal_of(services, 1)
    assert (appeal.purpose, appeal.language, appeal.written_by) == ("Boats.", "pl", actor_of(ELLA))
    assert [number for number, _ in (await services.appeals.details(1)).stories] == [story.id]


async def test_the_second_of_two_editors_keeps_what_they_typed(sign_in: SignIn, services: Services) -> None:
    """Their form shows who was first and what is there now; nothing was changed by it."""
    number = await propose(services)
    first, second = await sign_in(), await sign_in(ELLA, EditorRole.EDITOR)
    fields = {"url": LINK, "organisation": "Bridge Fund", "version": 1}
    assert (await first.post(f"/appeals/{number}/change", fields | {"purpose": "Boats."})).status == 200
    late = await second.post(f"/appeals/{number}/change", fields | {"purpose": "Trucks."})
    assert late.status == 403
    assert "has changed since you opened it" in late.text
    assert f"from Person {OWNER}" in late.text
    assert late.page.xpath("//textarea/text()") == ["Trucks."]
    assert "Now: Boats." in late.text
    assert (await appeal_of(services, number)).purpose == "Boats."
    [version] = late.page.xpath("//input[@name='version']/@value")
    await second.post(f"/appeals/{number}/change", fields | {"purpose": "Trucks.", "version": version})
    assert (await appeal_of(services, number)).purpose == "Trucks."


async def test_a_change_that_hides_an_appeal_takes_a_tick(sign_in: SignIn, services: Services) -> None:
    number = await verified(services)
    browser = await sign_in()
    fields = {"url": LINK, "organisation": "Bridge Fund", "purpose": "Boats.", "version": 1}
    assert (await browser.post(f"/appeals/{number}/change", fields)).status == 403
    assert (await appeal_of(services, number)).state is AppealState.VERIFIED
    await browser.post(f"/appeals/{number}/change", fields | {"hides": "on"})
    assert (await appeal_of(services, number)).state is AppealState.PROPOSED


@pytest.mark.usefixtures("offline")
async def test_verifying_takes_two_and_asks_once_more_of_a_page_that_is_silent(
    sign_in: SignIn, services: Services
) -> None:
    """Who wrote it is refused; the other one is asked whether to do it although the page does not answer."""
    number = await propose(services)
    writer, other = await sign_in(OMAR, EditorRole.PUBLISHER), await sign_in()
    assert "Verify …" not in (await writer.get(f"/appeals/{number}")).text
    assert (await writer.post(f"/appeals/{number}/verify", {"version": 1})).status == 403
    asked = await other.post(f"/appeals/{number}/verify", {"version": 1})
    assert "cannot be read right now" in asked.text
    assert (await appeal_of(services, number)).state is AppealState.PROPOSED
    values = {
        one: asked.page.xpath(f"//main//input[@name='{one}']/@value")[0]
        for one in ("version", "like", "unread")
    }
    assert (await other.post(f"/appeals/{number}/verify", values)).address == f"/desk/appeals/{number}"
    assert (await appeal_of(services, number)).verified_by == actor_of(OWNER)


@pytest.mark.usefixtures("offline")
async def test_a_lookalike_is_verified_only_after_a_warning(sign_in: SignIn, services: Services) -> None:
    """Its host looks like that of another Appeal; the button below the warning names that one."""
    await verified(services, "https://bridgefund.org/help")
    number = await propose(services, "Bridge Fund 2", "https://bridgefumd.org/help")
    browser = await sign_in()
    asked = await browser.post(f"/appeals/{number}/verify", {"version": 1})
    assert asked.page.xpath("//main//input[@name='like']/@value") == ["bridgefund.org"]
    values = {"version": 1, "like": "bridgefund.org", "unread": "1"}
    await browser.post(f"/appeals/{number}/verify", values)
    assert (await appeal_of(services, number)).state is AppealState.VERIFIED


async def test_a_look_a_pause_and_the_end(sign_in: SignIn, services: Services) -> None:
    """Each by its button; an old version changes nothing, and an editor without the right neither."""
    number = await verified(services)
    editor, owner = await sign_in(ELLA, EditorRole.EDITOR), await sign_in()
    for action in ("look", "suspend", "retire"):
        assert (await editor.post(f"/appeals/{number}/{action}", {"version": 1})).status == 403
    assert (await owner.post(f"/appeals/{number}/look", {"version": 7})).status == 403
    assert (await owner.post(f"/appeals/{number}/look", {"version": 1})).status == 200
    await owner.post(f"/appeals/{number}/suspend")
    assert (await appeal_of(services, number)).state is AppealState.SUSPENDED
    assert (await owner.post(f"/appeals/{number}/retire", {"version": "rubbish"})).status == 400
    await owner.post(f"/appeals/{number}/retire", {"version": 1})
    assert (await appeal_of(services, number)).state is AppealState.RETIRED
    assert "Retire …" not in (await owner.get(f"/appeals/{number}")).text


async def test_taps_are_drawn_by_day(
    sign_in: SignIn,
    services: Services,
    database: Database,
    clock: MovableClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """On the appeal's page and on Results, with the same numbers in a table; only where they are counted."""
    number = await verified(services)
    browser = await sign_in()
    assert "Taps on its link" not in (await browser.get(f"/appeals/{number}")).text
    monkeypatch.setattr(HelpLinks, "counts", True)
    assert "No help link was opened in these days." in (await browser.get(f"/appeals/{number}")).text
    today = clock.now.date()
    async with database.transaction() as session:
        for day, times in ((today, 3), (today - timedelta(days=29), 2), (today - timedelta(days=30), 9)):
            for _ in range(times):
                await clicks.count(session, number, day=day)
    page = await browser.get(f"/appeals/{number}")
    [plot] = (json.loads(one) for one in page.page.xpath("//@data-plot"))
    assert plot["lines"] == [[2, *[0] * 28, 3]]
    numbers = page.page.xpath("//details//tbody/tr/td/text()")
    assert [int(one) for one in numbers] == plot["lines"][0][::-1]


async def test_results_have_the_taps_of_each_day(
    sign_in: SignIn, services: Services, database: Database, clock: MovableClock
) -> None:
    """The table beside the plot has a column for each line."""
    clock.now = datetime.now(UTC)
    number = await verified(services)
    async with database.transaction() as session:
        await clicks.count(session, number, day=clock.now.date())
    page = await (await sign_in()).get("/results")
    [plot] = (json.loads(one) for one in page.page.xpath("//@data-plot"))
    assert plot["lines"] == [[*[0] * 29, 1]]
    assert page.page.xpath("//details//thead//th/text()") == ["Day", "Bridge Fund"]
    assert [int(one) for one in page.page.xpath("//details//td/text()")] == plot["lines"][0][::-1]
