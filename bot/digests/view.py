"""Draws a Digest's message, page by page. Nothing here reads the database."""

from collections.abc import Sequence
from dataclasses import replace

from bot.digests.contents import PAGE, Contents
from bot.digests.digest_story import DigestStory, Reason
from bot.digests.occasion import Occasion
from bot.i18n import Texts, isolated
from bot.rendering import warnings
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import DigestPage, LatestPage, ReportView, StoryView
from bot.rendering.lists import story_button
from bot.rendering.message import TEXT_LIMIT, Button, Composer, Message, first_words, shorten, units
from bot.rendering.paging import page_buttons
from bot.rendering.render import Reader, correction_note, language_note, withdrawal_note
from storage.models import Report

_HEADLINE = 200  # characters
_THREAD_TITLE = 100
_ORGANISATION = 100
_REPORTS = 5
_LABEL = 30
_REASONS = 2  # more reasons would be a message of their own
# Characters that a page keeps free of headlines and Summaries.
_AROUND = 700  # for the heading, the titles of Threads and the line on help
_FOR_THREAD = 150  # for the title of a Thread, and the line that counts its earlier parts
_FOR_REASONS = 600
_FOR_REPORT = 170
_MOST_SUMMARY = 700


def digest(contents: Contents, page: DigestPage, reader: Reader) -> Message:
    """Draw one page of a Digest."""
    texts, first, appeal = reader.texts, page.number * PAGE, contents.appeal
    story_languages, shown = contents.story_languages, contents.entries[first : first + PAGE]
    heading = _heading(contents, texts) if first == 0 else texts.say("More stories")
    composer = Composer().line(heading, "bold")
    _add_stories(composer, shown, first, reader, story_languages, room=_room(shown, contents))
    if first == 0:
        add_reasons(composer, contents.reasons, reader)
        add_reports(composer, contents.reports, texts)
    rest = len(contents.entries) - len(shown)
    if reader.in_group and rest:  # no tap turns a page there
        composer.line().line(texts.count("… and {number} more", "… and {number} more", rest), "italic")
    if appeal is not None and appeal.appeal is not None:
        organisation = without_links(shorten(appeal.appeal.organisation, _ORGANISATION))
        composer.line().line(texts.say("❤ {organisation} asks for help.", organisation=organisation))
    for number, one in enumerate(shown, first + 1):
        story = one.for_reader(texts.language, story_languages)
        # The warning stands beside the number: a tap on it opens the Story itself.
        view = StoryView(story.id, reader.length, digest=page, warned=reader.covers)
        composer.buttons(story_button(number, story, view, reader))
    if appeal is not None:
        story = appeal.for_reader(texts.language, story_languages)
        help_card = StoryView(story.id, reader.length, appeal=True, digest=page)
        composer.buttons(Button(texts.say("How to help"), help_card.data()))
    if reader.in_group:
        return composer.buttons(_latest(texts) if contents.pages > 1 else None).message()
    if first == 0:
        composer.rows += report_buttons(contents.reports, page, texts)
    turn = page_buttons(page.number, contents.pages, lambda other: replace(page, number=other).data(), texts)
    return composer.buttons(*turn).message()


def _latest(texts: Texts) -> Button:
    return Button(texts.say("Latest stories"), LatestPage().data())


def _add_stories(
    composer: Composer,
    shown: Sequence[DigestStory],
    first: int,
    reader: Reader,
    story_languages: str,
    *,
    room: int,
) -> None:
    """Add the numbered Stories of a page, with the title of each Thread that has several of them."""
    for position, one in enumerate(shown):
        if one.thread is not None and (one.earlier or _begins_group(shown, position)):
            composer.line().line(thread_title(one, reader, _THREAD_TITLE), "underline")
        number = first + position + 1
        composer.line().text(f"{number} · ").append(_item(one, reader, story_languages, room)).line()
        if one.earlier:
            composer.line(_earlier(one.earlier, reader.texts), "italic")


def thread_title(one: DigestStory, reader: Reader, limit: int) -> str:
    """Return the title of a Story's Thread; a general one where the title may say what a cover hides."""
    if reader.covers and one.has_warned_thread:
        return reader.texts.say("A running story")
    return without_links(shorten(one.thread[1] if one.thread else "", limit))


def _room(shown: Sequence[DigestStory], contents: Contents) -> int:
    """Return the characters for each Summary, so that the page fits into a message."""
    around = _AROUND + sum(_FOR_THREAD for one in shown if one.earlier)
    around += _FOR_REASONS if contents.reasons else 0
    around += _FOR_REPORT * len(contents.reports[:_REPORTS])
    return min(_MOST_SUMMARY, (TEXT_LIMIT - around) // max(1, len(shown)) - _HEADLINE)


def add_reasons(composer: Composer, reasons: Sequence[Reason], reader: Reader) -> None:
    """Say why Stories that were in this message were withdrawn, where the editors gave a reason."""
    for reason in said_to(reader, reasons)[:_REASONS]:
        composer.line().line(reader.texts.say("A story was withdrawn."), "italic")
        composer.line(withdrawal_note(reason, reader.texts), "italic")


def add_reports(composer: Composer, reports: Sequence[Report], texts: Texts) -> None:
    """Name the organisations on which there are Reports."""
    for one in reports[:_REPORTS]:
        organisation = without_links(shorten(one.organisation, _ORGANISATION))
        composer.line().line(texts.say("What became of an appeal: {organisation}", organisation=organisation))


def report_buttons(reports: Sequence[Report], page: DigestPage, texts: Texts) -> Sequence[tuple[Button, ...]]:
    """Return a row for each Report, with the button that opens it."""
    return [
        (
            Button(
                texts.say("Report: {organisation}", organisation=first_words(one.organisation, _LABEL)),
                ReportView(one.id, page).data(),
            ),
        )
        for one in reports[:_REPORTS]
    ]


def said_to(reader: Reader, reasons: Sequence[Reason]) -> Sequence[str]:
    """Return the reasons in words, but not of Stories that a cover hides from the reader."""
    return [reason.words for reason in reasons if not (reader.covers and reason.is_warned)]


def _earlier(number: int, texts: Texts) -> str:
    return texts.count("… and {number} earlier part", "… and {number} earlier parts", number)


def nothing(texts: Texts, *, waits: bool) -> Message:
    """Draw the answer to a reader for whom nothing is held, or only what `waits` for their day."""
    if waits:
        composer = Composer().text(
            texts.say("The stories waiting for you have a warning. They arrive during the day.")
        )
    else:
        composer = Composer().text(texts.say("You have not missed any stories."))
    return composer.buttons(_latest(texts)).message()


def _heading(contents: Contents, texts: Texts) -> str:
    if not contents.stories:
        return texts.say("There is news of appeals:")
    match contents.occasion:
        case Occasion.DAY_OFF:
            return texts.say("Welcome back! Here is what you missed:")
        case Occasion.ASKED | Occasion.SILENCE:
            return texts.say("Here is what you missed:")
        case Occasion.GATHERED:
            return texts.say("Your new stories:")


def _begins_group(shown: Sequence[DigestStory], position: int) -> bool:
    """Return whether the Story is the first of several on the page that stand together."""
    groups = [one.group for one in shown]
    own = groups[position]
    return groups.index(own) == position and groups.count(own) > 1


def _item(one: DigestStory, reader: Reader, story_languages: str, room: int) -> Message:
    """Draw headline and Summary, up to `room` characters of it, once for all readers who get the same."""
    story = one.for_reader(reader.texts.language, story_languages)
    key = (story.id, *reader.kind, room)
    if key not in one.items:
        warning = warnings.line(story, reader.texts)
        composer = Composer()
        if warning:
            composer.line(warning, "bold")
        if warning and reader.covers:
            one.items[key] = composer.message()
            return one.items[key]
        headline = shorten(story.headline, _HEADLINE - units(warning))  # they share the room of a headline
        composer.line(isolated(without_links(headline)), "bold")
        note = language_note(story, reader)
        if note:
            composer.line(note, "italic")
        correction = shorten(correction_note(story, reader.texts), room)
        if correction:
            composer.line(correction, "italic")
        summary = {each.length: each.text for each in story.summaries}.get(reader.length, "")
        composer.text(shorten(without_links(" ".join(summary.split("\n"))), room - units(correction)))
        one.items[key] = composer.message()
    return one.items[key]
