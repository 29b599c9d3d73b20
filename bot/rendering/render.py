"""Pure: a Story, an Appeal and what a reader prefers → messages within Telegram's limits."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from typing import Self
from urllib.parse import urlsplit

from bot.i18n import Texts, isolated
from bot.rendering.autolinks import without_links
from bot.rendering.message import Button, Composer, Message, pages, shorten
from storage.models import Appeal, Story
from storage.words import Length, StoryState

LATEST_PAGE = 5  # stories on one page of /latest: a phone shows them without scrolling
_HEADLINE = 300
_PLEA = 400
_PURPOSE = 600
_PURPOSES = 2400  # all purposes of one message together
_FULL_PAGE = 3000  # leaves room for the headline, and reads well on a phone
_BUTTON_DATA = 64  # bytes that a button can carry (Bot API, InlineKeyboardButton)
_MORE = 60  # room for a line that says that there is more
_LENGTHS = tuple(Length)
DIGEST_PAGE = r"[0-9a-z]{1,12}\.\d{1,2}"  # how a button names a page of a Digest (bot/digests/view.py)
_VIEW = re.compile(
    rf"story:(\d{{1,9}}):(brief|short|long):(\d{{1,4}}):([01]):(?:(\d{{1,6}})|({DIGEST_PAGE}))?(:exact)?"
)


def direct(appeal: Appeal) -> str:
    """The organisation's own address, behind a help button."""
    return appeal.url


@dataclass(frozen=True, slots=True)
class Reader:
    """Who a message is drawn for: their language, zone, and Length of summaries.

    `help_address` says what stands behind the button of an Appeal (see bot/appeals/help_links.py).
    """

    texts: Texts
    zone: tzinfo
    length: Length = Length.SHORT
    help_address: Callable[[Appeal], str] = direct


@dataclass(frozen=True, slots=True)
class StoryView:
    """What a story's message shows right now. Its buttons carry the next view, so nothing is remembered.

    `page` 0 is the Summary, 1 and on are pages of the full story; `appeal` opens the help card below;
    `back` is the page of /latest that it was opened from, `digest` that of a Digest. `exact` is for this very
    Story, though there is one in the reader's language that says the same.
    """

    story_id: int
    length: Length = Length.SHORT
    page: int = 0
    appeal: bool = False
    back: int | None = None
    exact: bool = False
    digest: str | None = None

    def data(self) -> str:
        """As callback data (Telegram allows 64 bytes)."""
        back = (self.digest or "") if self.back is None else self.back
        exact = ":exact" if self.exact else ""
        return f"story:{self.story_id}:{self.length}:{self.page}:{int(self.appeal)}:{back}{exact}"

    @classmethod
    def parse(cls, data: str) -> Self | None:
        """Read callback data; None where it is not ours (an old button, or made up)."""
        found = _VIEW.fullmatch(data)
        if found is None:
            return None
        story_id, length, page, appeal, back, digest, exact = found.groups()
        shown_from = int(back) if back else None
        return cls(
            int(story_id), Length(length), int(page), appeal == "1", shown_from, exact is not None, digest
        )


@dataclass(frozen=True, slots=True)
class ThreadNeighbours:
    """What stands around a Story. `follows`: the reader follows its Thread; None: it has none.

    `before`, `after`: its Thread has other Stories that readers can see, from before it and after it.
    """

    follows: bool | None = None
    before: bool = False
    after: bool = False


ALONE = ThreadNeighbours()


def story(
    kept: Story,
    view: StoryView,
    appeal: Appeal | None,
    reader: Reader,
    footer: str = "",
    *,
    around: ThreadNeighbours = ALONE,
) -> Message:
    """A story's message. `appeal` must be one that readers may see, or None."""
    texts = reader.texts
    trusted = host(appeal.url) if appeal else None
    composer = Composer().line(without_links(shorten(kept.headline, _HEADLINE), trusted), "bold")
    signature = _signature(kept, reader)
    if signature:
        composer.line(without_links(shorten(signature, _HEADLINE), trusted), "italic")
    composer.line(language_note(kept, texts), "italic")
    if view.page:
        return _full_story(composer, kept, view, texts, trusted)
    _plea_and_summary(composer, kept, view, appeal, texts, footer=footer)
    shown = appeal if view.appeal else None
    help_button = None
    if appeal is not None:
        label = texts.say("Close") if shown else texts.say("How to help")
        help_button = Button(label, replace(view, appeal=not view.appeal).data())
    composer.buttons(_link_button(shown, reader) if shown else None)
    composer.buttons(help_button)
    composer.buttons(*length_buttons(view.length, lambda other: replace(view, length=other).data(), texts))
    composer.buttons(
        Button(texts.say("Full story"), replace(view, page=1, appeal=False).data()),
        Button(texts.say("Share"), f"share:{view.data()}"),
    )
    composer.buttons(*_thread_buttons(view, around, texts))
    composer.buttons(_version_button(kept, view, texts))
    composer.buttons(_back_button(view, texts))
    return composer.message()


def shared(kept: Story, appeal: Appeal | None, reader: Reader, link: str) -> Message:
    """A story's card for a chat that we are not in: its buttons are links, `link` the one that opens it."""
    texts, view = reader.texts, StoryView(kept.id, reader.length)
    trusted = host(appeal.url) if appeal else None
    composer = Composer().line(without_links(shorten(kept.headline, _HEADLINE), trusted), "bold")
    signature = _signature(kept, reader)
    if signature:
        composer.line(without_links(shorten(signature, _HEADLINE), trusted), "italic")
    composer.line(language_note(kept, texts), "italic")
    _plea_and_summary(composer, kept, view, appeal, texts, footer="")
    composer.buttons(_link_button(appeal, reader) if appeal else None)
    return composer.buttons(Button(texts.say("Open in the bot"), url=link)).message()


def withdrawn(texts: Texts) -> Message:
    """What stands where a Story stood that was taken back: nothing of it is shown again."""
    composer = Composer().text(texts.say("A story that stood here was withdrawn by our editors."), "italic")
    return composer.buttons(Button(texts.say("Latest stories"), "latest:0")).message()


def latest(stories: Sequence[Story], page: int, total: int, reader: Reader) -> Message:
    """One page of the newest stories, each with a button that opens it."""
    texts = reader.texts
    composer = _listing(texts.say("Latest stories"), stories, page, reader)
    last = max(0, (total - 1) // LATEST_PAGE)
    newer = Button(texts.say("‹ Newer"), f"latest:{page - 1}") if page > 0 else None
    older = Button(texts.say("Older ›"), f"latest:{page + 1}") if page < last else None
    return composer.buttons(newer, older).message()


def thread(
    title: str, stories: Sequence[Story], reader: Reader, *, view: StoryView, page: int, total: int
) -> Message:
    """One page of a Thread's Stories, newest first, each with its button. `view` is the way back."""
    texts = reader.texts
    composer = _listing(shorten(title, _HEADLINE), stories, view.back, reader, digest=view.digest)
    last = max(0, (total - 1) // LATEST_PAGE)
    newer = Button(texts.say("‹ Newer"), f"thread:{page - 1}:{view.data()}") if page > 0 else None
    older = Button(texts.say("Older ›"), f"thread:{page + 1}:{view.data()}") if page < last else None
    return composer.buttons(newer, older).buttons(Button(texts.say("‹ Back"), view.data())).message()


def matches(stories: Sequence[Story], reader: Reader) -> Message:
    """Several stories that fit what was asked for, each with a button that opens it."""
    return _listing(reader.texts.say("These stories fit. Which one?"), stories, None, reader).message()


def found(stories: Sequence[Story], words: Sequence[str], page: int, total: int, reader: Reader) -> Message:
    """One page of the stories that have all the words looked for, each with a button that opens it.

    Its buttons carry the words; where those do not fit into one, there is only the first page.
    """
    texts, wanted = reader.texts, " ".join(words)
    composer = _listing(texts.say("Searched for: {words}", words=shorten(wanted, 200)), stories, None, reader)
    if len(f"search:9999:{wanted}".encode()) > _BUTTON_DATA:
        more = total - len(stories)
        if more > 0:
            composer.line(texts.count("… and {number} more", "… and {number} more", more))
        return composer.message()
    before = Button("‹", f"search:{page - 1}:{wanted}") if page > 0 else None
    after = Button("›", f"search:{page + 1}:{wanted}") if (page + 1) * LATEST_PAGE < total else None
    return composer.buttons(before, after).message()


def appeals(shown: Sequence[Appeal], reader: Reader) -> Message:
    """The Appeals that readers may see, newest first, as many as fit: organisation, purpose, link."""
    texts, composer = reader.texts, Composer()
    if not shown:
        composer.text(texts.say("There is no verified appeal right now. Look again later: /donate"))
        return composer.message()
    composer.line(texts.say("How to help"), "bold")
    composer.line(texts.say("Each of these links was checked by our editors."), "italic").line()
    purpose = min(_PURPOSE, _PURPOSES // len(shown))
    for place, appeal in enumerate(shown):
        card = Composer()
        _card(card, appeal, texts, purpose=purpose)
        if card.used + _MORE > composer.room:
            composer.line(texts.count("… and {number} more", "… and {number} more", len(shown) - place))
            break
        composer.append(card.message()).line().line().buttons(_link_button(appeal, reader))
    return composer.message()


def host(url: str) -> str:
    """The whole host of a link, as people should see it before they follow it."""
    return urlsplit(url).hostname or url


def _signature(kept: Story, reader: Reader) -> str:
    """Byline and date, as far as they are known; without a date of its own, since when the story is here."""
    date = reader.texts.date(kept.published, reader.zone) if kept.published else None
    if date is None and kept.released_at:
        released = reader.texts.date(kept.released_at, reader.zone)
        date = reader.texts.say("here since {date}", date=released)
    parts = (isolated(kept.byline) if kept.byline else None, date)
    return " · ".join(part for part in parts if part)


def _plea_and_summary(
    composer: Composer, kept: Story, view: StoryView, appeal: Appeal | None, texts: Texts, *, footer: str
) -> None:
    """The Summary gets the room that the plea, the help card and the footer leave."""
    below = Composer()
    trusted = host(appeal.url) if appeal else None
    if kept.plea:
        plea = without_links(shorten(kept.plea.strip("“”\"'"), _PLEA), trusted)
        quotation = texts.quoted(plea)
        speaker = f"\n— {without_links(shorten(kept.plea_speaker, 100))}" if kept.plea_speaker else ""
        below.text(quotation + speaker, "blockquote").line().line()
    if view.appeal and appeal is not None:
        _card(below, appeal, texts)
    below.line(footer, "italic")
    summary = {one.length: one.text for one in kept.summaries}.get(view.length, "")
    text = without_links(" ".join(summary.split("\n")), trusted)
    composer.line(shorten(text, composer.room - (below.used + 2))).line()
    composer.append(below.message())


def _full_story(
    composer: Composer, kept: Story, view: StoryView, texts: Texts, trusted: str | None
) -> Message:
    parts = pages(kept.body, _FULL_PAGE)
    page = min(view.page, len(parts))
    composer.line(shorten(without_links(parts[page - 1], trusted), composer.room - _MORE))
    if len(parts) > 1:
        composer.line().line(texts.say("Page {page} of {pages}", page=page, pages=len(parts)), "italic")
    before = Button("‹", replace(view, page=page - 1).data()) if page > 1 else None
    after = Button("›", replace(view, page=page + 1).data()) if page < len(parts) else None
    composer.buttons(before, after)
    if kept.address:
        composer.buttons(Button(texts.say("Read at {host}", host=host(kept.address)), url=kept.address))
    composer.buttons(Button(texts.say("Back to the summary"), replace(view, page=0).data()))
    return composer.message()


def _card(composer: Composer, appeal: Appeal, texts: Texts, *, purpose: int = _PURPOSE) -> None:
    composer.line(shorten(appeal.organisation, 200), "bold")
    if appeal.purpose:
        composer.line(shorten(appeal.purpose, purpose))
    composer.text(texts.say("Link, checked by our editors:") + " ")
    composer.text(shorten(host(appeal.url), 250), "text_link", url=appeal.url).line()


def _link_button(appeal: Appeal, reader: Reader) -> Button:
    label = reader.texts.say("Help {organisation}", organisation=shorten(appeal.organisation, 40))
    return Button(f"❤ {label}", url=reader.help_address(appeal))


def length_buttons(
    shown: Length, data_for: Callable[[Length], str], texts: Texts
) -> tuple[Button | None, Button | None]:
    """Return the buttons to the next shorter and the next longer Summary; None where there is none."""
    index = _LENGTHS.index(shown)
    shorter = data_for(_LENGTHS[index - 1]) if index > 0 else None
    longer = data_for(_LENGTHS[index + 1]) if index + 1 < len(_LENGTHS) else None
    return (
        Button(texts.say("− Shorter"), shorter) if shorter else None,
        Button(texts.say("+ Longer"), longer) if longer else None,
    )


def _thread_buttons(
    view: StoryView, around: ThreadNeighbours, texts: Texts
) -> tuple[Button | None, Button | None]:
    """Follow what happens next, in one tap, and see what else happened."""
    if around.follows is None:
        return None, None
    label = texts.say("✓ Following – stop") if around.follows else texts.say("Follow this story")
    follow = Button(label, f"follow:{int(not around.follows)}:{view.data()}")
    if not (around.before or around.after):
        return follow, None
    other = texts.say("What happened next") if around.after else texts.say("What happened before")
    return follow, Button(other, f"thread:0:{view.data()}")


def _version_button(kept: Story, view: StoryView, texts: Texts) -> Button | None:
    """From a Translation to its original, and back to the reader's language."""
    if view.exact:
        return Button(texts.say("Show the translation"), replace(view, exact=False).data())
    original = kept.original
    if original is None or original.state is not StoryState.PUBLISHED:
        return None
    return Button(texts.say("Show the original"), replace(view, story_id=original.id, exact=True).data())


def language_note(kept: Story, texts: Texts) -> str:
    """Said where a Story is in another language than its reader's."""
    language = texts.language_name(kept.language)
    if kept.language == texts.language or language is None:
        return ""
    if kept.translation_of is not None:
        return texts.say("Language: {language}", language=language)
    return texts.say("In the original: {language}", language=language)


def _back_button(view: StoryView, texts: Texts) -> Button | None:
    if view.digest is not None:
        return Button(texts.say("‹ Back"), f"digest:{view.digest}")
    if view.back is None:
        return None
    return Button(texts.say("‹ Latest stories"), f"latest:{view.back}")


def _listing(
    title: str, stories: Sequence[Story], back: int | None, reader: Reader, *, digest: str | None = None
) -> Composer:
    """Headlines with their numbers, and a button for each."""
    composer = Composer().line(title, "bold").line()
    for kept in stories:
        composer.text(f"{kept.id} · ").line(
            isolated(without_links(shorten(kept.headline, _HEADLINE))), "bold"
        )
        composer.line(shorten(_signature(kept, reader), _HEADLINE), "italic").line()
    views = [StoryView(kept.id, reader.length, back=back, digest=digest) for kept in stories]
    return composer.buttons(*(Button(str(view.story_id), view.data()) for view in views))
