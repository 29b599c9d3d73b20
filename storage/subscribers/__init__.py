"""Rows about Subscribers: state, Preferences, Subscriptions, letters to the editors, forgotten chats."""
