"""The Bot API of the sandbox: calls, checks, refusals and updates."""
