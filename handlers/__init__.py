"""Conversations: handle what comes from Telegram, and answer it."""
