"""Bulk: one decision about several Stories that an editor chose from a list."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.errors import UserError
from bot.stories.editing import Editing
from bot.stories.review.decisions import Decision, Decisions
from bot.stories.review.review import Review
from storage.words import DecisionAction

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ChosenStory:
    """A Story in a list, and the version that the editor saw there."""

    id: int
    version: int


@dataclass(frozen=True, slots=True)
class BulkResult:
    """How many Stories were changed, and why the others were not.

    `waiting`: of those changed, how many are decided about only, and can be undone for some seconds.
    """

    done: int
    refusals: Sequence[UserError]
    waiting: int = 0


class Bulk:
    """Use cases that change several Stories. Each Story is a transaction: a refused one holds up no other."""

    def __init__(self, decisions: Decisions, review: Review, editing: Editing) -> None:
        self._decisions = decisions
        self._review = review
        self._editing = editing

    async def publish(self, chosen: Sequence[ChosenStory], *, actor: str) -> BulkResult:
        """Publish drafts without a push; for some seconds this can be undone."""
        return await self._decide(DecisionAction.PUBLISH, chosen, actor)

    async def reject(self, chosen: Sequence[ChosenStory], *, actor: str) -> BulkResult:
        """Reject drafts; for some seconds this can be undone."""
        return await self._decide(DecisionAction.REJECT, chosen, actor)

    async def undo(self, story_ids: Sequence[int], *, actor: str) -> BulkResult:
        """Undo the decisions about these Stories; one that has acted meanwhile is refused."""

        async def undo(story_id: int) -> bool:
            await self._decisions.undo(story_id, actor=actor)
            return False

        return await _each(story_ids, undo)

    async def restore(self, chosen: Sequence[ChosenStory], *, actor: str) -> BulkResult:
        """Make rejected Stories drafts again."""

        async def restore(one: ChosenStory) -> bool:
            await self._review.restore(one.id, actor=actor)
            return False

        return await _each(chosen, restore)

    async def add_topic(self, chosen: Sequence[ChosenStory], name: str, *, actor: str) -> BulkResult:
        """Add the Topic of this name to Stories; see `Editing.add_topic`."""

        async def add(one: ChosenStory) -> bool:
            await self._editing.add_topic(one.id, name, version=one.version, actor=actor)
            return False

        return await _each(chosen, add)

    async def _decide(self, action: DecisionAction, chosen: Sequence[ChosenStory], actor: str) -> BulkResult:
        async def decide(one: ChosenStory) -> bool:
            return (await self._decisions.decide(Decision(action, one.id, actor, one.version))).waits

        return await _each(chosen, decide)


async def _each(chosen: Sequence[T], change: Callable[[T], Awaitable[bool]]) -> BulkResult:
    """Change each; `change` returns whether that waits and can be undone."""
    refusals: list[UserError] = []
    waiting = 0
    for one in chosen:
        try:
            waiting += await change(one)
        except UserError as refusal:
            refusals.append(refusal)
    return BulkResult(len(chosen) - len(refusals), refusals, waiting)
