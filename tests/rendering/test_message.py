"""Messages keep within Telegram's limits, counted in UTF-16 units."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.i18n import in_language
from bot.rendering.message import TEXT_LIMIT, Button, Composer, Entity, first_words, pages, shorten, units

FAMILY = "👩‍👩‍👧"  # five code points, eight units, one drawn character
FLAG = "🇺🇦"
SCOTLAND = "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
DRAWN = ["a", "б", "е\u0301", "कु", "👍🏽", "1️⃣", "❤️", "𝒳", FAMILY, FLAG, SCOTLAND]

texts = st.lists(st.sampled_from([*DRAWN, " ", ". ", "! ", "\n\n", "."]), max_size=60).map("".join)
anything = st.text(max_size=200)


def drawn(text: str) -> list[str]:
    """Split a text made of DRAWN into what a person sees as single characters."""
    found = []
    while text:
        longest = max((one for one in DRAWN if text.startswith(one)), key=len, default=text[0])
        found.append(longest)
        text = text[len(longest) :]
    return found


@given(anything)
def test_units_are_what_utf_16_has(text: str) -> None:
    """A character beyond the first plane counts as two units."""
    assert units(text) == sum(2 if ord(character) > 0xFFFF else 1 for character in text)


@given(anything | texts, st.integers(-3, 80))
@example("abc", 0)
@example("a" + "\u0301" * 50, 10)
def test_a_shortened_text_never_exceeds_its_limit(text: str, limit: int) -> None:
    """A shortened text never exceeds its limit, whatever the text and the limit are, nor in German."""
    assert units(shorten(text, limit)) <= max(0, limit)
    assert units(shorten(text, limit, "\u00a0…")) <= max(0, limit)


@given(texts, st.integers(1, 80))
def test_a_shortened_text_is_a_beginning_of_whole_characters(text: str, limit: int) -> None:
    """A shortened text is the beginning of the text, and splits no drawn character."""
    kept = shorten(text, limit)
    if kept != text:
        kept = kept.removesuffix("…")
        whole = drawn(text)
        beginnings = ["".join(whole[:number]) for number in range(len(whole) + 1)]
        assert kept in beginnings or kept in [beginning.rstrip() for beginning in beginnings]


@given(texts, st.integers(0, 80))
def test_a_text_that_fits_is_left_alone(text: str, room: int) -> None:
    """A text that fits does not change."""
    assert shorten(text, units(text) + room) == text


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        (
            "It held. People crossed it at once.",
            20,
            "It held. People…",
        ),  # the sentence would keep less than half
        ("It held again today. People crossed.", 25, "It held again today."),
        ("It cost us 3.14 million", 14, "It cost us…"),  # "3." is no sentence
        ("«Так!» Вони прийшли.", 10, "«Так!»"),
        ("Unbrokenwordwithoutend", 8, "Unbroke…"),
        (f"{FLAG}{FLAG}{FLAG}", 7, f"{FLAG}…"),
        (f"ab{FAMILY}", 6, "ab…"),
    ],
)
def test_where_a_text_is_shortened(text: str, limit: int, expected: str) -> None:
    """A text is cut after a sentence that keeps half of it, else after a word, else between characters."""
    assert shorten(text, limit) == expected


@pytest.mark.parametrize(
    ("text", "limit", "shortened", "words"),
    [
        ("It held again today", 16, "It held again\u00a0…", "It held again\u00a0…"),
        ("It held again today", 14, "It held\u00a0…", "It held\u00a0…"),
        ("Unbrokenwordwithoutend", 8, "Unbrok…", "Unbrok…"),
        ("It held again", 13, "It held again", "It held again"),
    ],
)
def test_in_german_a_space_stands_where_whole_words_are_left_out(
    text: str, limit: int, shortened: str, words: str
) -> None:
    """But none where a word itself is cut, and all fits into the limit."""
    more = in_language("de").more
    assert (shorten(text, limit, more), first_words(text, limit, more)) == (shortened, words)
    assert units(shortened) <= limit
    assert in_language("en").more == "…"


@given(anything | texts, st.integers(2, 60))
@example("a" + "\u0301" * 50, 10)
def test_no_page_exceeds_its_limit(text: str, limit: int) -> None:
    """No page exceeds its limit, also if one letter with its marks is longer than a page."""
    assert all(units(page) <= limit for page in pages(text, limit))


@given(anything | texts, st.integers(2, 60))
def test_pages_lose_nothing_but_white_space(text: str, limit: int) -> None:
    """Every character but white space is on one of the pages, in order."""
    kept = "".join(pages(text, limit))
    assert "".join(kept.split()) == "".join(text.split())


@given(texts, st.integers(20, 60))
def test_no_page_breaks_up_a_drawn_character(text: str, limit: int) -> None:
    """The pages together have the same drawn characters as the text."""
    whole = [one for one in drawn(text) if not one.isspace()]
    kept = [one for page in pages(text, limit) for one in drawn(page) if not one.isspace()]
    assert kept == whole


def test_pages_are_cut_between_paragraphs_before_sentences_before_words() -> None:
    """A page ends at the largest break in its second half."""
    assert pages("One two.\n\nThree four. Five six", 22) == ["One two.\n\nThree four.", "Five six"]
    assert pages("One. Two three.\n\nFour five six", 22) == ["One. Two three.", "Four five six"]
    assert pages("one two three four", 10) == ["one two", "three four"]


pieces = st.lists(
    st.tuples(texts | anything, st.sets(st.sampled_from(["bold", "italic", "code"]))), max_size=8
)


@given(pieces)
def test_entities_lie_in_the_text_and_cover_what_was_styled(made: list[tuple[str, set[str]]]) -> None:
    """Offsets and lengths are UTF-16 units of the final text, without the white space at its end."""
    composer = Composer()
    for piece, styles in made:
        composer.text(piece, *sorted(styles))
    message = composer.message()
    encoded = message.text.encode("utf-16-le", "surrogatepass")
    covered = [
        (entity.type, encoded[entity.offset * 2 : (entity.offset + entity.length) * 2].decode("utf-16-le"))
        for entity in message.entities
    ]
    assert all(one.length > 0 and one.offset + one.length <= units(message.text) for one in message.entities)
    styled = [(look, piece) for piece, styles in made if piece for look in sorted(styles)]
    for (look, kept), (wanted, piece) in zip(covered, styled, strict=False):
        assert look == wanted
        assert kept == piece or kept.rstrip() == piece.rstrip()
    left_out = styled[len(covered) :]
    assert all(not piece.strip() for _, piece in left_out)


@given(pieces, pieces)
def test_appending_is_the_same_as_writing_on(
    first: list[tuple[str, set[str]]], second: list[tuple[str, set[str]]]
) -> None:
    """An appended message has the same text and formats as if it were written in place."""
    together, front, back = Composer(), Composer(), Composer()
    for part, made in ((front, first), (back, second)):
        for piece, styles in made:
            part.text(piece, *sorted(styles))
            together.text(piece, *sorted(styles))
    assert front.append(back.message()).message() == together.message()
    assert front.room == TEXT_LIMIT - front.used == TEXT_LIMIT - sum(map(units, front.pieces))


def test_rows_without_buttons_are_left_out() -> None:
    """A row without buttons is left out, since Telegram refuses empty rows."""
    one = Button("Open", "open")
    message = Composer().text("x").buttons(None, one).buttons(None).buttons().message()
    assert message.rows == ((one,),)


def test_a_payload_is_what_send_message_takes() -> None:
    """A payload has entities, a button's data or address, and no link preview."""
    message = Composer().text("Help", "text_link", url="https://example.org").message()
    shown = Composer().text("x").buttons(Button("a", "b"), Button("c", url="https://example.org")).message()
    assert message.entities == (Entity("text_link", 0, 4, "https://example.org"),)
    assert message.payload() == {
        "text": "Help",
        "entities": [{"type": "text_link", "offset": 0, "length": 4, "url": "https://example.org"}],
        "link_preview_options": {"is_disabled": True},
    }
    assert shown.payload()["reply_markup"]["inline_keyboard"] == [
        [{"text": "a", "callback_data": "b"}, {"text": "c", "url": "https://example.org"}]
    ]


@pytest.mark.parametrize(
    ("headline", "expected"),
    [
        ("The bridge holds", "The bridge holds"),
        ("Volunteers reopen the bridge", "Volunteers reopen the…"),
        ("Bread, water, and light: a whole week", "Bread, water, and light: a…"),
        ("Bread, water, and light – the week", "Bread, water, and light…"),
        ("Донауdampfschiffahrtsgesellschaftskapitän", "Донауdampfschiffahrtsgesell…"),
        ("Two — three words and some more", "Two — three words and some…"),
        ("", ""),
    ],
)
def test_the_first_whole_words(headline: str, expected: str) -> None:
    """A word is never cut, unless the first one alone is too long; no comma or dash dangles at the end."""
    assert first_words(headline, 28 if len(headline) > 28 else 24) == expected


@given(texts | anything, st.integers(2, 40))
def test_first_words_fit(text: str, limit: int) -> None:
    """They never exceed the limit, and are the beginning of the text."""
    words = first_words(text, limit)
    assert units(words) <= limit
    assert text.startswith(words.removesuffix("…")) or words == text
