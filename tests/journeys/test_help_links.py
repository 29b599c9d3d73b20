"""Help links over HTTP: one step to the organisation, counted, and nobody is remembered."""

import logging
from collections.abc import AsyncIterator
from types import SimpleNamespace

import aiohttp
import pytest

from bot.appeals.clicks import ClickCounts
from bot.config import Settings
from bot.i18n import in_language
from bot.runtime.app import App
from bot.runtime.build import open_services
from bot.sandbox.server import Sandbox
from bot.web.links import is_by_person
from storage.words import SuspensionReason
from tests.chats import ANNA, NEIGHBOURS, Chats, links
from tests.factories import published
from tests.running import running

BROWSER = (
    "Mozilla/5.0 (Linux; Android 14; CUBOT KINGKONG) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
)
HELP = "https://example.org/help?from=a&to=b"


@pytest.fixture
def public(either: Settings, unused_tcp_port: int) -> Settings:
    """Help links are wanted, under long polling as well as with a webhook."""
    port = either.http_port if either.webhook_url else unused_tcp_port
    return either.model_copy(update={"public_url": f"http://127.0.0.1:{port}", "http_port": port})


@pytest.fixture
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(headers={"User-Agent": BROWSER}) as session:
        yield session


async def _appeal(app: App) -> int:
    story_id = await published(app.services, "The bridge holds")
    appeal = await app.services.appeals.propose(
        organisation="Bridge Friends", url=HELP, story_id=story_id, actor="test"
    )
    await app.services.appeals.verify(appeal.id, actor="verifier")
    return appeal.id


async def _follow(
    client: aiohttp.ClientSession, link: str, method: str = "GET", **headers: str
) -> SimpleNamespace:
    async with client.request(method, link, allow_redirects=False, headers=headers) as answer:
        return SimpleNamespace(status=answer.status, headers=answer.headers, text=await answer.text())


async def test_from_a_readers_tap_to_the_organisation(
    public: Settings, telegram: Sandbox, client: aiohttp.ClientSession
) -> None:
    """The button of /donate, of a story's card and of a shared one is ours; it leads on, and counts."""
    chats = Chats(telegram.world)
    async with running(public) as app:
        number = await _appeal(app)
        donate = await chats.ask(ANNA, "/donate")
        assert "example.org" in donate["text"]  # what readers see is the organisation's own host
        [link] = [one for one in links(donate) if one.startswith(public.public_url)]
        card = await chats.tap(ANNA, await chats.ask(ANNA, "/summary"), "How to help")
        assert link in links(card)
        await chats.world.inline_query(ANNA, "bridge")
        assert links(chats.world.choose(ANNA, NEIGHBOURS, "story_1"))[-2] == link
        answer = await _follow(client, link)
        assert (answer.status, answer.headers["Location"]) == (302, HELP)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers
        assert await app.services.clicks.counts() == {number: ClickCounts(1, 1)}


async def test_machines_are_led_on_and_not_counted(
    public: Settings, telegram: Sandbox, client: aiohttp.ClientSession
) -> None:
    """Previews, robots, HEAD, and what a browser fetches ahead."""
    async with running(public) as app:
        number = await _appeal(app)
        link = app.services.help_links.address((await app.services.appeals.showable())[0])
        for method, headers in (
            ("HEAD", {}),
            ("GET", {"User-Agent": "TelegramBot (like TwitterBot)"}),
            ("GET", {"User-Agent": ""}),
            ("GET", {"Purpose": "prefetch"}),
            ("GET", {"Sec-Purpose": "prefetch;prerender"}),
        ):
            answer = await _follow(client, link, method, **headers)
            assert (answer.status, answer.headers["Location"]) == (302, HELP)
        assert await app.services.clicks.counts() == {}
        assert number


async def test_a_link_leads_to_what_is_verified_now(
    public: Settings, telegram: Sandbox, client: aiohttp.ClientSession
) -> None:
    """A retired Appeal answers 410 and an unknown link 404, in a sentence of the browser's language."""
    async with running(public) as app:
        number = await _appeal(app)
        link = app.services.help_links.address((await app.services.appeals.showable())[0])
        await app.services.appeals.retire(number, actor="test")
        ended = await _follow(client, link, **{"Accept-Language": "uk-UA,uk;q=0.9,en;q=0.8"})
        say = in_language("uk").say
        assert (ended.status, ended.text) == (
            410,
            say("This appeal has ended. Its link no longer works."),
        )
        for wrong in (
            link[:-1] + "x",
            f"{public.public_url}/h/https:%2F%2Fevil.example",
            link + "?to=//evil",
        ):
            answer = await _follow(client, wrong)
            assert (answer.status in {404, 410}, "Location" in answer.headers) == (True, False)
        assert await app.services.clicks.counts() == {}


async def test_nothing_of_it_is_logged(
    public: Settings, telegram: Sandbox, client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither who followed a link, nor from where, nor which."""
    caplog.set_level(logging.DEBUG)
    async with running(public) as app:
        await _appeal(app)
        link = app.services.help_links.address((await app.services.appeals.showable())[0])
        caplog.clear()
        await _follow(client, link)
        assert not [
            one for one in caplog.records if "/h/" in one.getMessage() or "127.0.0.1" in str(vars(one))
        ]


async def test_under_long_polling_nobody_can_hand_in_updates(
    polling: Settings, telegram: Sandbox, client: aiohttp.ClientSession, unused_tcp_port: int
) -> None:
    """The server that is there for help links has no webhook; its health page answers."""
    address = f"http://127.0.0.1:{unused_tcp_port}"
    async with running(polling.model_copy(update={"public_url": address, "http_port": unused_tcp_port})):
        assert (await _follow(client, f"{address}/telegram", "POST")).status == 404
        assert (await _follow(client, f"{address}/health")).status == 200


@pytest.mark.parametrize(
    ("agent", "counts"),
    [
        (BROWSER, True),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1 Version/18.0 Safari/6",
            True,
        ),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0", True),
        ("TelegramBot (like TwitterBot)", False),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", False),
        ("facebookexternalhit/1.1 Facebot Twitterbot/1.0", False),
        ("WhatsApp/2.24.20.89 A", False),
        ("Slackbot-LinkExpanding 1.0", False),
        ("SkypeUriPreview Preview/0.5", False),
        ("curl/8.5.0", False),
        ("", False),
    ],
)
def test_who_counts(agent: str, counts: bool) -> None:
    """People's browsers do, even of a phone whose maker is called Cubot."""
    assert is_by_person({"User-Agent": agent}) is counts


async def test_a_link_of_a_suspended_appeal_leads_nowhere_at_once(
    public: Settings, telegram: Sandbox, client: aiohttp.ClientSession
) -> None:
    """Also where another process suspends it; once it is verified again, the same link leads on."""
    async with running(public) as app, open_services(app.settings) as command_line:
        number = await _appeal(app)
        link = app.services.help_links.address((await app.services.appeals.showable())[0])
        assert (await _follow(client, link)).status == 302
        await command_line.appeals.suspend(number, reason=SuspensionReason.CHANGED, actor="test")
        ended = await _follow(client, link)
        assert (ended.status, ended.text) == (410, "This appeal is being checked again.")
        assert "Location" not in ended.headers
        await command_line.appeals.verify(number, actor="test")
        assert (await _follow(client, link)).status == 302
