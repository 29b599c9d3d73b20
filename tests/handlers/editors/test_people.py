"""/editors: owners invite, change and remove editors; nobody else can, and a lost role ends at once."""

import pytest

from bot.editors.desk_address import DeskAddress
from bot.i18n import in_language
from bot.runtime.app import App
from bot.services import Services
from handlers.editors.broadcasts import buttons as broadcast_buttons
from handlers.editors.broadcasts.buttons import BroadcastAction, BroadcastButton, SendButton
from handlers.editors.buttons import (
    EditorAction,
    EditorButton,
    InviteButton,
    RoleButton,
    StoryAction,
    StoryButton,
)
from storage.words import EditorRole, StoryState
from tests.chats import ANNA, EDITH, EDITORS, MARTA, NEIGHBOURS, OLENA, TOM, Chats, labels, links, says
from tests.factories import analysis, get_story, published

NO_EDITOR = "Only editors can do this. All commands: /help"
NO_PUBLISHER = "Only a publisher or an owner can do this. Please ask one of them: /editors"
NO_OWNER = "Only an owner can do this. Please ask one of them: /editors"


async def invited(chats: Chats, role: str = "Publisher") -> str:
    """Return the text that opens an invitation of Edith's."""
    listed = await chats.ask(EDITH, "/editors")
    await chats.tap(EDITH, listed, "Invite an editor")
    shown = await chats.tap(EDITH, listed, role)
    [link] = [line for line in says(shown) if line.startswith("https://t.me/")]
    return f"/start {link.partition('start=')[2]}"


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_the_list(chats: Chats, services: Services, person: int, language: str) -> None:
    """Everybody sees all editors with role and last act; owners of the settings have no button."""
    texts = in_language(language)
    story = await published(services, "The bridge holds")
    await services.editors.put(ANNA, EditorRole.PUBLISHER, actor="command line")
    await services.editing.set_headline(story, "It holds", version=None, actor=f"editor {ANNA}")
    shown = await chats.ask(person, "/editors")
    assert says(shown)[0] == texts.say("Editors")
    text = "\n".join(says(shown))
    assert f"Anna · {texts.say('Publisher')}" in text
    assert texts.say("story {number}", number=story) in text
    assert texts.say("No activity yet") in text
    assert labels(shown) == ["Anna", texts.say("Invite an editor")]


@pytest.mark.parametrize(("reader", "language"), [(ANNA, "en"), (OLENA, "uk")])
async def test_an_invitation_by_a_link(chats: Chats, services: Services, reader: int, language: str) -> None:
    """Who opens the link has the role at once, and the owner hears of it; the next one is refused."""
    texts = in_language(language)
    link = await invited(chats)
    before = len(chats.said(EDITH))
    answer = await chats.ask(reader, link)
    assert says(answer)[0] == texts.say("Welcome to the editors!")
    assert await services.editors.role_of(reader) is EditorRole.PUBLISHER
    [told] = chats.said(EDITH)[before:]
    assert "They accepted an invitation: /editors" in says(told)
    refused = await chats.ask(TOM, link)
    assert says(refused)[0].startswith("Somebody has used this invitation")
    assert await services.editors.role_of(TOM) is None
    assert "/review" in "\n".join(says(await chats.ask(reader, "/help")))


async def test_an_invitation_in_a_group_is_not_used(chats: Chats, services: Services) -> None:
    """A link that somebody opens in a group gives no role, and stays good."""
    link = await invited(chats)
    await chats.say(ANNA, link, chat=NEIGHBOURS)
    assert await services.editors.role_of(ANNA) is None
    assert says(await chats.ask(ANNA, link))[0] == "Welcome to the editors!"


async def test_an_owner_changes_and_removes(chats: Chats, services: Services) -> None:
    """A role is changed by one tap; a removal asks first, and acts at once."""
    await services.editors.put(ANNA, EditorRole.EDITOR, actor="command line")
    listed = await chats.ask(EDITH, "/editors")
    shown = await chats.tap(EDITH, listed, "Anna")
    assert labels(shown)[0] == "✓ Editor"
    shown = await chats.tap(EDITH, listed, "Publisher")
    assert labels(shown)[1] == "✓ Publisher"
    assert await services.editors.role_of(ANNA) is EditorRole.PUBLISHER
    await chats.tap(EDITH, listed, "Remove …")
    assert await services.editors.role_of(ANNA) is EditorRole.PUBLISHER
    await chats.tap(EDITH, listed, "Yes, remove")
    assert await services.editors.role_of(ANNA) is None
    assert says(await chats.ask(ANNA, "/review")) == [NO_EDITOR]


async def test_only_owners_manage(chats: Chats, services: Services) -> None:
    """Forged buttons of a publisher, of an editor and of a reader change nobody's role."""
    await services.editors.put(MARTA + 1, EditorRole.EDITOR, actor="command line")
    for role in (EditorRole.PUBLISHER, EditorRole.EDITOR, None):
        if role is not None:
            await services.editors.put(ANNA, role, actor="command line")
        else:
            await services.editors.remove(ANNA, actor="command line")
        message = await chats.ask(ANNA, "/help")
        expected = NO_OWNER if role is not None else NO_EDITOR
        for data in (
            RoleButton(ANNA, EditorRole.OWNER).data(),
            RoleButton(MARTA + 1, EditorRole.OWNER).data(),
            InviteButton("owner").data(),
            InviteButton().data(),
            EditorButton(EditorAction.SHOW, MARTA + 1).data(),
            EditorButton(EditorAction.REMOVE, MARTA + 1).data(),
            EditorButton(EditorAction.REMOVE, EDITH).data(),
        ):
            assert await chats.toast_of(ANNA, message, data) == expected
        assert await services.editors.role_of(ANNA) is role
        assert await services.editors.role_of(MARTA + 1) is EditorRole.EDITOR


async def test_an_editor_writes_and_a_publisher_publishes(chats: Chats, services: Services, app: App) -> None:
    """An editor's forged or drawn buttons publish, send, withdraw and change nothing that readers see."""
    await services.editors.put(ANNA, EditorRole.EDITOR, actor="command line")
    draft = (await services.stories.add(analysis("A draft"), actor="test")).story.id
    story = await published(services, "The bridge holds")
    version = (await services.stories.inspect(story)).version
    push = await services.preparation.prepare(story, editor=EDITH)
    message = await chats.ask(ANNA, "/help")
    for data in (
        StoryButton(StoryAction.QUIET, draft).data(),
        StoryButton(StoryAction.LANGUAGE, story, version, value="uk").data(),
        StoryButton(StoryAction.PLEA, story, version, value="none").data(),
        broadcast_buttons.CorrectionButton(broadcast_buttons.CorrectionAction.CORRECT, story).data(),
        broadcast_buttons.CorrectionButton(broadcast_buttons.CorrectionAction.WITHDRAW, story).data(),
    ):
        assert await chats.toast_of(ANNA, message, data) == NO_PUBLISHER
    await chats.press_old(ANNA, message, SendButton(push, version, 0).data())
    assert await app.services.broadcasts.listed() == []  # it was asked for, and waits
    assert (await get_story(app.database, draft)).state is StoryState.DRAFT
    assert (await get_story(app.database, story)).state is StoryState.PUBLISHED
    await chats.press_old(ANNA, message, StoryButton(StoryAction.REJECT, draft).data())
    assert (await get_story(app.database, draft)).state is StoryState.REJECTED


async def test_an_editor_pauses_a_push_and_cannot_resume_it(
    chats: Chats, services: Services, app: App
) -> None:
    """Everybody may stop harm; only a publisher lets it go on."""
    await services.editors.put(ANNA, EditorRole.EDITOR, actor="command line")
    story = await published(services, "The bridge holds")
    number = await services.broadcasts.schedule(story, actor="command line")
    message = await chats.ask(ANNA, "/help")
    for action in (BroadcastAction.CANCEL, BroadcastAction.SEND_NOW, BroadcastAction.RETRY):
        answer = await chats.toast_of(ANNA, message, BroadcastButton(action, number).data())
        assert answer == NO_PUBLISHER
    [kept] = await app.services.broadcasts.listed()
    assert kept.finished_at is None


async def test_a_removed_editor_s_buttons_are_dead(chats: Chats, services: Services) -> None:
    """A card that was drawn for an editor does nothing once they have lost the role."""
    await services.editors.put(ANNA, EditorRole.PUBLISHER, actor="command line")
    draft = (await services.stories.add(analysis("A draft"), actor="test")).story.id
    card = await chats.ask(ANNA, f"/review {draft}")
    await services.editors.remove(ANNA, actor="command line")
    assert await chats.toast(ANNA, card, "Publish quietly") == NO_EDITOR
    assert (await services.stories.inspect(draft)).state is StoryState.DRAFT


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_the_desk_opens_by_a_link(chats: Chats, services: Services, person: int, language: str) -> None:
    """An editor gets a link for their browser, in private alone; a reader gets none."""
    services.sessions.address.opened(8080)
    texts = in_language(language)
    answer = await chats.ask(person, "/desk")
    [link] = links(answer)
    assert link.startswith("http://127.0.0.1:8080/desk/enter/")
    assert labels(answer) == [texts.say("Open the desk")]
    secret = link.rpartition("/")[2]
    assert await services.sessions.owner_of(secret) == person
    assert says(await chats.ask(ANNA, "/desk")) == [NO_EDITOR]


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_the_desk_opens_in_telegram(
    chats: Chats, services: Services, person: int, language: str
) -> None:
    """Where it has an https address: as a Mini App, in private alone, and still by a link."""
    services.sessions.address = DeskAddress("https://desk.example", "127.0.0.1")
    services.sessions.address.opened(8080)
    texts = in_language(language)
    answer = await chats.ask(person, "/desk")
    here, browser = [row[0] for row in answer["reply_markup"]["inline_keyboard"]]
    label = texts.say("Open it here")
    assert here == {"text": label, "web_app": {"url": "https://desk.example/desk/app"}}
    assert browser["url"].startswith("https://desk.example/desk/enter/")
    chats.world.set_member(NEIGHBOURS, person, present=True)
    group = await chats.ask(person, "/desk", chat=NEIGHBOURS)
    assert says(group) == [texts.say("Everyone here would see this. Please send it to me in a private chat.")]


async def test_without_a_web_server_there_is_no_desk(chats: Chats) -> None:
    """One sentence says whom to ask."""
    assert "not running here" in says(await chats.ask(EDITH, "/desk"))[0]
