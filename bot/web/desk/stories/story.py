"""One Story: the card as readers will see it, the text it was made of, its form, and decisions about it."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from bot.appeals.fields import AppealField
from bot.appeals.found_links import appeal_of, found_in, open_appeals
from bot.editors.desk_address import PATH
from bot.editors.roles import Right
from bot.errors import NotFoundError, UserError
from bot.i18n import Texts, choose, in_language, languages, mark, own_name
from bot.rendering import render, warnings
from bot.rendering.buttons import StoryView
from bot.rendering.message import shorten
from bot.rendering.render import Reader
from bot.rendering.words.appeals import with_state
from bot.rendering.words.stories import (
    ABOUT_TO,
    CORRECTED,
    MEANINGS,
    PUBLISHED_QUIETLY,
    TAKEN_BACK,
    undo_until,
)
from bot.stories import origins
from bot.stories.locks import RELEASED
from bot.stories.review.decisions import Decision, seconds_left
from bot.stories.review.review import ReviewItem
from bot.web.desk.errors import in_words, status_of
from bot.web.desk.numbers import number_in
from bot.web.desk.route import Route
from bot.web.desk.stories import form as forms
from bot.web.desk.stories import originals
from bot.web.desk.stories.form import NEW, StoryForm
from bot.web.desk.visit import Visit
from bot.web.message_html import to_html
from storage.models import Appeal, Story, Thread
from storage.words import SENTENCES, ContentWarning, DecisionAction, Length, StoryState

_THREADS = 100  # in the list from which one is chosen
_LABEL = 90  # characters of a headline in a list
_EDITABLE = (StoryState.DRAFT, *RELEASED)
COMMON = ("en", "uk", "pl", "de", "fr", "es", "ru", "ro", "cs", "sk", "hu", "it", "pt", "tr", "ar", "he")
"""Languages that are offered for a story, beside those that have a catalogue."""
_DONE: Mapping[str, str] = {
    "saved": mark("Saved."),
    "added": mark("The story was added as a draft."),
    "updated": mark("The story was updated."),
    "published": PUBLISHED_QUIETLY,
    "rejected": MEANINGS[StoryState.REJECTED],
    "undone": mark("Undone: nothing has happened."),
    "restored": mark("The story is a draft again."),
    "correcting": CORRECTED,
    "withdrawn": TAKEN_BACK,
}


async def show(visit: Visit) -> web.Response:
    """Show a Story in any state; a decision whose time has come acts first."""
    await visit.services.decisions.settle(visit.number("id"))
    return await _page(visit, await visit.services.review.look(visit.number("id")))


async def edit(visit: Visit) -> web.Response:
    """Store what the editor changed; if that cannot be, say why and keep what they typed.

    With words to find the original by, show what was found instead: nothing is stored yet.
    """
    story_id, form = visit.number("id"), await forms.sent(visit)
    item = await visit.services.review.look(story_id)
    if words := forms.words_to_find(await visit.form()):
        return await _page(visit, item, form, sought=words)
    try:
        await forms.save(
            form,
            visit.services.editing,
            item.story,
            version=_version((await visit.form()).get("version", "")),
            actor=visit.editor.actor,
        )
    except UserError as error:
        item = await visit.services.review.look(story_id)
        status = 400 if isinstance(error, NotFoundError) else status_of(error)
        return await _page(visit, item, form, sentence=await in_words(visit, error), status=status)
    return visit.go(_address(story_id, "saved", (await _length(visit)).value))


async def publish(visit: Visit) -> web.Response:
    """Publish a draft without a push; for some seconds this can be undone."""
    return await _decide(visit, DecisionAction.PUBLISH, "published")


async def reject(visit: Visit) -> web.Response:
    """Reject a draft; for some seconds this can be undone."""
    return await _decide(visit, DecisionAction.REJECT, "rejected")


async def undo(visit: Visit) -> web.Response:
    """Undo the decision that has not acted yet."""
    story_id = visit.number("id")
    try:
        await visit.services.decisions.undo(story_id, actor=visit.editor.actor)
    except UserError as error:
        return await _refused(visit, story_id, error)
    return visit.go(_address(story_id, "undone"))


async def restore(visit: Visit) -> web.Response:
    """Make a rejected Story a draft again."""
    story_id = visit.number("id")
    try:
        await visit.services.review.restore(story_id, actor=visit.editor.actor)
    except UserError as error:
        return await _refused(visit, story_id, error)
    return visit.go(_address(story_id, "restored"))


async def _decide(visit: Visit, action: DecisionAction, done: str) -> web.Response:
    """Decide about the version that the page showed."""
    story_id, version = visit.number("id"), _version((await visit.form()).get("version", ""))
    decision = Decision(action, story_id, visit.editor.actor, version)
    try:
        decided = await visit.services.decisions.decide(decision)
    except UserError as error:
        return await _refused(visit, story_id, error)
    return visit.go(_address(story_id, "" if decided.waits else done))


async def _refused(visit: Visit, story_id: int, error: UserError) -> web.Response:
    """Show the Story as it is now, and why nothing was decided. Raises NotFoundError if there is none."""
    item = await visit.services.review.look(story_id)
    return await _page(visit, item, sentence=await in_words(visit, error), status=status_of(error))


async def _page(
    visit: Visit,
    item: ReviewItem,
    form: StoryForm | None = None,
    *,
    sentence: str = "",
    status: int = 200,
    sought: str = "",
) -> web.Response:
    """Draw the page of a Story. `form`: what an editor typed, which was not stored; `sentence`: why.

    `sought`: the words by which the original is looked for.
    """
    shown = form.onto(item.story) if form else forms.of(item.story)
    story, length = item.story, await _length(visit)
    may_change = story.state in _EDITABLE and (story.state not in RELEASED or visit.may(Right.PUBLISH))
    waiting = await visit.services.decisions.waiting(story.id)
    left = seconds_left([waiting], visit.services.clock()) if waiting else 0
    summary = {one.length: one.text for one in story.summaries}.get(length, "")
    readers = _reader(visit, story, length)
    appeal = visit.services.appeals.shown_with(story)
    offered = open_appeals(await visit.services.appeals.listed())
    card = render.story(story, StoryView(story.id, length), appeal, readers)
    return visit.render(
        "stories/story.html",
        status=status,
        story=story,
        state=MEANINGS[story.state],
        sentence=sentence,
        done=_DONE.get(visit.asked("done"), "") if not sentence else "",
        card=to_html(card),
        card_language=readers.texts.language,
        keys=[[button.text for button in row] for row in card.rows],
        length=length,
        lengths=SENTENCES,
        pieces=pieces(story.body, origins.passages_of(summary, story.body)),
        lacking=[one for one in summary.split("\n") if one and not origins.passages_of(one, story.body)],
        may_change=may_change,
        publishes=visit.may(Right.PUBLISH),
        form=shown,
        is_kept=form is not None,
        proposed=_proposed_warnings(visit.texts, story),
        choices=await _choices(visit, item, offered),
        found=found_in(story).get(AppealField.URL, ""),
        found_appeal=appeal_of(story, offered),
        originals=await originals.choices(visit, story, shown.typed["translation"], sought),
        sought=sought,
        help=appeal,
        is_missing=visit.services.appeals.is_missing(story),
        translations=await visit.services.story_lists.translations(story.id),
        waiting=ABOUT_TO[waiting.action] if waiting else "",
        left=left,
        undo_until=undo_until(left, visit.texts),
    )


async def _choices(visit: Visit, item: ReviewItem, offered: Sequence[Appeal]) -> Mapping[str, object]:
    """Return what can be chosen in the fields of the form: values with their labels."""
    services, texts, story = visit.services, visit.texts, item.story
    threads = list(await services.review.threads(_THREADS))
    if item.thread is not None and item.thread.id not in {one.id for one in threads}:
        threads.insert(0, item.thread)
    return {
        "topics": [(str(one.id), one.name) for one in await services.stories.topics()],
        "warnings": [(one.value, warnings.name(one, texts)) for one in ContentWarning],
        "appeals": _appeals(texts, story, offered),
        "threads": _threads(texts, story, threads),
        "languages": [
            (code, own_name(code)) for code in dict.fromkeys([story.language, *languages(), *COMMON])
        ],
    }


def _appeals(texts: Texts, story: Story, offered: Sequence[Appeal]) -> list[tuple[str, str]]:
    """Return no Appeal, its own one although that is retired, and those that it may name."""
    retired = [story.appeal] if story.appeal and story.appeal not in offered else []
    named = [(str(one.id), with_state(one, texts, _LABEL)) for one in [*retired, *offered]]
    return [("", texts.say("No appeal")), *named]


def _threads(texts: Texts, story: Story, threads: Sequence[Thread]) -> list[tuple[str, str]]:
    """Return no Thread, a new one, and the newest by their titles."""
    titles = [(str(one.id), shorten(one.title, _LABEL) or str(one.id)) for one in threads]
    new = [(NEW, texts.say("New thread"))] if story.thread_id is None else []
    return [("", texts.say("No thread")), *new, *titles]


def pieces(body: str, passages: Sequence[tuple[int, int]]) -> list[tuple[str, bool]]:
    """Return the text in pieces, each with whether it stands in one of these passages."""
    found: list[tuple[str, bool]] = []
    place = 0
    for begin, end in passages:
        if end <= place:  # within the one before
            continue
        found += [(body[place : max(begin, place)], False), (body[max(begin, place) : end], True)]
        place = end
    return [(words, is_marked) for words, is_marked in [*found, (body[place:], False)] if words]


def _reader(visit: Visit, story: Story, length: Length) -> Reader:
    """Return a reader of the Story's own language, who has opened it."""
    texts = in_language(choose(story.language, visit.texts.language))
    return Reader(texts, visit.zone, length, visit.services.help_links.address)


def _proposed_warnings(texts: Texts, story: Story) -> str:
    """Return the warnings that the words of the Story suggest and that it lacks; "" if there are none."""
    codes = set(story.proposed_warnings.split()) - set(story.warnings.split())
    proposed = [one for one in ContentWarning if one.value in codes]
    return warnings.names(proposed, texts) if proposed else ""


async def _length(visit: Visit) -> Length:
    """Return the Length that is looked at: the card's, which the form sends along."""
    asked = (await visit.form()).get("length") or visit.asked("length")
    return next((one for one in Length if one.value == asked), Length.SHORT)


def _version(written: str) -> int:
    """Return the version that a form was drawn for; for anything else one that no Story has."""
    found = number_in(written)
    return -1 if found is None else found


def _address(story_id: int, done: str, length: str = "") -> str:
    chosen = f"&length={length}" if length in set(Length) else ""
    return f"{PATH}/stories/{story_id}?done={done}{chosen}"


ROUTES = (
    Route("GET", "/stories/{id}", show),
    Route("POST", "/stories/{id}/edit", edit),
    Route("POST", "/stories/{id}/publish", publish, Right.PUBLISH),
    Route("POST", "/stories/{id}/reject", reject),
    Route("POST", "/stories/{id}/restore", restore),
    Route("POST", "/stories/{id}/undo", undo),
)
