"""What an editor decides about a Story acts after ten seconds, once, unless it is undone."""

import asyncio
from datetime import timedelta

import pytest

from bot.broadcasts.agreement import SecondNeededError
from bot.config import Settings
from bot.editors.actors import COMMAND_LINE, actor_of
from bot.errors import RefusedError
from bot.runtime.build import build_services
from bot.services import Services
from bot.stories.conflicts import ConflictError
from bot.stories.intake.analysis import analysis_pool
from bot.stories.review import refusals
from bot.stories.review.decisions import Decided, Decision
from storage import audit
from storage.database import Database
from storage.words import BroadcastState, DecisionAction, EditorRole, StoryState
from tests.factories import MovableClock, add_story, get_story

EDITH, MARTA, WRITER = 1, 2, 3
EDITOR = actor_of(EDITH)


@pytest.fixture
def services(settings: Settings, database: Database, clock: MovableClock) -> Services:
    """The use cases as the bot has them, with two owners."""
    given = settings.model_copy(update={"owner_ids": frozenset({EDITH, MARTA})})
    return build_services(given, database, analysis_pool(1), clock)


async def _story(database: Database, state: StoryState = StoryState.DRAFT, **values: object) -> int:
    async with database.transaction() as session:
        return await add_story(session, state=state, **values)


async def _decide(
    services: Services, action: DecisionAction, story: int, *, actor: str = EDITOR, version: int | None = 0
) -> Decided:
    return await services.decisions.decide(Decision(action, story, actor, version))


async def _actions(database: Database, story: int) -> list[tuple[str, str]]:
    async with database.read() as session:
        return [(one.actor, one.action) for one in await audit.history(session, "story", story)]


async def _refusal(services: Services) -> str:
    """Why the one decision that acted was refused."""
    [decision] = await services.decisions.unshown()
    assert decision.refusal is not None
    return str(refusals.load(decision.refusal))


@pytest.mark.parametrize(
    ("action", "before", "after"),
    [
        (DecisionAction.PUBLISH, StoryState.DRAFT, StoryState.PUBLISHED),
        (DecisionAction.PUSH, StoryState.DRAFT, StoryState.PUBLISHED),
        (DecisionAction.REJECT, StoryState.DRAFT, StoryState.REJECTED),
        (DecisionAction.WITHDRAW, StoryState.PUBLISHED, StoryState.WITHDRAWN),
    ],
)
async def test_a_decision_acts_after_ten_seconds(
    *,
    services: Services,
    database: Database,
    clock: MovableClock,
    action: DecisionAction,
    before: StoryState,
    after: StoryState,
) -> None:
    """Nothing at all happens before; then the Story moves, and the audit log names the editor."""
    story = await _story(database, before)
    assert (await _decide(services, action, story)).waits
    clock.advance(seconds=9)
    await services.decisions.act_due()
    stored = await get_story(database, story)
    assert (stored.state, stored.version, await _actions(database, story)) == (before, 0, [])
    assert await services.broadcasts.listed() == []
    clock.advance(seconds=1)
    await services.decisions.act_due()
    assert (await get_story(database, story)).state is after
    assert [actor for actor, _ in await _actions(database, story)] == [EDITOR]
    assert len(await services.broadcasts.listed()) == (action is DecisionAction.PUSH)


async def test_what_is_undone_never_acts(services: Services, database: Database, clock: MovableClock) -> None:
    """Another editor may undo it too; the Story stays as it was, however long one waits."""
    story = await _story(database)
    await _decide(services, DecisionAction.PUSH, story)
    undone = await services.decisions.undo(story, actor=actor_of(MARTA))
    assert (undone.action, undone.actor) == (DecisionAction.PUSH, EDITOR)
    clock.advance(minutes=1)
    await services.decisions.act_due()
    assert (await get_story(database, story)).version == 0
    assert await services.broadcasts.listed() == []
    assert await services.decisions.unshown() == []


async def test_what_has_acted_is_not_undone(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """Undoing is refused once the decision has acted, and where nothing was decided."""
    story = await _story(database)
    with pytest.raises(RefusedError, match="too late"):
        await services.decisions.undo(story, actor=EDITOR)
    await _decide(services, DecisionAction.REJECT, story)
    clock.advance(seconds=10)
    await services.decisions.act_due()
    with pytest.raises(RefusedError, match="too late"):
        await services.decisions.undo(story, actor=EDITOR)
    assert (await get_story(database, story)).state is StoryState.REJECTED


async def test_a_reader_undoes_nothing(services: Services, database: Database) -> None:
    """Only editors may undo."""
    story = await _story(database)
    await _decide(services, DecisionAction.REJECT, story)
    with pytest.raises(RefusedError):
        await services.decisions.undo(story, actor=actor_of(99))


async def test_of_several_processes_one_lets_it_act(
    services: Services, settings: Settings, database: Database, clock: MovableClock
) -> None:
    """A decision that was stored before a kill acts once, however many processes find it."""
    story = await _story(database)
    await _decide(services, DecisionAction.PUSH, story)
    given = settings.model_copy(update={"owner_ids": frozenset({EDITH, MARTA})})
    others = [build_services(given, database, analysis_pool(1), clock) for _ in range(4)]
    clock.advance(seconds=10)
    await asyncio.gather(*(one.decisions.act_due() for one in others))
    assert len(await services.broadcasts.listed()) == 1
    assert await _actions(database, story) == [(EDITOR, "publish")]


async def test_of_undoing_and_acting_at_once_one_happens(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """Whichever comes first counts, and the other one says so or does nothing."""
    story = await _story(database)
    await _decide(services, DecisionAction.PUBLISH, story)
    clock.advance(seconds=10)
    _, undone = await asyncio.gather(
        services.decisions.act_due(),
        services.decisions.undo(story, actor=EDITOR),
        return_exceptions=True,
    )
    is_published = (await get_story(database, story)).state is StoryState.PUBLISHED
    assert is_published == isinstance(undone, RefusedError)


async def test_a_change_meanwhile_is_told_to_the_one_who_decided(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """A Story that somebody changes within the ten seconds is not published as nobody saw it."""
    story = await _story(database)
    await _decide(services, DecisionAction.PUBLISH, story)
    await services.editing.set_headline(story, "New", version=0, actor=actor_of(MARTA))
    clock.advance(seconds=10)
    await services.decisions.act_due()
    assert (await get_story(database, story)).state is StoryState.DRAFT
    assert (await _refusal(services)).startswith(f"The headline of story {story} was changed by editor 2")
    await services.decisions.act_due()  # it is not tried again
    [refused] = await services.decisions.unshown()
    await services.decisions.mark_shown(refused.id)
    assert await services.decisions.unshown() == []


async def test_rights_are_checked_again_when_it_acts(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """A publisher who is none any more when the decision acts has published nothing."""
    await services.editors.put(WRITER, EditorRole.PUBLISHER, actor=EDITOR)
    story = await _story(database)
    await _decide(services, DecisionAction.PUBLISH, story, actor=actor_of(WRITER))
    await services.editors.put(WRITER, EditorRole.EDITOR, actor=EDITOR)
    clock.advance(seconds=10)
    await services.decisions.act_due()
    assert (await get_story(database, story)).state is StoryState.DRAFT
    assert "publisher" in await _refusal(services)


async def test_what_would_be_refused_is_refused_at_once(services: Services, database: Database) -> None:
    """Rights, state, version and a second person are checked when it is decided; then nothing waits."""
    story = await _story(database)
    with pytest.raises(RefusedError):
        await _decide(services, DecisionAction.PUBLISH, story, actor=actor_of(99))
    with pytest.raises(RefusedError):
        await _decide(services, DecisionAction.WITHDRAW, story)
    with pytest.raises(RefusedError, match="has changed"):
        await _decide(services, DecisionAction.REJECT, story, version=3)
    push = await services.preparation.prepare(story, editor=EDITH)
    await services.preparation.choose_urgent(push, urgent=True, actor=EDITOR)
    with pytest.raises(SecondNeededError):
        await services.decisions.decide(Decision(DecisionAction.PUSH, story, EDITOR, 0, push))
    assert (await services.review.look(story)).decision is None


async def test_two_editors_do_not_decide_about_each_other(services: Services, database: Database) -> None:
    """While a decision can be undone, another one about the Story is refused with the editor's name."""
    story = await _story(database)
    await _decide(services, DecisionAction.PUBLISH, story)
    with pytest.raises(ConflictError, match=rf"editor 1 has just decided about story {story} ") as found:
        await _decide(services, DecisionAction.REJECT, story, actor=actor_of(MARTA))
    assert found.value.is_decision
    await services.decisions.undo(story, actor=EDITOR)
    assert (await _decide(services, DecisionAction.REJECT, story, actor=actor_of(MARTA))).waits


async def test_of_six_decisions_at_once_one_waits(services: Services, database: Database) -> None:
    """Editors who decide at the same moment do not both wait."""
    story = await _story(database)
    found = await asyncio.gather(
        *(_decide(services, DecisionAction.REJECT, story) for _ in range(6)), return_exceptions=True
    )
    assert sum(isinstance(one, ConflictError) for one in found) == 5


async def test_it_acts_when_somebody_looks(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """Once its time has come, everyone who looks at the Story or decides about it finds that it has acted."""
    one, two = await _story(database), await _story(database)
    for story in (one, two):
        await _decide(services, DecisionAction.PUBLISH, story)
    await services.decisions.settle(one)
    assert (await get_story(database, one)).state is StoryState.DRAFT
    clock.advance(seconds=10)
    await services.decisions.settle(one)
    assert (await get_story(database, one)).state is StoryState.PUBLISHED
    with pytest.raises(ConflictError, match="already been published by editor 1"):
        await _decide(services, DecisionAction.REJECT, two)


async def test_what_was_decided_leaves_the_queue(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """The next Story is not the one that was just decided about; after undoing it stands there again."""
    first, second = await _story(database), await _story(database)
    await _decide(services, DecisionAction.REJECT, first)
    story, place, total = await services.review.waiting(0)
    assert (story and story.id, place, total) == (second, 0, 1)
    looked = await services.review.look(first)
    assert (looked.place, looked.decision and looked.decision.action) == (None, DecisionAction.REJECT)
    await services.decisions.undo(first, actor=EDITOR)
    assert [(await services.review.look(one)).place for one in (first, second)] == [0, 1]


async def test_one_that_fails_delays_no_other(
    services: Services, database: Database, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error of ours is logged, leaves its decision as it is, and lets the others act."""
    broken, sound = await _story(database), await _story(database)
    await _decide(services, DecisionAction.PUBLISH, broken)
    await _decide(services, DecisionAction.PUBLISH, sound)
    clock.advance(seconds=10)
    act = services.review.act

    async def fails(session: object, decision: Decision) -> object:
        if decision.story_id == broken:
            raise ValueError("broken")
        return await act(session, decision)  # type: ignore[arg-type]  # as it was called

    monkeypatch.setitem(services.decisions._acts, DecisionAction.PUBLISH, fails)
    await services.decisions.act_due()
    assert (await get_story(database, sound)).state is StoryState.PUBLISHED
    monkeypatch.undo()
    await services.decisions.act_due()
    assert (await get_story(database, broken)).state is StoryState.PUBLISHED


async def test_the_command_line_acts_at_once(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """It does not wait for a decision that can be undone either: that one is refused then."""
    story = await _story(database)
    await _decide(services, DecisionAction.PUBLISH, story)
    await services.review.reject(story, actor=COMMAND_LINE)
    assert (await get_story(database, story)).state is StoryState.REJECTED
    clock.advance(seconds=10)
    await services.decisions.act_due()
    assert "was rejected by someone at the command line" in await _refusal(services)


async def test_a_push_starts_after_its_decision(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """As long as the publication can be undone, its push stays in preparation."""
    story = await _story(database)
    push = await services.preparation.prepare(story, editor=EDITH)
    await services.decisions.decide(Decision(DecisionAction.PUSH, story, EDITOR, 0, push))
    assert await services.broadcasts.start_due() == []
    assert (await services.broadcasts.status(push)).broadcast.state is BroadcastState.PREPARING
    clock.advance(seconds=10)
    await services.decisions.act_due()
    assert await services.broadcasts.start_due() == [push]


async def test_a_withdrawal_keeps_its_reason(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """The sentence for readers is stored with the decision; one that is too long is refused at once."""
    story = await _story(database, StoryState.PUBLISHED)
    decision = Decision(DecisionAction.WITHDRAW, story, EDITOR, reason="The place was wrong.")
    await services.decisions.decide(decision)
    assert (await get_story(database, story)).notice is None
    clock.advance(seconds=10)
    await services.decisions.act_due()
    assert (await get_story(database, story)).notice == "The place was wrong."


async def test_a_decision_that_only_sets_an_hour_acts_at_once(
    services: Services, database: Database, clock: MovableClock
) -> None:
    """Nobody sees the Story before; until then its push can be cancelled, so there is nothing to undo."""
    story = await _story(database)
    push = await services.preparation.prepare(story, editor=EDITH)
    await services.preparation.choose_hour(push, clock() + timedelta(hours=1))
    decided = await services.decisions.decide(Decision(DecisionAction.PUSH, story, EDITOR, 0, push))
    assert (decided.waits, decided.outcome.broadcast_ids) == (False, (push,))
    assert (await get_story(database, story)).state is StoryState.SCHEDULED
