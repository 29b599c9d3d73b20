"""The buttons of a Thread: follow it, list its stories, and list what a chat follows."""

from collections.abc import Sequence

from telegram import Update

from bot.i18n import Texts
from bot.rendering import lists
from bot.rendering.buttons import FollowedThreads, FollowThread, ThreadPage
from bot.rendering.message import Button, Composer, Message, shorten
from handlers.context import Context
from handlers.guards import require_admin
from handlers.keyboards import EXPIRED, OLD_STORY, read_button
from handlers.preferences.screens import WHAT, back_button
from handlers.readers.stories import show_story
from storage.models import Thread

_TITLE = 60  # units of a button's text


async def follow(update: Update, context: Context) -> None:
    """Follow the Thread of a story, or no longer, and show the message with the other button."""
    button = read_button(update, FollowThread, OLD_STORY)
    await require_admin(update, context)
    await context.services.threads.follow(button.view.story_id, context.subscriber, wanted=button.wanted)
    await show_story(update, context, button.view)


async def list_stories(update: Update, context: Context) -> None:
    """Show a page of the stories of a Thread."""
    button = read_button(update, ThreadPage, OLD_STORY)
    page, view = button.page, button.view
    threads, size = context.services.threads, lists.STORIES_A_PAGE
    language = context.texts.language
    thread, found, total = await threads.page(view.story_id, language, limit=size, offset=page * size)
    if not found:  # there are fewer than when the button was shown
        page = 0
        thread, found, total = await threads.page(view.story_id, language, limit=size, offset=0)
    [title] = await _titles([thread], context)
    await context.show(update, lists.thread(title, found, context.reader, view=view, page=page, total=total))


async def followed(update: Update, context: Context) -> None:
    """List the Threads that this chat follows, each with a button to stop that."""
    stop = read_button(update, FollowedThreads, EXPIRED).stop
    if stop is not None:
        await require_admin(update, context)
        await context.services.threads.unfollow(stop, context.subscriber)
    threads = await context.services.threads.followed(context.subscriber)
    await context.show(update, _followed(threads, await _titles(threads, context), context.texts))


async def _titles(threads: Sequence[Thread], context: Context) -> Sequence[str]:
    """Return the titles of these Threads, with a neutral one where a content warning covers the title.

    A Thread has its title from the headline of a Story.
    """
    hidden = await context.services.threads.warned(threads) if context.reader.covers else ()
    return [
        context.texts.say("A running story") if thread.id in hidden else thread.title for thread in threads
    ]


def _followed(threads: Sequence[Thread], titles: Sequence[str], texts: Texts) -> Message:
    composer = Composer()
    if threads:
        composer.line(texts.say("Stories you follow"), "bold").line()
        composer.line(texts.say("You get every new part, whatever your topics are."))
        composer.line(texts.say("Tap one to stop following it."))
    else:
        composer.line(texts.say("You do not follow any stories yet. To follow one, open it: /latest"))
    for thread, title in zip(threads, titles, strict=True):
        composer.buttons(Button(f"✕ {shorten(title, _TITLE, texts.more)}", FollowedThreads(thread.id).data()))
    return composer.buttons(back_button(texts, WHAT)).message()
