"""Lists of Stories: one tab for each state, with search, paging, and what can be done with several."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from aiohttp import web

from bot.editors.desk_address import PATH
from bot.editors.roles import Right
from bot.errors import InvalidInputError
from bot.i18n import mark
from bot.rendering.words.stories import ABOUT_TO, MEANINGS, undo_until
from bot.stories.review.bulk import BulkResult, ChosenStory
from bot.stories.review.decisions import seconds_left
from bot.web.desk.errors import in_words
from bot.web.desk.numbers import number_in
from bot.web.desk.route import Route
from bot.web.desk.visit import Visit
from storage.models import PendingDecision
from storage.words import DecisionAction, StoryState

_A_PAGE = 25
_MOST_CHOSEN = 100  # of one form
_TABS: Mapping[StoryState, str] = {
    StoryState.DRAFT: mark("Drafts"),
    StoryState.SCHEDULED: mark("Scheduled"),
    StoryState.PUBLISHED: mark("Published"),
    StoryState.REJECTED: mark("Rejected"),
    StoryState.WITHDRAWN: mark("Withdrawn"),
}
_BULK: Mapping[StoryState, Sequence[str]] = {
    StoryState.DRAFT: ("publish", "reject", "topic"),
    StoryState.PUBLISHED: ("topic",),
    StoryState.REJECTED: ("restore",),
}
_NOTHING: Mapping[StoryState, str] = {
    StoryState.DRAFT: mark("No story is waiting for review."),
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an editor is in the lists: the tab, what they search for, and the page."""

    state: StoryState
    typed: str
    page: int

    def address(self, **more: object) -> str:
        """Return the address of this place, with further parameters."""
        named = {"state": self.state.value, "q": self.typed, "page": self.page or "", **more}
        return f"{PATH}/stories?" + urlencode({name: value for name, value in named.items() if value != ""})


async def show(visit: Visit) -> web.Response:
    """Show one tab."""
    return await _list(visit, _Place(_state(visit.asked("state")), visit.asked("q"), visit.page()))


async def publish(visit: Visit) -> web.Response:
    """Publish the chosen drafts without a push; for some seconds this can be undone."""
    return await _change(visit, visit.services.bulk.publish)


async def reject(visit: Visit) -> web.Response:
    """Reject the chosen drafts; for some seconds this can be undone."""
    return await _change(visit, visit.services.bulk.reject)


async def undo(visit: Visit) -> web.Response:
    """Undo the decisions about several Stories that have not acted yet."""
    place = await _sent_place(visit)
    ids = [found for one in (await visit.choices("story"))[:_MOST_CHOSEN] if (found := number_in(one))]
    result = await visit.services.bulk.undo(ids, actor=visit.editor.actor)
    if not result.refusals:
        visit.go(place.address(undone=result.done))
    said = [await in_words(visit, one) for one in result.refusals]
    return await _list(visit, place, list(dict.fromkeys(said)), undone=result.done, status=409)


async def restore(visit: Visit) -> web.Response:
    """Make the chosen Stories drafts again."""
    return await _change(visit, visit.services.bulk.restore)


async def add_topic(visit: Visit) -> web.Response:
    """Add one Topic to the chosen Stories."""
    name = (await visit.form()).get("topic", "")

    async def add(chosen: Sequence[ChosenStory], *, actor: str) -> BulkResult:
        return await visit.services.bulk.add_topic(chosen, name, actor=actor)

    return await _change(visit, add)


async def _change(visit: Visit, change: Callable[..., Awaitable[BulkResult]]) -> web.Response:
    """Change the chosen Stories, and show the list as it is then; of refused ones say why."""
    form, place = await visit.form(), await _sent_place(visit)
    chosen = [_chosen(one) for one in (await visit.choices("story"))[:_MOST_CHOSEN]]
    if not chosen:
        sentence = visit.texts.say("Choose at least one story.")
        return await _list(visit, place, [sentence], topic=form.get("topic", ""), status=400)
    result = await change(chosen, actor=visit.editor.actor)
    done = result.done - result.waiting
    if not result.refusals:
        visit.go(place.address(done=done or ""))
    said = [await in_words(visit, one) for one in result.refusals]
    ids = frozenset(one.id for one in chosen)
    return await _list(
        visit,
        place,
        list(dict.fromkeys(said)),
        done=done,
        chosen=ids,
        topic=form.get("topic", ""),
        status=409,
    )


async def _list(
    visit: Visit,
    place: _Place,
    sentences: Sequence[str] = (),
    *,
    done: int | None = None,
    undone: int | None = None,
    chosen: frozenset[int] = frozenset(),
    topic: str = "",
    status: int = 200,
) -> web.Response:
    """Draw a list. `sentences`: what was refused; `done`, `undone`: how many were changed, or undone.

    `chosen`, `topic`: what the editor chose and typed.
    """
    services, waiting = visit.services, await visit.services.decisions.all_waiting()
    found = await services.story_lists.page(
        place.state, place.typed, limit=_A_PAGE, offset=place.page * _A_PAGE
    )
    if place.page and not found.stories:  # fewer than when the page was opened
        first = replace(place, page=0)
        return await _list(
            visit, first, sentences, done=done, undone=undone, chosen=chosen, topic=topic, status=status
        )
    counts = await services.stories.counts()
    mine = _mine(visit, waiting)
    left = max((one.left for one in mine), default=0)
    return visit.render(
        "stories/stories.html",
        status=status,
        tabs=[(state, label, counts.get(state, 0)) for state, label in _TABS.items()],
        states=MEANINGS,
        place=place,
        found=found,
        pages=-(-found.total // _A_PAGE),
        actions=_BULK.get(place.state, ()) if _may_change(visit, place.state) else (),
        publishes=visit.may(Right.PUBLISH),
        topics=await services.stories.topics(),
        nothing_here=_NOTHING.get(place.state, mark("There are no stories here.")),
        sentences=sentences,
        done=number_in(visit.asked("done")) if done is None else done,
        undone=number_in(visit.asked("undone")) if undone is None else undone,
        mine=mine,
        left=left,
        about_to={one.story_id: ABOUT_TO[one.action] for one in waiting},
        chosen=chosen,
        topic=topic,
    )


@dataclass(frozen=True, slots=True)
class _Undoable:
    """What an editor decided and can undo: in two sentences, the ids of the Stories, and seconds left."""

    sentence: str
    until: str
    stories: Sequence[int]
    left: int


def _mine(visit: Visit, waiting: Sequence[PendingDecision]) -> Sequence[_Undoable]:
    """Return what this editor can undo, by action."""
    by_action: dict[DecisionAction, list[PendingDecision]] = {}
    for one in waiting:
        if one.actor == visit.editor.actor and one.action in (DecisionAction.PUBLISH, DecisionAction.REJECT):
            by_action.setdefault(one.action, []).append(one)
    now, found = visit.services.clock(), []
    for action, decisions in by_action.items():
        left = seconds_left(decisions, now)
        sentence = _about_to(visit, action, len(decisions))
        ids = [one.story_id for one in decisions]
        found.append(_Undoable(sentence, undo_until(left, visit.texts), ids, left))
    return found


def _about_to(visit: Visit, action: DecisionAction, number: int) -> str:
    if action is DecisionAction.REJECT:
        return visit.texts.count(
            "{number} story is about to be rejected.", "{number} stories are about to be rejected.", number
        )
    return visit.texts.count(
        "{number} story is about to be published quietly.",
        "{number} stories are about to be published quietly.",
        number,
    )


async def _sent_place(visit: Visit) -> _Place:
    """Return the place of the list from which a form was sent."""
    form = await visit.form()
    return _Place(_state(form.get("state", "")), form.get("q", ""), number_in(form.get("page", "")) or 0)


def _may_change(visit: Visit, state: StoryState) -> bool:
    return state is not StoryState.PUBLISHED or visit.may(Right.PUBLISH)


def _state(written: str) -> StoryState:
    """Return the state that a tab stands for; drafts for anything else."""
    return next((state for state in _TABS if state.value == written), StoryState.DRAFT)


def _chosen(written: str) -> ChosenStory:
    """Return a checkbox's Story with its version: "12.3". Raises InvalidInputError for anything else."""
    numbers = [number_in(part) for part in written.split(".")]
    match numbers:
        case [int(story_id), int(version)]:
            return ChosenStory(story_id, version)
        case _:
            raise InvalidInputError(mark("Choose at least one story."))


ROUTES = (
    Route("GET", "/stories", show),
    Route("POST", "/stories/publish", publish, Right.PUBLISH),
    Route("POST", "/stories/reject", reject),
    Route("POST", "/stories/undo", undo),
    Route("POST", "/stories/restore", restore),
    Route("POST", "/stories/topic", add_topic),
)
