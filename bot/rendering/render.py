"""Turn a Story, with its Appeal, into a message for one reader, within Telegram's limits. No I/O."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import tzinfo
from urllib.parse import urlsplit

from bot.i18n import Texts, capital, isolated
from bot.rendering import warnings
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import (
    FollowThread,
    HelpedButton,
    HelpedChoice,
    LatestPage,
    ShareStory,
    StoryView,
    ThreadPage,
)
from bot.rendering.message import Button, Composer, Message, pages, shorten
from bot.rendering.paging import page_buttons
from storage.models import Appeal, Story
from storage.words import Length, StoryState

# Limits in UTF-16 units.
HEADLINE = 300
NOTICE = 200
PURPOSE = 600
_PLEA = 400
_FULL_PAGE = 3000  # leaves room for the headline, and reads well on a phone
_BELOW_PAGE = 160  # room for the lines below a page
_LENGTHS = tuple(Length)


def direct(appeal: Appeal) -> str:
    """Return the organisation's own address: what a help button opens where clicks are not counted."""
    return appeal.url


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader a message is drawn for: their texts, time zone, and Length of summaries.

    `help_address` returns what the button of an Appeal opens (see bot/appeals/help_links.py). `covers`: of a
    Story with a content warning, the reader sees only the warning until they open it. `languages` are those
    in which the reader chose to get Stories; none: any. `in_group`: it is a group or channel, where a tap to
    read opens the person's own chat with the bot and changes nothing for the others.
    """

    texts: Texts
    zone: tzinfo
    length: Length = Length.SHORT
    help_address: Callable[[Appeal], str] = direct
    covers: bool = False
    languages: tuple[str, ...] = ()
    in_group: bool = False

    @property
    def kind(self) -> tuple[str, Length, bool, tuple[str, ...]]:
        """What messages differ in from reader to reader of one bot: all else is the same for all."""
        return self.texts.language, self.length, self.covers, self.languages


@dataclass(frozen=True, slots=True)
class ThreadNeighbours:
    """What a story's message says of its Thread. `follows`: the reader follows it; None: there is no Thread.

    `before` and `after`: the Thread has older and newer Stories that readers can see.
    """

    follows: bool | None = None
    before: bool = False
    after: bool = False


ALONE = ThreadNeighbours()


def story(
    item: Story,
    view: StoryView,
    appeal: Appeal | None,
    reader: Reader,
    footer: str = "",
    *,
    around: ThreadNeighbours = ALONE,
) -> Message:
    """Return a story's message: its cover, where the reader is to be warned first and was not.

    `appeal` must be one that readers may see, or None.
    """
    texts, warning = reader.texts, warnings.line(item, reader.texts)
    if warning and reader.covers and not view.warned:
        return warnings.cover(view, warning, texts)
    composer = _head(item, appeal, reader)
    if view.page and view.appeal and appeal is not None:  # over a page of the full story, to which it returns
        help_card(composer, appeal, texts)
        _add_help_buttons(composer, view, appeal, reader)
        return composer.message()
    if view.page:
        return _full_story(composer, item, view, appeal, reader)
    _plea_and_summary(composer, item, view, appeal, texts, footer=footer)
    _add_help_buttons(composer, view, appeal, reader)
    composer.buttons(*length_buttons(view.length, lambda length: replace(view, length=length).data(), texts))
    composer.buttons(
        Button(texts.say("Full story"), replace(view, page=1, appeal=False).data()),
        Button(texts.say("Share"), ShareStory(view).data()),
    )
    composer.buttons(*_thread_buttons(view, around, texts))
    composer.buttons(_version_button(item, view, texts))
    composer.buttons(_back_button(view, texts))
    return composer.message()


def shared(item: Story, appeal: Appeal | None, reader: Reader, link: str) -> Message:
    """Return a story's card for a chat without the bot: its buttons are links, and `link` opens the story.

    Of a Story with a content warning it shows only that: nobody knows who reads there.
    """
    warning = warnings.line(item, reader.texts)
    if warning:
        opens = Button(reader.texts.say("Open in the bot"), url=link)
        return Composer().text(warning, "bold").buttons(opens).message()
    texts, view = reader.texts, StoryView(item.id, reader.length)
    composer = _head(item, appeal, reader)
    _plea_and_summary(composer, item, view, appeal, texts, footer="")
    composer.buttons(help_button(appeal, reader) if appeal else None)
    return composer.buttons(Button(texts.say("Open in the bot"), url=link)).message()


def title(item: Story, texts: Texts) -> str:
    """Return what names the Story where nobody has opened it: its content warning, else its headline."""
    return warnings.line(item, texts) or item.headline


def brief_title(item: Story, reader: Reader) -> str:
    """Return what names the Story in one line: its content warning, if any, and what the reader may see."""
    warning = warnings.label(item, reader.texts)
    if warning and reader.covers:
        return warning
    return f"{warning} · {item.headline}" if warning else item.headline


def withdrawn(texts: Texts, reason: str | None = None) -> Message:
    """Return the message that replaces a withdrawn Story, and why: nothing of the Story is shown again."""
    composer = Composer().text(texts.say("Our editors have withdrawn the story that was here."), "italic")
    if reason:
        composer.line().text(withdrawal_note(reason, texts), "italic")
    return composer.buttons(Button(texts.say("Latest stories"), LatestPage().data())).message()


def host(url: str) -> str:
    """Return the whole host of a link, as people should see it before they open the link."""
    return urlsplit(url).hostname or url


def _trusted(appeal: Appeal | None) -> str | None:
    return appeal.url if appeal else None


def _head(item: Story, appeal: Appeal | None, reader: Reader) -> Composer:
    """Begin a story's message: its content warning, headline, byline and date, the note on its language."""
    trusted, composer = _trusted(appeal), Composer()
    warning = warnings.line(item, reader.texts)
    if warning:
        composer.line(warning, "bold").line()
    composer.line(without_links(shorten(item.headline, HEADLINE), trusted), "bold")
    byline = signature(item, reader)
    if byline:
        composer.line(without_links(shorten(byline, HEADLINE), trusted), "italic")
    correction = correction_note(item, reader.texts, trusted)
    if correction:
        composer.line(correction, "italic")
    note = language_note(item, reader)
    if note:
        composer.line(note, "italic")
    return composer.line()


def signature(item: Story, reader: Reader) -> str:
    """Return byline and date as far as they are known; without a date, since when the story is here."""
    date = reader.texts.date(item.published, reader.zone) if item.published else None
    if date is None and item.released_at:
        released = reader.texts.date(item.released_at, reader.zone)
        date = reader.texts.say("added {date}", date=released)
    if not item.byline:
        return capital(date or "")
    return " · ".join(filter(None, (isolated(item.byline), date)))


def _plea_and_summary(
    composer: Composer, item: Story, view: StoryView, appeal: Appeal | None, texts: Texts, *, footer: str
) -> None:
    """Add Summary, plea, help card and footer; the Summary gets the room that the others leave."""
    below = Composer()
    quotation = plea(item, appeal, texts)
    if quotation:
        below.text(quotation, "blockquote").line().line()
    if view.appeal and appeal is not None:
        help_card(below, appeal, texts)
    below.line(footer, "italic")
    text = summary(item, view.length, appeal)
    composer.line(shorten(text, composer.room - (below.used + 2))).line()
    composer.append(below.message())


def plea(item: Story, appeal: Appeal | None, texts: Texts) -> str:
    """Return the Story's plea as a quotation with its speaker; empty if it has none."""
    if not item.plea:
        return ""
    words = without_links(shorten(item.plea.strip("“”\"'"), _PLEA), _trusted(appeal))
    quotation = texts.quoted(words)
    if item.plea_speaker:
        quotation += "\n" + texts.spoken_by(without_links(shorten(item.plea_speaker, 100)))
    return quotation


def summary(item: Story, length: Length, appeal: Appeal | None) -> str:
    """Return the Story's Summary at a Length as one paragraph; empty if it has none."""
    text = {one.length: one.text for one in item.summaries}.get(length, "")
    return without_links(" ".join(text.split("\n")), _trusted(appeal))


def _full_story(
    composer: Composer, item: Story, view: StoryView, appeal: Appeal | None, reader: Reader
) -> Message:
    """Add a page of the full story. Its own "please visit here" leads nowhere: a line names the help card."""
    texts, parts = reader.texts, pages(item.body, _FULL_PAGE)
    page = min(view.page, len(parts))
    composer.line(shorten(without_links(parts[page - 1], _trusted(appeal)), composer.room - _BELOW_PAGE))
    if appeal is not None:
        composer.line().line(texts.say("How to help: the button below."), "italic")
    if len(parts) > 1:
        composer.line().line(texts.say("Page {page} of {pages}", page=page, pages=len(parts)), "italic")
    _add_help_buttons(composer, replace(view, appeal=False), appeal, reader)
    turn = page_buttons(page - 1, len(parts), lambda other: replace(view, page=other + 1).data(), texts)
    composer.buttons(*turn)
    if item.address:
        composer.buttons(Button(texts.say("Read on {host}", host=host(item.address)), url=item.address))
    composer.buttons(Button(texts.say("‹ Summary"), replace(view, page=0).data()))
    return composer.message()


def help_card(composer: Composer, appeal: Appeal, texts: Texts, *, purpose: int = PURPOSE) -> None:
    """Add an Appeal: organisation, purpose (in at most `purpose` units) and the host of its link."""
    trusted = appeal.url
    composer.line(without_links(shorten(appeal.organisation, 200), trusted), "bold")
    if appeal.purpose:
        composer.line(without_links(shorten(appeal.purpose, purpose), trusted))
    composer.text(texts.say("Link checked by our editors:") + " ")
    composer.text(shorten(host(appeal.url), 250), "text_link", url=appeal.url).line()
    if appeal.registration:
        number = without_links(appeal.registration, trusted)
        composer.line(texts.say("Registration number: {number}", number=number))


def _add_help_buttons(composer: Composer, view: StoryView, appeal: Appeal | None, reader: Reader) -> None:
    """Add the button that opens the help card; below an open one, its link, "I helped", and Close."""
    if appeal is None:
        return
    texts, toggle = reader.texts, replace(view, appeal=not view.appeal).data()
    if not view.appeal:
        composer.buttons(Button(texts.say("How to help"), toggle))
        return
    composer.buttons(help_button(appeal, reader))
    helped = HelpedButton(HelpedChoice.DECLARE, appeal.id, view)
    composer.buttons(Button(texts.say("I helped"), helped.data()), Button(texts.say("Close"), toggle))


def help_button(appeal: Appeal, reader: Reader) -> Button:
    """Return the button that opens the link of an Appeal."""
    label = reader.texts.say(
        "Help {organisation}", organisation=shorten(appeal.organisation, 40, reader.texts.more)
    )
    return Button(f"❤ {label}", url=reader.help_address(appeal))


def length_buttons(
    length: Length, data: Callable[[Length], str], texts: Texts
) -> tuple[Button | None, Button | None]:
    """Return the buttons to the next shorter and longer Summary; `data` gives their callback data."""
    place = _LENGTHS.index(length)
    shorter = _LENGTHS[place - 1] if place > 0 else None
    longer = _LENGTHS[place + 1] if place + 1 < len(_LENGTHS) else None
    return (
        Button(texts.say("− Shorter"), data(shorter)) if shorter else None,
        Button(texts.say("+ Longer"), data(longer)) if longer else None,
    )


def _thread_buttons(
    view: StoryView, around: ThreadNeighbours, texts: Texts
) -> tuple[Button | None, Button | None]:
    """Return the buttons that follow the Thread and list its other stories."""
    if around.follows is None:
        return None, None
    label = texts.say("Stop following") if around.follows else texts.say("Follow this story")
    follow = Button(label, FollowThread(not around.follows, view).data())
    if not (around.before or around.after):
        return follow, None
    other = texts.say("What happened next") if around.after else texts.say("What happened before")
    return follow, Button(other, ThreadPage(0, view).data())


def _version_button(item: Story, view: StoryView, texts: Texts) -> Button | None:
    """Return the button from a Translation to its original, or back to the reader's language."""
    if view.exact:
        return Button(texts.say("Show the translation"), replace(view, exact=False).data())
    original = item.original
    if original is None or original.state is not StoryState.PUBLISHED:
        return None
    return Button(texts.say("Show the original"), replace(view, story_id=original.id, exact=True).data())


def language_note(item: Story, reader: Reader) -> str:
    """Return a note on the Story's language; empty if it is the bot's for this reader, or one they chose."""
    language = reader.texts.known_language(item.language)
    if language is None or item.language in {reader.texts.language, *reader.languages}:
        return ""
    return reader.texts.say("This story is in {language}.", language=language)


def correction_note(item: Story, texts: Texts, trusted: str | None = None) -> str:
    """Return what was wrong in a Story before it was corrected; empty if the editors did not say it."""
    if not item.notice:
        return ""
    return texts.say("Corrected: {note}", note=isolated(without_links(shorten(item.notice, NOTICE), trusted)))


def withdrawal_note(reason: str, texts: Texts) -> str:
    """Return why a Story was withdrawn, as the editors said it."""
    return texts.say("The reason: {reason}", reason=isolated(without_links(shorten(reason, NOTICE))))


def _back_button(view: StoryView, texts: Texts) -> Button | None:
    if view.digest is not None:
        return Button(texts.say("‹ Back"), view.digest.data())
    if view.back is None:
        return None
    return Button(texts.say("‹ Latest stories"), LatestPage(view.back).data())
