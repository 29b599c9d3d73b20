"""/donate: how to help."""

from telegram import Update

from bot import render
from handlers.context import Context


async def donate(update: Update, context: Context) -> None:
    """Every Appeal that was verified and is still valid."""
    shown = await context.services.appeals.showable()
    await context.show(update, render.appeals(shown, context.texts))
