"""A local Telegram: a strict Bot API server and a chat page, so that Comeback runs without an account.

Start it with `async with bot.sandbox.server.Sandbox(token=…) as sandbox`; `sandbox.url` is what the bot
takes as `BOT_API_URL`, and `sandbox.world` is where people live and act.
"""
