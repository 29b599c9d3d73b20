"""Editors: roles in the database, invitations by a link, and who may agree to whose proposals."""

import asyncio

import pytest

from bot.editors.actors import COMMAND_LINE, actor_of
from bot.editors.editors import INVITATION_DAYS, Editors
from bot.editors.roles import Right
from bot.errors import NotFoundError, RefusedError
from storage import audit
from storage.database import Database
from storage.models import Base
from storage.words import EditorRole
from tests.factories import MovableClock

OWNER, EDITH, OMAR, STRANGER = 10, 11, 12, 13


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def editors(database: Database, clock: MovableClock) -> Editors:
    return Editors(database, clock, {OWNER})


async def test_owners_of_the_settings_need_no_row(editors: Editors) -> None:
    """OWNER_IDS always names owners; nobody changes or removes them in the chat."""
    assert await editors.role_of(OWNER) is EditorRole.OWNER
    assert await editors.role_of(None) is None
    assert await editors.role_of(STRANGER) is None
    with pytest.raises(RefusedError, match="OWNER_IDS"):
        await editors.put(OWNER, EditorRole.EDITOR, actor="test")
    with pytest.raises(RefusedError, match="OWNER_IDS"):
        await editors.remove(OWNER, actor="test")
    assert await editors.role_of(OWNER) is EditorRole.OWNER


async def test_a_role_is_given_changed_and_taken_away(editors: Editors, database: Database) -> None:
    """Each change holds at once, and is in the audit log with the role before and after."""
    assert await editors.put(EDITH, EditorRole.EDITOR, actor=actor_of(OWNER)) is None
    assert await editors.put(EDITH, EditorRole.PUBLISHER, actor=actor_of(OWNER)) is EditorRole.EDITOR
    assert await editors.role_of(EDITH) is EditorRole.PUBLISHER
    await editors.remove(EDITH, actor=actor_of(OWNER))
    assert await editors.role_of(EDITH) is None
    with pytest.raises(NotFoundError):
        await editors.remove(EDITH, actor=actor_of(OWNER))
    async with database.read() as session:
        history = await audit.history(session, "editor", EDITH)
    assert [(one.action, one.before, one.after) for one in history] == [
        ("set role", {"role": None}, {"role": "editor"}),
        ("set role", {"role": "editor"}, {"role": "publisher"}),
        ("remove", {"role": "publisher"}, {}),
    ]


async def test_the_list_says_who_did_what_last(editors: Editors) -> None:
    """The owners of the settings come first; each line has the last entry of that person."""
    await editors.put(EDITH, EditorRole.PUBLISHER, actor=actor_of(OWNER))
    await editors.invite(EditorRole.EDITOR, actor=actor_of(OWNER))
    listed = await editors.listed()
    assert [(one.person_id, one.role, one.in_settings) for one in listed] == [
        (OWNER, EditorRole.OWNER, True),
        (EDITH, EditorRole.PUBLISHER, False),
    ]
    assert [one.last.action if one.last else None for one in listed] == ["invite", None]


async def test_an_invitation_works_once(editors: Editors) -> None:
    """Who opens the link first gets the role; the same person may open it again, others may not."""
    secret = await editors.invite(EditorRole.PUBLISHER, actor=actor_of(OWNER))
    assert await editors.accept(secret, EDITH) is EditorRole.PUBLISHER
    assert await editors.accept(secret, EDITH) is EditorRole.PUBLISHER
    with pytest.raises(RefusedError, match="used this invitation"):
        await editors.accept(secret, STRANGER)
    assert await editors.role_of(EDITH) is EditorRole.PUBLISHER
    assert await editors.role_of(STRANGER) is None


async def test_of_six_people_at_once_one_is_invited(editors: Editors) -> None:
    """Of six people who open one link at the same moment, one becomes an editor."""
    secret = await editors.invite(EditorRole.EDITOR, actor=actor_of(OWNER))
    people = range(100, 106)
    await asyncio.gather(*(editors.accept(secret, one) for one in people), return_exceptions=True)
    assert [await editors.role_of(one) for one in people].count(EditorRole.EDITOR) == 1


async def test_a_removed_editor_does_not_come_back_by_an_old_link(editors: Editors) -> None:
    """An invitation that was used gives no role to somebody who has lost it since."""
    secret = await editors.invite(EditorRole.EDITOR, actor=actor_of(OWNER))
    await editors.accept(secret, EDITH)
    await editors.remove(EDITH, actor=actor_of(OWNER))
    with pytest.raises(RefusedError):
        await editors.accept(secret, EDITH)
    assert await editors.role_of(EDITH) is None


async def test_an_invitation_expires(editors: Editors, clock: MovableClock) -> None:
    """After its days, an invitation is worth nothing; an invented one never was."""
    secret = await editors.invite(EditorRole.EDITOR, actor=actor_of(OWNER))
    clock.advance(days=INVITATION_DAYS)
    for wrong in (secret, "invented", ""):
        with pytest.raises(RefusedError, match="new one"):
            await editors.accept(wrong, EDITH)
    assert await editors.role_of(EDITH) is None


async def test_nobody_loses_a_role_by_a_link(editors: Editors) -> None:
    """An owner or a publisher who opens an editor's invitation keeps their role, and the link its use."""
    await editors.put(EDITH, EditorRole.PUBLISHER, actor=actor_of(OWNER))
    secret = await editors.invite(EditorRole.EDITOR, actor=actor_of(OWNER))
    for person in (OWNER, EDITH):
        with pytest.raises(RefusedError, match="already"):
            await editors.accept(secret, person)
    assert await editors.role_of(EDITH) is EditorRole.PUBLISHER
    assert await editors.accept(secret, OMAR) is EditorRole.EDITOR


async def test_the_secret_of_an_invitation_is_not_stored(editors: Editors, database: Database) -> None:
    """Who reads the database cannot make the link."""
    secret = await editors.invite(EditorRole.OWNER, actor=actor_of(OWNER))
    async with database.read() as session:
        for table in Base.metadata.sorted_tables:
            for row in await session.execute(table.select()):
                assert secret not in str(row)


async def test_who_may_agree(editors: Editors) -> None:
    """Everybody else with the right may; the command line counts as another one only beside two people."""
    assert await editors.others(Right.PUBLISH, actor_of(OWNER)) == set()
    assert await editors.others(Right.PUBLISH, COMMAND_LINE) == set()
    await editors.put(EDITH, EditorRole.EDITOR, actor="test")
    assert await editors.others(Right.PUBLISH, actor_of(OWNER)) == set()
    await editors.put(OMAR, EditorRole.PUBLISHER, actor="test")
    assert await editors.others(Right.PUBLISH, actor_of(OWNER)) == {OMAR}
    assert await editors.others(Right.PUBLISH, actor_of(EDITH)) == {OWNER, OMAR}
    assert await editors.others(Right.PUBLISH, COMMAND_LINE) == {OWNER, OMAR}
    assert await editors.with_right(Right.MANAGE) == {OWNER}
