"""Names of editors: as Telegram knows them now, since none is stored."""

from datetime import tzinfo

from telegram.error import TelegramError
from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.editors.actors import impersonal, person_of
from bot.errors import UserError
from bot.i18n import Texts
from bot.rendering.autolinks import without_links
from bot.rendering.message import shorten
from bot.stories.conflicts import ConflictError

LONGEST_NAME = 64  # characters


async def name_of(bot: ExtBot[Lane], actor: str, texts: Texts, *, reader: int | None = None) -> str:
    """Return the name to show for an actor of the audit log; "you" if it is `reader` themselves."""
    person = person_of(actor)
    if person is None:
        return impersonal(actor, texts)
    return texts.say("you") if person == reader else await name_of_person(bot, person)


async def name_of_person(bot: ExtBot[Lane], person_id: int) -> str:
    """Return the name of a person; their id where Telegram does not say."""
    try:
        chat = await bot.get_chat(person_id)
    except TelegramError:
        return str(person_id)
    return without_links(shorten(chat.full_name or str(person_id), LONGEST_NAME))


async def named(
    bot: ExtBot[Lane], overtaken: ConflictError, texts: Texts, zone: tzinfo, *, reader: int | None = None
) -> UserError:
    """Return the error with the other editor's name, as Telegram knows it now: names are not stored."""
    who = await name_of(bot, overtaken.actor, texts, reader=reader)
    return overtaken.named(who, texts.short_moment(overtaken.at, zone))
