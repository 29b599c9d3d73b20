"""/testchat: an owner makes a test chat of a private chat or a group, and ends that; nobody else can."""

import pytest

from bot.i18n import in_language
from bot.services import Services
from handlers.routes import COMMANDS
from storage.words import EditorRole
from tests.chats import ANNA, EDITH, EDITORS, NEIGHBOURS, TOM, Chats, says


async def watched(services: Services) -> list[tuple[int, str]]:
    return [(one.chat_id, one.name) for one in await services.canaries.listed()]


async def let_in(chats: Chats) -> None:
    """Let the owner into the group, where the readers are."""
    chats.world.set_member(NEIGHBOURS, EDITH, present=True)
    await chats.handled()


@pytest.mark.parametrize(("owner", "language"), EDITORS)
async def test_an_owner_makes_a_test_chat(
    chats: Chats, services: Services, owner: int, language: str
) -> None:
    """Under the name behind the command, whose addresses nobody can tap; with "off" it ends."""
    say = in_language(language).say
    await chats.say(owner, "/start")
    shown = await chats.ask(owner, "/testchat  Polish,\texample.org ")
    assert says(shown)[0] == say("This is a test chat now: {name}", name="Polish, example.\u2060org")
    assert await watched(services) == [(owner, "Polish, example.org")]
    assert says(await chats.ask(owner, "/testchat"))[0] == says(shown)[0]
    assert says(await chats.ask(owner, "/testchat OFF")) == [say("This is not a test chat any more.")]
    assert await watched(services) == []
    refused = await chats.ask(owner, "/testchat off")
    assert says(refused) == [say("This chat is not a test chat. To make it one: /testchat")]


async def test_a_group_is_a_test_chat(chats: Chats, services: Services) -> None:
    """Once it gets stories; without a name it is called by its title."""
    await let_in(chats)
    refused = await chats.ask(EDITH, "/testchat", chat=NEIGHBOURS)
    assert says(refused) == ["Nothing reaches this chat yet: send /start from it first."]
    await services.subscribers.start(NEIGHBOURS)
    title = chats.world.group(NEIGHBOURS).title
    shown = await chats.ask(EDITH, "/testchat", chat=NEIGHBOURS)
    assert says(shown)[0] == f"This is a test chat now: {title}"
    assert await watched(services) == [(NEIGHBOURS, title)]


async def test_nobody_but_an_owner(chats: Chats, services: Services) -> None:
    """A publisher and a reader are refused, in a group too, where other commands of editors stay shut."""
    await let_in(chats)
    await services.editors.put(ANNA, EditorRole.PUBLISHER, actor="command line")
    for place in (None, NEIGHBOURS):
        refused = await chats.ask(ANNA, "/testchat", chat=place)
        assert says(refused) == ["Only an owner can do this. Please ask one of them: /editors"]
        refused = await chats.ask(TOM, "/testchat", chat=place)
        assert says(refused) == ["Only editors can do this. All commands: /help"]
    assert await watched(services) == []
    for name in [one.name for one in COMMANDS if one.for_editors and one.name != "testchat"]:
        [line] = says(await chats.ask(EDITH, f"/{name}", chat=NEIGHBOURS))
        assert line.startswith("Everyone here would see this.")
