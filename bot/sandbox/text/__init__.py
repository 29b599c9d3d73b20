"""Formatted text as Telegram reads and stores it."""
