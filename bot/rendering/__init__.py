"""Rendering: turn Stories and Appeals into Telegram messages."""
