"""The screens on which a Story becomes the next of a Thread, or a Translation."""

from bot.runtime.app import App
from tests.chats import EDITH, Chats, labels, says
from tests.factories import get_story, published
from tests.handlers.editors.screens import add_draft, ask, last_change, open_screen, reply


async def test_a_story_continues_another(chats: Chats, app: App) -> None:
    """Both Stories are in one Thread with the earlier headline; a third one joins by a tap, and leaves."""
    earlier = await published(app.services, "The bridge fell")
    story = await add_draft(app.services, "The bridge stands")
    screen = await open_screen(chats, EDITH, story, "Thread: none")
    assert labels(screen)[:2] == ["Continues another story …", "New thread"]
    question = await ask(chats, EDITH, screen, "Continues another story …")
    screen = await reply(chats, EDITH, question, f"story #{earlier}")
    assert "Thread: The bridge fell" in labels(screen)
    threads = [(await get_story(app.database, one)).thread_id for one in (earlier, story)]
    assert threads[0] == threads[1] is not None
    assert (await last_change(app, earlier)).after == {"thread": threads[0]}
    third = await add_draft(app.services, "People cross it")
    screen = await open_screen(chats, EDITH, third, "Thread: none")
    screen = await chats.tap(EDITH, screen, "The bridge fell")
    screen = await chats.tap(EDITH, screen, "Thread: The bridge fell")
    assert labels(screen)[0] == "✓ The bridge fell"
    assert "Thread: none" in labels(await chats.tap(EDITH, screen, "No thread"))
    assert (await get_story(app.database, third)).thread_id is None


async def test_a_new_thread(chats: Chats, app: App) -> None:
    """A new Thread begins with the Story, and has its headline."""
    story = await add_draft(app.services, "Begin")
    screen = await open_screen(chats, EDITH, story, "Thread: none")
    assert "Thread: Begin" in labels(await chats.tap(EDITH, screen, "New thread"))


async def test_translations(chats: Chats, app: App) -> None:
    """The original of a Translation is named, also when another Translation was given."""
    english = await published(app.services, "In English")
    ukrainian = await add_draft(app.services, "Українською", language="uk")
    polish = await add_draft(app.services, "Po polsku", language="pl")
    for story, other in ((ukrainian, english), (polish, ukrainian)):
        screen = await open_screen(chats, EDITH, story, "Translation: none")
        question = await ask(chats, EDITH, screen, "Translation of another story …")
        screen = await reply(chats, EDITH, question, str(other))
        assert f"Translation: of story {english}" in labels(screen)
        assert (await get_story(app.database, story)).translation_of == english
    screen = await open_screen(chats, EDITH, polish, "Translation")
    assert f"It is a translation of story {english}." in says(screen)
    assert "Translation: none" in labels(await chats.tap(EDITH, screen, "No translation"))


async def test_translations_that_would_confuse_readers(chats: Chats, app: App) -> None:
    """Two of one language in a group are refused, and a Translation of a Translation."""
    english = await published(app.services, "In English")
    ukrainian = await add_draft(app.services, "Українською", language="uk")
    same = await add_draft(app.services, "In English too")
    await app.services.editing.set_translation(ukrainian, english, version=0, actor="test")
    confusing = f"This story already exists in that language: story {english}. Change one of the two first."
    for story, other, sentence in (
        (same, english, confusing),
        (same, ukrainian, confusing),
        (english, same, f"Story {english} has translations of its own, so it cannot be a translation."),
    ):
        screen = await open_screen(chats, EDITH, story, "Translation")
        question = await ask(chats, EDITH, screen, "Translation of another story …")
        assert (await reply(chats, EDITH, question, str(other)))["text"] == sentence
    screen = await open_screen(chats, EDITH, ukrainian, "Language")
    assert await chats.toast(EDITH, screen, "English") == confusing
    assert (await get_story(app.database, ukrainian)).language == "uk"
