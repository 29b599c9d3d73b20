"""Changes of an Appeal: a new version, which readers see only once somebody has verified it again."""

import asyncio

import pytest

from bot.appeals.appeals import Appeals
from bot.appeals.fields import AppealField
from bot.editors.actors import actor_of
from bot.editors.rights import Rights
from bot.errors import InvalidInputError, RefusedError
from storage import audit
from storage.database import Database
from storage.editors import editors
from storage.words import AppealState, EditorRole, SuspensionReason
from tests.factories import NOON, MovableClock

EDITH, OMAR, ELLA, ANNA = 11, 12, 13, 14
LINK = "https://example.org/help"


@pytest.fixture
async def service(database: Database) -> Appeals:
    """Two owners, and Ella, who may only write."""
    async with database.transaction() as session:
        await editors.put(session, ELLA, role=EditorRole.EDITOR, added_by="test", now=NOON)
    return Appeals(database, MovableClock(), Rights({EDITH, OMAR}))


async def _propose(service: Appeals, actor: int = EDITH) -> int:
    return (await service.propose(organisation="Fund", url=LINK, actor=actor_of(actor))).id


async def _verified(service: Appeals) -> int:
    appeal_id = await _propose(service)
    await service.verify(appeal_id, actor=actor_of(OMAR))
    return appeal_id


async def _purpose(service: Appeals, appeal_id: int, person: int, **given: object) -> None:
    changes = {AppealField.PURPOSE: "Boats."}
    await service.change(appeal_id, changes, actor=actor_of(person), **given)  # type: ignore[arg-type]


async def test_a_change_hides_a_verified_appeal_until_another_person_verifies_it(
    service: Appeals, database: Database
) -> None:
    """The changed Appeal is proposed, at the next version, and its writer cannot verify it."""
    appeal_id = await _verified(service)
    link = "https://other.example.org/help"
    changes = {
        AppealField.URL: link,
        AppealField.LANGUAGE: "UK",
        AppealField.REGISTRATION: " KRS  0000174486 ",
    }
    await service.change(appeal_id, changes, actor=actor_of(OMAR), version=1, hides=True)
    appeal = (await service.details(appeal_id)).appeal
    assert (appeal.state, appeal.version) == (AppealState.PROPOSED, 2)
    assert (appeal.url, appeal.language, appeal.registration) == (link, "uk", "KRS 0000174486")
    assert appeal.written_by == actor_of(OMAR)
    assert await service.showable() == []
    with pytest.raises(RefusedError, match="proposed this yourself"):
        await service.verify(appeal_id, actor=actor_of(OMAR))
    await service.verify(appeal_id, actor=actor_of(EDITH), version=2)
    assert [one.url for one in await service.showable()] == [link]
    async with database.read() as session:
        change = await audit.last(session, "appeal", appeal_id, ["change"])
    assert change is not None
    assert (change.before["url"], change.after["url"]) == (LINK, link)


async def test_a_verified_appeal_is_not_hidden_unawares(service: Appeals) -> None:
    """An editor who saw it as proposed does not change an Appeal that was verified meanwhile."""
    appeal_id = await _verified(service)
    with pytest.raises(RefusedError, match="a change hides it"):
        await _purpose(service, appeal_id, EDITH, version=1)
    assert len(await service.showable()) == 1


async def test_who_may_only_write_takes_nothing_from_readers(service: Appeals) -> None:
    """An editor changes what is proposed, and neither changes, pauses, retires nor verifies what is shown."""
    appeal_id = await _verified(service)
    with pytest.raises(RefusedError, match="publisher or an owner"):
        await _purpose(service, appeal_id, ELLA, hides=True)
    with pytest.raises(RefusedError, match="publisher or an owner"):
        await service.suspend(appeal_id, reason=SuspensionReason.EDITOR, actor=actor_of(ELLA))
    with pytest.raises(RefusedError, match="publisher or an owner"):
        await service.retire(appeal_id, actor=actor_of(ELLA))
    assert len(await service.showable()) == 1
    proposed = await _propose(service)
    with pytest.raises(RefusedError, match="publisher or an owner"):
        await service.verify(proposed, actor=actor_of(ELLA))
    await _purpose(service, proposed, ELLA)
    assert (await service.details(proposed)).appeal.purpose == "Boats."


async def test_a_reader_proposes_and_changes_nothing(service: Appeals) -> None:
    """A person without a role is refused, also where another calls the service for them."""
    appeal_id = await _propose(service)
    with pytest.raises(RefusedError, match="Only editors"):
        await _propose(service, ANNA)
    with pytest.raises(RefusedError, match="Only editors"):
        await _purpose(service, appeal_id, ANNA)
    assert [one.id for one in await service.listed()] == [appeal_id]


async def test_the_command_line_changes_and_verifies_nothing_alone(service: Appeals) -> None:
    """What the command line changed, a person verifies, where there is more than one."""
    appeal_id = await _verified(service)
    await service.change(appeal_id, {AppealField.PURPOSE: "Boats."}, actor="command line", hides=True)
    with pytest.raises(RefusedError, match="proposed this yourself"):
        await service.verify(appeal_id, actor="command line")
    await service.verify(appeal_id, actor=actor_of(OMAR))


async def test_the_same_again_is_no_change(service: Appeals) -> None:
    """A change to the present values keeps version and state."""
    appeal_id = await _verified(service)
    await service.change(appeal_id, {AppealField.URL: f" {LINK} "}, actor=actor_of(EDITH))
    appeal = (await service.details(appeal_id)).appeal
    assert (appeal.state, appeal.version) == (AppealState.VERIFIED, 1)


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        (AppealField.URL, "http://example.org", "cannot be a help link"),
        (AppealField.URL, "https://user@example.org", "cannot be a help link"),
        (AppealField.ORGANISATION, " \n", "needs the name"),
        (AppealField.ORGANISATION, "x" * 201, "at most 200"),
        (AppealField.PURPOSE, "x" * 601, "at most 600"),
        (AppealField.LANGUAGE, "no language", "not a language code"),
        (AppealField.REGISTRATION, "1" * 61, "at most 60"),
    ],
)
async def test_what_a_field_cannot_hold(service: Appeals, field: AppealField, text: str, says: str) -> None:
    """A value that a field cannot hold is refused by one sentence, and nothing changes."""
    appeal_id = await _propose(service)
    with pytest.raises(InvalidInputError, match=says):
        await service.change(appeal_id, {field: text}, actor=actor_of(EDITH))
    assert (await service.details(appeal_id)).appeal.version == 1


async def test_a_retired_or_outdated_one_is_not_changed(service: Appeals) -> None:
    """Who looked at another version is refused for a change and for the end; a retired Appeal stays."""
    appeal_id = await _propose(service)
    await _purpose(service, appeal_id, EDITH, version=1)
    with pytest.raises(RefusedError, match="has changed"):
        await _purpose(service, appeal_id, OMAR, version=1)
    with pytest.raises(RefusedError, match="has changed"):
        await service.retire(appeal_id, actor=actor_of(OMAR), version=1)
    await service.retire(appeal_id, actor=actor_of(OMAR), version=2)
    with pytest.raises(RefusedError, match="already retired"):
        await _purpose(service, appeal_id, EDITH, version=2)


async def test_of_a_change_and_a_verification_at_once_no_unseen_version_is_shown(service: Appeals) -> None:
    """However they race, readers never see a version that the verifier did not look at."""
    for _ in range(4):
        appeal_id = await _propose(service)
        await asyncio.gather(
            service.change(
                appeal_id, {AppealField.URL: "https://evil.example.org"}, actor=actor_of(EDITH), version=1
            ),
            service.verify(appeal_id, actor=actor_of(OMAR), version=1),
            return_exceptions=True,
        )
        appeal = (await service.details(appeal_id)).appeal
        assert appeal.url == LINK or appeal.state is AppealState.PROPOSED


async def test_a_small_change_by_another_lets_nobody_agree_to_their_own_link(
    service: Appeals, database: Database
) -> None:
    """Who wrote the link verifies it neither after a change of the purpose, where a third person can."""
    appeal_id = await _propose(service)
    await _purpose(service, appeal_id, ELLA)
    details = await service.details(appeal_id)
    assert set(details.agreeing) == {OMAR}
    with pytest.raises(RefusedError, match="proposed this yourself"):
        await service.verify(appeal_id, actor=actor_of(EDITH))
    await _purpose(service, appeal_id, OMAR)  # a change of nothing
    await service.verify(appeal_id, actor=actor_of(OMAR))


async def test_two_people_suffice_whoever_changed_what(service: Appeals) -> None:
    """Where the second person changed something, the one who wrote the link agrees to that change."""
    appeal_id = await _propose(service)
    await _purpose(service, appeal_id, OMAR)
    assert set((await service.details(appeal_id)).agreeing) == {EDITH}
    with pytest.raises(RefusedError, match="proposed this yourself"):
        await service.verify(appeal_id, actor=actor_of(OMAR))
    await service.verify(appeal_id, actor=actor_of(EDITH))
