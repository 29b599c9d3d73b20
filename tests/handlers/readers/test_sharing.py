"""Links to the bot, a story and a topic can be shared, also as QR codes."""

import struct
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.i18n import in_language
from bot.rendering import qr
from bot.sandbox.world.history import Message
from bot.services import Services
from tests.chats import ANNA, NEIGHBOURS, OLENA, READERS, Chats, labels, links, told
from tests.factories import analysis, published

BOT = "https://t.me/comeback_sandbox_bot"


def _handed_on(message: Message) -> dict[str, list[str]]:
    """Return the link and text that Telegram's share page gets."""
    [address] = [link for link in links(message) if "/share/url" in link]
    return parse_qs(urlsplit(address).query)


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_the_bots_link_is_a_picture(chats: Chats, person: int, language: str) -> None:
    """/share sends a QR code with the address below it and a button that shares the address."""
    answer = await chats.ask(person, "/share")
    assert answer["photo"]
    assert told(answer).splitlines()[0] == BOT
    assert labels(answer) == [in_language(language).say("Share")]
    assert _handed_on(answer)["url"] == [BOT]


async def test_a_story_and_a_topic_have_links_of_their_own(chats: Chats, services: Services) -> None:
    """A story is linked by its number, a topic by its name, or its number if a link cannot hold the name."""
    story = await published(services, "The bridge & the river", ["Food", "Вода"])
    for words, payload, what in (
        (str(story), f"story_{story}", "The bridge & the river"),
        ("Food", "topic_food", "Food"),
        ("вода", "topic_", "Вода"),
    ):
        answer = await chats.ask(ANNA, f"/share {words}")
        handed_on = _handed_on(answer)
        assert handed_on["url"][0].startswith(f"{BOT}?start={payload}")
        assert handed_on["text"] == [what]
        opened = await chats.say(OLENA, f"/start {handed_on['url'][0].partition('=')[2]}")
        assert what in told(opened[0])


async def test_drafts_and_unknown_topics_cannot_be_shared(chats: Chats, services: Services) -> None:
    """A draft or an unknown topic gets one sentence and no picture."""
    added = await services.stories.add(analysis("A draft"), actor="test")
    for words in (str(added.story.id), "nothing"):
        answer = await chats.ask(ANNA, f"/share {words}")
        assert answer["text"].startswith("There is no")


async def test_the_button_under_a_story(chats: Chats, services: Services) -> None:
    """The Share button shows the link in the same message, and leads back to the story as it was."""
    story_id = await published(services, "The bridge holds")
    story = await chats.ask(ANNA, "/summary")
    shared = await chats.tap(ANNA, story, "Share")
    assert f"{BOT}?start=story_{story_id}" in shared["text"]
    assert _handed_on(shared)["text"] == ["The bridge holds"]
    back = await chats.tap(ANNA, shared, "‹ Back")
    assert (back["text"], labels(back)) == (story["text"], labels(story))


async def test_a_group_has_its_poster_too(chats: Chats) -> None:
    """/share in a group answers in the group."""
    assert (await chats.ask(ANNA, "/share", chat=NEIGHBOURS))["photo"]


def test_a_picture_fits_a_poster() -> None:
    """The QR code is a square PNG some hundred pixels wide, and different for each address."""
    picture = qr.png(f"{BOT}?start=topic_food")
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    assert width == height
    assert 400 < width < 1200
    assert picture != qr.png(BOT)
