"""The web server: Telegram's webhook, help links, and the health page."""
