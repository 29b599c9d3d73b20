"""Inline mode: "@bot words" in any chat offers story cards to send there."""

import re
from collections.abc import Sequence
from functools import partial

import orjson
from telegram import Update

from bot.rendering import render, warnings
from bot.rendering.message import shorten
from bot.rendering.render import Reader
from handlers.context import Context
from handlers.readers.sharing import deep_link
from storage.models import Appeal, Story
from storage.words import Length

_PAGE = 20  # results at once (Bot API: 50 at most); a phone shows five
_CACHE_S = 60  # for so long Telegram itself answers the same words of the same person
_DESCRIPTION = 160  # units that a phone shows below a headline
_TITLE = 120  # units


async def offer(update: Update, context: Context) -> None:
    """Offer the stories that have the words, the best first; without words, the newest.

    Accepts any text. Works for people who never wrote to the bot, and stores nothing about them.
    """
    query = update.inline_query
    if query is None:
        return
    texts = await context.services.subscribers.texts_of(query.from_user.id, query.from_user.language_code)
    offset = int(query.offset) if re.fullmatch("[0-9]{1,6}", query.offset) else 0
    found, total = await _found(context, query.query, texts.language, offset)
    reader = Reader(texts, context.services.zone, help_address=context.services.help_links.address)
    cards = [_card(context, story, reader) for story in found]
    rest = {
        "cache_time": _CACHE_S,
        "is_personal": True,  # the results depend on the person's language
        "next_offset": str(offset + _PAGE) if offset + _PAGE < total else "",
        "button": {"text": texts.say("Open the bot"), "start_parameter": "latest"},
    }
    await context.replies.offer(query.id, cards, rest)


async def _found(context: Context, words: str, language: str, offset: int) -> tuple[Sequence[Story], int]:
    services = context.services
    if not words.strip():
        return await services.published.latest(limit=_PAGE, offset=offset, language=language)
    searched = await services.published.find(words, language, limit=_PAGE, offset=offset)
    return searched.stories, searched.total


def _card(context: Context, story: Story, reader: Reader) -> bytes:
    """Return the Bot API's InlineQueryResultArticle, as JSON."""
    appeal = context.services.appeals.shown_with(story)
    link = deep_link(context.bot.username, f"story_{story.id}")
    key = ("inline", story, appeal, reader.kind)
    return context.services.published.drawn(key, partial(_draw_card, story, appeal, reader, link))


def _draw_card(story: Story, appeal: Appeal | None, reader: Reader, link: str) -> bytes:
    shown = render.shared(story, appeal, reader, link).payload()
    has_warning = bool(warnings.of(story))
    brief = next((one.text for one in story.summaries if one.length is Length.BRIEF), "")
    content = {name: shown[name] for name in ("entities", "link_preview_options")}
    card = {
        "type": "article",
        "id": f"story_{story.id}",
        "title": shorten(render.title(story, reader.texts), _TITLE),
        "input_message_content": {"message_text": shown["text"], **content},
        "description": "" if has_warning else shorten(" ".join(brief.split()), _DESCRIPTION),
        "reply_markup": shown["reply_markup"],
    }
    return orjson.dumps(card)
