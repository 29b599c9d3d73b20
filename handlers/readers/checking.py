"""/check, and links that people send or forward: does a link lead to an appeal that our editors verified?

The answer never says that a link is safe, and a link that nobody verified cannot be tapped in it.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import timedelta

from telegram import Message, MessageEntity, Update
from telegram.constants import ChatAction
from telegram.error import TelegramError

from bot.appeals import asked_links
from bot.appeals.checks import Check, Verdict
from bot.appeals.hosts.known_hosts import readable
from bot.errors import InvalidInputError
from bot.i18n import Texts, mark
from bot.inbox.priority import without_permit
from bot.rendering import message as messages
from bot.rendering.autolinks import without_links
from bot.rendering.message import Composer, shorten
from bot.rendering.render import Reader, help_button, help_card
from handlers.context import Context
from storage.models import Appeal

CHECK = "check"
"""The kind of the job that checks links: it follows them, one message of a chat at a time."""

_MOST = 3  # links of one message
_PURPOSE = 200  # units of an appeal's purpose
_HIDDEN = 60  # units of what stands behind a #
_JUST_NOW = timedelta(seconds=1)
_LOOK = (
    mark("Read the name letter by letter, from the right: what stands before the first / is the site."),
    mark("Search for the organisation yourself. Does its own site lead to this page?"),
    mark("Is there a registry number on the page, and does the public register know it?"),
)


async def check(update: Update, context: Context) -> None:
    """/check with a link, or as a reply to a message with one."""
    message = update.effective_message
    links = _asked(message, context, by_button=update.callback_query is not None) if message else ()
    if not links:
        raise InvalidInputError(
            mark(
                "Add the link, or reply with /check to a message that has one. For example: /check "
                "https://example.org/help"
            )
        )
    if context.job_content is None:
        await begin(update, context)
    else:
        await context.show(update, await answer(context, links))


async def begin(update: Update, context: Context) -> None:
    """Leave the check to a job, since it may take a while, and show that something happens."""
    if update.effective_chat is not None:
        with suppress(TelegramError):
            await context.bot.send_chat_action(update.effective_chat.id, ChatAction.TYPING)
    context.come_back(CHECK)


def sent_links(message: Message) -> Sequence[str]:
    """Return the links that a message asks about: it is nothing but links, or was forwarded."""
    text = message.text or message.caption or ""
    if message.forward_origin is None and not asked_links.is_only_links(text):
        return ()
    return _links(message)


async def answer(context: Context, links: Sequence[str]) -> messages.Message:
    """Follow links and return what we know of them."""
    composer = Composer()
    for link in links[:_MOST]:
        try:
            async with without_permit():
                found = await context.services.checks.check(link)
            drawn = draw(found, context.reader)
        except InvalidInputError as error:
            drawn = refused(error, context.texts)
        if len(drawn.text) + 2 < composer.room:
            composer.append(drawn).line().line()
    if len(links) > _MOST:
        more = context.texts.say("I looked at the first {number} links.", number=_MOST)
        composer.line(more, "italic")
    return composer.message()


def refused(error: InvalidInputError, texts: Texts) -> messages.Message:
    """Return the sentence about a link that leads to no web site."""
    return Composer().text(without_links(texts.say(error.sentence, **error.values))).message()


def draw(found: Check, reader: Reader, *, followed: bool = True) -> messages.Message:
    """Return what we know of a link. `followed`: it was to be followed, and not only looked at."""
    composer = Composer()
    _DRAWN[found.verdict](composer, found, reader)
    for remark in _remarks(found, reader.texts, followed=followed):
        composer.line().line(without_links(remark), "italic")
    return composer.message()


def _draw_verified(composer: Composer, found: Check, reader: Reader) -> None:
    appeal, texts = found.appeal, reader.texts
    if appeal is None or appeal.verified_at is None:
        return
    composer.line(texts.say("Our editors checked this site."), "bold")
    date = texts.date(appeal.verified_at, reader.zone)
    composer.line(
        without_links(
            texts.say("{host} is in an appeal that they checked on {date}:", host=found.last, date=date)
        )
    )
    _add_card(composer.line(), appeal, reader)


def _draw_lookalike(composer: Composer, found: Check, reader: Reader) -> None:
    texts, comparison = reader.texts, found.comparison
    composer.line(texts.say("Careful: this site is not what it looks like."), "bold")
    composer.line(without_links(texts.say(comparison.sentence, **comparison.values)))
    composer.line(texts.say("Do not pay there. Links that our editors checked: /donate"))


def _draw_unknown(composer: Composer, found: Check, reader: Reader) -> None:
    texts = reader.texts
    composer.line(texts.say("We do not know this link."), "bold")
    sentence = texts.say("Our editors have not checked {host}.", host=found.last)
    composer.line(without_links(sentence))
    for remark in _of_well_known(found, texts):
        composer.line(without_links(remark))
    composer.line().line(texts.say("What you can look at yourself:"))
    for look in _LOOK:
        composer.line(f"• {texts.say(look)}")
    composer.line().line(texts.say("Links that our editors checked: /donate"))


def _of_well_known(found: Check, texts: Texts) -> Sequence[str]:
    """Return what the list of well-known hosts says of a host that no Appeal names."""
    known = found.known
    if known is None:
        return ()
    if known.has_pages:
        return [texts.say("Anybody can open a page on {host} and ask for money.", host=known.host)]
    if known.is_shortener:
        return [texts.say("{host} hides where its links lead.", host=known.host)]
    return [
        texts.say(
            "Our list of well-known sites names it as that of {organisation}.",
            organisation=known.organisation,
        ),
    ]


def _remarks(found: Check, texts: Texts, *, followed: bool) -> Sequence[str]:
    """Return what else there is to say of how the link is written, and how it was followed."""
    remarks, end, host = [], found.end, found.last
    if found.first != host:
        remarks.append(texts.say("{first} leads to {last}.", first=found.first, last=host))
    if "xn--" in host:
        other = texts.say("{host} has other letters than a to z: {seen}", host=host, seen=readable(host))
        remarks.append(other)
    if found.hidden:
        hidden = shorten(found.hidden, _HIDDEN)
        remarks.append(texts.say("“#{hidden}” says nothing of the site.", hidden=hidden))
    if followed and found.verdict is not Verdict.LOOKALIKE:
        remarks += _of_end(found, texts)
    if end.age is not None and end.age >= _JUST_NOW:
        remarks.append(texts.say("I followed this link {span} ago.", span=texts.span(end.age)))
    return remarks


def _of_end(found: Check, texts: Texts) -> Sequence[str]:
    """Return why the link may lead further than I followed it."""
    if not found.end.is_open:
        return ()
    if found.end.age is None:
        return [
            texts.say(
                "I did not open {host}: I did so less than a minute ago. Ask again in a minute.",
                host=found.last,
            )
        ]
    return [texts.say("{host} did not answer me, so the link may lead elsewhere.", host=found.last)]


def _add_card(composer: Composer, appeal: Appeal, reader: Reader) -> None:
    help_card(composer, appeal, reader.texts, purpose=_PURPOSE)
    composer.buttons(help_button(appeal, reader))


_DRAWN: dict[Verdict, Callable[[Composer, Check, Reader], None]] = {
    Verdict.VERIFIED: _draw_verified,
    Verdict.LOOKALIKE: _draw_lookalike,
    Verdict.UNKNOWN: _draw_unknown,
}


def _asked(message: Message, context: Context, *, by_button: bool) -> Sequence[str]:
    """Return the links behind the command, else those of the message that it replies to."""
    typed = asked_links.links_in(" ".join(context.args or ()))
    if by_button:  # the message is the bot's own
        return typed
    behind = [entity.url for entity in message.parse_entities([MessageEntity.TEXT_LINK])]
    above = message.reply_to_message
    return asked_links.unique([*typed, *filter(None, behind)]) or (_links(above) if above else ())


def _links(message: Message) -> Sequence[str]:
    """Return the links of a message, also those behind words."""
    wanted: list[str | None] = [MessageEntity.TEXT_LINK]
    found = message.parse_entities(wanted) if message.text else message.parse_caption_entities(wanted)
    behind = [entity.url or "" for entity in found]
    return asked_links.unique([*asked_links.links_in(message.text or message.caption or ""), *behind])
