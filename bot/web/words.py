"""Sentences that the desk, the public page and help links share."""

from bot.i18n import mark

MISSING = mark("This page does not exist, or not any more.")
UNAVAILABLE = mark("This is not working right now. Please try again later.")
