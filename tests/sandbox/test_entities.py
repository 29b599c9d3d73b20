"""Formatted texts: how Telegram reads HTML, MarkdownV2 and explicit entities."""

import html
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.sandbox.bot_api.refusals import Refusal
from bot.sandbox.text.entities import formatted
from bot.sandbox.text.recognise import Entity, utf16_length


def shape(entities: list[dict[str, Any]]) -> list[tuple[str, int, int]]:
    return [(entity["type"], entity["offset"], entity["length"]) for entity in entities]


HTML: list[tuple[str, str, list[tuple[str, int, int]]]] = [
    ("plain &lt;b&gt; &amp; &quot;x&quot; &#128512; &#x41;", 'plain <b> & "x" 😀 A', []),
    ("&nbsp; &copy &", "&nbsp; &copy &", []),
    ("<b>a</b> <strong>b</strong>", "a b", [("bold", 0, 1), ("bold", 2, 1)]),
    ("<i>a<b>b</b></i>", "ab", [("italic", 0, 2), ("bold", 1, 1)]),
    ("<u>a</u><s>b</s>", "ab", [("underline", 0, 1), ("strikethrough", 1, 1)]),
    ("<ins>a</ins><del>b</del>", "ab", [("underline", 0, 1), ("strikethrough", 1, 1)]),
    ("😀<b>я</b>", "😀я", [("bold", 2, 1)]),
    ('<span class="tg-spoiler">x</span>', "x", [("spoiler", 0, 1)]),
    ("<tg-spoiler>x</tg-spoiler>", "x", [("spoiler", 0, 1)]),
    ("<code>/help</code>", "/help", [("code", 0, 5)]),
    ("<pre>x</pre>", "x", [("pre", 0, 1)]),
    ('<pre><code class="language-python">x</code></pre>', "x", [("pre", 0, 1)]),
    ("<blockquote>x</blockquote>", "x", [("blockquote", 0, 1)]),
    ("<blockquote expandable>x</blockquote>", "x", [("expandable_blockquote", 0, 1)]),
    ('<a href="https://a.org">x</a>', "x", [("text_link", 0, 1)]),
    ("<a href='https://a.org/?a=1&amp;b=2'>x</a>", "x", [("text_link", 0, 1)]),
    ('<a href="nonsense">x</a>', "x", []),
    ("<B>x</B>", "x", [("bold", 0, 1)]),
    ("<b>x</>", "x", [("bold", 0, 1)]),
    ('<tg-emoji emoji-id="5">👍</tg-emoji>', "👍", [("custom_emoji", 0, 2)]),
    ('<tg-time unix="5">soon</tg-time>', "soon", [("date_time", 0, 4)]),
    ("  <b> x </b>  ", "x", [("bold", 0, 1)]),
    ("a <b> </b> b", "a   b", []),
    ("see /help", "see /help", [("bot_command", 4, 5)]),
    ("<b>see /help</b>", "see /help", [("bold", 0, 9), ("bot_command", 4, 5)]),
]


@pytest.mark.parametrize(("markup", "text", "entities"), HTML)
def test_html(markup: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    """Each tag becomes its entity, with offsets in UTF-16 units of the trimmed text."""
    plain, found = formatted(markup, "HTML", None)
    assert (plain, shape(found)) == (text, entities)


def test_fields_of_html_entities() -> None:
    """A link has its unescaped, completed address, a pre block its language."""
    _, [link] = formatted('<a href="a.org?x=1&amp;y=2">x</a>', "HTML", None)
    assert link["url"] == "http://a.org?x=1&y=2"
    _, [pre] = formatted('<pre><code class="language-python">x</code></pre>', "HTML", None)
    assert pre["language"] == "python"
    _, [mention] = formatted('<a href="tg://user?id=7">x</a>', "HTML", None)
    assert (mention["type"], mention["user"]["id"]) == ("text_mention", 7)


HTML_FAULTS = [
    ("<b>x", 'Can\'t find end tag corresponding to start tag "b"'),
    ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
    ("я<div>x</div>", 'Unsupported start tag "div" at byte offset 2'),
    ("a < b", 'Unsupported start tag "" at byte offset 2'),
    ("x</b>", "Unexpected end tag at byte offset 1"),
    ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
    ("<b", "Unclosed start tag at byte offset 0"),
    ("<b>x</b", "Unclosed end tag at byte offset 4"),
    ('<a href="x', "Unclosed start tag at byte offset 0"),
    ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
    ("<a href>x</a", "Unclosed end tag"),
    ("<a ='x'>x</a>", 'Empty attribute name in the tag "a" at byte offset 0'),
    ("<a href 'x'>x</a>", 'Expected equal sign in declaration of an attribute of the tag "a"'),
    ("<tg-emoji>x</tg-emoji>", "Invalid custom emoji identifier specified"),
]


@pytest.mark.parametrize(("markup", "reason"), HTML_FAULTS)
def test_html_faults(markup: str, reason: str) -> None:
    """Broken HTML is refused with Telegram's messages, with offsets in bytes."""
    with pytest.raises(Refusal) as refusal:
        formatted(markup, "html", None)
    assert refusal.value.description.startswith(f"Bad Request: can't parse entities: {reason}")


MARKDOWN: list[tuple[str, str, list[tuple[str, int, int]]]] = [
    (
        "*a* _b_ __c__ ~d~",
        "a b c d",
        [("bold", 0, 1), ("italic", 2, 1), ("underline", 4, 1), ("strikethrough", 6, 1)],
    ),
    ("||x||", "x", [("spoiler", 0, 1)]),
    ("*a _b_*", "a b", [("bold", 0, 3), ("italic", 2, 1)]),
    ("`a*b`", "a*b", [("code", 0, 3)]),
    ("```python\nx = 1\n```", "x = 1", [("pre", 0, 5)]),
    (r"1\. a\_b \\", r"1. a_b \ ".strip(), []),
    ("[x](https://a.org/)", "x", [("text_link", 0, 1)]),
    (r"[x](https://a.org/\))", "x", [("text_link", 0, 1)]),
    (">a\n>b\nc", "a\nb\nc", [("blockquote", 0, 3)]),
    (">a\n>b||", "a\nb", [("expandable_blockquote", 0, 3)]),
    ("😀*я*", "😀я", [("bold", 2, 1)]),
]


@pytest.mark.parametrize(("markup", "text", "entities"), MARKDOWN)
def test_markdown(markup: str, text: str, entities: list[tuple[str, int, int]]) -> None:
    """Each mark becomes its entity."""
    plain, found = formatted(markup, "MarkdownV2", None)
    assert (plain, shape(found)) == (text, entities)


MARKDOWN_FAULTS = [
    ("1.", "Character '.' is reserved and must be escaped with the preceding '\\'"),
    ("a-b", "Character '-' is reserved"),
    ("*a", "Can't find end of Bold entity at byte offset 0"),
    ("я [x", "Can't find end of TextUrl entity at byte offset 3"),
    ("*a _b*_", "Can't find end of"),
    ("[x](https://a.org", "Can't find end of a URL"),
]


@pytest.mark.parametrize(("markup", "reason"), MARKDOWN_FAULTS)
def test_markdown_faults(markup: str, reason: str) -> None:
    """A character that is not escaped or closed is refused with Telegram's message."""
    with pytest.raises(Refusal) as refusal:
        formatted(markup, "MarkdownV2", None)
    assert refusal.value.description.startswith(f"Bad Request: can't parse entities: {reason}")


@given(st.text())
def test_escaped_html_is_unchanged(text: str) -> None:
    """Any text escaped for HTML comes back trimmed and without control characters, else unchanged."""
    plain, _ = formatted(html.escape(text), "HTML", None)
    expected, _ = formatted(text, None, None)
    assert plain == expected


@given(st.text(), st.sampled_from(["HTML", "MarkdownV2"]))
def test_no_text_breaks_the_parsers(text: str, mode: str) -> None:
    """Any text is parsed or refused, and the entities are inside it in order."""
    code, plain = 200, ""
    entities: list[Entity] = []
    try:
        plain, entities = formatted(text, mode, None)
    except Refusal as refusal:
        code = refusal.code
    assert code in {200, 400}
    places = [(entity["offset"], -entity["length"]) for entity in entities]
    assert places == sorted(places)
    assert all(e["offset"] + e["length"] <= utf16_length(plain) for e in entities)


@given(st.lists(st.tuples(st.sampled_from(["b", "i", "u", "s"]), st.text("aя😀 ", min_size=1)), max_size=6))
def test_tags_cover_exactly_their_text(parts: list[tuple[str, str]]) -> None:
    """The text of each entity is the text in its tag, except for white space at the ends."""
    markup = "x" + "".join(f"<{tag}>{text}</{tag}>" for tag, text in parts) + "x"
    plain, entities = formatted(markup, "HTML", None)
    units = plain.encode("utf-16-le")
    covered = [units[e["offset"] * 2 : (e["offset"] + e["length"]) * 2].decode("utf-16-le") for e in entities]
    assert covered == [text for _, text in parts if text.strip()]


EXPLICIT_FAULTS: list[tuple[list[dict[str, Any]], str]] = [
    ([{"type": "bold", "offset": 0, "length": 6}], "outside the text"),
    ([{"type": "bold", "offset": -1, "length": 2}], "outside the text"),
    ([{"type": "bold", "offset": 0, "length": 0}], "outside the text"),
    ([{"type": "loud", "offset": 0, "length": 1}], 'unsupported type "loud"'),
    ([{"type": "text_link", "offset": 2, "length": 1}], 'text_link needs "url"'),
    ([{"type": "text_link", "offset": 2, "length": 1, "url": "nowhere"}], "is no link"),
    ([{"type": "bold", "offset": 0, "length": 1}], "inside a character"),
    (
        [{"type": "bold", "offset": 0, "length": 3}, {"type": "italic", "offset": 2, "length": 3}],
        "overlap in part",
    ),
]


@pytest.mark.parametrize(("entities", "reason"), EXPLICIT_FAULTS)
def test_explicit_entities_are_checked(entities: list[dict[str, Any]], reason: str) -> None:
    """Entities that are outside the text, inside a character, crossing or incomplete are refused."""
    with pytest.raises(Refusal, match=reason):
        formatted("😀abc", None, entities)


def test_explicit_entities_follow_the_trimmed_text() -> None:
    """Trimmed white space at the start moves the entities."""
    text, entities = formatted("  abc ", None, [{"type": "bold", "offset": 2, "length": 4}])
    assert (text, shape(entities)) == ("abc", [("bold", 0, 3)])


RECOGNISED: list[tuple[str, list[str]]] = [
    ("/start now", ["bot_command /start"]),
    ("/start@some_bot", ["bot_command /start@some_bot"]),
    ("a/b and/or 1/2", []),
    ("@anna, @ab", ["mention @anna"]),
    ("me@a.org", ["email me@a.org"]),
    ("#допомога #1 #a1", ["hashtag #допомога", "hashtag #a1"]),
    ("See https://a.org/x_(y). Or b.com!", ["url https://a.org/x_(y)", "url b.com"]),
    ("(https://a.org)", ["url https://a.org"]),
    ("😀 /help", ["bot_command /help"]),
    ("version 1.2.3 e.g. this", []),
]


@pytest.mark.parametrize(("text", "expected"), RECOGNISED)
def test_recognised_entities(text: str, expected: list[str]) -> None:
    """Commands, mentions, addresses, hashtags and links are recognised as apps do."""
    _, entities = formatted(text, None, None)
    units = text.encode("utf-16-le")
    found = [
        f"{e['type']} {units[e['offset'] * 2 : (e['offset'] + e['length']) * 2].decode('utf-16-le')}"
        for e in entities
    ]
    assert found == expected
