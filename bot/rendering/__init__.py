"""Rendering: what a Story or an Appeal looks like as a Telegram message."""
