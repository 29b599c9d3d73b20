"""The buttons of a Digest: show another page of it, return to it from a story, or open a Report in it."""

from telegram import Update

from bot.i18n import mark
from bot.rendering import reports
from bot.rendering.buttons import DigestPage, ReportView
from bot.rendering.message import Button
from handlers.context import Context
from handlers.keyboards import read_button

_OUTDATED = mark("This button is out of date. See the latest stories: /latest")


async def turn(update: Update, context: Context) -> None:
    """Show another page of this Digest, or return to it from a story."""
    page = read_button(update, DigestPage, _OUTDATED)
    await context.show(update, await context.services.digests.page(context.subscriber, page))


async def show_report(update: Update, context: Context) -> None:
    """Show a Report in place of this Digest, without its picture, and with the way back."""
    button = read_button(update, ReportView, _OUTDATED)
    report = await context.services.reports.sent(button.report_id)
    back = Button(context.texts.say("‹ Back"), button.page.data())
    await context.show(update, reports.report(report, context.texts, back=back))
