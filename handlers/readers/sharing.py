"""/share and the Share button: links to the bot, a story or a topic, and QR codes for posters."""

import re
from urllib.parse import urlencode

from telegram import Update

from bot.errors import NotFoundError
from bot.i18n import mark
from bot.rendering import qr, render
from bot.rendering.autolinks import without_links
from bot.rendering.buttons import ShareStory
from bot.rendering.message import Button, Composer, shorten
from bot.stories.topics import slug
from handlers.context import Context, topic_of
from handlers.keyboards import OLD_STORY, parameters, read_button
from storage.models import Topic

_HEADLINE = 200  # units
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]{1,58}")  # Bot API, deep linking: 64 characters with "topic_"


def deep_link(username: str, payload: str = "") -> str:
    """Return the address that opens the chat with the bot, at what the payload names."""
    return f"https://t.me/{username}?start={payload}" if payload else f"https://t.me/{username}"


def topic_payload(topic: Topic) -> str:
    """Return how a link names a Topic: by its slug where a link can hold that, else by its number."""
    return f"topic_{topic.slug if _PAYLOAD.fullmatch(topic.slug) else topic.id}"


async def share(update: Update, context: Context) -> None:
    """Send the link to the bot as a QR code; with a story's number or a topic's name, the link to that."""
    texts, words = context.texts, " ".join(context.args or [])
    payload, what = await _named(context, words) if words else ("", None)
    link = deep_link(context.bot.username, payload)
    composer = Composer().line(what, "bold") if what else Composer()
    composer.line(link).line(
        texts.say("For posters and leaflets: this QR code opens the link when it is scanned with a phone.")
    )
    shown = parameters(
        composer.buttons(Button(texts.say("Share"), url=_share_url(link, what or ""))).message()
    )
    await context.bot.send_photo(
        context.subscriber.chat_id,
        qr.png(link),
        caption=shown["text"],
        caption_entities=shown["entities"],
        reply_markup=shown["reply_markup"],
        message_thread_id=topic_of(update),
    )


async def share_story(update: Update, context: Context) -> None:
    """Show a story's link, a button that sends it to somebody, and the way back."""
    texts, view = context.texts, read_button(update, ShareStory, OLD_STORY).view
    story = await context.services.published.read(view.story_id)
    link = deep_link(context.bot.username, f"story_{story.id}")
    title = _named_plainly(render.title(story, texts))
    composer = Composer().line(title, "bold").line().line(link)
    composer.buttons(Button(texts.say("Share"), url=_share_url(link, title)))
    await context.show(update, composer.buttons(Button(texts.say("‹ Back"), view.data())).message())


async def _named(context: Context, words: str) -> tuple[str, str]:
    """Return the payload of the story or topic that the words name, and its title or name."""
    if words.isascii() and words.isdecimal():
        story = await context.services.published.read(int(words[:9]))
        return f"story_{story.id}", _named_plainly(render.title(story, context.texts))
    for choice in await context.services.subscriptions.choices(context.subscriber):
        if choice.topic.slug == slug(words):
            return topic_payload(choice.topic), _named_plainly(choice.topic.name)
    raise NotFoundError(mark("There is no topic “{topic}”. Choose one here: /topics"), topic=words[:64])


def _named_plainly(title: str) -> str:
    """Return a title as it is shown and handed on: addresses in it are no links there either."""
    return without_links(shorten(title, _HEADLINE))


def _share_url(link: str, text: str) -> str:
    """Return the address of Telegram's page that asks whom to send a link to."""
    return "https://t.me/share/url?" + urlencode({"url": link, "text": text})
