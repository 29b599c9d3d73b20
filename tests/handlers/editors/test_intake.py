"""Editors submit links, texts and files: each is answered with its card, or with one sentence on why not."""

from collections.abc import AsyncIterator, Callable

import pytest

from bot.articles.fetch.fetcher import FetchLimits
from bot.articles.process_pool import ProcessPool
from bot.i18n import in_language
from bot.runtime.app import App
from bot.sandbox.world.files import Upload
from bot.stories.intake.intake import DOUBTFUL
from storage.words import StoryState
from tests.articles.templates import doubtful_page
from tests.chats import ANNA, EDITH, EDITORS, READERS, Chats, data_of, labels, says
from tests.factories import get_story
from tests.sites import Site, answer, opened

NOT_FOUND = "I found no matching stories."
SENTENCES = [
    "The bridge over the river was opened on Sunday after three months of repairs by volunteers.",
    "People crossed it all day, and the school bus runs again for the first time since the spring flood.",
    "Ana Lopez, who led the work, said that two hundred people had come to help her every single week.",
    "The town paid for the steel, and the wood was given by a farmer who lives on the other side.",
    "A second bridge, further up the valley, is still closed and will be repaired before the winter.",
    "Children from the village painted the railing blue, because that is the colour of the school.",
]
MORE = [
    "On Monday the mayor thanked everybody who had worked there, and cut a ribbon in the rain.",
    "He said that the road to the valley would be the next thing that the town council decides about.",
]
TEXT = "The bridge is open again\n\n" + "\n\n".join(SENTENCES)


@pytest.fixture(autouse=True)
async def site(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Site]:
    """The site that the bot may fetch from; no process pool, which other tests start."""
    async with opened(Site()) as made:
        monkeypatch.setattr("bot.runtime.build.fetcher_of", lambda _: made.fetcher(FetchLimits()))
        monkeypatch.setattr(ProcessPool, "run", _at_once)
        yield made


async def _at_once(
    _: ProcessPool, __: str, ___: str, function: Callable[..., object], *arguments: object
) -> object:
    return function(*arguments)


def _page(*sentences: str, headline: str = "The bridge is open again") -> bytes:
    paragraphs = "".join(f"<p>{sentence}</p>" for sentence in sentences)
    return answer(
        f"<html lang=en><body><article><h1>{headline}</h1>{paragraphs}</article></body></html>".encode()
    )


@pytest.mark.parametrize(("person", "language"), EDITORS)
@pytest.mark.parametrize("form", ["/new {}", "{}", "Look at this: {} !"])
async def test_a_link_becomes_a_draft_with_its_card(
    *, chats: Chats, app: App, site: Site, person: int, language: str, form: str
) -> None:
    """A link, by command or pasted, is answered with the card at once, and the card does not come again."""
    site.replies["/bridge"] = _page(*SENTENCES)
    card = await chats.ask(person, form.format(site.address("/bridge")))
    assert says(card)[0] == "The bridge is open again"
    assert in_language(language).say("Publish and push") in labels(card)
    story = await get_story(app.database, 1)
    assert (story.state, story.address) == (StoryState.DRAFT, site.address("/bridge"))
    assert await app.services.review.unannounced() == []


@pytest.mark.parametrize("form", ["/new {}", "{}"])
async def test_a_text_becomes_a_draft(chats: Chats, app: App, form: str) -> None:
    """The first line of a pasted text is its headline."""
    card = await chats.ask(EDITH, form.format(TEXT))
    assert says(card)[0] == "The bridge is open again"
    assert (await get_story(app.database, 1)).body == "\n\n".join(SENTENCES)


async def test_an_editor_learns_of_a_doubtful_reading(chats: Chats, app: App, site: Site) -> None:
    """Below the card of a story whose page was read in two ways stands that it has to be compared."""
    site.replies["/scenes"] = answer(doubtful_page().encode())
    _card, remark = await chats.say(EDITH, site.address("/scenes"))
    assert says(remark) == [DOUBTFUL]
    assert (await get_story(app.database, 1)).state is StoryState.DRAFT


async def test_several_links_in_one_message(chats: Chats, site: Site) -> None:
    """Several links are answered in their order, each with a card or why there is none."""
    site.replies["/one"] = _page(*SENTENCES)
    site.replies["/two"] = _page(*MORE, headline="The mayor cuts a ribbon")
    site.replies["/gone"] = answer(b"", status="404 Not Found")
    one, gone, two = await chats.say(EDITH, "\n".join(map(site.address, ("/one", "/gone", "/two"))))
    assert [says(one)[0], says(two)[0]] == ["The bridge is open again", "The mayor cuts a ribbon"]
    assert len(says(gone)) == 1
    told = await chats.ask(EDITH, " ".join(site.address(f"/{number}") for number in range(6)))
    assert told["text"] == "Send at most 5 links in one message; this one has 6."


@pytest.mark.parametrize(("person", "language"), READERS)
async def test_readers_hand_in_nothing(
    chats: Chats, app: App, site: Site, person: int, language: str
) -> None:
    """A reader's link or text may go to the editors, and nothing is fetched; /new is for editors."""
    say = in_language(language).say
    await chats.ask(EDITH, "/start")
    for text in (site.address("/bridge"), TEXT):
        answer = await chats.write(person, text, language)
        assert says(answer)[0] == say("The editors have your message. If they answer, you will see it here.")
    told = await chats.ask(person, f"/new {site.address('/bridge')}")
    assert told["text"] == say("Only editors can do this. All commands: /help")
    assert (site.requests, await app.services.stories.listed()) == ([], [])


async def test_readers_buttons_do_nothing(chats: Chats, app: App) -> None:
    """A made-up button of an editor adds nothing for a reader."""
    message = await chats.ask(ANNA, "/help")
    assert (await chats.toast_of(ANNA, message, "again:anyway:1:0")).startswith("Only editors can do this.")
    assert await app.services.stories.listed() == []


async def test_no_chatter_in_groups(chats: Chats, site: Site) -> None:
    """An editor's link in a group is left alone, and /new is refused there."""
    group = chats.world.add_group("Newsroom", [EDITH]).id
    await chats.handled()
    assert await chats.say(EDITH, site.address("/bridge"), chat=group) == []
    told = await chats.ask(EDITH, f"/new {site.address('/bridge')}", chat=group)
    assert told["text"].startswith("Everyone here would see this.")
    assert site.requests == []


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ("/new", "Add a link or the story’s text. For example: /new https://example.org/story"),
        ("/new http://127.0.0.1/", "127.0.0.1 is not on the open internet"),
        ("/new hello", "message.txt has a headline, but no story"),
        ("Hello there", NOT_FOUND),
        ("I read example.org today", NOT_FOUND),
    ],
)
async def test_what_holds_no_story_gets_one_answer(chats: Chats, app: App, said: str, sentence: str) -> None:
    """What is no story gets a sentence that says what to do instead, and adds nothing."""
    assert sentence in (await chats.ask(EDITH, said))["text"]
    assert await app.services.stories.listed() == []


async def test_the_same_link_again(chats: Chats, app: App, site: Site) -> None:
    """The same text again adds nothing; the answer names the Story and shows it."""
    site.replies["/bridge"] = _page(*SENTENCES)
    await chats.ask(EDITH, site.address("/bridge"))
    told = await chats.ask(EDITH, site.address("/bridge"))
    assert "Story 1 already has this text. Nothing was added." in says(told)
    assert labels(told) == ["Show the story"]
    assert "Publish quietly" in labels(await chats.tap(EDITH, told, "Show the story"))
    assert len(await app.services.stories.listed()) == 1


@pytest.fixture
async def alike(chats: Chats, site: Site) -> dict[str, object]:
    """Return the answer to a Story that came again at another address, with two sentences more."""
    site.replies["/bridge"] = _page(*SENTENCES)
    site.replies["/mobile"] = _page(*SENTENCES, *MORE[:1], headline="The bridge is open")
    await chats.ask(EDITH, site.address("/bridge"))
    return await chats.ask(EDITH, site.address("/mobile"))


@pytest.mark.parametrize(("person", "language"), EDITORS)
async def test_the_same_story_under_another_address(
    chats: Chats, app: App, site: Site, person: int, language: str
) -> None:
    """The answer names the Story in the editor's language, with buttons for what may be done."""
    site.replies["/bridge"], site.replies["/mobile"] = _page(*SENTENCES), _page(*SENTENCES[:5])
    await chats.ask(EDITH, site.address("/bridge"))
    told, say = await chats.ask(person, site.address("/mobile")), in_language(language).say
    assert say("Story {number} is almost the same. Nothing was added.", number=1) in says(told)
    assert labels(told) == [
        say("Update story {number}", number=1),
        say("Add as a continuation"),
        say("Add anyway"),
        say("Show the story"),
    ]
    assert len(await app.services.stories.listed()) == 1


async def test_an_update(chats: Chats, app: App, alike: dict[str, object]) -> None:
    """The button "update" gives the Story the new text and headline, and its card shows them."""
    card = await chats.tap(EDITH, alike, "Update story 1")
    assert says(card)[0] == "The bridge is open"
    story = await get_story(app.database, 1)
    assert story.body.endswith(MORE[0])
    assert len(await app.services.stories.listed()) == 1


async def test_the_next_of_its_thread(chats: Chats, app: App, alike: dict[str, object]) -> None:
    """The button "what happened next" adds it, and both Stories are in one Thread."""
    card = await chats.tap(EDITH, alike, "Add as a continuation")
    assert says(card)[0] == "The bridge is open"
    first, second = await get_story(app.database, 1), await get_story(app.database, 2)
    assert first.thread_id is not None
    assert second.thread_id == first.thread_id


async def test_all_the_same(chats: Chats, app: App, alike: dict[str, object]) -> None:
    """The button "all the same" adds it once, however often the button is tapped."""
    card = await chats.tap(EDITH, alike, "Add anyway")
    assert says(card)[0] == "The bridge is open"
    assert (await get_story(app.database, 2)).thread_id is None
    await chats.press_old(EDITH, alike, data_of(alike, "Add anyway"))
    assert "Story 2 already has this text. Nothing was added." in says(chats.now(alike))
    assert len(await app.services.stories.listed()) == 2


async def test_a_pasted_text_again(chats: Chats, app: App) -> None:
    """A pasted text is read again from the message that brought it."""
    await chats.ask(EDITH, TEXT)
    told = await chats.ask(EDITH, f"{TEXT}\n\n{MORE[0]}")
    await chats.tap(EDITH, told, "Update story 1")
    assert (await get_story(app.database, 1)).body.endswith(MORE[0])


async def test_a_story_that_shares_much_is_added_with_a_question(chats: Chats, app: App) -> None:
    """The card comes first; a tap lets the Story continue the earlier one."""
    await chats.ask(EDITH, TEXT)
    card, question = await chats.say(EDITH, "The mayor\n\n" + "\n\n".join([*MORE, *SENTENCES[:4]]))
    assert says(card)[0] == "The mayor"
    assert says(question)[0] == "The bridge is open again"
    await chats.tap(EDITH, question, "Yes, it continues story 1")
    first, second = await get_story(app.database, 1), await get_story(app.database, 2)
    assert first.thread_id is not None
    assert second.thread_id == first.thread_id


async def test_a_published_story_that_is_updated(chats: Chats, app: App, alike: dict[str, object]) -> None:
    """A published Story that is updated stays published, with the new text."""
    await app.services.review.publish(1, actor="test", push=False)
    card = await chats.tap(EDITH, alike, "Update story 1")
    assert "Published: readers can find it." in says(card)
    assert (await get_story(app.database, 1)).headline == "The bridge is open"


async def test_a_button_whose_message_is_gone(chats: Chats, alike: dict[str, object]) -> None:
    """If the message that brought the text is gone, the answer asks for it once more."""
    orphan = {name: value for name, value in alike.items() if name != "reply_to_message"}
    word = await chats.toast_of(EDITH, orphan, "again:update:1:0")
    assert word == "The message with the story is gone. Send the story again."
    assert (await chats.toast_of(EDITH, alike, "again:burn:1:0")).startswith("This button is out of date.")


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("story.txt", TEXT.encode(), "The bridge is open again"),
        ("story.md", f"# {TEXT}".encode(), "The bridge is open again"),
        ("story.html", _page(*SENTENCES).partition(b"\r\n\r\n")[2], "The bridge is open again"),
        ("story.pdf", b"%PDF-1.7 and so on", "story.pdf is a PDF file"),
        ("large.txt", b"word " * 1_100_000, "large.txt is larger than 5 MB"),
    ],
)
async def test_a_file(
    chats: Chats, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, sentence: str
) -> None:
    """A text file is taken in; any other file gets one sentence."""

    async def download(*_: object, **__: object) -> bytearray:
        return bytearray(data)

    monkeypatch.setattr("telegram.File.download_as_bytearray", download)
    file = chats.world.files.add("document", Upload(name, data, ""))
    before = len(chats.said(EDITH))
    chats.world.send_as(EDITH, EDITH, file.as_content())
    await chats.handled()
    [told] = chats.said(EDITH)[before:]
    assert says(told)[0].replace("\u2060", "").startswith(sentence)


async def test_a_page_that_takes_too_long(chats: Chats, site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a slow site answers, the editor reads that it is being read, and may go on."""

    async def silent(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("bot.articles.fetch.fetcher.Fetcher.fetch", silent)
    told = await chats.ask(EDITH, site.address("/slow"))
    assert told["text"].startswith("news.example.org takes too long to read: paste the story’s text")
