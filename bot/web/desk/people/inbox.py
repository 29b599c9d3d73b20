"""Inbox: what readers wrote, open or answered, as far as the desk knows it: the words stay in Telegram."""

from collections.abc import Mapping, Sequence
from datetime import date
from urllib.parse import urlencode

from aiohttp import web

from bot.editors.desk_address import PATH
from bot.errors import UserError
from bot.i18n import mark
from bot.subscribers.feedback import LONGEST_ANSWER, LetterKey
from bot.web.desk.errors import refusal
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from storage.subscribers.letter_pages import LetterState, ListedLetter

_A_PAGE = 40
_STORIES = 8  # that are offered as a filter
_LIST = "/inbox"
_ONE = f"{_LIST}/{{id}}"
STATES: Mapping[LetterState, str] = {
    LetterState.OPEN: mark("Open"),
    LetterState.ANSWERED: mark("Answered"),
    LetterState.MUTED: mark("From muted readers"),
}


async def show(visit: Visit) -> web.Response:
    """Show a page of the letters, those of one reader on one day together."""
    state = visit.choice("state", LetterState) or LetterState.OPEN
    story, before = _id(visit.asked("story")), _id(visit.asked("before"))
    feedback = visit.services.feedback
    found = await feedback.page(state, story_id=story, before=before, limit=_A_PAGE)
    shown = {"state": state.value} | ({"story": str(story)} if story else {})
    return visit.render(
        "inbox.html",
        groups=_groups(found.letters),
        state=state,
        states=visit.said(STATES),
        counts=await feedback.counts(),
        stories=await feedback.asked_about(limit=_STORIES) if state is LetterState.OPEN else (),
        story=story,
        older=f"{PATH}{_LIST}?{urlencode({**shown, 'before': str(found.older)})}" if found.older else "",
        newest=f"{PATH}{_LIST}?{urlencode(shown)}" if before else "",
        today=feedback.today(),
    )


async def look(visit: Visit) -> web.Response:
    """Show what is known of a letter, with a form to answer it."""
    return await _one(visit, {})


async def show_in_chat(visit: Visit) -> web.Response:
    """Let the bot copy the letter into the editor's own chat, where its words can be read."""
    letter = (await visit.services.feedback.one(visit.number("id"))).letter
    await visit.the_chat().show_letter(
        LetterKey(letter.reader, letter.message_id), editor=visit.editor.person_id
    )
    visit.go(f"{_address(visit)}?copied=1")


async def answer(visit: Visit) -> web.Response:
    """Send the reader an answer; where that fails, show what was typed again with the reason."""
    form, letter = await visit.form(), (await visit.services.feedback.one(visit.number("id"))).letter
    try:
        await visit.the_chat().answer(
            LetterKey(letter.reader, letter.message_id),
            form.get("answer", ""),
            once_more="once_more" in form,
        )
    except UserError as error:
        return await _one(visit, form, error)
    return visit.go(f"{_address(visit)}?sent=1")


async def mute(visit: Visit) -> web.Response:
    """Stop passing letters of this one's reader to the editors, or begin again."""
    form, letter = await visit.form(), (await visit.services.feedback.one(visit.number("id"))).letter
    muted = form.get("muted") == "1"
    await visit.services.feedback.mute(letter.reader, muted=muted, actor=visit.editor.actor)
    visit.go(_address(visit))


async def _one(visit: Visit, given: Mapping[str, str], error: UserError | None = None) -> web.Response:
    found = await visit.services.feedback.one(visit.number("id"))
    return visit.render(
        "letter.html",
        **refusal(error, visit.texts),
        given=given,
        found=found,
        today=visit.services.feedback.today(),
        longest=LONGEST_ANSWER,
        copied=bool(visit.asked("copied")),
        sent=bool(visit.asked("sent")),
    )


def _groups(letters: Sequence[ListedLetter]) -> Sequence[tuple[date, int | None, Sequence[ListedLetter]]]:
    """Return the letters by day (UTC) and reader's number, in the order in which they stand first."""
    groups: dict[tuple[date, int | None, int], list[ListedLetter]] = {}
    for one in letters:
        day, number = one.letter.written_at.date(), one.letter.number
        alone = one.letter.id if number is None else 0  # nobody knows who wrote those together
        groups.setdefault((day, number, alone), []).append(one)
    return [(day, number, found) for (day, number, _), found in groups.items()]


def _id(asked: str) -> int | None:
    return int(asked) if asked.isascii() and asked.isdecimal() and len(asked) < 16 else None  # noqa: PLR2004


def _address(visit: Visit) -> str:
    return f"{PATH}{_LIST}/{visit.number('id')}"


ROUTES = (
    Route("GET", _LIST, show),
    Route("GET", _ONE, look),
    Route("POST", f"{_ONE}/copy", show_in_chat),
    Route("POST", f"{_ONE}/answer", answer),
    Route("POST", f"{_ONE}/mute", mute),
)
