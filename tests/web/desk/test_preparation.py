"""The desk's page on which a push is prepared: choices, a trial, a second person's agreement."""

from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp.test_utils import TestServer

from bot.broadcasts.pilots import pilot, pilot_words
from bot.editors.desk_address import PATH
from bot.services import Services
from bot.web.desk.pushes.trial import SEND_TEST
from storage.words import BroadcastState, ChatKind, EditorRole
from tests.factories import MovableClock, analysis, published
from tests.web.desk.browser import OWNER, Answer, Browser
from tests.web.desk.conftest import SignIn

EDITH, OMAR = 2001, 2002


@pytest.fixture
async def story_id(services: Services) -> int:
    """A published story; two readers of English and one of Ukrainian would get it."""
    for chat, language in ((1, "en"), (2, "en"), (3, "uk")):
        await services.subscribers.meet(chat, ChatKind.PRIVATE, language)
        await services.subscribers.start(chat)
        await services.preferences.set_quiet(chat, None, None)
    return await published(services)


async def prepare(browser: Browser, story_id: int) -> tuple[int, Answer]:
    """Begin a push; return its id and its page."""
    answer = await browser.post("/pushes/new", {"story": story_id})
    assert answer.status == 200
    return int(answer.address.split("/")[3]), answer


def hidden(answer: Answer) -> dict[str, object]:
    """Return what the form that confirms sends of the page."""
    [form] = answer.page.xpath("//form[contains(@action, '/confirm')]")
    return {one.get("name"): one.get("value") for one in form.xpath(".//input[@name != 'token']")}


async def state(services: Services, number: int) -> BroadcastState:
    return (await services.broadcasts.status(number)).broadcast.state


async def test_a_push_is_prepared_and_confirmed(sign_in: SignIn, services: Services, story_id: int) -> None:
    """To look at it sends nothing; its button does. Who begins again finds the same push."""
    browser = await sign_in()
    offered = await browser.get(f"/pushes/new?story={story_id}")
    assert "Volunteers reopen the bridge" in offered.text
    assert (await services.results.page(list(BroadcastState), limit=9))[1] == 0
    number, page = await prepare(browser, story_id)
    assert (await prepare(browser, story_id))[0] == number
    assert "3 subscribers will get it." in page.text
    assert await state(services, number) is BroadcastState.PREPARING
    sent = await browser.post(f"/pushes/{number}/confirm", hidden(page))
    assert sent.address == f"/desk/pushes/{number}"
    assert await state(services, number) is BroadcastState.SCHEDULED
    assert (await browser.get(f"/pushes/{number}/prepare")).status == 404


async def test_choices_are_kept(sign_in: SignIn, services: Services, story_id: int) -> None:
    """Languages narrow the audience; the hour is that of the editor's zone; none again means all."""
    browser = await sign_in()
    number, _ = await prepare(browser, story_id)
    chosen: dict[str, object] = {
        "when": "later",
        "at": "2026-11-23T18:00",
        "language": ["uk", "de"],
        "urgent": "on",
    }
    page = await browser.post(f"/pushes/{number}/choices", chosen)
    assert "1 subscriber will get it." in page.text
    assert page.page.xpath("//input[@name='at']/@value") == ["2026-11-23T18:00"]
    assert page.page.xpath("//input[@name='language'][@checked]/@value") == ["de", "uk"]
    assert page.page.xpath("//input[@name='urgent'][@checked]")
    page = await browser.post(f"/pushes/{number}/choices", {"when": "now"})
    assert "3 subscribers will get it." in page.text
    broadcast = (await services.preparation.preview(number)).broadcast
    assert (broadcast.start_at, broadcast.urgent) == (None, False)


@pytest.mark.parametrize(
    "wrong",
    [
        {"when": "later", "at": ""},
        {"when": "later", "at": "2020-01-01T10:00"},
        {"when": "now", "language": "xx"},
        {"when": "now", "topic": "4711"},
        {"when": "now", "topic": "rubbish"},
        {"when": "now", "paid": "on"},
    ],
)
async def test_wrong_choices_change_nothing(
    sign_in: SignIn, services: Services, story_id: int, wrong: dict[str, object]
) -> None:
    """An unknown topic, a past hour, a price that is not offered: one sentence, and all stays as it was."""
    browser = await sign_in()
    number, _ = await prepare(browser, story_id)
    await browser.post(f"/pushes/{number}/choices", {"when": "now", "language": "uk"})
    assert (await browser.post(f"/pushes/{number}/choices", wrong)).status in {400, 403, 404}
    preview = await services.preparation.preview(number)
    assert (preview.languages, preview.broadcast.start_at, preview.broadcast.paid) == (("uk",), None, False)


async def test_each_language_is_shown(sign_in: SignIn, story_id: int) -> None:
    """The page has the message for readers of each language, drawn as text."""
    _, page = await prepare(await sign_in(), story_id)
    shown = page.page.xpath("//*[@class='said']")
    assert {one.get("lang") for one in shown} == {"en", "uk", "pl", "de", "es", "fr"}
    assert all("Volunteers reopen the bridge" in one.text_content() for one in shown)


async def test_a_headline_is_no_html(sign_in: SignIn, services: Services) -> None:
    """What a page or an editor wrote is shown as it is, and does nothing."""
    added = await services.stories.add(analysis("<script>alert(1)</script> & more"), actor="test")
    _, page = await prepare(await sign_in(), added.story.id)
    assert "<script>alert(1)</script> & more" in page.text
    assert not page.page.xpath("//script[not(@src)]")


async def test_a_trial_goes_to_oneself(
    sign_in: SignIn, services: Services, story_id: int, server: TestServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The very message, once, to the person of the session; without a bot the page says so."""
    sent: list[tuple[int, str]] = []

    async def send(person: int, body: Mapping[str, Any]) -> None:
        sent.append((person, body["text"]))

    browser = await sign_in()
    number, _ = await prepare(browser, story_id)
    assert (await browser.post(f"/pushes/{number}/test")).status == 403
    [desk] = [one for one in server.app._subapps if SEND_TEST in one]
    monkeypatch.setitem(desk._state, SEND_TEST, send)
    assert "The test is in your chat" in (await browser.post(f"/pushes/{number}/test")).text
    [(person, text)] = sent
    assert person == OWNER
    assert text.startswith("Volunteers reopen the bridge")


async def test_an_urgent_push_takes_two(sign_in: SignIn, services: Services, story_id: int) -> None:
    """The first asks, the second agrees; who may not send cannot agree, and nobody agrees to their own."""
    edith, omar = await sign_in(EDITH, EditorRole.PUBLISHER), await sign_in(OMAR, EditorRole.EDITOR)
    number, _ = await prepare(edith, story_id)
    page = await edith.post(f"/pushes/{number}/choices", {"when": "now", "urgent": "on"})
    asked = await edith.post(f"/pushes/{number}/confirm", hidden(page))
    assert "They have been asked" in asked.text
    await edith.post(f"/pushes/{number}/confirm", hidden(page))
    assert await state(services, number) is BroadcastState.PREPARING
    assert (await omar.post(f"/pushes/{number}/decline")).status == 403
    owner = await sign_in()
    shown = await owner.get(f"/pushes/{number}/prepare")
    assert f"Person {EDITH} asks you to agree" in shown.text
    await owner.post(f"/pushes/{number}/confirm", hidden(shown))
    assert await state(services, number) is BroadcastState.SCHEDULED


async def test_a_changed_push_needs_a_new_agreement(
    sign_in: SignIn, services: Services, story_id: int
) -> None:
    """Who agrees to what was shown before the change does not send it; saving the same changes nothing."""
    edith, owner = await sign_in(EDITH, EditorRole.PUBLISHER), await sign_in()
    number, _ = await prepare(edith, story_id)
    page = await edith.post(f"/pushes/{number}/choices", {"when": "now", "urgent": "on"})
    await edith.post(f"/pushes/{number}/confirm", hidden(page))
    shown = await owner.get(f"/pushes/{number}/prepare")
    await edith.post(f"/pushes/{number}/choices", {"when": "now", "urgent": "on"})
    assert (await services.preparation.preview(number)).broadcast.asked_by == f"editor {EDITH}"
    await edith.post(f"/pushes/{number}/choices", {"when": "now", "urgent": "on", "language": "uk"})
    await owner.post(f"/pushes/{number}/confirm", hidden(shown))
    assert await state(services, number) is BroadcastState.PREPARING


async def test_declining_sends_nothing(sign_in: SignIn, services: Services, story_id: int) -> None:
    """An editor without the right to send asks; a publisher declines, and it stays in preparation."""
    omar, owner = await sign_in(OMAR, EditorRole.EDITOR), await sign_in()
    number, page = await prepare(omar, story_id)
    await omar.post(f"/pushes/{number}/confirm", hidden(page))
    assert "Another person has to agree" in (await owner.get("/pushes?state=preparing")).text
    await owner.post(f"/pushes/{number}/decline")
    broadcast = (await services.preparation.preview(number)).broadcast
    assert (broadcast.state, broadcast.asked_by) == (BroadcastState.PREPARING, None)


async def test_a_draft_is_published_with_its_push(
    sign_in: SignIn, services: Services, clock: MovableClock
) -> None:
    """By who may publish, unless undone within ten seconds; for an editor it stays a draft."""
    added = await services.stories.add(analysis(), actor="test")
    omar, owner = await sign_in(OMAR, EditorRole.EDITOR), await sign_in()
    number, page = await prepare(omar, added.story.id)
    assert (await omar.post(f"/pushes/{number}/confirm", hidden(page))).status == 403
    assert await state(services, number) is BroadcastState.PREPARING
    waits = await owner.post(f"/pushes/{number}/confirm", hidden(page))
    assert "This story is about to be published and sent." in waits.text
    assert await state(services, number) is BroadcastState.PREPARING
    clock.advance(seconds=10)
    await services.decisions.act_due()
    assert await state(services, number) is BroadcastState.SCHEDULED


async def test_a_pilot_wave_is_chosen(
    sign_in: SignIn, services: Services, story_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the audience is large enough; an urgent push has none, and another time is refused."""
    browser = await sign_in()
    number, page = await prepare(browser, story_id)
    assert page.page.xpath("//select[@id='pilot']") == []
    for module in (pilot, pilot_words):
        monkeypatch.setattr(module, "SMALLEST_AUDIENCE", 3)
    chosen = await browser.post(f"/pushes/{number}/choices", {"when": "now", "pilot": "30"})
    assert chosen.page.xpath("//select[@id='pilot']/option[@selected]/@value") == ["30"]
    assert "The others get it 30 minutes later" in chosen.text
    urgent = await browser.post(f"/pushes/{number}/choices", {"when": "now", "pilot": "30", "urgent": "on"})
    assert "An urgent push has no pilot wave." in urgent.text
    assert (await browser.post(f"/pushes/{number}/choices", {"when": "now", "pilot": "7"})).status == 400


async def test_of_two_pushes_the_second_editor_learns_of_the_first(
    sign_in: SignIn, services: Services, story_id: int
) -> None:
    """Who confirms a push of a story that was pushed meanwhile sends nothing, and then sees that push."""
    edith, owner = await sign_in(EDITH, EditorRole.PUBLISHER), await sign_in()
    (first, page), (second, other) = await prepare(edith, story_id), await prepare(owner, story_id)
    await edith.post(f"/pushes/{first}/confirm", hidden(page))
    refused = await owner.post(f"/pushes/{second}/confirm", hidden(other))
    assert refused.status == 403
    assert "was sent in the meantime" in refused.text
    again = await owner.get(f"/pushes/{second}/prepare")
    assert "Already pushed" in again.text
    await owner.post(f"/pushes/{second}/confirm", hidden(again))
    assert await state(services, second) is BroadcastState.SCHEDULED


async def test_a_push_is_dropped(sign_in: SignIn, story_id: int) -> None:
    browser = await sign_in()
    number, _ = await prepare(browser, story_id)
    assert (await browser.post(f"/pushes/{number}/drop")).address == f"{PATH}/pushes"
    assert (await browser.get(f"/pushes/{number}/prepare")).status == 404
    assert (await browser.post(f"/pushes/{number}/drop")).status == 404
