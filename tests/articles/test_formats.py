"""Story files: recognise the format, extract the Article, and refuse what is not a story."""

import contextlib
import gzip
import io
import time
import zipfile
from importlib.resources import files as resources

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.articles import charset, formats, plaintext
from bot.articles.article import LARGEST
from bot.errors import InvalidInputError
from tests.paths import SHARED_DATA

BODY = "The boats came back at dawn. “We waited,” said Petro.\n\nNobody was hurt."
STORY = f"Boats come back\n\nBy Olena Koval\n\n{BODY}"
ORIGINAL = resources("bot.cli.demo").joinpath("demo_stories", "original-story.txt").read_bytes()


def test_reads_the_original_story() -> None:
    """The project's original story gives headline, byline and a body without caption and credit."""
    article = formats.read(ORIGINAL, "original-story.txt")
    assert article.headline == (
        "'Dancing With The Stars' Pro Returns To Europe After Escaping Ukraine: 'Please Come Back To Us'"
    )
    assert article.byline == "Taylor Sakellis"
    assert article.paragraphs[0].startswith("Dancing with the Stars professional Maksim Chmerkovskiy")
    assert article.paragraphs[-1].endswith("please visit here.")
    assert len(article.paragraphs) == 14
    assert "instagram |" not in article.body
    assert "maksim chmerkovskiy" not in article.body


@pytest.mark.parametrize(
    ("text", "headline", "first"),
    [
        ("The bridge was opened on Monday.", "", "The bridge was opened on Monday."),
        ("The bridge was opened.\n\nPeople cross it.", "", "The bridge was opened."),
        ("The bridge was opened on Monday by the mayor of\nthe town.\n\nPeople cross.", "", "The bridge"),
        ("数千人在寒冷中等待。志愿者运来了药品。", "", "数千人在寒冷中等待。"),
        ("Bridge opened\n\nPeople cross it again.", "Bridge opened", "People cross it again."),
        ("Is it open?\n\nPeople cross it again.", "Is it open?", "People cross it again."),
    ],
)
def test_text_without_headline(text: str, headline: str, first: str) -> None:
    """If no headline is needed, a first paragraph of sentences belongs to the body."""
    article = formats.read(text.encode(), "a.txt", headless=True)
    assert article.headline == headline
    assert article.body.startswith(first)


def test_only_boilerplate_is_refused() -> None:
    """A file of credits and calls only is refused with a sentence, with or without a headline."""
    with pytest.raises(InvalidInputError, match="no complete sentence"):
        formats.read(b"Photo: Getty Images\n\nFollow us on Twitter @news", "a.txt", headless=True)


def test_three_formats_give_the_same_article() -> None:
    """One story as plain text, HTML and Markdown gives the same headline, byline, body and link."""
    plain = STORY + "\n\nTo help, visit https://aid.example/boats."
    html = (
        "<html><head><meta name='author' content='Olena Koval'></head><h1>Boats come back</h1>"
        "<p>The boats came back at dawn. “We waited,” said Petro.</p><p>Nobody was hurt.</p>"
        "<p>To help, visit <a href='https://aid.example/boats'>https://aid.example/boats</a>.</p></html>"
    )
    markdown = (
        f"---\nauthor: Olena Koval\n---\n# Boats come back\n\n{BODY.replace('came back', '*came back*')}\n\n"
        "To help, visit <https://aid.example/boats>.\n"
    )
    articles = [formats.read(text.encode(), "story") for text in (plain, html, markdown)]
    assert {(article.headline, article.byline, article.body) for article in articles} == {
        (
            "Boats come back",
            "Olena Koval",
            f"{BODY}\n\nTo help, visit https://aid.example/boats.",
        )
    }
    assert {tuple(link.url for link in article.links) for article in articles} == {
        ("https://aid.example/boats",)
    }


@pytest.mark.parametrize(
    ("name", "text", "headline"),
    [
        (
            "page.txt",
            "<!-- saved --><!DOCTYPE html><title>Boats | News</title><p>The boats came back.</p>",
            "Boats",
        ),
        ("page.html", "Boats come back\n\nThe price is < 5 & > 3, he said.", "Boats come back"),
        ("notes.txt", "## Boats\n\nThe boats [came](https://n.example/a) back.", "Boats"),
        ("notes.txt", "Boats\n=====\n\nThe boats came back.", "Boats"),
        ("notes.md", "**Boats**\n\nThe boats came back.", "Boats"),
        ("notes.txt", "Boats\n\n#boats is what they call it. It is * not * a list.", "Boats"),
    ],
)
def test_the_format_is_recognised_by_content(name: str, text: str, headline: str) -> None:
    """The content decides about the format; the file name only if the content is ambiguous."""
    article = formats.read(text.encode(), name)
    assert article.headline == headline
    assert "<p>" not in article.body


@pytest.mark.parametrize(
    ("text", "byline"),
    [
        ("Head\nBy Ann Roe and Ben Doe\n\nOne sentence.", "Ann Roe and Ben Doe"),
        ("Head\n\nВід редакції.\n\nОдне речення.", None),
        ("Заголовок\n\nОлена Коваль\n\nОдне речення стоїть тут.", "Олена Коваль"),
        ("Kopf\n\nVon Jürgen Müller\n\nEin Satz.", "Jürgen Müller"),
        ("Head\n\nBy the river they sat.", None),
        ("Head\n\nNew York", None),
    ],
)
def test_the_byline_is_names_right_below_the_headline(text: str, byline: str | None) -> None:
    """A line of names below the headline is the byline; a sentence is not, nor is the only line."""
    article = plaintext.read(text)
    assert article.byline == byline
    assert byline is None or byline not in article.body


@pytest.mark.parametrize(
    ("text", "byline", "body"),
    [
        ("# Head\n\nBy Ann Roe\n\nOne sentence.", "Ann Roe", "One sentence."),
        ("# Head\n\n*By Ann Roe and Ben Doe*\n\nOne sentence.", "Ann Roe and Ben Doe", "One sentence."),
        ("# Head\n\n[Ann Roe](https://a.example)\n\nSee [it](https://b.example).", "Ann Roe", "See it."),
        ("**Head**\n\nBy Ann Roe\n\nOne sentence.", "Ann Roe", "One sentence."),
        ("---\nauthor: Ben Doe\n---\n# Head\n\nAnn Roe\n\nOne.", "Ben Doe", "Ann Roe\n\nOne."),
        ("# Head\n\nBy the river they sat.\n\nOne.", None, "By the river they sat.\n\nOne."),
    ],
)
def test_the_byline_of_markdown_is_names_right_below_the_headline(
    text: str, byline: str | None, body: str
) -> None:
    """In Markdown the byline may follow an empty line; links keep their paragraphs."""
    article = formats.read(text.encode(), "story.md")
    assert (article.headline, article.byline, article.body) == ("Head", byline, body)
    assert all(link.words in article.paragraphs[link.paragraph] for link in article.links)


def test_a_wrapped_text_is_joined() -> None:
    """Wrapped lines become whole paragraphs, and a headline of two lines becomes one line."""
    text = (
        "The boats of the lower village come back after\nthree days at sea\n\n"
        "The boats came back at dawn, when nobody in the village had\n"
        "slept and everybody stood on the quay and waited for\nthem. They were all there.\n"
    )
    article = formats.read(text.encode(), "s.txt")
    assert article.headline == "The boats of the lower village come back after three days at sea"
    assert len(article.paragraphs) == 1


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"\xef\xbb\xbf \r\n\0", "is empty"),
        (b"%PDF-1.7\n%\xe2\xe3", "is a PDF file"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "is a PNG file"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "is a JPEG file"),
        (gzip.compress(b"a story", mtime=0), "is a GZIP file"),
        (b"{\\rtf1 story}", "is a RTF file"),
        (b"\0\0\0\x18ftypmp42" + b"\0" * 50, "is a MP4 file"),
        (bytes(range(256)) * 40, "cannot be read as text"),
        (b"x" * (LARGEST + 1), "is larger than 5 MB"),
        (b"Only a headline", "has a headline, but no story"),
        (b"<html><body></body></html>", "No headline was found"),
        (("word " * 100).encode(), "No headline was found"),
        (b"Headline\n\nno sentence", "There is no complete sentence"),
    ],
)
def test_refuses_with_one_sentence_that_helps(data: bytes, says: str) -> None:
    """A file that is not a story is refused by name, with a sentence that says what to do."""
    with pytest.raises(InvalidInputError) as refused:
        formats.read(data, "folder/story.bin")
    sentence = str(refused.value)
    assert says in sentence
    assert "story.bin" in sentence
    assert "folder" not in sentence


@pytest.mark.parametrize(
    ("inside", "kind"), [("word/document.xml", "Word"), ("a.txt", "ZIP"), ("xl/a", "Excel")]
)
def test_recognises_the_format_in_a_zip(inside: str, kind: str) -> None:
    """A .docx file is called a Word file, whatever its name is."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(inside, "text")
    with pytest.raises(InvalidInputError, match=f"is a {kind} file"):
        formats.read(packed.getvalue(), "story.txt")


UKRAINIAN = (
    "Човни повернулися\n\nЧовни повернулися на світанку. «Ми чекали», — сказав Петро. Їх ніхто не бачив."
)
POLISH = "Łodzie wróciły o świcie. „Czekaliśmy”, powiedział Józef. Nikt się nie skarżył, źle było."
EIGHT_BIT = {
    "pl": (
        "Szpital w dolinie od soboty nie ma czystej wody, mówią pielęgniarki z oddziału dziecięcego. "
        "Czterdzieści rodzin śpi w szkole, a kuchnia gotuje ciepły posiłek. Inżynierowie naprawią źródło."
    ),
    "cs": (
        "Nemocnice v údolí nemá od soboty čistou vodu, říkají sestry z dětského oddělení. Čtyřicet rodin spí "
        "ve škole a kuchyně pro ně vaří teplé jídlo. Dělníci chtějí opravit stanici do konce týdne."
    ),
    "de": (
        "Das Krankenhaus im Tal hat seit Samstag kein sauberes Wasser, sagen Pflegerinnen. Für vierzig "
        "Familien kocht die Küche täglich. Die Straße bleibt geschlossen, bis Männer das Geröll räumen."
    ),
    "en": (
        "The hospital has had no clean water since Saturday. “Help us,” said the owner of the café, and "
        "nobody knew when the engineers would come. Zoë’s kitchen cooks for forty families in the school."
    ),
    "ar": "المستشفى في الوادي بلا ماء نظيف منذ يوم السبت كما تقول الممرضات. أربعون عائلة تنام في المدرسة.",
    "uk": (
        "Лікарня в долині з суботи не має чистої води, кажуть медсестри. Сорок родин ночують у школі, а "
        "кухня готує для них їжу. Інженери хочуть полагодити насосну станцію до кінця тижня."
    ),
}
FRENCH = "À l’aube les bateaux sont rentrés. « Où étiez-vous ? » a demandé Rémi, très ému."


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (UKRAINIAN, "utf-8-sig"),
        (UKRAINIAN, "windows-1251"),
        (UKRAINIAN.replace("«", '"').replace("»", '"').replace("—", "-"), "koi8-u"),
        (UKRAINIAN, "utf-16"),
        (UKRAINIAN, "utf-32"),
        (POLISH, "windows-1250"),
        (FRENCH, "windows-1252"),
        (FRENCH.replace("’", "'"), "iso-8859-1"),
        (UKRAINIAN, "utf-16-le"),
        (FRENCH, "utf-16-le"),
        (FRENCH, "utf-16-be"),
    ],
)
def test_finds_the_character_set(text: str, encoding: str) -> None:
    """Files in the character sets of newsrooms are decoded exactly, with and without a byte order mark."""
    assert charset.decode(text.encode(encoding)) == text


@pytest.mark.parametrize("text", [UKRAINIAN * 3, POLISH * 3, FRENCH * 3])
@pytest.mark.parametrize("head", ["", '<meta charset="utf-8">', '<meta charset="iso-8859-1">'])
def test_one_damaged_byte_damages_one_letter(text: str, head: str) -> None:
    """UTF-8 with a damaged letter is UTF-8, whatever it declares; only that letter is lost."""
    data = (head + text).encode()
    at = next(at for at, byte in enumerate(data) if byte >= 0xC0) + 1
    decoded = charset.decode(data[:at] + b"<" + data[at + 1 :])
    assert decoded is not None
    assert decoded.count("\ufffd") == 1
    assert decoded[-100:] == text[-100:]


def test_one_damaged_byte_in_a_declared_set_damages_one_letter() -> None:
    """A byte that the declared set does not have is replaced."""
    data = b'<meta charset="windows-1251">' + (UKRAINIAN * 5).encode("windows-1251") + b"\x98"
    assert (charset.decode(data) or "").endswith(f"{UKRAINIAN[-20:]}\ufffd")


@pytest.mark.parametrize(
    ("language", "encodings"),
    [
        ("pl", ("windows-1250", "iso-8859-2")),
        ("cs", ("windows-1250", "iso-8859-2")),
        ("de", ("windows-1252", "iso-8859-1")),
        ("uk", ("windows-1251", "koi8-u", "iso-8859-5")),
    ],
)
def test_a_text_without_a_named_set_is_right(language: str, encodings: tuple[str, ...]) -> None:
    """The letters of the text's language decide which of the 8-bit sets a text is in."""
    for encoding in encodings:
        assert charset.decode(EIGHT_BIT[language].encode(encoding)) == EIGHT_BIT[language]


MARKUP = "<link href=/wp-content/style.css><script>function share(window) {return window.location}</script>\n"


@pytest.mark.parametrize("language", EIGHT_BIT)
@pytest.mark.parametrize("hint", [None, "utf-8"])
@pytest.mark.parametrize("size", [0, 60, 1000], ids=["short", "long", "longer than the sample"])
def test_a_page_without_a_named_set_is_right(language: str, hint: str | None, size: int) -> None:
    """The text between the tags decides, however long the head is, and whatever the server says."""
    encodings = {"pl": "iso-8859-2", "cs": "windows-1250", "uk": "koi8-u", "ar": "windows-1256"}
    encoding = encodings.get(language, "windows-1252")
    page = f"<html><head>{MARKUP * size}</head><body><p>{EIGHT_BIT[language]}</p></body></html>"
    assert charset.decode(page.encode(encoding), hint) == page


def test_a_text_named_utf_8_with_few_other_bytes_is_read_all_the_same() -> None:
    """Text whose server says UTF-8 is read with damage if no other set fits its few odd bytes."""
    text = b"The bridge is open again. " * 1000 + bytes(range(0xA1, 0x100))
    assert charset.decode(text) is None
    assert (charset.decode(text, "utf-8") or "").startswith("The bridge")


def test_a_text_in_an_unknown_set_is_refused() -> None:
    """A text whose letters fit no language is refused instead of guessed."""
    odd = "".join(map(chr, range(0xA1, 0x100)))
    with pytest.raises(InvalidInputError, match="cannot be read as text"):
        formats.read(f"Head\n\nThe letters {odd} stand here. Nobody knows why.".encode("latin-1"), "a.txt")


def test_a_declared_character_set_counts() -> None:
    """The declared set decodes bytes that are not UTF-8, and is ignored for those that are."""
    page = '<meta charset="windows-1251"><h1>Човни</h1><p>Човни повернулися.</p>'
    assert formats.read(page.encode("windows-1251"), "a.html").headline == "Човни"
    assert formats.read(page.encode(), "a.html").headline == "Човни"
    assert charset.decode(b'<meta charset="utf-7">+AGE-') == '<meta charset="utf-7">+AGE-'
    assert charset.decode(b'<meta charset="no-such-set">\xe9t\xe9, d\xe9j\xe0') is not None


def test_line_ends_and_odd_characters_do_no_harm() -> None:
    """CRLF, NUL, tabs, emoji and right-to-left words give plain paragraphs."""
    article = formats.read("Head 🚤\r\n\r\nمرحبا\tبالعالم،\0 he said.\r\n\r\nSecond.\r\n".encode(), "s.txt")
    assert article.headline == "Head 🚤"
    assert article.paragraphs == ["مرحبا بالعالم، he said.", "Second."]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 200_000,
        "> " * 100_000 + "x",
        "# a\n\n" + "*a_ " * 100_000,
        "a\n" * 200_000,
        "x" * 4_000_000,
        "\n" * 4_000_000 + "x",
    ],
    ids=["brackets", "quotations", "stars", "lines", "one-word", "blank-lines"],
)
def test_hostile_text_costs_little(text: str) -> None:
    """Megabytes of one character are read or refused in seconds."""
    started = time.process_time()
    with contextlib.suppress(InvalidInputError):
        formats.read(text.encode(), "story.md")
    assert time.process_time() - started < 15


@settings(deadline=None, max_examples=60)
@given(st.binary(max_size=400))
def test_any_bytes_give_an_article_or_a_refusal(data: bytes) -> None:
    """Any bytes give an Article that can be stored as UTF-8, or InvalidInputError."""
    try:
        article = formats.read(data, "story")
    except InvalidInputError:
        return
    assert article.headline
    assert article.body
    (article.headline + article.body).encode("utf-8")


def test_the_shipped_story_is_the_original() -> None:
    """The demo's story has the same bytes as the original."""
    given_story = SHARED_DATA / "original-story.txt"
    if not given_story.exists():
        pytest.skip("the shared data is not beside the repository")
    assert given_story.read_bytes() == ORIGINAL
