"""Who reaches what on the desk: every route for a stranger and for each role, and forged forms."""

import re
from collections.abc import Callable, Sequence

import pytest
from aiohttp.test_utils import TestServer
from aiohttp.web_urldispatcher import PrefixedSubAppResource

from bot.editors.desk_address import PATH
from bot.editors.roles import Right, has
from bot.services import Services
from bot.web.desk.route import Route
from bot.web.desk.routes import ROUTES
from storage.words import EditorRole
from tests.factories import MovableClock
from tests.web.desk.browser import OWNER, Answer, Browser
from tests.web.desk.conftest import SignIn

EDITH, OMAR = 2001, 2002
LEAVE = "/leave"
ORDERED = sorted(ROUTES, key=lambda route: route.path == LEAVE)  # it ends the session: last
POSTS = [route for route in ORDERED if route.method == "POST"]


def address(route: Route) -> str:
    """Return an address of the route, with ids of what is not there."""
    return re.sub(r"\{\w+\}", "999999", route.path)


async def ask(browser: Browser, route: Route, **how: str | None) -> int:
    if route.method == "GET":
        return (await browser.get(address(route))).status
    return (await browser.post(address(route), **how)).status  # type: ignore[arg-type]  # by name


async def wrong(
    browser: Browser, routes: Sequence[Route], expected: Callable[[Route], set[int]], **how: str | None
) -> list[str]:
    """Return the routes that answer otherwise than expected, each with what it answered."""
    found = [(route, await ask(browser, route, **how)) for route in routes]
    return [
        f"{route.method} {route.path}: {status}" for route, status in found if status not in expected(route)
    ]


async def test_a_stranger_reaches_nothing(sign_in: SignIn) -> None:
    """Without a session every page says how to get in, and no form does anything."""
    assert await wrong(await sign_in(EDITH, None), ORDERED, lambda _: {401}) == []


@pytest.mark.parametrize("role", EditorRole)
async def test_each_role_reaches_what_it_may(sign_in: SignIn, role: EditorRole) -> None:
    """Who has the right gets an answer; what is missing is not found. The others are refused."""

    def expected(route: Route) -> set[int]:
        return {200, 400, 404} if has(role, route.right) else {403}

    assert await wrong(await sign_in(EDITH, role), ORDERED, expected) == []


@pytest.mark.parametrize("token", [None, "0" * 64, "ü"])
async def test_a_form_without_the_sessions_token_does_nothing(sign_in: SignIn, token: str | None) -> None:
    """A missing, a made-up and an unreadable one."""
    assert await wrong(await sign_in(), POSTS, lambda _: {403}, token=token) == []


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "rubbish"])
async def test_a_form_of_another_site_does_nothing(sign_in: SignIn, origin: str) -> None:
    """Even with the right token."""
    assert await wrong(await sign_in(), POSTS, lambda _: {403}, origin=origin) == []


async def test_a_form_of_another_session_does_nothing(sign_in: SignIn) -> None:
    """A token belongs to one session."""
    one, other = await sign_in(), await sign_in(EDITH, EditorRole.OWNER)
    assert (await one.post("/leave", token=other.token)).status == 403


async def test_a_link_lets_in_once(sign_in: SignIn, services: Services) -> None:
    """Loading it uses nothing up; its button does. Who steals it afterwards gets nothing."""
    thief, browser = await sign_in(EDITH, None), await sign_in(EDITH, None)
    link = await services.sessions.link(OWNER)
    for _ in range(2):
        shown = await browser.get(link.partition("/desk")[2])
        assert shown.status == 200
        assert f"Person {OWNER}" in shown.text
    assert (await browser.enter(link)).status == 200
    assert (await browser.get("/")).status == 200
    stolen = await thief.enter(link)
    assert stolen.status == 403
    assert "Send /desk to the bot" in stolen.text
    assert (await thief.get("/")).status == 401


async def test_a_link_lives_for_five_minutes(
    sign_in: SignIn, services: Services, clock: MovableClock
) -> None:
    browser = await sign_in(EDITH, None)
    link = await services.sessions.link(OWNER)
    clock.advance(minutes=5)
    assert (await browser.enter(link)).status == 403


async def test_a_link_of_another_site_lets_nobody_in(sign_in: SignIn, services: Services) -> None:
    """So nobody is signed in as somebody else without a tap."""
    browser = await sign_in(EDITH, None)
    link = (await services.sessions.link(OWNER)).partition("/desk")[2]
    assert (await browser.post(link, token=None, origin="https://evil.example")).status == 403
    assert (await browser.enter(link)).status == 200


async def test_wrong_links_are_slowed_down(sign_in: SignIn) -> None:
    """After thirty, even a right one waits a minute."""
    browser = await sign_in(EDITH, None)
    for number in range(30):
        assert (await browser.get(f"/enter/wrong-{number}")).status == 403
    assert "wait a minute" in (await browser.get("/enter/wrong")).text


async def test_a_session_ends_after_twelve_idle_hours(sign_in: SignIn, clock: MovableClock) -> None:
    """Each use restarts the time."""
    browser = await sign_in()
    for _ in range(2):
        clock.advance(hours=11, minutes=59)
        assert (await browser.get("/")).status == 200
    clock.advance(hours=12, minutes=1)
    assert (await browser.get("/")).status == 401


async def test_who_loses_the_role_loses_the_session(sign_in: SignIn, services: Services) -> None:
    """At once, for good: a new role needs a new link."""
    browser = await sign_in(EDITH, EditorRole.PUBLISHER)
    await services.editors.remove(EDITH, actor="command line")
    assert (await browser.get("/")).status == 401
    await services.editors.put(EDITH, EditorRole.OWNER, actor="command line")
    assert (await browser.get("/")).status == 401


async def test_a_changed_role_counts_at_once(sign_in: SignIn, services: Services) -> None:
    browser = await sign_in(EDITH, EditorRole.OWNER)
    await services.editors.put(EDITH, EditorRole.EDITOR, actor="command line")
    [other] = await services.sessions.listed(EDITH)
    await sign_in()
    [mine] = [one.id for one in await services.sessions.listed(OWNER)]
    assert other.person_id == EDITH
    assert (await browser.post(f"/sessions/{mine}/end")).status == 403


async def test_a_session_is_ended_elsewhere(sign_in: SignIn, services: Services) -> None:
    """By oneself from another browser, and by an owner; an editor ends nobody else's."""
    edith, again, omar = [await sign_in(person, EditorRole.EDITOR) for person in (EDITH, EDITH, OMAR)]
    newest, oldest = [
        one.id for one in sorted(await services.sessions.listed(EDITH), key=lambda one: -one.id)
    ]
    assert (await omar.post(f"/sessions/{oldest}/end")).status == 403
    assert (await edith.get("/")).status == 200
    assert (await again.post(f"/sessions/{oldest}/end")).status == 200
    assert (await edith.get("/")).status == 401
    owner = await sign_in()
    assert (await owner.post(f"/sessions/{newest}/end")).status == 200
    assert (await again.get("/")).status == 401


async def test_signing_out_ends_the_session(sign_in: SignIn) -> None:
    """A copy of the cookie is worth nothing afterwards."""
    browser, copy = await sign_in(), await sign_in(EDITH, None)
    copy.set_cookie("desk", browser.cookies()["desk"])
    assert (await copy.get("/")).status == 200
    assert (await browser.post("/leave")).status == 200
    assert browser.cookies() == {}
    assert (await copy.get("/")).status == 401


async def test_nobody_gets_many_links(services: Services, sign_in: SignIn) -> None:
    """Five in five minutes; a reader gets none."""
    for _ in range(5):
        await services.sessions.link(OWNER)
    with pytest.raises(Exception, match="several links"):
        await services.sessions.link(OWNER)
    with pytest.raises(Exception, match="Only editors"):
        await services.sessions.link(EDITH)


async def test_every_answer_is_protected(sign_in: SignIn) -> None:
    """No script in the page, nothing from elsewhere, no copy in a cache, no frame."""
    for answer in (
        await (browser := await sign_in()).get("/"),
        await browser.get("/nowhere"),
        await browser.get("/enter/x"),
        await (await sign_in(EDITH, None)).get("/"),
    ):
        policy = answer.response.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.response.headers["Cache-Control"] == "no-store"
        assert answer.response.headers["X-Content-Type-Options"] == "nosniff"
        assert not answer.page.xpath("//script[not(@src)] | //style | //*[@style or @onclick]")


async def test_the_cookie_is_for_the_desk_alone(sign_in: SignIn, services: Services) -> None:
    """Scripts do not see it, other sites do not send it, and other paths do not get it."""
    browser = await sign_in(EDITH, None)
    link = (await services.sessions.link(OWNER)).partition("/desk")[2]
    answer = await browser.post(link, token=None)
    [cookie] = answer.response.history[0].headers.getall("Set-Cookie")
    assert {"HttpOnly", "Path=/desk", "SameSite=Strict"} <= set(cookie.split("; "))


async def test_a_link_from_elsewhere_opens_the_page(sign_in: SignIn) -> None:
    """The browser sends no cookie then: the page makes it load once more, which sends it."""
    answer = await (await sign_in(EDITH, None)).get("/editors", Sec_Fetch_Site="cross-site")
    assert answer.status == 200
    assert answer.page.xpath("//meta[@http-equiv='refresh']/@content") == ["0; url=/desk/editors"]


DOORS = {
    ("GET", "/enter/{secret}"): 403,
    ("POST", "/enter/{secret}"): 403,
    ("GET", "/app"): 404,
    ("POST", "/app"): 404,
}
"""The routes that need no session: what a wrong link, and a Mini App without https, get from each of them."""


async def test_only_the_doors_need_no_session(server: TestServer) -> None:
    """Every route is one of ROUTES, with a right, a door, or a file for everybody."""
    assert server.app is not None
    [desk] = [one for one in server.app.router.resources() if isinstance(one, PrefixedSubAppResource)]
    served = {
        (route.method, route.resource.canonical.removeprefix(PATH))
        for route in desk
        if route.resource is not None and route.method != "HEAD"
    }
    files = {("GET", "/static/{name}")}
    assert served == {(one.method, one.path) for one in ROUTES} | set(DOORS) | files
    assert {one.right for one in ROUTES} <= set(Right)
    assert len({(one.method, one.path) for one in ROUTES}) == len(ROUTES)


async def test_a_form_of_an_ended_session_is_kept(sign_in: SignIn, services: Services) -> None:
    """Without a session it comes back whole, without the old proof; back in, it asks before it acts."""
    browser = await sign_in()
    fields = {"headline": "A <b>bridge</b> & more", "topics": ["1", "2"], "seen_headline": "0" * 16}
    [mine] = await services.sessions.listed(OWNER)
    await services.sessions.end(mine.id, person_id=OWNER)
    lost = await browser.post("/stories/1/edit", fields)
    assert lost.status == 401
    assert "Your session has ended" in lost.text
    assert sent_by(lost) == fields
    assert lost.page.xpath("//p[@class='said']/text()") == ["A <b>bridge</b> & more"]
    old = browser.token
    await browser.enter(await services.sessions.link(OWNER))
    asked = await browser.post("/stories/1/edit", fields, token=old)
    assert asked.status == 403
    assert sent_by(asked) == fields | {"token": browser.token}


async def test_a_form_of_another_site_is_not_kept(sign_in: SignIn, services: Services) -> None:
    """It could not be sent by a tap either, with or without a session."""
    for browser in (await sign_in(), await sign_in(EDITH, None)):
        answer = await browser.post("/stories/1/edit", {"headline": "Theirs"}, origin="https://evil.example")
        assert answer.page.xpath("//form") == []
        assert "Theirs" not in answer.body


async def test_a_file_without_a_session_is_not_taken(sign_in: SignIn) -> None:
    """Strangers may send less than editors; what was typed beside a small file comes back without it."""
    browser = await sign_in(EDITH, None)
    small = await browser.upload("/stories/new", "story.txt", b"Words", {"link": "example.org"})
    assert small.status == 401
    assert sent_by(small) == {"link": "example.org"}
    assert "choose the file again" in small.text
    large = await browser.upload("/stories/new", "story.txt", b"a" * 2 * 1024**2)
    assert large.status == 401
    assert large.page.xpath("//form") == []


def sent_by(answer: Answer) -> dict[str, object]:
    """Return what the form of a page sends; several values of one field as a list."""
    [form] = answer.page.xpath("//form")
    found: dict[str, list[str]] = {}
    for field in form.xpath(".//input"):
        found.setdefault(field.get("name"), []).append(field.get("value"))
    return {name: values if len(values) > 1 else values[0] for name, values in found.items()}


@pytest.mark.parametrize("role", [None, *EditorRole])
@pytest.mark.parametrize(("method", "path"), DOORS)
async def test_the_doors_are_the_same_for_everybody(
    sign_in: SignIn, role: EditorRole | None, method: str, path: str
) -> None:
    """No role opens them: a link does, or Telegram's word, of which test_mini_app.py has the rest."""
    browser, address = await sign_in(EDITH, role), path.replace("{secret}", "wrong")
    answer = await (browser.get(address) if method == "GET" else browser.post(address, token=None))
    assert answer.status == DOORS[method, path]
