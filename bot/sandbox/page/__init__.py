"""The chat page: its JSON, its files, its events."""
