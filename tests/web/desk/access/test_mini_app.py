"""The desk as a Mini App of Telegram: who gets in, for how long and how often, and behind a proxy."""

from datetime import timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from bot.config import Settings
from bot.editors.sessions import CLOCK_SKEW, LAUNCH_LIVES
from bot.services import Services
from storage.database import Database
from storage.models import DeskLaunch
from storage.words import EditorRole
from tests.factories import MovableClock
from tests.init_data import TOKEN, init_data
from tests.web.desk.browser import OWNER, Answer, Browser
from tests.web.desk.conftest import SignIn

EDITH = 2001
PUBLIC = "https://desk.example"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A bot with a public address, behind a proxy that ends https."""
    return settings.model_copy(update={"public_url": PUBLIC, "bot_token": SecretStr(f" {TOKEN} ")})


async def launch(browser: Browser, data: str, *, origin: str = PUBLIC, **more: str) -> Answer:
    return await browser.post("/app", {"data": data, **more}, token=None, origin=origin)


async def test_an_editor_gets_in(sign_in: SignIn, services: Services, clock: MovableClock) -> None:
    """Through the page that Telegram opens; the audit log has it."""
    browser = await sign_in(OWNER, None)
    page = (await browser.get("/app")).page
    assert page.xpath("//form/@action") == ["/desk/app"]
    assert page.xpath("//script/@src") == ["/desk/static/app.js"]
    answer = await launch(browser, init_data(OWNER, at=clock()))
    assert (answer.status, answer.address) == (200, "/desk/")
    [session] = await services.sessions.listed(OWNER)
    assert session.person_id == OWNER


async def test_the_cookie_goes_over_https_alone(sign_in: SignIn, clock: MovableClock) -> None:
    """Although the proxy asks us by http, and by our address on this machine."""
    answer = await launch(await sign_in(OWNER, None), init_data(OWNER, at=clock()))
    [cookie] = answer.response.history[0].headers.getall("Set-Cookie")
    assert {"Secure", "HttpOnly", "Path=/desk", "SameSite=Strict"} <= set(cookie.split("; "))


async def test_the_cookie_of_a_link_goes_over_https_alone(sign_in: SignIn, services: Services) -> None:
    """The same holds for the other way in."""
    browser = await sign_in(OWNER, None)
    link = await services.sessions.link(OWNER)
    assert link.startswith(f"{PUBLIC}/desk/enter/")
    answer = await browser.post(link.removeprefix(f"{PUBLIC}/desk"), token=None, origin=PUBLIC)
    [cookie] = answer.response.history[0].headers.getall("Set-Cookie")
    assert "Secure" in cookie.split("; ")


@pytest.mark.parametrize(
    ("age", "status"),
    [
        (LAUNCH_LIVES - timedelta(seconds=1), 200),
        (LAUNCH_LIVES, 403),
        (timedelta(days=1), 403),
        (-CLOCK_SKEW, 200),
        (-CLOCK_SKEW - timedelta(seconds=1), 403),
    ],
)
async def test_it_lets_in_for_five_minutes(
    sign_in: SignIn, clock: MovableClock, age: timedelta, status: int
) -> None:
    """Telegram's clock may be a minute ahead of ours."""
    answer = await launch(await sign_in(OWNER, None), init_data(OWNER, at=clock() - age))
    assert answer.status == status


async def test_it_lets_in_once(sign_in: SignIn, services: Services, clock: MovableClock) -> None:
    """Who copies it gets nothing; who opened it may load the page again, in the same session."""
    browser, thief = await sign_in(OWNER, None), await sign_in(OWNER, None)
    data = init_data(OWNER, at=clock())
    assert (await launch(browser, data)).address == "/desk/"
    stolen = await launch(thief, data)
    assert stolen.status == 403
    assert "send /desk to the bot" in stolen.text
    assert (await thief.get("/")).status == 401
    clock.advance(hours=1)
    assert (await launch(browser, data)).address == "/desk/"
    assert len(await services.sessions.listed(OWNER)) == 1


async def test_a_session_of_somebody_else_lets_nobody_in(sign_in: SignIn, clock: MovableClock) -> None:
    """One phone has two accounts: the second one gets in as themselves."""
    browser = await sign_in(EDITH, EditorRole.EDITOR)
    answer = await launch(browser, init_data(OWNER, at=clock()))
    assert "Invite an editor" in (await browser.get("/editors")).text
    assert answer.address == "/desk/"


async def test_readers_stay_outside(sign_in: SignIn, services: Services, clock: MovableClock) -> None:
    """Also somebody who was an editor when Telegram opened it; a later role counts with the same data."""
    browser, data = await sign_in(EDITH, None), init_data(EDITH, at=clock())
    await services.editors.put(EDITH, EditorRole.EDITOR, actor="command line")
    await services.editors.remove(EDITH, actor="command line")
    answer = await launch(browser, data)
    assert answer.status == 403
    assert "Only editors can do this" in answer.text
    await services.editors.put(EDITH, EditorRole.EDITOR, actor="command line")
    assert (await launch(browser, data)).status == 200


@pytest.mark.parametrize("framed", [{}, {"framed": "1"}])
async def test_what_telegram_did_not_say_lets_nobody_in(
    sign_in: SignIn, clock: MovableClock, framed: dict[str, str]
) -> None:
    """Forged, of another bot, nothing at all."""
    browser = await sign_in(OWNER, None)
    for data in (init_data(OWNER, at=clock(), token="42:other"), "", "user=1&hash=2"):
        answer = await launch(browser, data, **framed)
        assert answer.status == 403
        assert "did not come from Telegram" in answer.text
    assert (await browser.get("/")).status == 401


async def test_a_form_of_another_site_lets_nobody_in(sign_in: SignIn, clock: MovableClock) -> None:
    """So nobody is signed in as somebody else by a page that they visit; the data stays unused."""
    browser, data = await sign_in(OWNER, None), init_data(OWNER, at=clock())
    for origin in ("https://evil.example", "null", "http://desk.example", f"{PUBLIC}:444", "rubbish:x"):
        assert (await launch(browser, data, origin=origin)).status == 403
    assert (await launch(browser, data, origin=f"{PUBLIC}:443")).status == 200


async def test_in_a_frame_it_gives_a_link(sign_in: SignIn, clock: MovableClock) -> None:
    """Telegram's web page shows it in a frame, where no cookie of ours is kept: the link opens a tab."""
    framed, tab = await sign_in(OWNER, None), await sign_in(OWNER, None)
    data = init_data(OWNER, at=clock())
    answer = await launch(framed, data, framed="1")
    assert "frame-ancestors https://web.telegram.org" in answer.response.headers["Content-Security-Policy"]
    assert framed.cookies() == {}
    [link] = answer.page.xpath("//a/@href")
    assert link.startswith(f"{PUBLIC}/desk/enter/")
    assert (await tab.enter(link)).address == "/desk/"
    assert (await launch(tab, data, framed="1")).status == 403


async def test_only_the_first_page_stands_in_a_frame(sign_in: SignIn) -> None:
    """The desk itself stands in none: nobody is led to tap through a page that lies over it."""
    browser = await sign_in()
    for path, framed_by in (("/app", "https://web.telegram.org"), ("/", "'none'"), ("/enter/x", "'none'")):
        policy = (await browser.get(path)).response.headers["Content-Security-Policy"]
        assert f"frame-ancestors {framed_by}" in policy.split("; ")


async def test_many_forged_ones_are_slowed_down(sign_in: SignIn, clock: MovableClock) -> None:
    """After thirty, even a right one waits a minute; links still let in."""
    browser = await sign_in(OWNER, None)
    for _ in range(30):
        assert (await launch(browser, "forged")).status == 403
    assert "wait a minute" in (await launch(browser, init_data(OWNER, at=clock()))).text
    assert (await (await sign_in()).get("/")).status == 200


async def test_what_is_over_is_forgotten(
    sign_in: SignIn, services: Services, database: Database, clock: MovableClock
) -> None:
    """Once it would be too old anyway, and no sooner."""
    browser, thief = await sign_in(OWNER, None), await sign_in(OWNER, None)
    data = init_data(OWNER, at=clock() + CLOCK_SKEW)
    assert (await launch(browser, data)).status == 200
    for minutes in (1, 3, 1, 1, 1):
        await services.sessions.forget_old()
        assert (await launch(thief, data)).status == 403
        clock.advance(minutes=minutes)
    await services.sessions.forget_old()
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(DeskLaunch)) == 0


async def test_it_is_shown_in_the_language_of_the_person(
    sign_in: SignIn, services: Services, clock: MovableClock
) -> None:
    """What Telegram said names the person; before that, their browser does."""
    browser = await sign_in(OWNER, None)
    assert "Telegram" in (await browser.get("/app", Accept_Language="de-DE,en;q=0.5")).text
    assert (await browser.get("/app", Accept_Language="de")).page.get("lang") == "de"
