"""A message of the bot as HTML."""

import pytest

from bot.rendering.message import Entity, Message
from bot.web.message_html import to_html


@pytest.mark.parametrize(
    ("text", "entities", "expected"),
    [
        ("plain", (), "plain"),
        ('a <b> & "c"', (), "a &lt;b&gt; &amp; &#34;c&#34;"),
        ("bold it", (Entity("bold", 0, 4),), "<strong>bold</strong> it"),
        ("🙂 bold", (Entity("bold", 3, 4),), "🙂 <strong>bold</strong>"),
        ("abc", (Entity("bold", 0, 3), Entity("italic", 1, 1)), "<strong>a<em>b</em>c</strong>"),
        ("abc", (Entity("italic", 1, 1), Entity("bold", 0, 3)), "<strong>a<em>b</em>c</strong>"),
        ("abc", (Entity("bold", 0, 2), Entity("italic", 1, 2)), "<strong>a<em>b</em></strong><em>c</em>"),
        ("abc", (Entity("bold", 0, 1), Entity("bold", 1, 1)), "<strong>a</strong><strong>b</strong>c"),
        ("abc", (Entity("blink", 0, 3),), "abc"),
        ("abc", (Entity("bold", 1, 99),), "a<strong>bc</strong>"),
        ("", (Entity("bold", 0, 1),), ""),
        (
            "site",
            (Entity("text_link", 0, 4, "https://a.example/?a=1&b=2"),),
            '<a href="https://a.example/?a=1&amp;b=2" rel="noopener noreferrer" target="_blank">site</a>',
        ),
        ("site", (Entity("text_link", 0, 4, "javascript:alert(1)"),), "site"),
    ],
)
def test_formats_become_elements(text: str, entities: tuple[Entity, ...], expected: str) -> None:
    """Text is escaped, offsets count UTF-16 units, and elements never overlap."""
    assert to_html(Message(text, entities)) == expected
