"""Pure: a Digest's message, page by page."""

from collections.abc import Sequence
from enum import Enum, auto

from bot.digests.digest_story import DigestStory
from bot.i18n import Texts, isolated
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import DigestPage, LatestPage, StoryView
from bot.rendering.message import TEXT_LIMIT, Button, Composer, Message, shorten
from bot.rendering.render import Reader, language_note

SHOWN = 7  # stories on a page: more at once is what people leave for
_HEADLINE = 200
_AROUND = 700  # units for the heading, the Threads' titles and the line on help
_LEAST_SUMMARY = 120
_MOST_SUMMARY = 700


class Occasion(Enum):
    """Why it is sent now."""

    GATHERED = auto()
    WELCOME_BACK = auto()
    ASKED = auto()


def appealing(tellings: Sequence[DigestStory]) -> DigestStory | None:
    """Whose Appeal would ride along with the first page: the most important one's that is shown."""
    return next((one for one in tellings[:SHOWN] if one.appeal is not None), None)


def digest(
    tellings: Sequence[DigestStory],
    page: DigestPage,
    reader: Reader,
    *,
    story_languages: str = "",
    occasion: Occasion = Occasion.GATHERED,
    appeal: DigestStory | None = None,
) -> Message:
    """One page of `tellings`, which are ranked. `appeal` is the one whose Appeal rides along."""
    texts, first = reader.texts, page.number * SHOWN
    shown = tellings[first : first + SHOWN]
    composer = Composer().line(_heading(occasion, texts) if first == 0 else texts.say("More stories"), "bold")
    room = min(_MOST_SUMMARY, max(_LEAST_SUMMARY, (TEXT_LIMIT - _AROUND) // max(1, len(shown)) - _HEADLINE))
    views: list[StoryView] = []
    for number, telling in enumerate(shown, first + 1):
        story = telling.for_reader(reader.texts.language, story_languages)
        views.append(StoryView(story.id, reader.length, digest=page))
        if _begins_thread(shown, number - first - 1):
            composer.line().line(shorten(telling.thread[1] if telling.thread else "", 100), "underline")
        composer.line().text(f"{number} · ").append(_item(telling, reader, story_languages, room)).line()
    if appeal is not None and appeal.appeal is not None:
        organisation = shorten(appeal.appeal.organisation, 100)
        composer.line().line(texts.say("❤ {organisation} asks for help.", organisation=organisation))
    composer.buttons(*(Button(str(first + place), view.data()) for place, view in enumerate(views, 1)))
    if appeal is not None:
        story = appeal.for_reader(reader.texts.language, story_languages)
        help_card = StoryView(story.id, reader.length, appeal=True, digest=page)
        composer.buttons(Button(texts.say("How to help"), help_card.data()))
    before = DigestPage(page.gathered_at, page.number - 1) if first else None
    rest = len(tellings) - first - len(shown)
    after = DigestPage(page.gathered_at, page.number + 1) if rest > 0 else None
    more = texts.count("{number} more ›", "{number} more ›", rest)
    composer.buttons(
        Button(texts.say("‹ Back"), before.data()) if before else None,
        Button(more, after.data()) if after else None,
    )
    return composer.message()


def nothing(texts: Texts) -> Message:
    """Nothing is held for who asked."""
    composer = Composer().text(texts.say("You have missed nothing: no story waits for you."))
    return composer.buttons(Button(texts.say("Latest stories"), LatestPage().data())).message()


def _heading(occasion: Occasion, texts: Texts) -> str:
    match occasion:
        case Occasion.WELCOME_BACK:
            return texts.say("Welcome back! This happened meanwhile:")
        case Occasion.ASKED:
            return texts.say("This happened meanwhile:")
        case Occasion.GATHERED:
            return texts.say("Your stories, gathered:")


def _begins_thread(shown: Sequence[DigestStory], place: int) -> bool:
    """The Story is the first of several here that belong to one Thread."""
    of_it = [one.place for one in shown]
    return (
        shown[place].thread is not None
        and of_it.index(of_it[place]) == place
        and of_it.count(of_it[place]) > 1
    )


def _item(telling: DigestStory, reader: Reader, story_languages: str, room: int) -> Message:
    """Headline and Summary; drawn once for all who get the same."""
    story = telling.for_reader(reader.texts.language, story_languages)
    key = (story.id, reader.texts.language, reader.length, room)
    if key not in telling.drawn:
        composer = Composer().line(isolated(without_links(shorten(story.headline, _HEADLINE))), "bold")
        note = language_note(story, reader.texts)
        if note:
            composer.line(note, "italic")
        summary = {one.length: one.text for one in story.summaries}.get(reader.length, "")
        composer.text(shorten(without_links(" ".join(summary.split("\n"))), room))
        telling.drawn[key] = composer.message()
    return telling.drawn[key]
