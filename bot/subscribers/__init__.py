"""Subscribers: their state, what they want, and when the bot may write to them."""
