"""/latest, /summary, and the buttons of a story's message."""

from dataclasses import replace
from functools import partial

from telegram import Update

from bot.appeals.visibility import BEING_CHECKED, is_being_checked
from bot.errors import InvalidInputError, NotFoundError
from bot.i18n import mark
from bot.rendering import lists, render
from bot.rendering.buttons import LatestPage, StoryView
from handlers.context import Context
from handlers.keyboards import EXPIRED, OLD_STORY, read_button
from storage.words import SubscriberState

NOT_FOUND = mark("No results for: {words}. See the latest stories: /latest")
SHOWN_WORDS = 100  # characters of the typed words that an answer repeats
_NO_STORY = mark("There are no stories yet. Please check back later.")


async def latest(update: Update, context: Context) -> None:
    """Show the first page of the newest stories."""
    await _show_latest(update, context, page=0)


async def latest_page(update: Update, context: Context) -> None:
    """Show another page of the newest stories, or return to it from a story."""
    await _show_latest(update, context, read_button(update, LatestPage, EXPIRED).page)


async def summary(update: Update, context: Context) -> None:
    """Show a story by its number or by words; without either, the newest one."""
    words = " ".join(context.args or [])
    stories = context.services.published
    if not words:
        found, _ = await stories.latest(limit=1, language=context.texts.language)
        if not found:
            raise NotFoundError(_NO_STORY)
    elif words.isascii() and words.isdecimal():
        found = [await stories.read(int(words[:9]))]
    else:
        searched = await stories.find(words, context.texts.language, limit=lists.STORIES_A_PAGE)
        found = searched.stories
        if not searched.words:
            raise InvalidInputError(mark("Add a story’s number or some of its words: /summary 1"))
        if not found:
            raise NotFoundError(NOT_FOUND, words=words[:SHOWN_WORDS])
    if len(found) == 1:
        await show_story(update, context, StoryView(found[0].id, context.subscriber.length))
    else:
        await context.show(update, lists.matches(found, context.reader))


async def turn(update: Update, context: Context) -> None:
    """Show a story in the way that its button says: longer, shorter, the full story, how to help."""
    await show_story(update, context, read_button(update, StoryView, OLD_STORY))


async def show_story(update: Update, context: Context, view: StoryView, footer: str = "") -> None:
    """Show a published story as `view` says: in the reader's language, if there is a Translation.

    `footer` stands below it.
    """
    language = None if view.exact else context.texts.language
    published = context.services.published
    story = await published.read(view.story_id, language)
    appeal = context.services.appeals.shown_with(story)
    around = await published.around(story, context.subscriber)
    if around.follows and context.subscriber.state is not SubscriberState.ACTIVE:
        footer = context.texts.say("New stories are turned off. To turn them on: /subscribe")
    if view.appeal and is_being_checked(story):
        footer = context.texts.say(BEING_CHECKED)
    shown, reader = replace(view, story_id=story.id), context.reader
    key = (story, shown, appeal, footer, around, reader.kind)
    draw = partial(render.story, story, shown, appeal, reader, footer, around=around)
    await context.show(update, published.drawn(key, draw))
    context.services.feedback.note_shown(context.subscriber.chat_id, story.id)


async def _show_latest(update: Update, context: Context, page: int) -> None:
    stories, size = context.services.published, lists.STORIES_A_PAGE
    language, reader = context.texts.language, context.reader
    found, total = await stories.latest(limit=size, offset=page * size, language=language)
    if total == 0:
        raise NotFoundError(_NO_STORY)
    if not found:  # the list is shorter than when the button was shown
        page = 0
        found, total = await stories.latest(limit=size, language=language)
    key = ("latest", *found, page, total, reader.kind)
    await context.show(update, stories.drawn(key, partial(lists.latest, found, page, total, reader)))
