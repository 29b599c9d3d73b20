"""Show an Appeal to editors: to the one who asked, and to those who have to agree."""

from datetime import tzinfo

from telegram import Update
from telegram.ext import ExtBot

from bot.delivery.rate.pacer import Lane
from bot.editors.roles import Right, has
from bot.i18n import Texts
from bot.services import Services
from handlers.context import Context
from handlers.editors.appeals import cards
from handlers.editors.appeals.cards import AppealView
from handlers.editors.names import name_of, name_of_person

_NAMED = 5  # people who may agree


async def view_of(
    services: Services, bot: ExtBot[Lane], appeal_id: int, person: int, texts: Texts
) -> AppealView:
    """Return the Appeal as this editor sees it. Raises NotFoundError if there is none."""
    details, role = await services.appeals.details(appeal_id), await services.editors.role_of(person)
    appeal, agreeing = details.appeal, details.agreeing
    return AppealView(
        details,
        await name_of(bot, appeal.written_by, texts, reader=person) if appeal.written_by else "",
        await name_of(bot, appeal.verified_by, texts, reader=person) if appeal.verified_by else "",
        [
            texts.say("you") if one == person else await name_of_person(bot, one)
            for one in sorted(agreeing)[:_NAMED]
        ],
        has(role, Right.VERIFY) and (person in agreeing or not agreeing),
        has(role, Right.PUBLISH),
        services.help_links.counts,
    )


async def present(update: Update, context: Context, appeal_id: int) -> AppealView:
    """Return the Appeal as the editor of this update sees it."""
    person = update.effective_user
    return await view_of(context.services, context.bot, appeal_id, person.id if person else 0, context.texts)


async def show_card(update: Update, context: Context, appeal_id: int, *, heading: str = "") -> None:
    """Show the card of an Appeal as it is now."""
    view = await present(update, context, appeal_id)
    card = cards.card(view, context.texts, zone_of(context), heading=heading)
    await context.show(update, card)


def zone_of(context: Context) -> tzinfo:
    """Return the time zone of the editor of this chat."""
    return context.services.preferences.pacing(context.subscriber).zone
