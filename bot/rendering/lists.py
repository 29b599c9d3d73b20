"""Draw lists as messages: a page of stories (/latest, a Thread, a search), all Appeals (/donate). No I/O."""

from collections.abc import Sequence

from bot.i18n import isolated
from bot.rendering import warnings
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import DigestPage, LatestPage, SearchPage, StoryView, ThreadPage
from bot.rendering.message import Button, Composer, Message, first_words, shorten
from bot.rendering.paging import page_buttons, pages_of
from bot.rendering.render import HEADLINE, PURPOSE, Reader, brief_title, help_button, help_card, signature
from storage.models import Appeal, Story

STORIES_A_PAGE = 5  # a phone shows them without scrolling
# Limits in UTF-16 units.
LABEL = 30  # of a button that opens a story: a phone shows about that much
_PURPOSES = 2400  # all purposes of one message together
_WORDS = 200
_MORE = 60  # room for a line that says that there is more


def latest(stories: Sequence[Story], page: int, total: int, reader: Reader) -> Message:
    """Return one page of the newest stories, each with a button that opens it."""
    texts = reader.texts
    composer = _listing(texts.say("Latest stories"), stories, page, reader)
    turn = page_buttons(page, _pages(total), lambda other: LatestPage(other).data(), texts)
    return composer.buttons(*turn).message()


def thread(
    title: str, stories: Sequence[Story], reader: Reader, *, view: StoryView, page: int, total: int
) -> Message:
    """Return one page of a Thread's Stories, newest first, each with its button. `view` is the way back."""
    texts = reader.texts
    composer = _listing(
        without_links(shorten(title, HEADLINE)), stories, view.back, reader, digest=view.digest
    )
    turn = page_buttons(page, _pages(total), lambda other: ThreadPage(other, view).data(), texts)
    return composer.buttons(*turn).buttons(Button(texts.say("‹ Back"), view.data())).message()


def matches(stories: Sequence[Story], reader: Reader) -> Message:
    """Return a choice of the stories that fit what was asked for, each with a button that opens it."""
    return _listing(
        reader.texts.say("Several stories match. Which one would you like?"), stories, None, reader
    ).message()


def found(stories: Sequence[Story], words: Sequence[str], page: int, total: int, reader: Reader) -> Message:
    """Return one page of the stories that have all these words, each with a button that opens it.

    The buttons to other pages carry the words; if those do not fit, there is only the first page.
    """
    texts, wanted = reader.texts, " ".join(words)
    composer = _listing(
        texts.say("Results for: {words}", words=without_links(shorten(wanted, _WORDS))), stories, None, reader
    )
    if not SearchPage(page, wanted).fits:
        more = total - len(stories)
        if more > 0:
            composer.line(texts.count("… and {number} more", "… and {number} more", more))
        return composer.message()
    turn = page_buttons(page, _pages(total), lambda other: SearchPage(other, wanted).data(), texts)
    return composer.buttons(*turn).message()


def appeals(shown: Sequence[Appeal], reader: Reader) -> Message:
    """Return the message of /donate: organisation, purpose and link of each Appeal, as many as fit."""
    texts, composer = reader.texts, Composer()
    if not shown:
        composer.text(texts.say("There are no appeals right now. Please check back later: /donate"))
        return composer.message()
    composer.line(texts.say("How to help"), "bold").line()
    purpose = min(PURPOSE, _PURPOSES // len(shown))
    for number, appeal in enumerate(shown):
        card = Composer()
        help_card(card, appeal, texts, purpose=purpose)
        if card.used + _MORE > composer.room:
            composer.line(texts.count("… and {number} more", "… and {number} more", len(shown) - number))
            break
        composer.append(card.message()).line().line().buttons(help_button(appeal, reader))
    return composer.message()


def _listing(
    title: str,
    stories: Sequence[Story],
    back: int | None,
    reader: Reader,
    *,
    digest: DigestPage | None = None,
) -> Composer:
    """Return headlines with their numbers, and a button for each; `back` and `digest` as in StoryView."""
    composer = Composer().line(title, "bold").line()
    for item in stories:
        _add_entry(composer.text(f"{item.id} · "), item, reader)
    for item in stories:
        # The warning stands beside the number: a tap on it opens the Story itself.
        view = StoryView(item.id, reader.length, back=back, digest=digest, warned=reader.covers)
        composer.buttons(story_button(item.id, item, view, reader))
    return composer


def _add_entry(composer: Composer, item: Story, reader: Reader) -> None:
    """Add content warning, headline and signature of a Story; only the warning, if the reader wants that."""
    warning = warnings.line(item, reader.texts)
    if warning:
        composer.line(warning, "bold")
    if not (warning and reader.covers):
        composer.line(isolated(without_links(shorten(item.headline, HEADLINE))), "bold")
        composer.line(without_links(shorten(signature(item, reader), HEADLINE)), "italic")
    composer.line()


def story_button(number: int, item: Story, view: StoryView, reader: Reader) -> Button:
    """Return the button that opens a story of a list: its number there, and its first words.

    A content warning stands before them, and in their place if the reader wants that.
    """
    start = f"{number} · "
    return Button(
        start + first_words(brief_title(item, reader), LABEL - len(start), reader.texts.more), view.data()
    )


def _pages(total: int) -> int:
    return pages_of(total, STORIES_A_PAGE)
