"""Editors at the desk: roles, invitations and removal, by owners alone."""

from sqlalchemy import update

from bot.editors.editors import INVITATION_DAYS
from bot.services import Services
from storage.database import Database
from storage.models import DeskSession
from storage.words import EditorRole
from tests.web.desk.browser import OWNER
from tests.web.desk.conftest import FakeChat, SignIn

ELLA, OMAR, NEW = 2001, 2002, 2003


async def test_an_owner_invites(sign_in: SignIn, services: Services) -> None:
    """The link is shown once, and makes an editor of one person."""
    browser = await sign_in()
    assert (await browser.post("/editors/invite", {"role": "king"})).status == 400
    shown = await browser.post("/editors/invite", {"role": "publisher"})
    assert f"for {INVITATION_DAYS} days" in shown.text
    [link] = shown.page.xpath("//p[contains(@class, 'said')]/text()")
    assert await services.editors.accept(link.partition("editor_")[2], NEW) is EditorRole.PUBLISHER
    assert f"Person {NEW}" in (await browser.get("/editors")).text


async def test_an_owner_changes_a_role_and_removes_an_editor(
    sign_in: SignIn, services: Services, chat: FakeChat
) -> None:
    """At once: the sessions of who is removed end, and so does their menu of commands."""
    ella, owner = await sign_in(ELLA, EditorRole.EDITOR), await sign_in()
    await owner.post(f"/editors/{ELLA}/role", {"role": "publisher"})
    assert await services.editors.role_of(ELLA) is EditorRole.PUBLISHER
    await owner.post(f"/editors/{ELLA}/remove")
    assert await services.editors.role_of(ELLA) is None
    assert chat.done == [("forget", ELLA)]
    assert (await ella.get("/")).status == 401
    assert (await owner.post(f"/editors/{ELLA}/remove")).status == 404
    assert (await owner.post(f"/editors/{ELLA}/role", {"role": "editor"})).status == 404
    assert await services.editors.role_of(ELLA) is None


async def test_nobody_changes_an_owner_of_the_settings(sign_in: SignIn, services: Services) -> None:
    """Not even another owner."""
    browser = await sign_in(OMAR, EditorRole.OWNER)
    assert (await browser.post(f"/editors/{OWNER}/role", {"role": "editor"})).status == 403
    assert (await browser.post(f"/editors/{OWNER}/remove")).status == 403
    assert await services.editors.role_of(OWNER) is EditorRole.OWNER


async def test_others_only_look(sign_in: SignIn, services: Services) -> None:
    """A publisher has no such forms, and is refused without them too."""
    browser = await sign_in(OMAR, EditorRole.PUBLISHER)
    await services.editors.put(ELLA, EditorRole.EDITOR, actor="test")
    assert (await browser.get("/editors")).page.xpath("//select | //input[@type='radio']") == []
    for path in ("/editors/invite", f"/editors/{ELLA}/role", f"/editors/{ELLA}/remove"):
        assert (await browser.post(path, {"role": "owner"})).status == 403
    assert await services.editors.role_of(ELLA) is EditorRole.EDITOR


async def test_sessions_name_the_browser(sign_in: SignIn, database: Database) -> None:
    """As people call it; one that nobody knows by its own words."""
    browser = await sign_in()
    assert "aiohttp" in (await browser.get("/editors")).text
    for words, named in (
        ("(Android 14; Mobile; rv:127.0) Firefox/127.0", "Firefox on Android"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36", "A browser on Linux"),
    ):
        async with database.transaction() as session:
            await session.execute(update(DeskSession).values(browser=words))
        text = (await browser.get("/editors")).text
        assert named in text
        assert words not in text
