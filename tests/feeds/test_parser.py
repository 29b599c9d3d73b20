"""Feeds of every format are parsed, whole or broken, and dangerous ones are refused."""

import json
import pickle
import re
from datetime import UTC, datetime, timedelta

import pytest

from bot.articles.article import FetchedPage
from bot.errors import InvalidInputError
from bot.feeds import parser
from bot.feeds.feed import Feed, FeedLinks
from bot.stories.intake.analysis import analyse_page
from tests.factories import NOON
from tests.paths import SHARED_DATA

SHARED = SHARED_DATA / "feeds"
AT = "https://news.example.org/feed"
BODY = "<p>" + "The bridge was opened on Sunday, and people crossed it at once. " * 30 + "</p>"

RSS = """<?xml version="1.0"?><rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"
xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>News &amp; Views</title>
<link>https://news.example.org/</link>
<item><title>Bridge <b>open</b></title><link>/bridge?utm_source=rss#top</link><guid>b-1</guid>
<dc:creator>Ann Bee</dc:creator><pubDate>Sun, 22 Nov 2026 10:00:00 +0200</pubDate>
<description>Short.</description><content:encoded><![CDATA[{body}]]></content:encoded></item>
<item><title>Road closed</title><link>https://news.example.org/road</link></item></channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News &amp;amp; Views</title>
<link href="https://news.example.org/"/><link rel="self" href="https://news.example.org/feed"/>
<entry><title>Bridge open</title><id>b-1</id><link rel="alternate" href="/bridge?utm_source=rss#top"/>
<author><name>Ann Bee</name></author><published>2026-11-22T10:00:00+02:00</published>
<content type="html">{escaped}</content></entry>
<entry><title>Road closed</title><id>https://news.example.org/road</id>
<link href="https://news.example.org/road"/></entry></feed>"""
RDF = """<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
xmlns:content="http://purl.org/rss/1.0/modules/content/">
<channel rdf:about="https://news.example.org/"><title>News &amp; Views</title>
<link>https://news.example.org/</link></channel>
<item rdf:about="b-1"><title>Bridge open</title><link>/bridge?utm_source=rss#top</link>
<dc:creator>Ann Bee</dc:creator><dc:date>2026-11-22T10:00:00+02:00</dc:date>
<content:encoded><![CDATA[{body}]]></content:encoded></item>
<item rdf:about="x"><title>Road closed</title><link>https://news.example.org/road</link></item></rdf:RDF>"""
JSON = json.dumps(
    {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "News & Views",
        "home_page_url": "https://news.example.org/",
        "items": [
            {
                "id": "b-1",
                "url": "/bridge?utm_source=rss#top",
                "title": "Bridge open",
                "content_html": BODY,
                "date_published": "2026-11-22T10:00:00+02:00",
                "authors": [{"name": "Ann Bee"}],
            },
            {"id": 7, "url": "https://news.example.org/road", "title": "Road closed"},
        ],
    }
)


def read(text: str | bytes, charset: str | None = None) -> Feed:
    """Return the feed in `text`, which must be one."""
    data = text.encode() if isinstance(text, str) else text
    feed = parser.read(FetchedPage(data, AT, charset), NOON)
    assert isinstance(feed, Feed)
    return feed


def rss(items: str, prolog: str = "") -> str:
    return f'{prolog}<rss version="2.0"><channel><title>T</title>{items}</channel></rss>'


def item(number: int, date: datetime | None = None) -> str:
    dated = f"<pubDate>{date:%a, %d %b %Y %H:%M:%S GMT}</pubDate>" if date else ""
    return f"<item><title>Story {number}</title><link>https://e.example/{number}</link>{dated}</item>"


@pytest.mark.parametrize(
    "text",
    [
        RSS.format(body=BODY),
        ATOM.format(escaped=BODY.replace("<", "&lt;")),
        RDF.format(body=BODY),
        JSON,
        RSS.format(body=BODY).encode("utf-16"),
        "\ufeff  \n" + RSS.format(body=BODY),
    ],
    ids=["RSS", "Atom", "RDF", "JSON Feed", "UTF-16", "mark and blanks before"],
)
def test_every_format_says_the_same(text: str | bytes) -> None:
    """All formats give plain titles, canonical addresses, dates in UTC and the full text as a page."""
    feed = read(text)
    assert (feed.title, feed.site) == ("News & Views", "https://news.example.org/")
    bridge, road = feed.entries
    assert (bridge.headline, bridge.address) == ("Bridge open", "https://news.example.org/bridge")
    assert bridge.published == datetime(2026, 11, 22, 8, tzinfo=UTC)
    assert (road.headline, road.address, road.published, road.content) == (
        "Road closed",
        "https://news.example.org/road",
        None,
        None,
    )
    assert len({bridge.key, road.key}) == 2
    assert re.fullmatch("[0-9a-f]{64}", bridge.key)
    analysis = analyse_page(FetchedPage((bridge.content or "").encode(), AT, "utf-8"))
    assert (analysis.article.headline, analysis.article.byline) == ("Bridge open", "Ann Bee")
    assert analysis.article.published == bridge.published
    assert analysis.article.body.startswith("The bridge was opened on Sunday")


def test_an_entry_is_known_again_by_its_id() -> None:
    """The key depends on the id alone, or on the address if there is no id."""
    one = read(rss("<item><guid>7</guid><title>A</title><link>https://e.example/1</link></item>"))
    other = read(rss("<item><guid>7</guid><title>B</title><link>https://e.example/2</link></item>"))
    assert one.entries[0].key == other.entries[0].key
    plain = [
        read(rss(f"<item><title>{title}</title><link>https://e.example/1</link></item>")) for title in "AB"
    ]
    assert plain[0].entries[0].key == plain[1].entries[0].key != one.entries[0].key


@pytest.mark.parametrize(
    "link",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "https://ann:secret@e.example/",
        "mailto:ann@e.example",
        "https://[",
        "https://e.example/" + "x" * 3000,
        "",
    ],
)
def test_a_link_that_cannot_be_fetched_is_dropped(link: str) -> None:
    """The entry stays without an address if the feed has its text, and is left out otherwise."""
    given = f"<item><guid isPermaLink='false'>1</guid><title>A</title><link>{link}</link>{{}}</item>"
    assert read(rss(given.format(""))).entries == ()
    [entry] = read(rss(given.format(f"<description><![CDATA[{BODY}]]></description>"))).entries
    assert entry.address is None
    assert entry.content is not None
    assert "javascript" not in entry.content


def test_a_guid_is_an_address_only_if_it_looks_like_one() -> None:
    """A bare number in <guid> is no address, though RSS 2.0 says so."""
    text = f"<description><![CDATA[{BODY}]]></description>"
    guids = ("7", "https://e.example/1", "tag:e.example,2026:1")
    given = "".join(f"<item><title>A</title><guid>{guid}</guid>{text}</item>" for guid in guids)
    assert [entry.address for entry in read(rss(given)).entries] == [None, "https://e.example/1", None]


@pytest.mark.parametrize("order", [1, -1], ids=["newest first", "oldest first"])
def test_the_newest_come_first_whichever_way_the_feed_runs(order: int) -> None:
    """The dates decide the order; a date in the future is dropped and does not move its entry."""
    dates = [NOON - timedelta(days=day) for day in range(6)]
    dates[3] = NOON + timedelta(days=400)
    items = [item(number, date) for number, date in enumerate(dates)][::order]
    entries = read(rss("".join(items))).entries
    assert [entry.headline for entry in entries] == [f"Story {number}" for number in range(6)]
    assert [entry.published for entry in entries] == [None if day == 3 else dates[day] for day in range(6)]


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Mi, 04 März 2026 10:00:00 +0100", datetime(2026, 3, 4, 9, tzinfo=UTC)),
        ("Di, 25 Nov 2025 10:00:00 +0100", datetime(2025, 11, 25, 9, tzinfo=UTC)),
        ("lun, 01 dic 2025 23:30:00 -0500", datetime(2025, 12, 2, 4, 30, tzinfo=UTC)),
        ("25 de noviembre de 2025 10:00", datetime(2025, 11, 25, 10, tzinfo=UTC)),
        ("śr., 5 lis 2025 10:00:00 +01:00", datetime(2025, 11, 5, 9, tzinfo=UTC)),
        ("ср, 5 лис 2025 10:00:00 +0200", datetime(2025, 11, 5, 8, tzinfo=UTC)),
        ("25 листопада 2025, 10:00", datetime(2025, 11, 25, 10, tzinfo=UTC)),
        ("dim., 1er févr. 2026 10:00:00 +0100", datetime(2026, 2, 1, 9, tzinfo=UTC)),
        ("Nov 25, 2025 3:30 PM", datetime(2025, 11, 25, 15, 30, tzinfo=UTC)),
        ("Tue, 25 Nov 2025 12:30:00 AM +0100", datetime(2025, 11, 24, 23, 30, tzinfo=UTC)),
        ("25 de noviembre de 2025 9:05 p. m.", datetime(2025, 11, 25, 21, 5, tzinfo=UTC)),
        ("2025-11-25 12:05 pm", datetime(2025, 11, 25, 12, 5, tzinfo=UTC)),
        ("25.11.2025 15:30", datetime(2025, 11, 25, 15, 30, tzinfo=UTC)),
        ("25 novembre 2025 à 10h30", datetime(2025, 11, 25, 10, 30, tzinfo=UTC)),
        ("35.11.2025 15:30", None),
        ("31 лютого 2026 10:00", None),
        ("25 jui 2026 10:00", None),
    ],
)
def test_months_in_the_feeds_own_language(date: str, moment: datetime | None) -> None:
    """Months are read in each language of the bot, and 12-hour clocks; an ambiguous or wrong day is none."""
    given = f"<item><link>https://e.example/1</link><pubDate>{date}</pubDate></item>"
    assert read(rss(given)).entries[0].published == moment


def test_entries_that_share_a_link_are_told_apart() -> None:
    """Own ids, or own fragments, make two entries of one page; each is read from its own text in the feed."""
    text = "<description>&lt;p&gt;The {0} team brought water to {1} houses today.&lt;/p&gt;</description>"
    item = "<item><title>Story {0}</title><link>https://e.example/live{1}</link>{2}{3}</item>"
    own_ids = rss("".join(item.format(n, "", f"<guid>{n}</guid>", text.format(n, n)) for n in (1, 2)))
    fragments = rss("".join(item.format(n, f"#p{n}", "", text.format(n, n)) for n in (1, 2)))
    for given in (own_ids, fragments):
        one, other = read(given).entries
        assert one.key != other.key
        assert (one.address, other.address) == (None, None)
        assert "1 houses" in (one.content or "")
        assert "2 houses" in (other.content or "")
    twice = rss("".join(item.format(1, "", f"<guid>{n}</guid>", text.format(1, 1)) for n in (1, 2)))
    assert [entry.address for entry in read(twice).entries] == ["https://e.example/live"] * 2


def test_an_entry_without_a_title_is_its_text() -> None:
    """What social networks write has no title: its beginning is the headline, and the text is whole."""
    words = "The kitchen in Baranova street cooks for two hundred people a day, and has no flour left."
    further = "Who can bring some, please come to number 27 between nine and noon; every sack helps us a lot."
    html = f"<p>{words}</p><p>{further}</p>".replace("<", "&lt;")
    item = f"<item><guid>https://social.example/@kitchen/1</guid><description>{html}</description></item>"
    [entry] = read(rss(item)).entries
    assert entry.headline == words
    analysis = analyse_page(FetchedPage((entry.content or "").encode(), AT, "utf-8"))
    assert analysis.article.headline == words
    assert further in analysis.article.body
    [long] = read(rss(f"<item><link>/1</link><description>{words} {further}</description></item>")).entries
    assert (long.headline or "").endswith("…")
    assert len(long.headline or "") <= 120


@pytest.mark.parametrize("date", ["Thu, 01 Jan 1970 00:00:00 GMT", "0000-00-00", "soon", "31 Feb 2026", ""])
def test_a_wrong_date_is_dropped(date: str) -> None:
    """A blank date, one that no calendar has, and nonsense give None."""
    given = f"<item><link>https://e.example/1</link><pubDate>{date}</pubDate></item>"
    assert read(rss(given)).entries[0].published is None


@pytest.mark.parametrize("order", [1, -1], ids=["newest first", "oldest first"])
def test_of_a_very_long_feed_the_newest_entries_are_returned(order: int) -> None:
    """Of 50,000 entries the newest 200 are returned, at whichever end they are; the middle is not parsed."""
    dates = [NOON - timedelta(minutes=number) for number in range(50_000)]
    items = [item(number, date) for number, date in enumerate(dates)][::order]
    entries = read(rss("".join(items))).entries
    assert [entry.headline for entry in entries] == [f"Story {number}" for number in range(200)]


def test_of_a_very_long_json_feed_too() -> None:
    """Of 50,000 JSON items the newest 200 are returned."""
    items = [{"id": str(number), "url": f"/{number}", "title": f"Story {number}"} for number in range(50_000)]
    feed = {"version": "https://jsonfeed.org/version/1", "title": "T", "items": items}
    entries = read(json.dumps(feed)).entries
    assert [entry.headline for entry in entries] == [f"Story {number}" for number in range(200)]


def test_twice_the_same_entry_is_one() -> None:
    """Of two entries with the same key the first, newer one stays."""
    assert [entry.headline for entry in read(rss(item(1) + item(2) + item(1))).entries] == [
        "Story 1",
        "Story 2",
    ]


@pytest.mark.parametrize(
    "value",
    [
        {"items": {}},
        {"items": [1, None, {"id": [], "url": 7, "title": {}, "authors": {}, "content_text": []}]},
        {"items": [], "title": ["x"], "home_page_url": 3},
    ],
)
def test_json_of_other_kinds_breaks_nothing(value: dict[str, object]) -> None:
    """Values of wrong types are treated as missing."""
    feed = parser.read(
        FetchedPage(json.dumps({"version": "https://jsonfeed.org/version/1"} | value).encode(), AT), NOON
    )
    assert feed in {FeedLinks(), Feed(None, None, ())}


def test_plain_text_of_a_json_feed_is_read_as_paragraphs() -> None:
    """Markup in plain text is escaped."""
    text = "First <b>part</b>.\n\n" + "Second part of it. " * 80
    feed = {
        "version": "https://jsonfeed.org/version/1",
        "items": [{"id": "1", "title": "A", "content_text": text}],
    }
    [entry] = read(json.dumps(feed)).entries
    assert "<p>First &lt;b&gt;part&lt;/b&gt;.</p><p>Second" in (entry.content or "")


@pytest.mark.parametrize(
    "damage",
    [
        '"id": NaN',
        '"summary": "\\ud83d"',
        '"content_html": "<p>Half \\ud83d\nof it.</p>"',
        f'"id": {"9" * 400}',
    ],
)
def test_damage_in_a_json_feed_costs_no_entry(damage: str) -> None:
    """Half characters, NaN, long numbers and line breaks in a string spoil nothing but themselves."""
    whole = '{"id": "1", "url": "/1", "title": "A"}'
    given = f'{{"version": "https://jsonfeed.org/version/1", "items": [{{"url": "/2", {damage}}}, {whole}]}}'
    entries = read(given).entries
    assert [entry.address for entry in entries] == [f"https://news.example.org/{n}" for n in (2, 1)]
    assert all((entry.content or "").encode("utf-8") is not None for entry in entries)


@pytest.mark.parametrize("title", ["5 &lt; 7 and 9 &gt; 3", "<![CDATA[5 < 7 and 9 > 3]]>"])
def test_signs_of_less_and_more_are_no_markup(title: str) -> None:
    """A headline with < and > keeps what stands between them, unless it begins as a tag does."""
    [entry] = read(rss(f"<item><title>{title}</title><link>/1</link></item>")).entries
    assert entry.headline == "5 < 7 and 9 > 3"


PAGE = """<!DOCTYPE html><html><head><title>News</title>{base}
<link rel="stylesheet" href="/style.css"><link rel="alternate" type="text/html" hreflang="de" href="/de">
<link rel="alternate" type="application/json" href="/wp-json/posts">
<link rel="ALTERNATE home" type="Application/RSS+xml; charset=utf-8" href="rss.xml">
<link rel="alternate" type="application/atom+xml" href="javascript:alert(1)">
<link rel="alternate" type="application/feed+json" href="https://news.example.org/feed.json">
</head><body><p>Hello.</p></body></html>"""


def test_a_page_names_its_feeds() -> None:
    """The feeds of a page are returned in its order, absolute by its base; wrong addresses are left out."""
    found = parser.read(FetchedPage(PAGE.format(base="").encode(), "https://news.example.org/a/b"), NOON)
    assert found == FeedLinks(("https://news.example.org/a/rss.xml", "https://news.example.org/feed.json"))
    based = parser.read(FetchedPage(PAGE.format(base='<base href="/c/">').encode(), AT), NOON)
    assert based == FeedLinks(("https://news.example.org/c/rss.xml", "https://news.example.org/feed.json"))
    target = parser.read(
        FetchedPage(PAGE.format(base='<base target="_top"><base href="/c/">').encode(), AT), NOON
    )
    assert target == based


@pytest.mark.parametrize("broken", ["http://[bad", "http://a℀b/"])
def test_a_page_with_broken_addresses_names_its_feeds(broken: str) -> None:
    """A base or link that cannot be read is passed over."""
    links = "".join(f'<link rel="alternate" type="application/rss+xml" href="{to}">' for to in (broken, "/x"))
    page = f'<!DOCTYPE html><html><head><base href="{broken}">{links}</head></html>'
    found = parser.read(FetchedPage(page.encode(), AT), NOON)
    assert found == FeedLinks(("https://news.example.org/x",))


@pytest.mark.parametrize(
    ("href", "title"),
    [
        ("/comments/feed/", "News"),
        ("/?feed=comments-rss2", "News"),
        ("/feeds/7/comments/default", "Atom"),
        ("/bridge/feed/", "News » The bridge Comments Feed"),
        ("/bridge/feed/", "News » Die Brücke Kommentar-Feed"),
        ("/bridge/feed/", "Новини » стрічка коментарів"),
        ("/bridge/feed/", "Wieści » Kanał z komentarzami"),
        ("/bridge/feed/", "Noticias » Feed de los comentarios"),
        ("/bridge/feed/", "Nouvelles » Flux des commentaires"),
    ],
)
def test_a_feed_of_comments_is_left_out(href: str, title: str) -> None:
    """Of the feeds that a page names, those of what readers write below stories are not returned."""
    named = (
        f'<link rel="alternate" type="application/rss+xml" title="{title}" href="{href}">'
        '<link rel="alternate" type="application/rss+xml" title="Commentary News » Feed" href="/feed/">'
        '<link rel="alternate" type="application/rss+xml" title="Kommentare" href="/meinung.rss">'
    )
    page = f"<!DOCTYPE html><html><head>{named}</head><body><p>Hello.</p></body></html>"
    assert parser.read(FetchedPage(page.encode(), AT), NOON) == FeedLinks(
        ("https://news.example.org/feed/", "https://news.example.org/meinung.rss")
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"Hello.",
        b"{}",
        b"{",
        b"[1]",
        b"<svg></svg>",
        b"/etc/passwd",
        b"\xff\xfe\x00",
        b"<html></html>",
        b"{" * 9999,
    ],
)
def test_what_is_no_feed_and_names_none(data: bytes) -> None:
    """Text, other JSON, other XML and a path give no feeds, and no file is opened."""
    assert parser.read(FetchedPage(data, AT), NOON) == FeedLinks()


@pytest.mark.parametrize(
    "prolog",
    [
        '<!DOCTYPE rss [<!ENTITY x "y">]>',
        '<!DOCTYPE rss SYSTEM "http://127.0.0.1/dtd">',
        '<?xml version="1.0"?><!-- <rss> --><!doctype rss [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]>',
        '<!ENTITY x "y">',
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://x/" [<!ENTITY x "y">]>',
        "<!DOCTYPE rss [" + " " * 70_000 + '<!ENTITY x "y">]>',
    ],
)
@pytest.mark.parametrize("charset", ["utf-8", "utf-16", "utf-32"])
def test_a_feed_that_declares_entities_is_refused(prolog: str, charset: str) -> None:
    """The sentence survives the way back from the process pool, in any character set."""
    with pytest.raises(InvalidInputError) as refusal:
        parser.read(FetchedPage(rss(item(1), prolog).encode(charset), AT), NOON)
    arrived = pickle.loads(pickle.dumps(refusal.value))  # noqa: S301  # our own
    assert str(arrived) == (
        "The feed at news.example.org contains a DOCTYPE, which can be an attack: give another "
        "feed of the site."
    )


def test_the_doctype_of_rss_091_is_accepted() -> None:
    """RSS 0.91's own DOCTYPE is accepted, and the word in a story's title too."""
    netscape = (
        '<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/">'
    )
    quoted = "<item><title><![CDATA[How to write <!DOCTYPE html>]]></title><link>/1</link></item>"
    assert len(read(rss(item(1) + quoted, netscape)).entries) == 2


@pytest.mark.parametrize("prolog", ["<!-- no <!DOCTYPE here -->", "<!-- <!ENTITY -->\n<!-- <rss> -->"])
def test_a_comment_declares_nothing(prolog: str) -> None:
    """A feed with a DOCTYPE in a comment only is read."""
    assert len(read(rss(item(1), prolog)).entries) == 1


@pytest.mark.parametrize(
    "garbage",
    [
        "<title>&#xD800;&#99999999999;&#x110000;A</title>",
        "<title>A</title><gml:pos>..</gml:pos><georss:point>1 a 2</georss:point><geo:lat>x</geo:lat>",
    ],
)
def test_what_feedparser_fails_at_is_removed_first(garbage: str) -> None:
    """Bad character references and geodata cost none of the entries."""
    entries = read(rss(f"<item>{garbage}<link>/1</link></item>" + item(2))).entries
    assert [(entry.headline or "")[-1] for entry in entries] == ["A", "2"]


def test_entities_inside_the_feed_expand_to_nothing() -> None:
    """Entities that are declared after the root element do not expand."""
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'
    [entry] = read(rss(f"{bomb}<item><title>&b;&b;</title><link>/1</link></item>")).entries
    assert "aaaa" not in (entry.headline or "")


needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="../shared is not there")


@needs_shared
def test_real_feeds_lose_nothing() -> None:
    """Each entry of 30 real feeds is returned with its address, or its own text if all have one address."""
    for file in sorted((SHARED / "real").iterdir()):
        data = file.read_bytes()
        entries = read(data).entries
        assert len(entries) == len(re.findall(rb"<(?:item|entry)[\s>]", data)), file.name
        assert all(entry.address or entry.content for entry in entries), file.name


@needs_shared
def test_malformed_feeds_yield_their_whole_entries() -> None:
    """Only an entry that was cut off before its address is missing."""
    for file in sorted((SHARED / "malformed").iterdir()):
        data = file.read_bytes()
        there = len(re.findall(rb"<(?:item|entry)[\s>]", data))
        cut = 1 if "truncated" in file.name else 0
        assert there - cut <= len(read(data).entries) <= there, file.name


@needs_shared
def test_attacks_are_refused_or_harmless() -> None:
    """Bombs and external entities are refused; a path is not opened, and a script is no link."""
    harmless = {"UTF-7-decl.xml", "bytes-are-a-path.xml", "script-in-description.xml"}
    for file in sorted((SHARED / "attacks").iterdir()):
        page = FetchedPage(file.read_bytes(), AT)
        if file.name in harmless:
            assert parser.read(page, NOON) in {FeedLinks(), Feed(None, None, ())}, file.name
        else:
            with pytest.raises(InvalidInputError, match="contains a DOCTYPE"):
                parser.read(page, NOON)


def test_one_damaged_byte_costs_one_letter() -> None:
    """A feed in UTF-8 with one damaged letter is read; the other letters and entries stay right."""
    items = "".join(f"<item><title>Küche {n} öffnet</title><link>/{n}</link></item>" for n in range(5))
    data = bytearray(rss(items).encode())
    del data[data.index("ü".encode()) + 1]
    headlines = [entry.headline or "" for entry in read(bytes(data)).entries]
    assert headlines[1:] == [f"Küche {n} öffnet" for n in range(1, 5)]
    assert headlines[0].endswith("che 0 öffnet")
