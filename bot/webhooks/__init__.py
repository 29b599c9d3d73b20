"""Webhooks: tell other programs what happened here, signed, at least once and in order."""
