"""Everything that speaks python-telegram-bot outside the conversations: transport, limiter, outcomes."""
