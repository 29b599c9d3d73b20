"""Links to the bot, a story or a topic: to share, and as a QR picture for posters."""

import re
from urllib.parse import urlencode

from telegram import Update

from bot.errors import InvalidInputError, NotFoundError
from bot.i18n import mark
from bot.rendering import qr
from bot.rendering.message import Button, Composer, shorten
from bot.rendering.render import StoryView
from bot.stories.topics import slug
from handlers.context import Context, topic_of
from handlers.keyboards import parameters
from storage.models import Topic

_HEADLINE = 200
_SAFE = re.compile(
    r"[A-Za-z0-9_-]{1,58}"
)  # what a payload may hold (Bot API, deep linking: 64 with "topic_")


def deep_link(username: str, payload: str = "") -> str:
    """The address that opens the chat with us, at what the payload names."""
    return f"https://t.me/{username}?start={payload}" if payload else f"https://t.me/{username}"


def topic_payload(topic: Topic) -> str:
    """How a link names a Topic: by its slug where a link can hold that, else by its number."""
    return f"topic_{topic.slug if _SAFE.fullmatch(topic.slug) else topic.id}"


async def share(update: Update, context: Context) -> None:
    """/share: the link to us as a QR picture; with a story's number or a topic's name, the link to that."""
    texts, words = context.texts, " ".join(context.args or [])
    payload, what = await _named(context, words) if words else ("", None)
    link = deep_link(context.bot.username, payload)
    composer = Composer().line(shorten(what, _HEADLINE), "bold") if what else Composer()
    composer.line(link).line(
        texts.say("For posters and leaflets: phones read the address from this picture.")
    )
    shown = parameters(composer.buttons(Button(texts.say("Share"), url=_sharing(link, what or ""))).message())
    await context.bot.send_photo(
        context.subscriber.chat_id,
        qr.png(link),
        caption=shown["text"],
        caption_entities=shown["entities"],
        reply_markup=shown["reply_markup"],
        message_thread_id=topic_of(update),
    )


async def share_story(update: Update, context: Context) -> None:
    """The button under a story: its link, a button that hands it on, and the way back."""
    query, texts = update.callback_query, context.texts
    view = StoryView.parse(((query.data if query else None) or "").removeprefix("share:"))
    if view is None:
        raise InvalidInputError(mark("This button is from an older version. Open the story anew: /latest"))
    story = await context.services.stories.read(view.story_id)
    link = deep_link(context.bot.username, f"story_{story.id}")
    composer = Composer().line(shorten(story.headline, _HEADLINE), "bold").line().line(link)
    composer.buttons(Button(texts.say("Share"), url=_sharing(link, shorten(story.headline, _HEADLINE))))
    await context.show(update, composer.buttons(Button(texts.say("‹ Back"), view.data())).message())


async def _named(context: Context, words: str) -> tuple[str, str]:
    """The payload of what the words name, and what it is called."""
    if words.isascii() and words.isdecimal():
        story = await context.services.stories.read(int(words[:9]))
        return f"story_{story.id}", story.headline
    for choice in await context.services.subscribers.choices(context.subscriber):
        if choice.topic.slug == slug(words):
            return topic_payload(choice.topic), choice.topic.name
    raise NotFoundError(mark("There is no topic “{topic}”. Choose one here: /topics"), topic=words[:64])


def _sharing(link: str, text: str) -> str:
    """Telegram's own page that asks whom to send a link to."""
    return "https://t.me/share/url?" + urlencode({"url": link, "text": text})
