"""The buttons of a running story: follow it, and see what happened before and next."""

import re
from collections.abc import Sequence

from telegram import Update

from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.rendering import render
from bot.rendering.message import Button, Composer, Message, shorten
from bot.rendering.render import StoryView
from handlers.context import Context
from handlers.guards import require_admin
from handlers.readers.stories import show_story
from storage.models import Thread

_OLD = mark("This button is from an older version. Open the story anew: /latest")


async def follow(update: Update, context: Context) -> None:
    """One tap: get what happens next, or no longer. The message stays as it is, but for the button.

    The button carries what it asks for: under a push, which is the same for all, nobody is asked to follow
    what they follow already and stops by that.
    """
    wanted, view = _read(update, "follow")
    await require_admin(update, context)
    await context.services.threads.follow(view.story_id, context.subscriber, wanted=wanted == 1)
    await show_story(update, context, view)


async def told(update: Update, context: Context) -> None:
    """The stories of a Thread, a page at a time."""
    page, view = _read(update, "thread")
    threads, size = context.services.threads, render.LATEST_PAGE
    language = context.texts.language
    thread, found, total = await threads.page(view.story_id, language, limit=size, offset=page * size)
    if not found:  # there are fewer since the button was shown
        page = 0
        thread, found, total = await threads.page(view.story_id, language, limit=size, offset=0)
    await context.show(
        update, render.thread(thread.title, found, context.reader, view=view, page=page, total=total)
    )


async def followed(update: Update, context: Context) -> None:
    """What this chat follows, with a button to stop each."""
    stop = re.fullmatch(r"followed:(\d{1,9})", _data(update))
    if stop:
        await require_admin(update, context)
        await context.services.threads.unfollow(int(stop.group(1)), context.subscriber)
    threads = await context.services.threads.followed(context.subscriber)
    await context.show(update, _followed(threads, context.texts))


def _followed(threads: Sequence[Thread], texts: Texts) -> Message:
    composer = Composer()
    if threads:
        composer.line(texts.say("Stories that you follow"), "bold").line()
        composer.line(texts.say("What happens next in them comes to you, whatever your topics are."))
        composer.line(texts.say("Tap one to stop following it."))
    else:
        composer.line(texts.say("You follow no story. To follow one, open it: /latest"))
    for thread in threads:
        composer.buttons(Button(f"✕ {shorten(thread.title, 60)}", f"followed:{thread.id}"))
    return composer.buttons(Button(texts.say("‹ Preferences"), "prefs:overview")).message()


def _read(update: Update, name: str) -> tuple[int, StoryView]:
    """The number that a button carries, and the view of the story that it stands under."""
    found = re.fullmatch(rf"{name}:(\d{{1,6}}):(story:.*)", _data(update), re.DOTALL)
    view = StoryView.parse(found.group(2)) if found else None
    if found is None or view is None:
        raise InvalidInputError(_OLD)
    return int(found.group(1)), view


def _data(update: Update) -> str:
    return (update.callback_query.data if update.callback_query else None) or ""
