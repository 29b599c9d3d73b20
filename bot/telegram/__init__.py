"""Telegram below the handlers: HTTP transport, rate limits, polling, sends and their outcomes."""
