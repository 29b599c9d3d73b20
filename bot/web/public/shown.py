"""A Story as the public page and its feeds show it, in the very words of the chat."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from markupsafe import Markup

from bot.appeals.visibility import BEING_CHECKED, is_being_checked
from bot.rendering import render, warnings
from bot.rendering.autolinks import without_links
from bot.rendering.message import Button, Composer, shorten
from bot.rendering.render import Reader
from bot.web.message_html import to_html
from storage.models import Appeal, Story, Topic
from storage.stories.translations import topics_of
from storage.words import Length


@dataclass(frozen=True, slots=True)
class Shown:
    """A Story for one kind of reader.

    - `title`: what names it where nobody has opened it: its content warning, else its headline.
    - `warning`: the line of its content warnings; nobody knows who reads, so lists show nothing else of it.
    - `notes`: byline and date, a correction, the Story's language.
    - `card`: the help card; `help`: the button below it. Without an Appeal to be seen, both are None.
    - `checked_again`: the sentence in their place while the Appeal is suspended.
    - `host`: of its article.
    """

    id: int
    language: str
    title: str
    headline: str
    warning: str
    notes: Sequence[str]
    plea: str
    summary: str
    card: Markup | None
    help: Button | None
    checked_again: str
    address: str | None
    host: str
    byline: str | None
    topics: Sequence[Topic]
    published_at: datetime
    updated_at: datetime


def shown(item: Story, appeal: Appeal | None, reader: Reader) -> Shown:
    """Return what is shown of a Story at the reader's Length. `appeal`: one that readers may see, or None."""
    texts = reader.texts
    trusted = appeal.url if appeal else None
    notes = (
        render.signature(item, reader),
        render.correction_note(item, texts, trusted),
        render.language_note(item, reader),
    )
    published_at = item.released_at or item.added_at
    card = Composer()
    if appeal is not None:
        render.help_card(card, appeal, texts)
    return Shown(
        id=item.id,
        language=item.language,
        title=render.title(item, texts),
        headline=without_links(shorten(item.headline, render.HEADLINE), trusted),
        warning=warnings.line(item, texts),
        notes=[without_links(one, trusted) for one in notes if one],
        plea=render.plea(item, appeal, texts),
        summary=render.summary(item, reader.length, appeal),
        card=to_html(card.message()) if appeal else None,
        help=render.help_button(appeal, reader) if appeal else None,
        checked_again=texts.say(BEING_CHECKED) if is_being_checked(item) else "",
        address=item.address,
        host=render.host(item.address) if item.address else "",
        byline=item.byline,
        topics=topics_of(item),
        published_at=published_at,
        updated_at=max(published_at, item.corrected_at or published_at),
    )


def lengths(reader: Reader, address: Callable[[Length], str]) -> Sequence[Button]:
    """Return the buttons to the next shorter and longer Summary, at these addresses."""
    found = render.length_buttons(reader.length, address, reader.texts)
    return [one for one in found if one is not None]
