"""Obstacles: a page without a story is refused with its reason, and a real story never is."""

import pytest

from bot.articles.page import pages
from bot.errors import InvalidInputError
from tests.load.newspages import PAGES, news_pages

ADDRESS = "https://news.example.org/2026/bridge"
SENTENCE = "The bridge over the river was opened on Sunday after three months of repairs. "
CLAIM = '<meta property="og:type" content="article">'
FREE = (
    '<script type="application/ld+json">{{"@type": "NewsArticle", "headline": "The bridge is open", '
    '"isAccessibleForFree": {}}}</script>'
)


def page(body: str, title: str = "The bridge is open | Example News", head: str = "") -> str:
    return f"<!doctype html><html><head><title>{title}</title>{head}</head><body>{body}</body></html>"


def story(sentences: int) -> str:
    paragraphs = "".join(
        f"<p>{SENTENCE}It took {n} masons and {n + 3} smiths of the town {n + 9} weeks.</p>"
        for n in range(2, sentences // 2 + 2)
    )
    return f"<article><h1>The bridge is open</h1>{paragraphs}</article>"


def refusal(text: str) -> str:
    with pytest.raises(InvalidInputError) as refused:
        pages.read(text.encode(), ADDRESS)
    sentence = str(refused.value)
    assert "news.example.org" in sentence
    return sentence


ROBOT = "first checks that visitors are not robots"
MISSING = "has no page at this address"
CONSENT = "asks for consent to cookies"
PAYWALL = "shows the full story only to people who pay"
VIDEO = "is a video without a written story"
LOGIN = "only to people who log in"
JAVASCRIPT = "it needs JavaScript"
EMPTY = "is empty"
LIST = "is a list of stories"
NO_STORY = "No story was found"

TEASERS = "".join(
    f'<div class="card"><h3><a href="/{n}">Story number {n} of this day</a></h3>'
    f"<p>What number {n} says, in short, is here.</p></div>"
    for n in range(12)
)
LINKS = "".join(
    f'<p><a href="/{n}">A whole headline of story number {n}, as it stands.</a></p>' for n in range(12)
)


@pytest.mark.parametrize(
    ("says", "text"),
    [
        (
            ROBOT,
            page(
                "<h1>news.example.org</h1><p>Checking your browser before you go on.</p>", "Just a moment..."
            ),
        ),
        (ROBOT, page("<p>Enable JavaScript and cookies to continue</p>", "Example News")),
        (
            ROBOT,
            page("<h1>Access Denied</h1><p>You don't have permission. Reference #18.</p>", "Access Denied"),
        ),
        (ROBOT, page("<div id='px-captcha'></div><p>Press and hold.</p>", "Example")),
        (ROBOT, page("<p>Підтвердьте, що ви не робот.</p>", "Новини")),
        (ROBOT, page("<p>Bitte bestätigen Sie, dass Sie ein Mensch sind.</p>", "Nachrichten")),
        (MISSING, page("<h1>Page not found</h1><p>Sorry. Try the search.</p>", "Example News")),
        (MISSING, page(f"<p>{SENTENCE * 4}</p>", "404 – Not found | Example News")),
        (MISSING, page("<h1>Сторінку не знайдено</h1><p>Спробуйте пошук.</p>", "Новини")),
        (MISSING, page("<h1>Seite nicht gefunden</h1><p>Leider.</p>", "Nachrichten")),
        (
            CONSENT,
            page(
                "<h1>Before you continue</h1><p>We use cookies and data to deliver services.</p>",
                "Before you continue to Example",
            ),
        ),
        (
            CONSENT,
            page(
                "<p>Wir und unsere 180 Partner benötigen Ihre Zustimmung.</p><p>Weiter mit Werbung</p>",
                "Nachrichten",
            ),
        ),
        (CONSENT, page("<p>Używamy plików cookies.</p><button>Przejdź do serwisu</button>", "Wiadomości")),
        (PAYWALL, page(story(4), head=FREE.format("false"))),
        (PAYWALL, page(story(4), head=FREE.format('"False"'))),
        (PAYWALL, page(f"{story(4)}<div class='paywall'>Subscribe to continue reading.</div>", head=CLAIM)),
        (PAYWALL, page(f"{story(4)}<div>Cet article est réservé aux abonnés.</div>", head=CLAIM)),
        (PAYWALL, page(f"{story(4)}<p>Лише для передплатників</p>", head=CLAIM)),
        (
            PAYWALL,
            page(
                f"{story(4)}<p>Pozostało 85% artykułu</p><p>dostępne tylko dla prenumeratorów</p>", head=CLAIM
            ),
        ),
        (
            VIDEO,
            page(
                "<h1>The bridge, seen from the air</h1><p>1.2 M views</p>",
                head='<meta property="og:type" content="video.other">',
            ),
        ),
        (
            VIDEO,
            page(
                "<h1>The bridge</h1><p>Watch it.</p>",
                head='<script type="application/ld+json">{"@type": "VideoObject"}</script>',
            ),
        ),
        (
            LOGIN,
            page(
                "<h1>Welcome back</h1><form><input name=u><input type=password></form><p>Forgot it?</p>",
                "Example",
            ),
        ),
        (LOGIN, page("<h1>Вхід</h1><p>Введіть пошту, щоб увійти.</p>", "Вхід | Новини")),
        (JAVASCRIPT, page("<div id=root></div><script src=/app.js></script>", "Example News")),
        (
            JAVASCRIPT,
            page("<noscript>You need to enable JavaScript to run this app.</noscript>", "Example News"),
        ),
        (JAVASCRIPT, page("<noscript>Bitte aktivieren Sie JavaScript.</noscript>", "Nachrichten")),
        (EMPTY, page("", "")),
        (EMPTY, "<!-- nothing -->"),
        (EMPTY, " \n "),
        (LIST, page(TEASERS, "News of today | Example News")),
        (LIST, page(LINKS, "News of today | Example News")),
        (NO_STORY, page("<h1>Imprint</h1><ul><li>Street</li><li>Town</li></ul>", "Imprint")),
    ],
)
def test_names_the_obstacle(says: str, text: str) -> None:
    """Each obstacle, in each of the bot's languages, has its sentence, which names the site."""
    assert says in refusal(text)


BANNER = "<div class=cookie-box>We use cookies. Accept all cookies.</div>"
NOSCRIPT = "<noscript>Please enable JavaScript.</noscript>"
FORM = "<form><input type=password></form>"
BOX = "<div>Subscribe to continue reading without advertisements.</div>"
RELATED = f"<section>{TEASERS}</section>"


@pytest.mark.parametrize("head", [CLAIM, ""], ids=["claims", "says-nothing"])
@pytest.mark.parametrize("extra", ["", BANNER, NOSCRIPT, FORM, RELATED, "<div class=g-recaptcha></div>"])
@pytest.mark.parametrize("sentences", [4, 40])
def test_boxes_around_a_story_refuse_nothing(extra: str, sentences: int, head: str) -> None:
    """Banners, forms and teasers around a story do not refuse it, even if it is short."""
    article = pages.read(page(f"{story(sentences)}{extra}", head=head).encode(), ADDRESS)
    assert article.body.startswith(SENTENCE)


@pytest.mark.parametrize(
    "head", [FREE.format("false"), FREE.format("true"), CLAIM, '<meta property="og:type" content="video">']
)
def test_a_long_story_is_never_refused(head: str) -> None:
    """A long story passes, though its page says that it is not free or has a video."""
    assert pages.read(page(f"{story(40)}{BOX}", head=head).encode(), ADDRESS).headline == "The bridge is open"


def test_one_sentence_may_be_a_story() -> None:
    """One sentence is a story if the page's metadata say so."""
    text = f"{SENTENCE}The mayor came too, and a band."
    flash = f"<article><h1>The bridge is open</h1><p>{text}</p></article>"
    article = pages.read(page(f"{flash}{BANNER}{NOSCRIPT}{FORM}", head=CLAIM).encode(), ADDRESS)
    assert article.paragraphs == [text]


def test_a_long_list_is_refused() -> None:
    """A front page is refused by its structure, however long its teasers are."""
    teasers = "".join(
        f'<div class="card"><a href="/{n}"><h2>Story number {n} of this day</h2></a>'
        f"<p>In village number {n}: {SENTENCE * 3}</p></div>"
        for n in range(12)
    )
    assert LIST in refusal(page(f"<main>{teasers}</main>", "News of today | Example News"))


@pytest.mark.parametrize(
    "headline",
    [
        "Access denied: aid convoy turned back",
        "404 people rescued at sea",
        "Not found for 40 years: the lost ship",
        "Please wait for spring, say the farmers",
    ],
)
def test_a_headline_that_only_begins_so_is_a_headline(headline: str) -> None:
    """A story's headline may begin with the words of an error page."""
    text = page(f"<article><h1>{headline}</h1><p>{SENTENCE * 5}</p></article>", headline)
    assert pages.read(text.encode(), ADDRESS).headline == headline


def test_real_pages_are_stories() -> None:
    """Of 150 real pages two are refused: a teaser before a paywall, and one whose text needs scripts."""
    if not PAGES.exists():
        pytest.skip("the shared data is not beside the repository")
    refused = {}
    for each in news_pages():
        try:
            pages.read(each.html.encode(), each.address)
        except InvalidInputError as error:
            refused[each.name] = str(error)
    assert set(refused) == {"seb_042bb7b5fedab6ea", "fun_kr_HankookIlbo_2026_01_29"}
    assert "people who pay" in refused["seb_042bb7b5fedab6ea"]
    assert "JavaScript" in refused["fun_kr_HankookIlbo_2026_01_29"]
