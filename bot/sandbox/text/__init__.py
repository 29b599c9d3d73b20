"""Formatted text: parse markup and entities as Telegram does."""
