"""The public page: what everybody may read, in their language, and nothing else."""

import re
from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from sqlalchemy import event

from bot.appeals.clicks import ClickCounts
from bot.config import load
from bot.errors import ConfigError
from bot.i18n import in_language, languages
from bot.services import Services
from bot.web.languages import preferred
from storage.database import Database
from storage.words import ContentWarning, Length, SuspensionReason
from tests.factories import NOON, MovableClock, analysis, published
from tests.web.public.conftest import EDITOR, HELP, URL, Visitor, add_appeal, tell_of_the_bridge


async def test_the_newest_first_a_page_at_a_time(
    services: Services, visitor: Visitor, clock: MovableClock
) -> None:
    """Each has its headline, date and a sentence; what does not fit is on the next page."""
    for number in range(23):
        await published(services, f"Bridge {number:02}")
        clock.advance(minutes=1)
    first = await visitor.get("/stories")
    assert re.findall(r"Bridge \d\d", first.text)[:2] == ["Bridge 22", "Bridge 21"]
    assert len(first.page.xpath("//main//h2")) == 20
    assert "One sentence." in first.text
    assert "Nov 22, 2026" in first.text.replace("\N{NO-BREAK SPACE}", " ")
    [older] = first.addresses("Older")
    second = await visitor.get(older)
    assert re.findall(r"Bridge \d\d", second.text) == ["Bridge 02", "Bridge 01", "Bridge 00"]
    assert second.addresses("Newer") == ["/stories"]
    assert second.addresses("Older") == []
    assert (await visitor.get("/stories?page=2")).status == 404
    assert (await visitor.get("/stories?page=x")).status == 404


async def test_a_story_has_what_the_chat_shows(services: Services, visitor: Visitor) -> None:
    """Headline, summary at each length, the way to its article, its topics, the appeal with its link."""
    story, number = await tell_of_the_bridge(services)
    shown = await visitor.get(f"/stories/{story}")
    assert shown.page.xpath("//h1")[0].text_content() == "The bridge holds"
    for words in ("One sentence. Two sentences. Three sentences.", "Ada", "Bridge Friends", "A new bridge."):
        assert words in shown.text
    assert "Four sentences." not in shown.text
    [longer] = shown.addresses("+ Longer")
    assert "Five sentences." in (await visitor.get(longer)).text
    assert shown.addresses("Read on paper.example") == ["https://paper.example/bridge"]
    assert shown.addresses("Bridges") == ["/stories?topic=bridges"]
    [tap] = shown.addresses("Help Bridge Friends")
    assert tap.startswith(f"{URL}/h/{number}-")
    assert HELP in shown.addresses("example.org")  # what is checked is shown, as in the chat
    led = await visitor.get(tap.removeprefix(URL), User_Agent="Mozilla/5.0 (X11; Linux x86_64) Firefox/140")
    assert (led.status, led.headers["Location"]) == (302, HELP)
    assert await services.clicks.counts() == {number: ClickCounts(1, 1)}


async def test_an_appeal_that_is_checked_again_is_not_offered(services: Services, visitor: Visitor) -> None:
    """Its link goes at the next request; a sentence says why, as in the chat."""
    story = await published(services)
    number = await add_appeal(services, story)
    assert "Bridge Friends" in (await visitor.get(f"/stories/{story}")).text
    await services.appeals.suspend(number, actor=EDITOR, reason=SuspensionReason.EDITOR)
    after = await visitor.get(f"/stories/{story}")
    assert "This appeal is being checked again." in after.text
    assert b"example.org/help" not in after.body
    assert b"example.org/help" not in (await visitor.get("/stories/feed.atom")).body


async def test_what_nobody_may_read_is_nowhere(
    services: Services, visitor: Visitor, clock: MovableClock
) -> None:
    """A draft, a rejected story, one that waits for its hour, one that was withdrawn."""
    draft = (await services.stories.add(analysis("Secret draft"), actor="test")).story.id
    rejected = (await services.stories.add(analysis("Secret rejected"), actor="test")).story.id
    await services.review.reject(rejected, actor=EDITOR)
    waiting = (await services.stories.add(analysis("Secret embargo"), actor="test")).story.id
    await services.review.publish(waiting, actor=EDITOR, push=True, at=NOON + timedelta(hours=1))
    withdrawn = await published(services, "Secret withdrawn", ["Bridges"])
    assert (await visitor.get(f"/stories/{withdrawn}")).status == 200
    await services.corrections.withdraw(withdrawn, actor=EDITOR, reason="It was not true.")
    for path in ("/stories", "/stories/feed.atom", "/stories/feed.json", "/stories/feed.atom?lang=en"):
        assert b"Secret" not in (await visitor.get(path)).body, path
    for number in (draft, rejected, waiting, 999, 999999999):
        answer = await visitor.get(f"/stories/{number}")
        assert (answer.status, b"Secret" in answer.body) == (404, False)
    gone = await visitor.get(f"/stories/{withdrawn}")
    assert (gone.status, b"Secret" in gone.body) == (410, False)
    assert gone.page.xpath("//h1")[0].text_content().startswith("This story was withdrawn.")
    assert gone.headers["Cache-Control"] == "no-store"
    assert (await visitor.get("/stories?topic=bridges")).status == 404
    clock.advance(hours=1)
    await services.broadcasts.start_due()
    assert "Secret embargo" in (await visitor.get("/stories")).text


async def test_a_content_warning_covers_the_story_in_lists(services: Services, visitor: Visitor) -> None:
    """Nobody knows who reads: lists and feeds show the warning alone, its page both."""
    story = await published(services, "Blood on the bridge")
    await services.editing.set_warnings(story, [ContentWarning.DEATH], version=None, actor=EDITOR)
    for path in ("/stories", "/stories/feed.atom", "/stories/feed.json"):
        answer = await visitor.get(path)
        assert b"Blood" not in answer.body, path
        assert "In this story: death" in answer.body.decode(), path
    opened = await visitor.get(f"/stories/{story}")
    assert "In this story: death" in opened.text
    assert "Blood on the bridge" in opened.text


async def test_a_content_warning_covers_a_translation_too(services: Services, visitor: Visitor) -> None:
    """One that has a warning of its own is not named by its headline on the page of its original."""
    original = await published(services, "The bridge")
    translation = await published(services, "Кров на мосту", language="uk")
    await services.editing.set_translation(translation, original, version=None, actor=EDITOR)
    await services.editing.set_warnings(translation, [ContentWarning.DEATH], version=None, actor=EDITOR)
    shown = await visitor.get(f"/stories/{original}")
    assert "Кров" not in shown.text
    assert shown.addresses("In this story: death") == [f"/stories/{translation}"]


@pytest.mark.parametrize("language", languages())
async def test_in_every_language(services: Services, visitor: Visitor, language: str) -> None:
    """The browser's language chooses the words and which translation is listed; the address comes first."""
    original = await published(services, "The bridge holds", language="uk" if language == "en" else "en")
    translation = await published(services, "In my language", language=language)
    await services.editing.set_translation(translation, original, version=None, actor=EDITOR)
    words = in_language(language).say("Latest stories")
    by_browser = await visitor.get("/stories", Accept_Language=f"xx, {language};q=0.9, en;q=0.1")
    by_address = await visitor.get(f"/stories?lang={language}", Accept_Language="xx")
    for answer in (by_browser, by_address):
        assert answer.page.get("lang") == language
        assert answer.page.xpath("//h1")[0].text_content() == words
        assert "In my language" in answer.text
        assert "The bridge holds" not in answer.text
    assert "Accept-Language" in by_browser.headers["Vary"]
    assert by_address.addresses("In my language") == [f"/stories/{translation}?lang={language}"]
    shown = await visitor.get(f"/stories/{translation}")
    assert shown.addresses("The bridge holds") == [f"/stories/{original}"]


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("uk", "uk"),
        ("xx, de;q=0.8", "de"),
        ("en;q=0.2, pl-PL;q=0.9", "pl"),
        ("fr;q=0, es;q=0.1", "es"),
        ("", "en"),
        ("*", "en"),
        ("de;q=abc", "en"),
        (",".join(["xx"] * 500) + ",de", "en"),
    ],
)
def test_which_language_a_browser_likes(header: str, language: str) -> None:
    """By their weights, those that we have; whatever is sent, there is an answer."""
    assert preferred(header) == language


async def test_topics(services: Services, visitor: Visitor) -> None:
    """Only those of published stories are offered; a translation without topics has its original's."""
    original = await published(services, "On bridges", ["Bridges"])
    translation = await published(services, "Про мости", language="uk")
    await services.editing.set_translation(translation, original, version=None, actor=EDITOR)
    await published(services, "On trains", ["Trains"])
    await services.stories.add(analysis("Draft"), ["Planes"], actor="test")
    offered = (await visitor.get("/stories")).page.xpath("//option/text()")
    assert offered == ["All topics", "Bridges", "Trains"]
    found = await visitor.get("/stories?topic=bridges&lang=uk")
    assert ("Про мости" in found.text, "On trains" in found.text) == (True, False)
    assert b"On trains" not in (await visitor.get("/stories/feed.atom?topic=bridges")).body
    assert (await visitor.get("/stories?topic=planes")).status == 404
    assert (await visitor.get("/stories/feed.json?topic=planes")).status == 404


@pytest.mark.parametrize("path", ["/stories", "/stories/feed.atom", "/stories/feed.json"])
async def test_what_cannot_be_asked_for_is_not_all(services: Services, visitor: Visitor, path: str) -> None:
    """Who asks for a topic or page that cannot be gets no other stories in its place."""
    await published(services, "On bridges", ["Bridges"])
    for query in (
        "topic=%22x%22",
        "topic=%00",
        "topic=" + "x" * 49,
        "page=-1",
        "page=99999999999",
        "page=%00",
    ):
        answer = await visitor.get(f"{path}?{query}")
        assert (answer.status, b"On bridges" in answer.body) == (404, False), query
    for query in ("topic=", "lang=", "page=0", "topic=bridges&topic=%22"):
        assert b"On bridges" in (await visitor.get(f"{path}?{query}")).body, query


async def test_a_language_that_cannot_be(services: Services, visitor: Visitor) -> None:
    """A feed of it does not exist; a page, whose words it only chooses, is in the browser's."""
    await published(services, "On bridges")
    for language in ("pt-BR", "EN", "%00", "%22", "english"):
        assert (await visitor.get(f"/stories/feed.json?lang={language}")).status == 404, language
        page = await visitor.get(f"/stories?lang={language}", Accept_Language="de")
        assert (page.status, page.page.get("lang")) == (200, "de")


async def test_odd_conditions_and_methods(services: Services, visitor: Visitor) -> None:
    """Whatever a feed reader sends as what it has, it gets the feed, or hears that it has it."""
    await published(services)
    feed = await visitor.get("/stories/feed.atom")
    tag = feed.headers["ETag"]
    for odd in ("abc", '"', 'W/"', "", '"a", b, "c"', "W/", '"\u00ff"', "," * 500):
        again = await visitor.get("/stories/feed.atom", If_None_Match=odd, If_Modified_Since="yesterday")
        assert (again.status, again.body) == (200, feed.body), odd
    assert (await visitor.get("/stories/feed.atom", If_None_Match=f'"other", {tag}')).status == 304
    assert (await visitor.get("/stories/feed.atom", If_Modified_Since="yesterday")).status == 200
    for method, status in (("HEAD", 200), ("OPTIONS", 405), ("POST", 405)):
        answer = await visitor.get("/stories/feed.atom", method)
        assert answer.status == status
        assert method != "HEAD" or (answer.headers["ETag"], answer.body) == (tag, b"")


async def test_what_protects_it(services: Services, visitor: Visitor) -> None:
    """No script at all, no frame, no cookie, no referrer; errors are as safe as pages."""
    story = await published(services)
    for path in ("/stories", f"/stories/{story}", "/stories/999", "/stories/feed.atom", "/stories/x/y"):
        answer = await visitor.get(path)
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "Set-Cookie" not in answer.headers
        assert b"<script" not in answer.body
        assert b" style=" not in answer.body


async def test_words_of_others_are_no_markup(services: Services, visitor: Visitor) -> None:
    """A headline with tags is text, on the page and in the feeds."""
    story = await published(services, "<b>Bridge</b> & <script>alert(1)</script>")
    for path in ("/stories", f"/stories/{story}", "/stories/feed.atom"):
        assert b"<script" not in (await visitor.get(path)).body
    assert "<b>Bridge</b> & <script>" in (await visitor.get(f"/stories/{story}")).text


async def test_canonical_addresses_and_robots(services: Services, visitor: Visitor) -> None:
    """Robots may read the stories, not the desk and not the links that count people."""
    story = await published(services)
    shown = await visitor.get(f"/stories/{story}?lang=de&length=long")
    assert shown.page.xpath("//link[@rel='canonical']/@href") == [f"{URL}/stories/{story}"]
    robots = (await visitor.get("/robots.txt")).body.decode()
    assert robots == "User-agent: *\nDisallow: /desk\nDisallow: /h/\n"


async def test_who_has_it_already_gets_nothing_again(
    services: Services, visitor: Visitor, clock: MovableClock
) -> None:
    """By the checksum, or without one by the time, until anything on it changes."""
    story = await published(services, "The bridge holds")
    clock.advance(hours=1)
    for path in ("/stories", f"/stories/{story}", "/stories/feed.atom", "/stories/feed.json"):
        first = await visitor.get(path)
        tag, since = first.headers["ETag"], first.headers["Last-Modified"]
        assert first.headers["Cache-Control"] == "public, max-age=60"
        clock.advance(hours=1)
        for given in ({"If_None_Match": tag}, {"If_Modified_Since": since}, {"If_None_Match": "*"}):
            again = await visitor.get(path, **given)
            assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
            assert parsedate_to_datetime(again.headers["Last-Modified"]) == parsedate_to_datetime(since)
        both = await visitor.get(path, If_None_Match='"other"', If_Modified_Since=since)
        assert both.status == 200  # the checksum counts
    old = (await visitor.get("/stories")).headers
    clock.advance(hours=1)
    await services.editing.set_headline(story, "The bridge fell", version=None, actor=EDITOR)
    for given in ({"If_None_Match": old["ETag"]}, {"If_Modified_Since": old["Last-Modified"]}):
        assert "The bridge fell" in (await visitor.get("/stories", **given)).text


async def test_a_page_costs_one_statement(services: Services, visitor: Visitor, database: Database) -> None:
    """The version of the content is read; all else is in memory until it changes."""
    story = await published(services, "The bridge holds", ["Bridges"])
    paths = ("/stories", f"/stories/{story}", "/stories/feed.atom", "/stories?topic=bridges")
    for path in paths:
        await visitor.get(path)
    statements: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    for path in paths:
        before = len([one for one in statements if one.startswith("SELECT")])
        assert (await visitor.get(path)).status == 200
        assert len([one for one in statements if one.startswith("SELECT")]) - before == 1, path


async def test_a_correction_stands_in_the_story(
    services: Services, visitor: Visitor, clock: MovableClock
) -> None:
    """The page says what was wrong, as the chat does."""
    story = await published(services, "The bridge holds")
    clock.advance(hours=1)
    await services.corrections.correct(story, actor=EDITOR, note="It does not.")
    assert "Corrected: It does not." in (await visitor.get(f"/stories/{story}")).text


def test_the_page_needs_an_address() -> None:
    """Without PUBLIC_URL the start ends with one line that names the setting."""
    with pytest.raises(ConfigError, match=r"PUBLIC_PAGE is wrong: the public page needs PUBLIC_URL"):
        load(public_page=True, public_url="", _env_file=None)
    assert load(public_page=True, public_url=URL, _env_file=None).public_page
    assert load(_env_file=None).public_page is False


@pytest.mark.parametrize("length", Length)
async def test_every_length_has_an_address(services: Services, visitor: Visitor, length: Length) -> None:
    """An unknown one gives the usual length."""
    story = await published(services)
    sentences = {Length.BRIEF: 1, Length.SHORT: 3, Length.LONG: 5}[length]
    shown = await visitor.get(f"/stories/{story}?length={length}")
    assert shown.text.count("sentences.") + shown.text.count("One sentence.") == sentences
    assert "Three sentences." in (await visitor.get(f"/stories/{story}?length=endless")).text
