"""The inbox: updates are stored, confirmed to Telegram, and then handled, in order within each chat."""
