"""The chat page's HTTP interface: what it returns, does and refuses."""

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest

from bot.sandbox.page.files import STATIC
from bot.sandbox.server import Sandbox
from tests.sandbox.conftest import Clock

OLENA, ANNA, EDITH, NEIGHBOURS = 1001, 1002, 1009, -1000000000042


class Tab:
    """A client of the chat page, like a tab without a browser."""

    def __init__(self, sandbox: Sandbox, session: aiohttp.ClientSession) -> None:
        self.url = sandbox.url
        self.session = session

    async def get(self, path: str) -> Any:
        async with self.session.get(f"{self.url}/sandbox/{path}") as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def post(self, path: str, **body: Any) -> Any:
        async with self.session.post(f"{self.url}/sandbox/{path}", json=body) as answer:
            assert answer.status == 200, await answer.text()
            return await answer.json()

    async def refused(self, path: str, **body: Any) -> str:
        """Return the sentence with which a request is refused."""
        async with self.session.post(f"{self.url}/sandbox/{path}", json=body) as answer:
            assert answer.status == 400
            sentence: str = (await answer.json())["error"]
            return sentence


@pytest.fixture
async def tab(sandbox: Sandbox) -> AsyncIterator[Tab]:
    async with aiohttp.ClientSession() as session:
        yield Tab(sandbox, session)


async def test_the_state_has_people_and_the_chats_of_one(tab: Tab) -> None:
    """Without a person the state has only people; with one also their chat with the bot and their groups."""
    nobody = await tab.get("state")
    people = [(person["name"], person["editor"]) for person in nobody["people"]]
    assert people == [("Olena", False), ("Anna", False), ("Tom", False), ("Edith", True), ("Omar", True)]
    assert nobody["chats"] == []
    private, group = (await tab.get(f"state?person={OLENA}"))["chats"]
    assert (private["id"], private["kind"], private["last"]["text"]) == (OLENA, "private", "/start")
    assert (group["id"], group["kind"]) == (NEIGHBOURS, "group")
    assert (await tab.get(f"state?person={EDITH}"))["chats"][0]["last"] is None


async def test_a_sent_text_is_returned_with_its_entities(tab: Tab) -> None:
    """A sent text is returned as the Bot API's Message, as are answers and edits."""
    place = {"person": ANNA, "chat": ANNA}
    first = (await tab.post("send", **place, text="See /latest"))["message"]
    assert first["entities"] == [{"type": "bot_command", "offset": 4, "length": 7}]
    second = (await tab.post("send", **place, text="Yes", reply_to=first["message_id"]))["message"]
    assert second["reply_to_message"]["text"] == "See /latest"
    edited = (await tab.post("edit", **place, message=second["message_id"], text="No"))["message"]
    assert edited["text"] == "No"
    read = await tab.get(f"messages?person={ANNA}&chat={ANNA}")
    assert [message["text"] for message in read["messages"]] == ["/start", "See /latest", "No"]


async def test_the_command_menu_is_the_one_for_this_person(tab: Tab, caller: Any) -> None:
    """Commands are in the person's language, or else in the default one."""
    await caller.ok("setMyCommands", commands=[{"command": "help", "description": "Help"}])
    ukrainian = [{"command": "help", "description": "Допомога"}]
    await caller.ok("setMyCommands", commands=ukrainian, language_code="uk")
    assert (await tab.get(f"messages?person={OLENA}&chat={OLENA}"))["commands"] == ukrainian
    assert (await tab.get(f"messages?person={ANNA}&chat={ANNA}"))["commands"][0]["description"] == "Help"


async def test_groups_and_people_can_be_added(tab: Tab) -> None:
    """A new person and a new group appear at once, and membership can change."""
    person = (await tab.post("people", name="Noa", language="he"))["person"]
    group = (await tab.post("groups", title="Friends", members=[ANNA, person["id"]]))["group"]
    assert group["members"] == [ANNA, person["id"]]
    await tab.post("members", chat=group["id"], person=person["id"], member=False)
    await tab.post("members", chat=group["id"], person="bot", member=False)
    seen = next(c for c in (await tab.get(f"state?person={ANNA}"))["chats"] if c["id"] == group["id"])
    assert (seen["members"], seen["bot_member"]) == ([ANNA], False)


@pytest.mark.parametrize(
    ("path", "body", "sentence"),
    [
        ("send", {"person": ANNA, "chat": ANNA, "text": "  "}, "empty"),
        ("send", {"person": ANNA, "chat": OLENA, "text": "Hi"}, "no such chat"),
        ("send", {"person": ANNA, "chat": ANNA}, "'text'"),
        ("send", {"person": True, "chat": ANNA, "text": "Hi"}, "'person'"),
        ("send", {"person": "1002", "chat": ANNA, "text": "Hi"}, "'person'"),
        ("send", {"person": 5, "chat": 5, "text": "Hi"}, "Nobody"),
        ("press", {"person": ANNA, "chat": ANNA, "message": 1, "data": "x"}, "no longer has that button"),
        ("photo", {"person": ANNA, "chat": ANNA, "kind": "poll"}, "no sample"),
        ("groups", {"title": "Us", "members": [True]}, "ids of people"),
        ("start", {"person": ANNA, "payload": "a b"}, "payload"),
        ("faults", {"weather": "bad"}, "not understood"),
    ],
)
async def test_impossible_actions_are_refused_with_a_sentence(
    tab: Tab, path: str, body: dict[str, Any], sentence: str
) -> None:
    """Wrong types, unknown people, empty texts and removed buttons get a 400 with a sentence."""
    assert sentence in await tab.refused(path, **body)


@pytest.mark.parametrize(
    ("content_type", "body"), [("text/plain", "{}"), ("application/json", "[1]"), ("application/json", "{")]
)
async def test_only_a_json_object_is_accepted(tab: Tab, content_type: str, body: str) -> None:
    """A form of another site is refused, and so is broken JSON."""
    headers = {"Content-Type": content_type}
    async with tab.session.post(f"{tab.url}/sandbox/block", data=body, headers=headers) as answer:
        assert answer.status == 400
        assert (await answer.json())["error"] == "This is not a JSON object."


@pytest.mark.parametrize("query", ["person=x&chat=1", "person=1002", "person=1002&chat=1001", ""])
async def test_a_chat_is_shown_only_to_its_members(tab: Tab, query: str) -> None:
    """A broken address and another person's chat are refused."""
    async with tab.session.get(f"{tab.url}/sandbox/messages?{query}") as answer:
        assert answer.status == 400
        assert (await answer.json())["error"].endswith(".")


async def test_faults_set_on_the_page_affect_the_bot(tab: Tab, caller: Any) -> None:
    """The drawer's faults are returned, and affect only the bot's next call."""
    await tab.post("faults", flood={"retry_after": 7, "times": 1}, methods=["sendMessage"])
    assert (await tab.get("faults"))["flood"] == {"retry_after": 7, "times": 1}
    refused = await caller.raw("sendMessage", chat_id=ANNA, text="x")
    assert refused["parameters"] == {"retry_after": 7}
    await caller.ok("sendMessage", chat_id=ANNA, text="x")


async def test_a_stream_has_the_events_of_its_person(tab: Tab, sandbox: Sandbox) -> None:
    """Anna's stream has her chats; the one without a person has all chats but those of crowds."""
    crowd = sandbox.world.add_readers(10)
    async with (
        tab.session.get(f"{tab.url}/sandbox/events?person={ANNA}") as hers,
        tab.session.get(f"{tab.url}/sandbox/events") as everybodys,
    ):
        for stream in (hers, everybodys):
            assert stream.content_type == "text/event-stream"
            assert await stream.content.readline() == b": hello\n"
        sandbox.world.post(crowd[0], sandbox.world.bot.as_user(), {"text": "to the crowd"})
        sandbox.world.say(OLENA, OLENA, "to the bot")
        sandbox.world.say(OLENA, NEIGHBOURS, "to all")
        assert [await _next_text(hers)] == ["to all"]
        assert [await _next_text(everybodys) for _ in range(2)] == ["to the bot", "to all"]


async def _next_text(stream: aiohttp.ClientResponse) -> str:
    while not (line := await stream.content.readline()).startswith(b"data: "):
        assert line, "the stream ended"
    event = json.loads(line.removeprefix(b"data: "))
    assert event["type"] == "message"
    text: str = event["message"]["text"]
    return text


async def test_a_stream_of_no_person_is_refused(tab: Tab) -> None:
    """A stream for something that is not a person's id is refused."""
    async with tab.session.get(f"{tab.url}/sandbox/events?person=me") as answer:
        assert answer.status == 400


async def test_a_document_is_never_shown_as_a_page(tab: Tab, sandbox: Sandbox) -> None:
    """Pictures may be shown; any other file is only a download."""
    place = {"person": ANNA, "chat": ANNA}
    photo = (await tab.post("photo", **place, kind="photo"))["message"]["photo"][0]
    letter = (await tab.post("photo", **place, kind="document"))["message"]["document"]
    async with tab.session.get(f"{tab.url}/sandbox/file/{photo['file_id']}") as answer:
        assert answer.content_type == "image/png"
        assert "Content-Disposition" not in answer.headers
    async with tab.session.get(f"{tab.url}/sandbox/file/{letter['file_id']}") as answer:
        assert answer.headers["Content-Disposition"] == "attachment"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    async with tab.session.get(f"{tab.url}/sandbox/file/nothing") as answer:
        assert answer.status == 404


async def test_the_page_comes_with_a_strict_content_policy(tab: Tab) -> None:
    """The policy allows nothing from elsewhere and nothing inline; files outside the folder are not found."""
    async with tab.session.get(f"{tab.url}/") as answer:
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'self';")
        assert answer.content_type == "text/html"
    async with tab.session.get(f"{tab.url}/static/js/main.js") as answer:
        assert answer.content_type == "text/javascript"
    for name in ("nothing.js", "%2e%2e/page.py", "..%2fpage.py"):
        async with tab.session.get(f"{tab.url}/static/{name}") as answer:
            assert answer.status == 404


def test_the_page_loads_nothing_else_and_writes_no_html() -> None:
    """No file of the page loads from another host, and no script writes HTML."""
    for path in STATIC.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        loads = re.findall(r"""(?:src|href|url\(|import|from)\s*=?\s*["'(]*(?:https?:)?//[^\s"')]+""", text)
        assert loads == [], path
        written = re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|setHTML", text)
        assert written == [], path


def test_every_file_that_the_page_names_exists() -> None:
    """All style sheets, scripts, imports and icons exist."""
    index = (STATIC / "index.html").read_text(encoding="utf-8")
    named = {STATIC / name for name in re.findall(r'"/static/([^"]+)"', index)}
    scripts = sorted((STATIC / "js").glob("*.js"))
    symbols = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons.svg").read_text(encoding="utf-8")))
    for script in scripts:
        text = script.read_text(encoding="utf-8")
        named |= {script.parent / name for name in re.findall(r'from "\./([\w.]+)"', text)}
        used = re.findall(r'\bicon(?:Button)?\("([\w-]+)"|\bicon: "([\w-]+)"', text)
        assert {one or other for one, other in used} <= symbols, script
    assert [path for path in named if not path.is_file()] == []


async def test_the_clock_can_be_moved(tab: Tab, clock: Clock) -> None:
    """The clock moves by seconds, to a moment, and back to the real time; messages have its time."""
    assert await tab.get("clock") == {"clock": "2026-11-22T12:00:00+00:00", "offset": 0}
    assert (await tab.post("clock", by=3 * 86400))["clock"] == "2026-11-25T12:00:00+00:00"
    moved = await tab.post("clock", to="2026-11-26T08:00:00+02:00")
    assert moved == {"clock": "2026-11-26T06:00:00+00:00", "offset": 4 * 86400 - 6 * 3600}
    clock.advance(minutes=5)
    assert (await tab.get("state"))["clock"] == "2026-11-26T06:05:00+00:00"
    said = (await tab.post("send", person=ANNA, chat=ANNA, text="Morning"))["message"]
    assert said["date"] == 1_795_673_100
    assert (await tab.post("clock"))["offset"] == 0


@pytest.mark.parametrize(
    "wrong",
    [{"to": "soon"}, {"to": "2026-11-26T08:00"}, {"to": "9999-01-01T00:00Z"}, {"by": 10**9}, {"by": 10**18}],
)
async def test_an_impossible_time_is_refused(tab: Tab, wrong: dict[str, Any]) -> None:
    """An impossible time is refused with one sentence and changes nothing."""
    assert (await tab.refused("clock", **wrong)).startswith("The clock")
    assert (await tab.get("clock"))["offset"] == 0


async def test_moving_the_clock_is_an_event(sandbox: Sandbox, tab: Tab) -> None:
    """Moving the clock sends an event to every tab and is saved."""
    events = sandbox.world.events()
    await tab.post("clock", by=3600)
    assert (await anext(events))["type"] == "clock"
    kept = sandbox.world.dump()
    sandbox.world.clock.reset()
    sandbox.world.load(kept)
    assert sandbox.world.clock.offset.total_seconds() == 3600
