"""Inline mode: "@bot words" in any chat offers story cards to send there, or what we know of a link."""

import re
from collections.abc import Sequence
from functools import partial

import orjson
from telegram import Update

from bot.appeals import asked_links
from bot.errors import InvalidInputError
from bot.rendering import render, warnings
from bot.rendering.message import Button, Composer, Message, shorten
from bot.rendering.render import Reader
from handlers.context import Context
from handlers.readers import checking
from handlers.readers.sharing import deep_link
from storage.models import Appeal, Story
from storage.words import Length

_PAGE = 20  # results at once (Bot API: 50 at most); a phone shows five
_CACHE_S = 60  # for so long Telegram itself answers the same words of the same person
_DESCRIPTION = 160  # units that a phone shows below a headline
_TITLE = 120  # units
_ASKED = re.compile(r"/?check\s+", re.IGNORECASE)


async def offer(update: Update, context: Context) -> None:
    """Offer the stories that have the words, the best first; without words, the newest; for a link, a check.

    Accepts any text. Works for people who never wrote to the bot, and stores nothing about them.
    """
    query = update.inline_query
    if query is None:
        return
    texts = await context.services.subscribers.texts_of(query.from_user.id, query.from_user.language_code)
    offset = int(query.offset) if re.fullmatch("[0-9]{1,6}", query.offset) else 0
    reader = Reader(texts, context.services.zone, help_address=context.services.help_links.address)
    link = _asked_link(query.query)
    if link is None:
        found, total = await _found(context, query.query, texts.language, offset)
        cards = [_card(context, story, reader) for story in found]
    else:
        cards, total = [await _check(context, link, reader)], 1
    rest = {
        "cache_time": _CACHE_S,
        "is_personal": True,  # the results depend on the person's language
        "next_offset": str(offset + _PAGE) if offset + _PAGE < total else "",
        "button": {"text": texts.say("Open the bot"), "start_parameter": "latest"},
    }
    await context.replies.offer(query.id, cards, rest)


def _asked_link(words: str) -> str | None:
    """Return the link that a query asks about: "check" and a link, or a link alone; None for other words."""
    link = _ASKED.sub("", words.strip())
    return link if asked_links.is_only_links(link) and len(link.split()) == 1 else None


async def _check(context: Context, link: str, reader: Reader) -> bytes:
    """Return what we know of a link as a card. Nobody is asked: a query comes with every letter typed."""
    texts = reader.texts
    try:
        shown = checking.draw(await context.services.checks.glance(link), reader, followed=False)
    except InvalidInputError as error:
        shown = checking.refused(error, texts)
    opens = Button(texts.say("Open in the bot"), url=deep_link(context.bot.username, "latest"))
    shown = Composer().append(shown).buttons(opens).message()
    title, _, rest = shown.text.partition("\n")
    return _article("check", title, rest, shown)


def _article(key: str, title: str, description: str, shown: Message) -> bytes:
    """Return the Bot API's InlineQueryResultArticle, as JSON."""
    payload = shown.payload()
    card = {
        "type": "article",
        "id": key,
        "title": shorten(title, _TITLE),
        "input_message_content": {
            "message_text": payload["text"],
            **{name: payload[name] for name in ("entities", "link_preview_options")},
        },
        "description": shorten(" ".join(description.split()), _DESCRIPTION),
        "reply_markup": payload["reply_markup"],
    }
    return orjson.dumps(card)


async def _found(context: Context, words: str, language: str, offset: int) -> tuple[Sequence[Story], int]:
    services = context.services
    if not words.strip():
        return await services.published.latest(limit=_PAGE, offset=offset, language=language)
    searched = await services.published.find(words, language, limit=_PAGE, offset=offset)
    return searched.stories, searched.total


def _card(context: Context, story: Story, reader: Reader) -> bytes:
    appeal = context.services.appeals.shown_with(story)
    link = deep_link(context.bot.username, f"story_{story.id}")
    key = ("inline", story, appeal, reader.kind)
    return context.services.published.drawn(key, partial(_draw_card, story, appeal, reader, link))


def _draw_card(story: Story, appeal: Appeal | None, reader: Reader, link: str) -> bytes:
    brief = next((one.text for one in story.summaries if one.length is Length.BRIEF), "")
    description = "" if warnings.of(story) else brief
    shown = render.shared(story, appeal, reader, link)
    return _article(f"story_{story.id}", render.title(story, reader.texts), description, shown)
