"""Bulk: one decision about several Stories that an editor chose from a list."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from bot.errors import UserError
from bot.stories.editing import Editing
from bot.stories.review import Review


@dataclass(frozen=True, slots=True)
class ChosenStory:
    """A Story in a list, and the version that the editor saw there."""

    id: int
    version: int


@dataclass(frozen=True, slots=True)
class BulkResult:
    """How many Stories were changed, and why the others were not."""

    done: int
    refusals: Sequence[UserError]


class Bulk:
    """Use cases that change several Stories. Each Story is a transaction: a refused one holds up no other."""

    def __init__(self, review: Review, editing: Editing) -> None:
        self._review = review
        self._editing = editing

    async def publish(self, chosen: Sequence[ChosenStory], *, actor: str) -> BulkResult:
        """Publish drafts without a push."""

        async def publish(one: ChosenStory) -> None:
            await self._review.publish(one.id, actor=actor, push=False, version=one.version)

        return await _each(chosen, publish)

    async def reject(self, chosen: Sequence[ChosenStory], *, actor: str) -> BulkResult:
        """Reject drafts."""

        async def reject(one: ChosenStory) -> None:
            await self._review.reject(one.id, actor=actor, version=one.version)

        return await _each(chosen, reject)

    async def restore(self, chosen: Sequence[ChosenStory], *, actor: str) -> BulkResult:
        """Make rejected Stories drafts again."""

        async def restore(one: ChosenStory) -> None:
            await self._review.restore(one.id, actor=actor)

        return await _each(chosen, restore)

    async def add_topic(self, chosen: Sequence[ChosenStory], name: str, *, actor: str) -> BulkResult:
        """Add the Topic of this name to Stories; see `Editing.add_topic`."""

        async def add(one: ChosenStory) -> None:
            await self._editing.add_topic(one.id, name, version=one.version, actor=actor)

        return await _each(chosen, add)


async def _each(
    chosen: Sequence[ChosenStory], change: Callable[[ChosenStory], Awaitable[None]]
) -> BulkResult:
    refusals: list[UserError] = []
    for one in chosen:
        try:
            await change(one)
        except UserError as refusal:
            refusals.append(refusal)
    return BulkResult(len(chosen) - len(refusals), refusals)
